/** What a statement may use, and what happens when it wants more. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { folderOf } from "../../../src/store/layout.ts";
import type { SqlLimits } from "../../../src/store/sql/enclosure.ts";
import type { SqlRoom } from "../../../src/store/sql/room.ts";
import { LoadRows } from "../rows.ts";
import { publish, temporaryFolder, testStore } from "../stores.ts";
import { askSql, NOTHING, question, smallRoom } from "./asking.ts";

/** Both take minutes, unless they are stopped. */
const ENDLESS = "SELECT count(*) FROM range(3000000) a, range(3000000) b WHERE a.range + b.range = -1";
const RECURSIVE = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r";

function room(limits: Partial<SqlLimits> = {}): SqlRoom {
  const made = smallRoom(limits);
  onTestFinished(() => made.close());
  return made;
}

const one = (id: string): LoadRows =>
  new LoadRows().invocation({ invocation: { invocation_id: id }, executions: [{ node: "model.shop.a" }] });

describe("time", () => {
  it.each([ENDLESS, RECURSIVE])("is over for %s, and the next one runs", async (sql) => {
    const asked = room();
    await expect(asked.ask(NOTHING, question(sql), undefined)).rejects.toMatchObject({
      code: "TIMEOUT",
      message: "The query took longer than the 0.3 seconds that it may take.",
    });
    expect((await asked.ask(NOTHING, question("SELECT 1"), undefined)).rows).toEqual([[1]]);
  });

  it("is over for a statement between two chunks of its rows", async () => {
    const sql = "SELECT a.range FROM range(3000000) a, range(3000000) b WHERE a.range + b.range = 1";
    await expect(room().ask(NOTHING, question(sql), undefined)).rejects.toMatchObject({ code: "TIMEOUT" });
  });

  it("does not run while a statement waits for another", async () => {
    const asked = room();
    const [first, second] = await Promise.allSettled([
      asked.ask(NOTHING, question(ENDLESS), undefined),
      asked.ask(NOTHING, question("SELECT 1"), undefined),
    ]);
    expect(first).toMatchObject({ status: "rejected", reason: { code: "TIMEOUT" } });
    expect(second).toMatchObject({ status: "fulfilled", value: { rows: [[1]] } });
  });
});

