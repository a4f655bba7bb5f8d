import { describe, expect, test } from "vitest";
import { ask, FakeClock, FakeSource, FakeStore, Gate, LookableSource, settle, world } from "./fakes.ts";

describe("age", () => {
  test("the first question fetches and answers with what was fetched", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source]);
    expect(await ask(sync)).toEqual({
      facts: ["cloud runs:all 1"],
      as_of: "2024-05-01T06:00:00.000Z",
      complete: true,
      notes: [],
      systems: ["dbt-cloud"],
    });
  });

  test("a question within the TTL is answered from the store", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(300);
    expect((await ask(sync)).as_of).toBe("2024-05-01T06:00:00.000Z");
    await settle();
    expect(source.syncs).toEqual(["runs:all"]);
  });

  test("the next process starts warm, because the ledger is in the store", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock, store } = world([source]);
    await ask(sync);
    await clock.advance(100);
    const next = world([source], { store, clock });
    expect((await ask(next.sync)).as_of).toBe("2024-05-01T06:00:00.000Z");
    expect(source.syncs).toHaveLength(1);
  });

  test("up to twice the TTL the answer is what is there, and a refresh runs behind it", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(301);
    expect((await ask(sync)).facts).toEqual(["cloud runs:all 1"]);
    await settle();
    expect(source.syncs).toHaveLength(2);
    expect(await ask(sync)).toMatchObject({
      facts: ["cloud runs:all 1", "cloud runs:all 2"],
      as_of: "2024-05-01T06:05:01.000Z",
    });
    expect(source.syncs).toHaveLength(2);
  });

  test("beyond twice the TTL the question waits for the fetch", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(601);
    expect((await ask(sync)).facts).toEqual(["cloud runs:all 1", "cloud runs:all 2"]);
  });

  test("who always waits never gets facts that are being refreshed", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock } = world([source], { alwaysWait: true });
    await ask(sync);
    await clock.advance(301);
    expect((await ask(sync)).facts).toHaveLength(2);
  });

  test("without caching every question fetches", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source], { caching: false });
    await ask(sync);
    expect((await ask(sync)).facts).toHaveLength(2);
    expect(source.syncs).toHaveLength(2);
  });

  test("a TTL of zero is the same as no caching", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source], { ttl_s: 0 });
    await ask(sync);
    await ask(sync);
    expect(source.syncs).toHaveLength(2);
  });

  test("facts dated far ahead of the clock are not fresh for ever", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(-3600);
    await ask(sync);
    expect(source.syncs).toHaveLength(2);
  });

  test("the age is that of the start of the fetch, and of the oldest scope", async () => {
    const source = new FakeSource("cloud");
    const gate = new Gate();
    const { sync, clock } = world([source], { deadline_ms: null });
    await ask(sync, { facts: ["jobs"] });
    await clock.advance(10);
    source.work = async () => {
      await gate.passed;
      return {};
    };
    const runs = ask(sync, { facts: ["runs"] });
    await clock.advance(60);
    gate.open();
    expect((await runs).as_of).toBe("2024-05-01T06:00:10.000Z");
    expect((await ask(sync, { facts: ["runs", "jobs"] })).as_of).toBe("2024-05-01T06:00:00.000Z");
  });

  test("notes and gaps of a source are in every answer until it is fetched again", async () => {
    const source = new FakeSource("cloud");
    source.work = async () => ({ complete: false, notes: ["2 runs could not be read"] });
    const { sync } = world([source]);
    await ask(sync);
    expect(await ask(sync)).toMatchObject({ complete: false, notes: ["2 runs could not be read"] });
    expect(source.syncs).toHaveLength(1);
  });

  test("a store that answers from memory says so in every view, once", async () => {
    const store = new FakeStore();
    store.state.degraded = "The cache folder cannot be written; answers come from memory.";
    const { sync } = world([new FakeSource("cloud"), new FakeSource("dagster")], { store });
    expect((await ask(sync, { facts: ["runs", "jobs"] })).notes).toEqual([store.state.degraded]);
    expect((await ask(sync, { facts: ["runs", "jobs"] })).notes).toEqual([store.state.degraded]);
  });
});

