import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { folderOf } from "../../src/store/layout.ts";
import { LoadRows } from "./rows.ts";
import { ask, askList, publish, temporaryFolder, testStore } from "./stores.ts";

const one = (id: string): LoadRows =>
  new LoadRows().invocation({ invocation: { invocation_id: id }, executions: [{ node: "model.shop.a" }] });

const COUNT = "SELECT count(*) AS n FROM executions";
/** Takes minutes, unless it is stopped. */
const ENDLESS = "SELECT count(*) AS n FROM range(3000000) a, range(3000000) b WHERE a.range + b.range = -1";

test("a snapshot stays what it was while others publish, and its file is let go after it", async () => {
  const address = join(temporaryFolder(), "store");
  const store = await testStore({ address });
  const first = await publish(store, one("i1"));
  const pinned = await store.snapshot();
  for (const id of ["i2", "i3", "i4"]) await publish(store, one(id));
  expect(existsSync(join(folderOf(address), `${first.generation}.duckdb`))).toBe(false);
  expect(pinned.generation).toBe(first.generation);
  expect(await pinned.query(COUNT)).toEqual([{ n: 1 }]);
  const newest = await store.snapshot();
  expect(await newest.query(COUNT)).toEqual([{ n: 4 }]);
  expect(await Promise.all([pinned.query(COUNT), pinned.query(COUNT), pinned.query(COUNT)])).toHaveLength(3);
  pinned.release();
  newest.release();
  await expect(pinned.query(COUNT)).rejects.toThrow("released");
  expect(
    await ask(store, "SELECT count(*) AS n FROM duckdb_databases() WHERE database_name LIKE 'g%'"),
  ).toEqual([{ n: 1 }]);
});

test("a snapshot before the first load is empty and writes nothing", async () => {
  const address = join(temporaryFolder(), "store");
  const store = await testStore({ address });
  const snapshot = await store.snapshot();
  expect(snapshot.generation).toBe("empty");
  expect(await snapshot.query(COUNT)).toEqual([{ n: 0 }]);
  snapshot.release();
  await store.invalidate(null);
  expect(existsSync(address)).toBe(false);
  expect(store.state).toEqual({ mode: "file", location: address, degraded: null });
});

test("another opened store sees what was published", async () => {
  const address = join(temporaryFolder(), "store");
  const [writing, reading] = [await testStore({ address }), await testStore({ address })];
  expect(await ask(reading, COUNT)).toEqual([{ n: 0 }]);
  await publish(writing, one("i1"));
  expect(await ask(reading, COUNT)).toEqual([{ n: 1 }]);
});

test("a store opened for reading only refuses loads", async () => {
  const store = await testStore({ readOnly: true });
  await expect(publish(store, one("i1"))).rejects.toMatchObject({ code: "UNSUPPORTED" });
  await expect(store.invalidate(null)).rejects.toMatchObject({ code: "UNSUPPORTED" });
});

