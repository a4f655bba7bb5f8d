import { describe, expect, test } from "vitest";
import type { Progress } from "../../src/sources/source.ts";
import { ask, FakeSource, Gate, settle, world } from "./fakes.ts";

const RUNS = { facts: ["runs"] } as const;

/** A source whose fetches wait for the gate. */
function gated(name = "cloud"): { source: FakeSource; gate: Gate } {
  const source = new FakeSource(name);
  const gate = new Gate();
  source.work = async (_scope, context) => {
    await gate.passed;
    return source.send(context, `fact ${source.syncs.length}`);
  };
  return { source, gate };
}

describe("one fetch for all", () => {
  test("a hundred callers share one fetch", async () => {
    const { source, gate } = gated();
    const { sync } = world([source]);
    const answers = Promise.all(Array.from({ length: 100 }, () => ask(sync)));
    await settle();
    gate.open();
    for (const answer of await answers) expect(answer.facts).toEqual(["fact 1"]);
    expect(source.syncs).toHaveLength(1);
  });

  test("a caller that asked before a fetch began is content with it, although it comes to it late", async () => {
    const source = new FakeSource("cloud");
    const { sync, store } = world([source], { caching: false });
    const snapshot = store.snapshot.bind(store);
    const slow = new Gate();
    let first = true;
    store.snapshot = async () => {
      const pinned = await snapshot();
      if (first) {
        first = false;
        await slow.passed;
      }
      return pinned;
    };
    const late = ask(sync);
    await ask(sync);
    slow.open();
    expect((await late).facts).toHaveLength(1);
    expect(source.syncs).toHaveLength(1);
  });

  test("cancelling one of two callers rejects that one alone", async () => {
    const { source, gate } = gated();
    const { sync } = world([source]);
    const leaver = new AbortController();
    const left = ask(sync, RUNS, { signal: leaver.signal });
    const stayed = ask(sync);
    await settle();
    leaver.abort();
    await expect(left).rejects.toMatchObject({ code: "CANCELLED" });
    expect(source.signals[0]?.aborted).toBe(false);
    gate.open();
    expect((await stayed).facts).toEqual(["fact 1"]);
  });

  test("when the last caller leaves the fetch is aborted, and the next caller starts anew", async () => {
    const { source, gate } = gated();
    const { sync, warnings } = world([source]);
    const callers = [new AbortController(), new AbortController()];
    const answers = callers.map(({ signal }) => ask(sync, RUNS, { signal }));
    await settle();
    for (const caller of callers) caller.abort();
    for (const answer of answers) await expect(answer).rejects.toMatchObject({ code: "CANCELLED" });
    expect(source.signals[0]?.aborted).toBe(true);
    const next = ask(sync);
    gate.open();
    expect((await next).complete).toBe(true);
    expect(source.syncs).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  test("a caller that has gone before it asks is refused and nothing is fetched", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source]);
    await expect(ask(sync, RUNS, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await settle();
    expect(source.syncs).toHaveLength(0);
  });

  test("a caller leaves no listener on its signal", async () => {
    const { sync } = world([new FakeSource("cloud")]);
    const { signal } = new AbortController();
    let listeners = 0;
    let added = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...parts: Parameters<typeof add>) => {
      listeners += 1;
      added += 1;
      add(...parts);
    };
    signal.removeEventListener = (...parts: Parameters<typeof remove>) => {
      listeners -= 1;
      remove(...parts);
    };
    await ask(sync, RUNS, { signal });
    await settle();
    expect([added > 0, listeners]).toEqual([true, 0]);
  });

  test("a refresh behind an answer goes on when the caller leaves", async () => {
    const { source, gate } = gated();
    const { sync, clock } = world([source]);
    gate.open();
    await ask(sync);
    const second = new Gate();
    source.work = async () => {
      await second.passed;
      return {};
    };
    await clock.advance(301);
    const caller = new AbortController();
    await ask(sync, RUNS, { signal: caller.signal });
    await settle();
    caller.abort();
    expect(source.signals[1]?.aborted).toBe(false);
    const joined = new AbortController();
    const answer = ask(sync, RUNS, { signal: joined.signal, refresh: true });
    await settle();
    joined.abort();
    await expect(answer).rejects.toMatchObject({ code: "CANCELLED" });
    expect(source.signals[1]?.aborted).toBe(false);
    second.open();
  });
});