test("of two rows of one scope the newer one counts", async () => {
  const source = new FakeSource("cloud");
  const { sync, clock, store } = world([source]);
  await ask(sync);
  const older = store.generation.ledger.map((row) => ({ ...row, synced_at: row.synced_at - 3_600_000_000 }));
  store.generation = { ...store.generation, name: "doubled", ledger: [...store.generation.ledger, ...older] };
  await clock.advance(1);
  expect((await ask(sync)).as_of).toBe("2024-05-01T06:00:00.000Z");
});

describe("refresh", () => {
  test("fetches what the question needs, and only that", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source]);
    await ask(sync, { facts: ["runs", "jobs"] });
    await ask(sync, { facts: ["runs"] }, { refresh: true });
    expect(source.syncs).toEqual(["runs:all", "jobs:all", "runs:all"]);
    await ask(sync, { facts: ["runs", "jobs"] });
    expect(source.syncs).toHaveLength(3);
  });
});

describe("a fetch that finds nothing new", () => {
  const quiet = () => {
    const source = new FakeSource("cloud");
    source.work = async () => ({ watermark: "w1" });
    return source;
  };

  test("makes the facts fresh without writing the store anew", async () => {
    const source = quiet();
    const { sync, clock, store } = world([source]);
    await ask(sync);
    await clock.advance(200);
    await ask(sync, { facts: ["runs"] }, { refresh: true });
    expect(store.publications).toBe(1);
    await clock.advance(200);
    expect((await ask(sync)).as_of).toBe("2024-05-01T06:03:20.000Z");
    expect(source.syncs).toHaveLength(2);
  });

  test("is written once the row is older than the TTL, so that the next process starts warm", async () => {
    const source = quiet();
    const { sync, clock, store } = world([source]);
    await ask(sync);
    await clock.advance(601);
    await ask(sync);
    expect(store.publications).toBe(2);
    const next = world([source], { store, clock });
    await ask(next.sync);
    expect(source.syncs).toHaveLength(2);
  });

  test("is forgotten once another process has written the row anew", async () => {
    const source = quiet();
    const { sync, clock, store } = world([source]);
    await ask(sync);
    await clock.advance(200);
    await ask(sync, { facts: ["runs"] }, { refresh: true });
    await clock.advance(310);
    const other = world([source], { store, clock });
    await ask(other.sync, { facts: ["runs"] }, { refresh: true });
    expect((await ask(sync)).as_of).toBe("2024-05-01T06:08:30.000Z");
  });

  test("is written at once where the source now says something else of it", async () => {
    const source = quiet();
    const { sync, store } = world([source]);
    await ask(sync);
    source.work = async () => ({ watermark: "w1", notes: ["one run is gone"] });
    expect((await ask(sync, { facts: ["runs"] }, { refresh: true })).notes).toEqual(["one run is gone"]);
    expect(store.publications).toBe(2);
  });

  test("gives the source its entry, its own entries by prefix, and the newest watermark", async () => {
    const source = quiet();
    const other = new FakeSource("dagster");
    const { sync } = world([source, other]);
    await ask(sync, { facts: ["runs", "jobs"] });
    const seen: unknown[] = [];
    source.work = async (_scope, { entry, entries }) => {
      seen.push(
        entry?.watermark,
        (await entries("ru")).map(({ scope }) => scope),
      );
      return {};
    };
    await ask(sync, { facts: ["runs"] }, { refresh: true });
    expect(seen).toEqual(["w1", ["runs:all"]]);
  });
});

