import { afterAll, beforeAll, expect, it } from "vitest";
import { renderText } from "../../src/frontends/render.ts";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("query_sql", {
    sql: "SELECT job_id, status, count(*) AS runs, max(ended_at) AS last_ended_at FROM job_runs WHERE ended_at > now() - CAST(? AS INTERVAL) GROUP BY ALL ORDER BY runs DESC, job_id, status",
    params: ["7 days"],
    limit: 3,
  });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("query-sql"));
});

it("says which tables and columns are meant, and what may be asked", async () => {
  await expect(demo.ask("query_sql", { sql: "SELECT * FROM model_run" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: "There is no table model_run.",
    hint: expect.stringContaining("Nearest: model_runs"),
  });
  await expect(demo.ask("query_sql", { sql: "SELECT runtime FROM model_runs" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringMatching(/"runtime" not found.*"runtime_s"/),
  });
  await expect(demo.ask("query_sql", { sql: "SELECT FROM models WHERE" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
  });
  await expect(demo.ask("query_sql", { sql: "DELETE FROM models" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("one SELECT"),
  });
});

it("shows gaps and nested lists also in the text", async () => {
  const sql =
    "SELECT 'a' AS name, [[1, 2], []] AS nested, [1, NULL] AS gaps, {'x': 1} AS pair UNION ALL SELECT NULL, NULL, NULL, NULL";
  const text = renderText(await demo.ask("query_sql", { sql }), []);
  expect(text).toContain("a | [[1,2],[]] | [1,null] | 1");
});
