import { describe, expect, test } from "vitest";
import type { EventFollow, EventQuery } from "../../src/core/knowledge.ts";
import { RunlensError } from "../../src/errors.ts";
import type { EventContext, EventPage, Progress } from "../../src/sources/source.ts";
import type { SyncOptions } from "../../src/sync/sync.ts";
import { FakeSource, Gate, settle, world } from "./fakes.ts";

const QUERY: EventQuery = {
  types: null,
  levels: null,
  step: null,
  limit: 5,
  cursor: null,
  stack: false,
  ended: true,
};
const PAGE: EventPage = { events: [], cursor: null, scanned: 0, stopped: "end", notes: [] };

/** A source that records events, and what it was asked. */
class RecordingSource extends FakeSource {
  asked: { runId: string; query: EventQuery; context: EventContext }[] = [];
  answer: (context: EventContext) => Promise<EventPage> = async () => PAGE;

  events(runId: string, query: EventQuery, context: EventContext): Promise<EventPage> {
    this.asked.push({ runId, query, context });
    return this.answer(context);
  }
}

function recording(options: Partial<SyncOptions> = {}) {
  const source = new RecordingSource("dagster");
  const made = world([source, new FakeSource("cloud")], options);
  const ask = (follow: Partial<EventFollow> = {}) =>
    made.sync.events(source.ref.id, "r1", QUERY, { asked_at: made.clock.now(), ...follow });
  return { ...made, source, ask };
}

describe("events of a run", () => {
  test("are asked of the run's source alone", async () => {
    const { sync, source, ask, clock } = recording();
    expect(await ask()).toBe(PAGE);
    expect(source.asked).toMatchObject([{ runId: "r1", query: QUERY }]);
    const follow = { asked_at: clock.now() };
    expect(await sync.events("dbt-cloud cloud", "r1", QUERY, follow)).toBeNull();
    expect(await sync.events("paradime acme", "r1", QUERY, follow)).toBeNull();
    expect(source.asked).toHaveLength(1);
  });

  test("are looked for half a minute from the question on, where callers are not patient", async () => {
    const { source, ask, clock } = recording({ deadline_ms: 45_000 });
    const asked_at = clock.now() - 10_000;
    await ask({ asked_at });
    expect(source.asked[0]?.context.deadline).toBe(asked_at + 30_000);
    expect(source.asked[0]?.context.now()).toBe(clock.now());
    const hasty = recording({ deadline_ms: 5000 });
    await hasty.ask();
    expect(hasty.source.asked[0]?.context.deadline).toBe(hasty.clock.now() + 5000);
  });

  test("are looked for to the end where the caller waits", async () => {
    const { source, ask } = recording({ deadline_ms: null });
    await ask();
    expect(source.asked[0]?.context.deadline).toBeNull();
  });

  test("tell the caller how far the search has come", async () => {
    const { source, ask } = recording();
    const told: Progress[] = [];
    source.answer = async ({ progress }) => {
      progress({ done: 1000, total: null, message: "reading" });
      return PAGE;
    };
    await ask({ progress: (one) => told.push(one) });
    await ask();
    expect(told).toEqual([{ done: 1000, total: null, message: "reading" }]);
  });

  test("end with the caller", async () => {
    const { source, ask } = recording();
    const gate = new Gate();
    source.answer = async () => {
      await gate.passed;
      return PAGE;
    };
    const caller = new AbortController();
    const answer = ask({ signal: caller.signal });
    await settle();
    caller.abort();
    await expect(answer).rejects.toMatchObject({ code: "CANCELLED" });
    expect(source.asked[0]?.context.signal.aborted).toBe(true);
    gate.open();
  });

  test("fail as the source says, or as it is called", async () => {
    const { source, ask } = recording();
    source.answer = () => Promise.reject(new RunlensError("NOT_FOUND", "No such run.", "List runs."));
    await expect(ask()).rejects.toMatchObject({ code: "NOT_FOUND" });
    source.answer = () => Promise.reject(new TypeError("a secret"));
    await expect(ask()).rejects.toMatchObject({
      code: "UPSTREAM",
      message: "the dagster source failed: TypeError.",
    });
  });
});