describe("invalidation", () => {
  test("of runs fetches runs and their results again, and leaves jobs alone", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source]);
    const need = { facts: ["runs", "executions", "jobs", "models"] } as const;
    await ask(sync, need);
    source.syncs = [];
    await sync.invalidate("runs");
    await ask(sync, need);
    expect(source.syncs).toEqual(["runs:all", "executions:all"]);
  });

  test("reaches narrow scopes of the same kind", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source]);
    await ask(sync, { facts: ["runs"], run_id: "4711" });
    await sync.invalidate("runs");
    await ask(sync, { facts: ["runs"], run_id: "4711" });
    expect(source.syncs).toEqual(["runs:run 4711", "runs:run 4711"]);
  });

  test("reaches scopes that a source calls otherwise", async () => {
    const source = new FakeSource("cloud");
    source.scopes = (need) => [{ key: "artifacts:target", need }];
    const { sync } = world([source]);
    await ask(sync);
    await sync.invalidate("models");
    await ask(sync);
    expect(source.syncs).toHaveLength(2);
  });

  test("of all forgets everything, also the ages that are not in the store", async () => {
    const source = new FakeSource("cloud");
    source.work = async () => ({});
    const { sync } = world([source]);
    await ask(sync, { facts: ["runs", "jobs"] });
    await ask(sync, { facts: ["runs", "jobs"] }, { refresh: true });
    await sync.invalidate("all");
    await ask(sync, { facts: ["runs", "jobs"] });
    expect(source.syncs).toHaveLength(6);
  });

  test("does not write where there is nothing to forget", async () => {
    const { sync, store } = world([new FakeSource("cloud")]);
    await ask(sync, { facts: ["jobs"] });
    await sync.invalidate("models");
    expect(store.publications).toBe(1);
  });

  test("while a fetch runs, its facts are kept but do not count as fresh", async () => {
    const source = new FakeSource("cloud");
    const gate = new Gate();
    source.work = async (_scope, context) => {
      const number = source.syncs.length;
      if (number === 1) await gate.passed;
      return source.send(context, `fact ${number}`);
    };
    const { sync } = world([source]);
    const first = ask(sync);
    await settle();
    await sync.invalidate("runs");
    gate.open();
    expect((await first).facts).toEqual(["fact 1"]);
    expect((await ask(sync)).facts).toEqual(["fact 1", "fact 2"]);
  });

  test("while a fetch runs, the next question does not join that fetch", async () => {
    const source = new FakeSource("cloud");
    const gate = new Gate();
    source.work = async (_scope, context) => {
      const number = source.syncs.length;
      if (number === 1) await gate.passed;
      return source.send(context, `fact ${number}`);
    };
    const { sync } = world([source]);
    const first = ask(sync);
    await settle();
    await sync.invalidate("runs");
    const second = ask(sync);
    await settle();
    gate.open();
    expect((await second).facts).toEqual(["fact 1", "fact 2"]);
    await first;
  });
});

describe("a source that can tell its revision", () => {
  test("shows at once what has changed within the TTL", async () => {
    const source = new LookableSource("files");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(5);
    source.current = "r2";
    expect((await ask(sync)).facts).toEqual(["runs:all r1", "runs:all r2"]);
  });

  test("is not read again while it says the same, however old the facts are", async () => {
    const source = new LookableSource("files");
    const { sync, clock, store } = world([source]);
    await ask(sync);
    await clock.advance(5000);
    expect((await ask(sync)).as_of).toBe("2024-05-01T07:23:20.000Z");
    expect(source.syncs).toHaveLength(1);
    expect(store.publications).toBe(1);
  });

  test("keeps one age within the TTL, so that the same question has the same answer", async () => {
    const source = new LookableSource("files");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(5);
    expect((await ask(sync)).as_of).toBe("2024-05-01T06:00:00.000Z");
  });

  test("is asked at most once a second", async () => {
    const source = new LookableSource("files");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(5);
    await Promise.all(Array.from({ length: 20 }, () => ask(sync)));
    await clock.advance(0.9);
    await ask(sync);
    expect(source.looks).toBe(1);
    await clock.advance(0.1);
    await ask(sync);
    expect(source.looks).toBe(2);
  });

  test("is fetched once for a change, also within the second of the look", async () => {
    const source = new LookableSource("files");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(5);
    source.current = "r2";
    await ask(sync);
    await ask(sync);
    expect([source.looks, source.syncs.length]).toEqual([1, 2]);
  });

  test("is fetched once for two changes of which the second came while the first was fetched", async () => {
    const source = new LookableSource("files");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(5);
    source.current = "r2";
    source.work = async () => {
      source.current = "r3";
      return { revision: "r3" };
    };
    await ask(sync);
    await ask(sync);
    expect(source.syncs).toHaveLength(2);
  });

  test("is not fetched for a look that is older than what another process has fetched", async () => {
    const source = new LookableSource("files");
    const { sync, clock, store } = world([source]);
    const other = world([source], { store, clock });
    await ask(sync);
    await clock.advance(5);
    await ask(sync);
    await clock.advance(0.2);
    source.current = "r2";
    await ask(other.sync, { facts: ["runs"] }, { refresh: true });
    await clock.advance(0.2);
    expect((await ask(sync)).facts).toEqual(["runs:all r1", "runs:all r2"]);
    expect([source.looks, source.syncs.length]).toEqual([1, 2]);
  });

  test("never has its row written anew where nothing has changed", async () => {
    const source = new LookableSource("files");
    const { sync, clock, store } = world([source]);
    await ask(sync);
    await clock.advance(5000);
    await ask(sync, { facts: ["runs"] }, { refresh: true });
    expect([source.syncs.length, store.publications]).toEqual([2, 1]);
  });

  test("is tried again when the time is over where it was not complete, although it looks the same", async () => {
    const source = new LookableSource("files");
    source.work = async () => ({ revision: "r1", complete: false, notes: ["manifest.json is cut short"] });
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(10);
    await ask(sync);
    expect(source.syncs).toHaveLength(1);
    await clock.advance(601);
    await ask(sync);
    expect(source.syncs).toHaveLength(2);
  });

  test("is fetched where it cannot be looked at, so that the reason is found", async () => {
    const source = new LookableSource("files");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(5);
    source.blind = new Error("no such folder");
    await ask(sync);
    expect(source.syncs).toHaveLength(2);
  });

  test("is not asked on refresh and without caching, which fetch anyway", async () => {
    const source = new LookableSource("files");
    const { sync } = world([source]);
    await ask(sync);
    await ask(sync, { facts: ["runs"] }, { refresh: true });
    const plain = world([source], { caching: false });
    await ask(plain.sync);
    await ask(plain.sync);
    expect([source.looks, source.syncs.length]).toEqual([0, 4]);
  });

  test("that hangs holds a question no longer than the deadline", async () => {
    const source = new LookableSource("files");
    const { sync, clock } = world([source]);
    await ask(sync);
    await clock.advance(5);
    source.revision = () => new Promise(() => {});
    const answer = ask(sync);
    await clock.advance(45);
    expect((await answer).facts).toEqual(["runs:all r1"]);
  });
});

