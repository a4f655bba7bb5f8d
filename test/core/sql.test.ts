/** Questions in SQL of the library's account: pages, notes, standing filters, and what the notes say. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Account as CoreAccount } from "../../src/core/account.ts";
import { DEMO_NOW, type Demo, openDemo } from "../demo.ts";

let demo: Demo;
let account: CoreAccount;
beforeAll(() => {
  demo = openDemo();
  account = new CoreAccount(demo.app.knowledge);
});
afterAll(() => demo.close());

it("gives rows by name, with the types of their columns and where they came from", async () => {
  const rows = await account.querySql("SELECT name, tags, NULL AS gap FROM models ORDER BY name LIMIT 2");
  expect(rows).toHaveLength(2);
  expect(rows[0]).toEqual({ name: "dim_bikes", tags: expect.any(Array), gap: null });
  expect(rows.columns).toEqual([
    { name: "name", type: "VARCHAR" },
    { name: "tags", type: "VARCHAR[]" },
    { name: "gap", type: "INTEGER" },
  ]);
  expect(rows.source).toMatchObject({ systems: ["artifacts"], complete: true });
  expect(rows.map((row) => row.name)).toEqual(["dim_bikes", expect.any(String)]);
  expect(JSON.parse(JSON.stringify(rows))).toMatchObject({ returned: 2, has_more: false, next_cursor: null });
});

it("has the time of the account's clock", async () => {
  const [row] = await account.querySql("SELECT now() AS at, max(ended_at) <= now() AS past FROM job_runs");
  expect(row).toEqual({ at: new Date(DEMO_NOW).toISOString(), past: true });
});

it("goes through all rows, page by page", async () => {
  const sql = "SELECT unique_id FROM nodes WHERE resource_type = ? ORDER BY unique_id";
  const whole = await account.querySql(sql, { params: ["test"], limit: 1000 });
  expect(whole.hasMore).toBe(false);
  const seen: unknown[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await account.querySql(sql, {
      params: ["test"],
      limit: 7,
      ...(cursor === undefined ? {} : { cursor }),
    });
    seen.push(...page.map((row) => row.unique_id));
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  expect(seen).toEqual(whole.map((row) => row.unique_id));
  expect(seen.length).toBeGreaterThan(14);
});

it("refuses the cursor of another statement, and of other parameters", async () => {
  const { nextCursor } = await account.querySql("SELECT ? AS a FROM nodes", { params: ["1"], limit: 1 });
  const cursor = nextCursor ?? "";
  for (const [sql, param] of [
    ["SELECT ? AS b FROM nodes", "1"],
    ["SELECT ? AS a FROM nodes", "2"],
  ] as const) {
    await expect(account.querySql(sql, { params: [param], limit: 1, cursor })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "The cursor belongs to another question.",
    });
  }
});

it("keeps to the projects of a standing filter", async () => {
  const count = async (standing: ConstructorParameters<typeof CoreAccount>[1]) => {
    const limited = new CoreAccount(demo.app.knowledge, standing);
    const [row] = await limited.querySql(
      "SELECT (SELECT count(*) FROM nodes) AS nodes, (SELECT count(*) FROM executions) AS executions, (SELECT count(*) FROM runs) AS runs",
    );
    return row;
  };
  const all = await count({});
  expect(await count({ filters: [{ projectIds: ["pedal_harbour"] }] })).toEqual(all);
  expect(await count({ filters: [{ projectIds: ["pedal_harbour"], includeOrExclude: "exclude" }] })).toEqual({
    nodes: 0,
    executions: 0,
    runs: 0,
  });
  expect(Number(all?.nodes)).toBeGreaterThan(0);
});

it("refuses options that there are not", async () => {
  // As a caller in JavaScript may do.
  const options: object = { parameters: ["a"] };
  await expect(account.querySql("SELECT 1", options)).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: "Unknown option parameters.",
    hint: expect.stringContaining("params"),
  });
  await expect(account.querySql("")).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

it("ends when the caller leaves", async () => {
  const sql = "SELECT count(*) FROM range(3000000) a, range(3000000) b WHERE a.range + b.range = -1";
  const signal = AbortSignal.timeout(200);
  await expect(account.querySql(sql, {}, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
});
