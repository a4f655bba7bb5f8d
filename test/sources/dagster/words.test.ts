/** Why steps of a run failed or did not run, from its log. */
import { describe, expect, it } from "vitest";
import type { RunSteps, Step } from "../../../src/sources/dagster/steps.ts";
import { wordsOf } from "../../../src/sources/dagster/words.ts";
import type { WireObject } from "../../../src/sources/wire/loose.ts";
import { NOW } from "../dbt-cloud/served.ts";
import { told, visitOver } from "./visits.ts";
import { runOf } from "./wire-runs.ts";

const step = (key: string, status: string): Step => ({
  key,
  status,
  attempts: [{ started_at: 0, ended_at: 1 }],
  made: [],
});

const found = (...steps: Step[]): RunSteps => ({
  run: runOf({ status: "FAILURE" }),
  steps,
  selection: null,
  checks: null,
});

const event = (eventType: string | null, given: WireObject): WireObject => ({
  __typename: "MessageEvent",
  message: "",
  timestamp: String(NOW),
  level: "ERROR",
  stepKey: null,
  eventType,
  ...given,
});
const errorOf = (className: string, message: string, cause: unknown = null) => ({
  className,
  message: `${className}: ${message}\n`,
  cause,
});
const failed = (stepKey: string, error: unknown) =>
  event("STEP_FAILURE", { stepKey, message: `Execution of step "${stepKey}" failed.`, error });
const notRun = (stepKey: string) =>
  event(null, { stepKey, message: `Dependencies for step ${stepKey} failed: ['a']. Not executing.` });

/** The words of a run with this log, in pages of the size that is asked for. */
async function words(log: WireObject[], ...steps: Step[]) {
  const fake = visitOver({
    RunEvents: ({ afterCursor, limit }) => {
      const start = Number(afterCursor ?? 0);
      const events = log.slice(start, start + Number(limit));
      const cursor = String(start + events.length);
      return {
        logsForRun: { __typename: "EventConnection", cursor, hasMore: events.length === limit, events },
      };
    },
  });
  const { why, skipped } = await wordsOf(fake.visit, found(...steps), "few");
  return { why: Object.fromEntries(why), skipped: [...skipped], ...told(fake) };
}

const nothingMissing = { complete: true, notes: [] };

describe("the words of a run", () => {
  it("are the root causes of its steps, and that of the run", async () => {
    const boom = errorOf("RuntimeError", "boom", errorOf("ZeroDivisionError", "division by zero"));
    const log = [
      failed("a", errorOf("DagsterExecutionStepExecutionError", 'executing op "a"', boom)),
      failed("b[x]", errorOf("ValueError", "no rows")),
      event("RUN_FAILURE", { message: "Steps failed: ['a', 'b[x]'].\nmore", error: null }),
    ];
    expect(await words(log, step("a", "FAILURE"), step("b[x]", "FAILURE"))).toEqual({
      why: {
        a: "ZeroDivisionError: division by zero",
        "b[x]": "ValueError: no rows",
        "": "Steps failed: ['a', 'b[x]'].",
      },
      skipped: [],
      ...nothingMissing,
    });
  });

  it("are those of the last failure of a step, and of none that is only tried again", async () => {
    const log = [
      event("STEP_UP_FOR_RETRY", { stepKey: "a", error: errorOf("RetryRequested", "again") }),
      failed("a", errorOf("ValueError", "first")),
      failed("a", errorOf("ValueError", "last")),
    ];
    expect((await words(log, step("a", "FAILURE"))).why).toEqual({ a: "ValueError: last" });
  });

  it("are those of a resource that could not be made, for the run as a whole", async () => {
    const error = errorOf("DagsterResourceFunctionError", "outer", errorOf("ConnectionError", "refused"));
    const log = [event("RESOURCE_INIT_FAILURE", { stepKey: "a", message: "Initialization failed", error })];
    expect((await words(log, step("a", "FAILURE"))).why).toEqual({ "": "ConnectionError: refused" });
  });

  it("are those of the error rather than of a message without one", async () => {
    const log = [
      event("RUN_FAILURE", { message: "This run has been marked as failed." }),
      event("ENGINE_EVENT", { message: "Exception", error: errorOf("ValueError", "no code server") }),
      event("RUN_FAILURE", { message: "Once more." }),
    ];
    expect((await words(log)).why).toEqual({ "": "ValueError: no code server" });
  });

  it("are what the engine says of a process that is gone, which is no error", async () => {
    const lost = "Multiprocess executor: child process for step a unexpectedly exited with code -9";
    const log = [
      event("ENGINE_EVENT", { level: "DEBUG", message: "Launching subprocess" }),
      event("ENGINE_EVENT", { level: "DEBUG", message: `${lost}\nmore of it` }),
      event("ENGINE_EVENT", { level: "DEBUG", message: "Cleaning up" }),
      event("RUN_FAILURE", { message: "Execution of run failed." }),
    ];
    expect((await words(log, step("a", "IN_PROGRESS"))).why).toEqual({ "": lost });
    // Also where no step had begun.
    expect((await words(log)).why).toEqual({ "": lost });
  });

  it("tell which steps were not run because others failed, and no other line of the user's", async () => {
    const log = [
      failed("a", errorOf("ValueError", "no rows")),
      event(null, { stepKey: "a", message: "something is odd" }),
      notRun("b"),
      notRun("c"),
    ];
    expect(await words(log, step("a", "FAILURE"))).toMatchObject({
      why: { a: "ValueError: no rows" },
      skipped: ["b", "c"],
    });
  });

  it("are found behind a thousand events and more", async () => {
    const chatter = Array.from({ length: 2500 }, () => event(null, { level: "INFO", message: "working" }));
    const log = [...chatter, failed("a", errorOf("ValueError", "at last"))];
    expect(await words(log, step("a", "FAILURE"))).toEqual({
      why: { a: "ValueError: at last" },
      skipped: [],
      ...nothingMissing,
    });
  });
});

describe("a log", () => {
  it("that is too long to be read in time is left with a note", async () => {
    const fake = visitOver({
      RunEvents: ({ limit }) => {
        // Each page takes five seconds, and there is always another.
        fake.clock.time += 5000;
        const events = Array.from({ length: Number(limit) }, () => event(null, { level: "INFO" }));
        return {
          logsForRun: {
            __typename: "EventConnection",
            cursor: String(fake.clock.time),
            hasMore: true,
            events,
          },
        };
      },
    });
    await wordsOf(fake.visit, found(step("a", "FAILURE")), "many");
    expect(fake.asked.length).toBeLessThan(5);
    expect(told(fake).notes).toEqual([
      expect.stringMatching(/long log, not all of which was read.*get_run_events/),
    ]);
  });

  it.each([
    ["cannot be read", {}, /failed with status 500/],
    ["is gone", { RunEvents: { logsForRun: { __typename: "RunNotFoundError", message: "gone" } } }, /gone/],
    ["is no log", { RunEvents: { logsForRun: { __typename: "EventConnection" } } }, /cannot be read/],
  ])("that %s leaves its steps without words, and a note", async (_, answers, message) => {
    const fake = visitOver(answers);
    const { why, skipped } = await wordsOf(fake.visit, found(step("a", "FAILURE")), "few");
    expect([why.size, skipped.size]).toEqual([0, 0]);
    expect(told(fake)).toEqual({ complete: false, notes: [expect.stringMatching(message)] });
  });
});