describe("code", () => {
  const of = ["dbt-cloud cloud", "model.shop.orders", "runs/1/manifest.json"] as const;

  test("is asked live once, and again when its time is over", async () => {
    const source = new FakeSource("cloud");
    const { sync, clock } = world([source]);
    expect(await sync.code(...of)).toMatchObject({ raw_sql: "select 1 -- model.shop.orders" });
    await sync.code(...of);
    expect(source.codes).toBe(1);
    await clock.advance(301);
    await sync.code(...of);
    expect(source.codes).toBe(2);
  });

  test("is asked again after new facts were published", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source]);
    await sync.code(...of);
    await ask(sync);
    await sync.code(...of);
    expect(source.codes).toBe(2);
  });

  test("that was on its way while new facts were published is not held", async () => {
    const source = new FakeSource("cloud");
    const gate = new Gate();
    const { sync } = world([source]);
    const plain = source.code.bind(source);
    source.code = async (uniqueId) => {
      const code = await plain(uniqueId);
      await gate.passed;
      return code;
    };
    const first = sync.code(...of);
    await ask(sync);
    gate.open();
    await first;
    expect(await sync.code(...of)).toMatchObject({ raw_sql: "select 2 -- model.shop.orders" });
  });

  test("is asked each time without caching", async () => {
    const source = new FakeSource("cloud");
    const { sync } = world([source], { caching: false });
    await sync.code(...of);
    await sync.code(...of);
    expect(source.codes).toBe(2);
  });

  test("of a source that is not configured is not found", async () => {
    const { sync } = world([new FakeSource("cloud")]);
    await expect(sync.code("paradime acme", of[1], of[2])).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("is given up when the caller leaves, and the source is told", async () => {
    const source = new FakeSource("cloud");
    let told = false;
    source.code = (...parts: unknown[]) =>
      new Promise(() => {
        const signal = parts[2];
        if (signal instanceof AbortSignal) signal.addEventListener("abort", () => (told = true));
      });
    const { sync } = world([source]);
    const caller = new AbortController();
    const answer = sync.code(...of, caller.signal);
    caller.abort();
    await expect(answer).rejects.toMatchObject({ code: "CANCELLED" });
    expect(told).toBe(true);
  });
});

test("the fake clock ends a sleep when it is told to and not before", async () => {
  const clock = new FakeClock();
  let awake = false;
  void clock.sleep(1000).then(() => {
    awake = true;
  });
  await clock.advance(0.9);
  expect(awake).toBe(false);
  await clock.advance(0.1);
  expect(awake).toBe(true);
});
