import * as z from "zod";
import { SqlRows } from "../src/core/answers.ts";
import { common, eventPage, id } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

const { limit, cursor } = eventPage();

export default defineOperation({
  name: "query_sql",
  path: "POST /sql",
  title: "Query with SQL",
  summary: "One read-only SELECT (DuckDB) over all that is known, history included.",
  guidance:
    "For what no other tool answers. Tables: models, model_runs, job_runs, test_runs and more; see SHOW TABLES, DESCRIBE, runlens://schema.",
  input: z.strictObject({
    sql: id(),
    params: z.array(z.string()).optional(),
    limit,
    cursor,
    refresh: common.refresh,
  }),
  output: SqlRows,
  examples: [
    {
      ask: "What did we spend our build time on, by tag?",
      input: {
        sql: "SELECT tag, round(sum(runtime_s), 3) AS runtime_s, count(*) AS builds FROM model_runs, unnest(tags) AS t(tag) GROUP BY tag ORDER BY 2 DESC, tag",
      },
    },
    {
      ask: "Which tests failed most often on finance models?",
      input: {
        sql: "SELECT t.name, count(*) AS times, max(t.ended_at) AS last_at FROM test_runs t JOIN models m USING (model_id, environment) WHERE t.status = 'fail' AND list_contains(m.tags, ?) GROUP BY t.name ORDER BY times DESC, t.name",
        params: ["finance"],
      },
    },
  ],
  columns: [],
  handle: ({ sql, ...options }, { account, ask }) => account.querySql(sql, options, ask),
});