describe.each([
  ["in files", {}],
  ["in memory", { address: ":memory:" }],
])("a store %s", (_, at) => {
  test("binds parameters and gives plain values", async () => {
    const store = await testStore(at);
    const [row] = await ask(
      store,
      `SELECT ? AS t, ? AS i, ? AS big, ? AS d, ? AS b, ? AS n, ? AS texts, list_contains(?, 2) AS two, 2 = ANY(?) AS none,
         TIMESTAMP '2024-05-01 01:02:03.456789' AS at, DATE '2024-05-01' AS day, 9007199254740993::BIGINT AS huge,
         sum(x) AS total, 'NaN'::DOUBLE AS nan, 1.5::DECIMAL(4,2) AS dec, {a: 1, b: [TIMESTAMP '2024-05-01']} AS st,
         MAP {'k': 'v'} AS m, 'infinity'::TIMESTAMP AS ever
       FROM range(3) r(x)`,
      ["it's", 5, 2 ** 40, 1.5, true, null, ["a", "b"], [1, 2], []],
    );
    expect(row).toEqual({
      t: "it's",
      i: 5,
      big: 2 ** 40,
      d: 1.5,
      b: true,
      n: null,
      texts: ["a", "b"],
      two: true,
      none: false,
      at: "2024-05-01T01:02:03.456Z",
      day: "2024-05-01",
      huge: "9007199254740993",
      total: 3,
      nan: null,
      dec: 1.5,
      st: { a: 1, b: ["2024-05-01T00:00:00.000Z"] },
      m: { k: "v" },
      ever: null,
    });
    expect(await ask(store, "SELECT x FROM range(9) r(x) ORDER BY x LIMIT ? OFFSET ?", [1, 2])).toEqual([
      { x: 2 },
    ]);
  });

  test.each([
    "DROP VIEW executions",
    "SELECT 1; SELECT 2",
    "",
    "CREATE TEMP TABLE t (a INTEGER)",
    "SET threads = 1",
  ])("refuses %j, which is not one SELECT", async (sql) => {
    const store = await testStore(at);
    await expect(ask(store, sql)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(await ask(store, COUNT)).toEqual([{ n: 0 }]);
  });

  test("reaches no file outside the store", async () => {
    const store = await testStore(at);
    await publish(store, one("i1"));
    await expect(ask(store, "SELECT * FROM read_text('/etc/hostname')")).rejects.toThrow(/Permission Error/);
    expect(await ask(store, COUNT)).toEqual([{ n: 1 }]);
  });

  test("stops a query whose caller goes away, and answers the next", async () => {
    const store = await testStore(at);
    const snapshot = await store.snapshot();
    for (const wait of [0, 1, 50]) {
      const abort = new AbortController();
      const query = snapshot.query(ENDLESS, [], abort.signal);
      const stopped = expect(query).rejects.toMatchObject({ code: "CANCELLED" });
      await sleep(wait);
      abort.abort();
      await stopped;
    }
    expect(await snapshot.query(COUNT)).toEqual([{ n: 0 }]);
    snapshot.release();
  });

  test("lets a query leave the line in which it waits", async () => {
    const store = await testStore(at);
    const snapshot = await store.snapshot();
    const [busy, waiting] = [new AbortController(), new AbortController()];
    const running = [0, 1].map(() =>
      snapshot.query(ENDLESS, [], busy.signal).catch((error: unknown) => error),
    );
    const left = snapshot.query(COUNT, [], waiting.signal);
    waiting.abort();
    await expect(left).rejects.toMatchObject({ code: "CANCELLED" });
    const later = snapshot.query(COUNT);
    busy.abort();
    expect(await later).toEqual([{ n: 0 }]);
    expect(await Promise.all(running)).toMatchObject([{ code: "CANCELLED" }, { code: "CANCELLED" }]);
    snapshot.release();
  });

  test("rolls back a load whose caller goes away, whenever that is, and takes the next", async () => {
    const store = await testStore(at);
    await publish(store, one("i1"));
    for (const wait of [0, 5, 20, 60, 120]) {
      const abort = new AbortController();
      const load = store.load(async (each) => {
        const executions = Array.from({ length: 20_000 }, (_, n) => ({ node: `model.shop.m${n}` }));
        await each.send(
          new LoadRows().invocation({ invocation: { invocation_id: "gone" }, executions }).batch(),
        );
        setTimeout(() => abort.abort(), wait);
        await each.publish();
        // Whoever is quicker than the wait is not what this test is about.
        abort.signal.throwIfAborted();
        return "published";
      }, abort.signal);
      const outcome = await load.catch((error: { code: string }) => error.code);
      const found = await askList(store, "SELECT count(*) FROM executions");
      if (outcome === "published") expect(found).toEqual([20_001]);
      else {
        expect(outcome).toBe("CANCELLED");
        // A publication that was through when the caller left stays; half of one is never seen.
        expect([1, 20_001]).toContain(found[0]);
      }
    }
    const { added } = await publish(store, one("i2"));
    expect(added.invocations).toBe(1);
  });

  test("ends a load although its work does not heed the signal", async () => {
    const store = await testStore(at);
    const abort = new AbortController();
    const load = store.load(async (each) => {
      await each.send(one("gone").batch());
      abort.abort();
      return new Promise(() => undefined);
    }, abort.signal);
    await expect(load).rejects.toMatchObject({ code: "CANCELLED" });
    await publish(store, one("i1"));
    expect(await askList(store, "SELECT invocation_id FROM invocations")).toEqual(["i1"]);
  });

  test("runs loads one after the other, and lets one leave the line", async () => {
    const store = await testStore(at);
    const order: string[] = [];
    let free: () => void = () => undefined;
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    const first = store.load(async () => {
      await freed;
      order.push("first");
    });
    const abort = new AbortController();
    const second = store.load(async () => order.push("second"), abort.signal);
    const third = store.load(async () => order.push("third"));
    abort.abort();
    await expect(second).rejects.toMatchObject({ code: "CANCELLED" });
    free();
    await Promise.all([first, third]);
    expect(order).toEqual(["first", "third"]);
  });
});

test("closing a store ends its loads and lets its queries finish", async () => {
  const store = await testStore();
  const snapshot = await store.snapshot();
  const query = snapshot.query("SELECT count(*) AS n FROM range(30000000)");
  const load = expect(store.load(() => new Promise(() => undefined))).rejects.toMatchObject({
    code: "CANCELLED",
  });
  await store.close();
  await load;
  expect(await query).toEqual([{ n: 30_000_000 }]);
  await expect(store.snapshot()).rejects.toThrow("closed");
});

test("a query that needs too much memory says so, and the store goes on", async () => {
  const store = await testStore();
  const greedy = "SELECT len(list(a.range::VARCHAR || repeat('x', 200))) AS n FROM range(5000000) a";
  await expect(ask(store, greedy)).rejects.toMatchObject({ code: "TOO_LARGE" });
  expect(await ask(store, COUNT)).toEqual([{ n: 0 }]);
});
