import { describe, expect, test } from "vitest";
import { cancelled, RunlensError } from "../../src/errors.ts";
import { sourceFailure, storeFailure } from "../../src/sync/failure.ts";
import { ask, FakeSource, LookableSource, settle, world } from "./fakes.ts";

const RUNS = { facts: ["runs"] } as const;
const down = () => new RunlensError("UPSTREAM", "The Discovery API answered 503.", "Ask again in a minute.");

function fails(source: FakeSource, error: unknown = down()): FakeSource {
  source.work = async () => {
    throw error;
  };
  return source;
}

describe("a source that fails", () => {
  test("without older facts is an error", async () => {
    const { sync, warnings } = world([fails(new FakeSource("cloud"))]);
    await expect(ask(sync)).rejects.toMatchObject({
      code: "UPSTREAM",
      message: "The Discovery API answered 503.",
    });
    expect(warnings).toEqual([]);
  });

  test("with older facts is a note that says which source, why, and how old they are", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock } = world([source]);
    await ask(sync);
    fails(source);
    await clock.advance(3 * 3600);
    expect(await ask(sync)).toEqual({
      facts: ["cloud runs:all 1"],
      as_of: "2024-05-01T06:00:00.000Z",
      complete: false,
      notes: [
        "the cloud source could not be read: The Discovery API answered 503. Its facts here are 3 hours old.",
      ],
      systems: ["dbt-cloud"],
    });
  });

  test("serves older facts to a refresh, and without caching, too", async () => {
    const source = new FakeSource("cloud");
    const { sync, store, clock } = world([source]);
    await ask(sync);
    fails(source);
    expect((await ask(sync, RUNS, { refresh: true })).notes[0]).toMatch(/0 seconds old/);
    const plain = world([source], { store, clock, caching: false });
    expect((await ask(plain.sync)).facts).toEqual(["cloud runs:all 1"]);
  });

  test("is tried again by the next question", async () => {
    const source = fails(new FakeSource("cloud"));
    const { sync, clock } = world([source]);
    await expect(ask(sync)).rejects.toThrow();
    source.work = async () => ({});
    expect(await ask(sync)).toMatchObject({ complete: true, notes: [] });
    await clock.advance(301);
    expect((await ask(sync)).notes).toEqual([]);
  });

  test("behind an answer is logged, and said by the next answer that is not fresh", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock, warnings } = world([source]);
    await ask(sync);
    fails(source);
    await clock.advance(301);
    expect((await ask(sync)).notes).toEqual([]);
    await settle();
    expect(warnings).toEqual(["the cloud source could not be read: The Discovery API answered 503."]);
    expect(await ask(sync)).toMatchObject({
      complete: true,
      notes: ["The last attempt to read the cloud source failed: The Discovery API answered 503."],
    });
  });

  test("after the deadline is said by the next answer, so that a slow failure is seen", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock } = world([source], { deadline_ms: 1000 });
    source.work = async () => {
      await clock.sleep(2000);
      throw down();
    };
    const first = ask(sync);
    await clock.advance(1);
    expect((await first).notes).toHaveLength(1);
    await clock.advance(1);
    const second = ask(sync);
    await clock.advance(1);
    expect((await second).notes[1]).toBe(
      "The last attempt to read the cloud source failed: The Discovery API answered 503.",
    );
    await clock.advance(1);
  });

  test("keeps the slices that it had published", async () => {
    const source = new FakeSource("cloud");
    source.work = async (_scope, context) => {
      await source.send(context, "slice 1");
      await context.load.publish();
      await source.send(context, "slice 2");
      throw down();
    };
    const { sync, store } = world([source]);
    await expect(ask(sync)).rejects.toThrow();
    expect(store.generation).toMatchObject({ facts: ["slice 1"], ledger: [] });
  });
});