describe("progress", () => {
  test("reaches all callers, also one that joins later", async () => {
    const source = new FakeSource("cloud");
    const gates = [new Gate(), new Gate()] as const;
    source.work = async (_scope, { progress }) => {
      progress({ done: 1, total: 4, message: "runs" });
      await gates[0].passed;
      progress({ done: 3, total: 4, message: "runs" });
      await gates[1].passed;
      return {};
    };
    const { sync } = world([source]);
    const seen: number[][] = [[], []];
    const listen = (who: number) => (progress: Progress) => void seen[who]?.push(progress.done);
    const first = ask(sync, RUNS, { progress: listen(0) });
    await settle();
    const second = ask(sync, RUNS, { progress: listen(1) });
    await settle();
    gates[0].open();
    await settle();
    gates[1].open();
    await Promise.all([first, second]);
    expect(seen).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  test("of several fetches is added up for a caller that waits for all", async () => {
    const sources = [new FakeSource("cloud"), new FakeSource("dagster")];
    for (const source of sources) {
      source.work = async (_scope, { progress }) => {
        progress({ done: 2, total: 2, message: source.name });
        return {};
      };
    }
    const { sync } = world(sources);
    const seen: Progress[] = [];
    await ask(sync, RUNS, { progress: (progress) => seen.push(progress) });
    expect(seen).toEqual([
      { done: 2, total: null, message: "cloud" },
      { done: 4, total: 4, message: "dagster" },
    ]);
  });

  test("of a caller that throws harms nobody", async () => {
    const source = new FakeSource("cloud");
    source.work = async (_scope, { progress }) => {
      progress({ done: 1, total: 1, message: "runs" });
      return {};
    };
    const { sync } = world([source]);
    const thrower = ask(sync, RUNS, {
      progress: () => {
        throw new Error("no");
      },
    });
    expect((await thrower).complete).toBe(true);
  });
});

describe("the deadline", () => {
  test("gives what has arrived and how far it has come; the next call joins the fetch", async () => {
    const source = new FakeSource("cloud");
    const gate = new Gate();
    source.work = async (_scope, context) => {
      await source.send(context, "slice 1");
      await context.load.publish();
      context.progress({ done: 3, total: 10, message: "runs of project 7" });
      await gate.passed;
      return source.send(context, "slice 2");
    };
    const { sync, clock } = world([source]);
    const early = ask(sync);
    await clock.advance(45);
    expect(await early).toEqual({
      facts: ["slice 1"],
      as_of: "2024-05-01T06:00:00.000Z",
      complete: false,
      notes: [
        "the cloud source is still being read (runs of project 7, 3 of 10). " +
          "Only what has arrived so far is here; the reading goes on, ask again to join it.",
      ],
      systems: ["dbt-cloud"],
    });
    const next = ask(sync, RUNS, { refresh: true });
    await settle();
    gate.open();
    expect(await next).toMatchObject({ facts: ["slice 1", "slice 2"], complete: true, notes: [] });
    expect(source.syncs).toHaveLength(1);
  });

  test("gives an empty answer where nothing has arrived", async () => {
    const { source, gate } = gated();
    const { sync, clock } = world([source]);
    const answer = ask(sync);
    await clock.advance(45);
    expect(await answer).toMatchObject({ facts: [], as_of: null, complete: false });
    gate.open();
  });

  test("gives older facts where there are some", async () => {
    const { source, gate } = gated();
    const { sync, clock } = world([source]);
    gate.open();
    await ask(sync);
    source.work = () => new Promise(() => {});
    await clock.advance(3600);
    const answer = ask(sync);
    await clock.advance(45);
    expect(await answer).toMatchObject({
      facts: ["fact 1"],
      as_of: "2024-05-01T06:00:00.000Z",
      complete: false,
    });
  });

  test("is the caller's: the fetch goes on although it has left", async () => {
    const { source, gate } = gated();
    const { sync, clock, store } = world([source]);
    const answer = ask(sync);
    await clock.advance(45);
    await answer;
    expect(source.signals[0]?.aborted).toBe(false);
    gate.open();
    await settle();
    expect(store.generation.facts).toEqual(["fact 1"]);
  });

  test("does not hold for who waits for ever", async () => {
    const { source, gate } = gated();
    const { sync, clock } = world([source], { deadline_ms: null });
    let done = false;
    const answer = ask(sync).finally(() => {
      done = true;
    });
    await clock.advance(100_000);
    expect(done).toBe(false);
    gate.open();
    expect((await answer).complete).toBe(true);
  });
});

describe("closing", () => {
  test("while a fetch runs aborts it and cancels who waits", async () => {
    const source = new FakeSource("cloud");
    source.work = (_scope, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const { sync, warnings } = world([source]);
    const answer = ask(sync);
    await settle();
    const refused = expect(answer).rejects.toMatchObject({ code: "CANCELLED" });
    await sync.close();
    await refused;
    expect(source.signals[0]?.aborted).toBe(true);
    await expect(ask(sync)).rejects.toMatchObject({ code: "CANCELLED" });
    expect(warnings).toEqual([]);
  });

  test("waits for a write under way, so that the store can be closed after it", async () => {
    const { source, gate } = gated();
    const { sync } = world([source]);
    const answer = ask(sync);
    await settle();
    const refused = expect(answer).rejects.toMatchObject({ code: "CANCELLED" });
    let closed = false;
    const closing = sync.close().then(() => {
      closed = true;
    });
    await refused;
    await settle();
    expect(closed).toBe(false);
    gate.open();
    await closing;
  });

  test("does not wait for ever for a source that does not let go", async () => {
    const source = new FakeSource("cloud");
    source.work = () => new Promise(() => {});
    const { sync, clock } = world([source]);
    const answer = expect(ask(sync)).rejects.toMatchObject({ code: "CANCELLED" });
    await settle();
    const closing = sync.close();
    await answer;
    await clock.advance(5);
    await closing;
  });
});