describe("the caller", () => {
  it.each(["file", "memory"])("can leave while a statement runs, in a %s", async (mode) => {
    const store = await testStore(mode === "memory" ? { address: ":memory:" } : {});
    await publish(store, one("i1"));
    await askSql(store, "SELECT 1");
    const controller = new AbortController();
    const asked = askSql(store, ENDLESS, {}, controller.signal);
    setTimeout(() => controller.abort(), 100);
    await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
    expect((await askSql(store, "SELECT count(*) FROM executions")).rows).toEqual([[1]]);
  });

  it("can leave while it waits", async () => {
    const asked = room();
    const running = asked.ask(NOTHING, question(ENDLESS), undefined).catch(() => undefined);
    const controller = new AbortController();
    const waiting = asked.ask(NOTHING, question("SELECT 1"), controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    await running;
  });

  it("gets CANCELLED when the store is closed", async () => {
    const store = await testStore();
    await publish(store, one("i1"));
    await askSql(store, "SELECT 1");
    const asked = askSql(store, ENDLESS);
    const expected = expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await store.close();
    await expected;
  });
});

describe("memory", () => {
  it.each([
    "SELECT a, count(*) FROM range(100000000) t(a) GROUP BY a",
    "SELECT list(a) FROM range(100000000) t(a)",
    "SELECT a FROM range(100000000) t(a) ORDER BY hash(a)",
    "WITH RECURSIVE t AS (SELECT 'xxxxxxxx' AS s UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t",
  ])("is not enough for %s, and the next one runs", async (sql) => {
    const asked = room({ time_ms: 20_000 });
    await expect(asked.ask(NOTHING, question(sql), undefined)).rejects.toMatchObject({
      code: "TOO_LARGE",
      message: "The query needs more than the 64 MB of memory that it may use.",
    });
    expect((await asked.ask(NOTHING, question("SELECT 1"), undefined)).rows).toEqual([[1]]);
  });
});

describe("the answer", () => {
  it("has as many rows as asked for, of however many there are", async () => {
    const asked = room({ time_ms: 20_000 });
    const numbers = (offset: number, limit: number, sql = "FROM range(5000000000)") =>
      asked.ask(NOTHING, question(sql, { offset, limit }), undefined);
    expect(await numbers(0, 2)).toMatchObject({ rows: [[0], [1]], more: true, shortened: false });
    // Across the blocks that DuckDB hands over.
    expect(await numbers(2047, 3)).toMatchObject({ rows: [[2047], [2048], [2049]], more: true });
    expect(await numbers(4094, 2, "FROM range(4096)")).toMatchObject({ rows: [[4094], [4095]], more: false });
    expect(await numbers(4096, 2, "FROM range(4096)")).toMatchObject({ rows: [], more: false });
    expect(await numbers(9999, 2, "FROM range(10)")).toMatchObject({ rows: [], more: false });
  });

  it("keeps the order of rows from page to page, also without ORDER BY", async () => {
    const store = await testStore();
    const nodes = Array.from({ length: 5000 }, (_, index) => ({
      unique_id: `model.shop.m${(index * 7919) % 5000}`,
    }));
    await publish(store, new LoadRows().definitions({ nodes }));
    const names = async (offset: number, limit: number) =>
      (await askSql(store, "SELECT name FROM models", { offset, limit })).rows.flat();
    const whole = await names(0, 5000);
    expect(new Set(whole).size).toBe(5000);
    expect([...(await names(0, 2500)), ...(await names(2500, 2500))]).toEqual(whole);
  });

  it("ends early where its rows are large, and goes on from there", async () => {
    const asked = room({ time_ms: 20_000 });
    const sql =
      "SELECT range, concat_ws(',', 'a', md5('a'), md5('b'), md5('c'), md5('d'), md5('e'), md5('f')) FROM range(100)";
    const first = await asked.ask(NOTHING, question(sql), undefined);
    expect(first).toMatchObject({ more: true, shortened: true });
    expect(JSON.stringify(first.rows).length).toBeLessThan(2100);
    const second = await asked.ask(NOTHING, question(sql, { offset: first.rows.length }), undefined);
    expect(second.rows[0]?.[0]).toBe(first.rows.length);
  });

  it("cannot be one row that is too large", async () => {
    const sql = "SELECT list(range) FROM range(1000)";
    await expect(room({ time_ms: 20_000 }).ask(NOTHING, question(sql), undefined)).rejects.toMatchObject({
      code: "TOO_LARGE",
    });
  });

  it("cannot be asked for with a statement that is too long", async () => {
    const sql = `SELECT ${"1 + ".repeat(30_000)}1`;
    await expect(room().ask(NOTHING, question(sql), undefined)).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("is an error, and no more, where a statement nests too deeply", async () => {
    const sql = `SELECT ${"abs(".repeat(5000)}1${")".repeat(5000)}`;
    await expect(room({ time_ms: 20_000 }).ask(NOTHING, question(sql), undefined)).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe("generations", () => {
  it.each(["file", "memory"])("are seen as they are when asked, in a %s", async (mode) => {
    const store = await testStore(mode === "memory" ? { address: ":memory:" } : {});
    const count = async () => (await askSql(store, "SELECT count(*) FROM executions")).rows[0]?.[0];
    expect(await count()).toBe(0);
    for (const [index, id] of ["i1", "i2", "i3"].entries()) {
      await publish(store, one(id));
      expect(await count()).toBe(index + 1);
    }
  });

  it("stay what they were for a snapshot that has asked, and are let go", async () => {
    const address = join(temporaryFolder(), "store");
    const store = await testStore({ address });
    const first = await publish(store, one("i1"));
    const pinned = await store.snapshot();
    const count = async () => (await pinned.sql(question("SELECT count(*) FROM executions"))).rows[0]?.[0];
    expect(await count()).toBe(1);
    await publish(store, one("i2"));
    expect(await count()).toBe(1);
    await publish(store, one("i3"));
    await publish(store, one("i4"));
    expect(existsSync(join(folderOf(address), `${first.generation}.duckdb`))).toBe(false);
    expect((await askSql(store, "SELECT count(*) FROM executions")).rows).toEqual([[4]]);
    await expect(count()).rejects.toMatchObject({ code: "OVERLOADED" });
    pinned.release();
    await expect(count()).rejects.toThrow("released");
  });
});