describe("what a source throws", () => {
  test("unforeseen is an upstream failure that does not repeat the message", async () => {
    const { sync } = world([fails(new FakeSource("cloud"), new TypeError("token=s3cret"))]);
    const error = await ask(sync).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "UPSTREAM", message: "the cloud source failed: TypeError." });
  });

  test("by its own time limit is a time-out", async () => {
    const timeout = new DOMException("too long", "TimeoutError");
    const { sync } = world([fails(new FakeSource("cloud"), timeout)]);
    await expect(ask(sync)).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  test("as an abort of its own is not taken for the caller's", async () => {
    const { sync } = world([fails(new FakeSource("cloud"), new DOMException("stop", "AbortError"))]);
    await expect(ask(sync)).rejects.toMatchObject({ code: "UPSTREAM" });
  });

  test("as a cancellation of its own is not taken for the caller's either", async () => {
    const { sync } = world([fails(new FakeSource("cloud"), cancelled())]);
    await expect(ask(sync)).rejects.toMatchObject({ code: "UPSTREAM" });
  });

  test("after it was told to stop is a cancellation, whatever it says", () => {
    const told = AbortSignal.abort();
    expect(sourceFailure(down(), "the cloud source", told).code).toBe("CANCELLED");
    expect(storeFailure(down(), told).code).toBe("CANCELLED");
  });

  test("when the store cannot be written is not blamed on the source", async () => {
    const { sync, store } = world([new FakeSource("cloud")]);
    store.broken = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    await expect(ask(sync)).rejects.toMatchObject({
      code: "INTERNAL",
      message: "The facts could not be stored: ENOSPC.",
    });
  });
});

describe("several sources", () => {
  test("one that fails without facts leaves an answer that is not complete", async () => {
    const { sync } = world([fails(new FakeSource("cloud")), new FakeSource("dagster")]);
    expect(await ask(sync)).toMatchObject({
      facts: ["dagster runs:all 1"],
      complete: false,
      notes: [
        "the cloud source could not be read: The Discovery API answered 503. Its facts are missing here.",
      ],
      systems: ["dagster"],
    });
  });

  test("that all fail are the first one's error", async () => {
    const late = new RunlensError("RATE_LIMITED", "Too many requests.", "Wait.");
    const { sync } = world([fails(new FakeSource("cloud")), fails(new FakeSource("dagster"), late)]);
    await expect(ask(sync)).rejects.toMatchObject({ code: "UPSTREAM" });
  });

  test("of which one does not have the run that is asked for still answer in full", async () => {
    const missing = new RunlensError("NOT_FOUND", "There is no run 4711.", "Call list_runs.");
    const { sync } = world([fails(new FakeSource("cloud"), missing), new FakeSource("dagster")]);
    expect(await ask(sync, { facts: ["runs"], run_id: "4711" })).toMatchObject({
      facts: ["dagster runs:run 4711 1"],
      complete: true,
      systems: ["dagster"],
    });
  });

  test("of which one does not have the run and the other fails are the failure", async () => {
    const missing = new RunlensError("NOT_FOUND", "There is no run 4711.", "Call list_runs.");
    const { sync } = world([fails(new FakeSource("cloud"), missing), fails(new FakeSource("dagster"))]);
    await expect(ask(sync, { facts: ["runs"], run_id: "4711" })).rejects.toMatchObject({ code: "UPSTREAM" });
  });

  test("are listed with what people call them", () => {
    const { sync } = world([new FakeSource("cloud"), new LookableSource("files")]);
    expect(sync.sources()).toEqual([
      { id: "dbt-cloud cloud", system: "dbt-cloud", label: "the cloud source" },
      { id: "dbt-cloud files", system: "dbt-cloud", label: "the files source" },
    ]);
  });
});

describe("no source", () => {
  test("that has such facts is unsupported", async () => {
    const source = new FakeSource("cloud");
    source.scopes = () => [];
    const { sync } = world([source]);
    await expect(ask(sync)).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  test("at all is a matter of configuration, in the words of who looked for it", async () => {
    await expect(ask(world([]).sync)).rejects.toMatchObject({ code: "CONFIG" });
    const unconfigured = () => new RunlensError("CONFIG", "Nothing in ./target.", "Set DBT_ARTIFACTS_PATH.");
    await expect(ask(world([], { unconfigured }).sync)).rejects.toThrow("Nothing in ./target.");
  });
});
