/** What DuckDB's values are in an answer. */
import { expect, it, onTestFinished } from "vitest";
import type { SqlAnswer } from "../../../src/store/port.ts";
import { NOTHING, question, smallRoom } from "./asking.ts";

function run(sql: string, params: string[] = []): Promise<SqlAnswer> {
  const room = smallRoom({ time_ms: 10_000, characters: 100_000 });
  onTestFinished(() => room.close());
  return room.ask(NOTHING, question(sql, { params }), undefined);
}

it.each([
  ["9007199254740991", "BIGINT", 9007199254740991],
  ["9007199254740992", "BIGINT", "9007199254740992"],
  ["(-9223372036854775808)::BIGINT", "BIGINT", "-9223372036854775808"],
  ["18446744073709551615::UBIGINT", "UBIGINT", "18446744073709551615"],
  ["170141183460469231731687303715884105727::HUGEINT", "HUGEINT", "170141183460469231731687303715884105727"],
  ["sum(7::BIGINT)", "HUGEINT", 7],
  ["1.10::DECIMAL(4,2)", "DECIMAL(4,2)", 1.1],
  ["-0.05::DECIMAL(4,2)", "DECIMAL(4,2)", -0.05],
  ["12345678901234567.89::DECIMAL(20,2)", "DECIMAL(20,2)", "12345678901234567.89"],
  ["0.1::DOUBLE", "DOUBLE", 0.1],
  ["1.5::FLOAT", "FLOAT", 1.5],
  ["'NaN'::DOUBLE", "DOUBLE", "NaN"],
  ["'Infinity'::DOUBLE", "DOUBLE", "Infinity"],
  ["'-Infinity'::FLOAT", "FLOAT", "-Infinity"],
  ["TIMESTAMP '2024-05-01 03:00:00'", "TIMESTAMP", "2024-05-01T03:00:00.000Z"],
  ["TIMESTAMP '2024-05-01 03:00:00.123456'", "TIMESTAMP", "2024-05-01T03:00:00.123456Z"],
  ["TIMESTAMPTZ '2024-05-01 03:00:00+05:30'", "TIMESTAMP WITH TIME ZONE", "2024-04-30T21:30:00.000Z"],
  ["TIMESTAMP_NS '2024-05-01 03:00:00.123456789'", "TIMESTAMP_NS", "2024-05-01T03:00:00.123456789Z"],
  ["TIMESTAMP_S '2024-05-01 03:00:00'", "TIMESTAMP_S", "2024-05-01T03:00:00.000Z"],
  ["TIMESTAMP_MS '2024-05-01 03:00:00.5'", "TIMESTAMP_MS", "2024-05-01T03:00:00.500Z"],
  ["'infinity'::TIMESTAMP", "TIMESTAMP", "infinity"],
  ["'-infinity'::TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE", "-infinity"],
  ["DATE '2024-05-01'", "DATE", "2024-05-01"],
  ["'infinity'::DATE", "DATE", "infinity"],
  ["TIME '03:00:00.5'", "TIME", "03:00:00.5"],
  ["INTERVAL '1 year 2 days 03:04:05'", "INTERVAL", "1 year 2 days 03:04:05"],
  ["NULL", "INTEGER", null],
  ["NULL::INTEGER[]", "INTEGER[]", null],
  ["true", "BOOLEAN", true],
  ["'a\nb'", "VARCHAR", "a\nb"],
  ["'\\xAA\\x00b'::BLOB", "BLOB", "\\xAA\\x00b"],
  ["'00000000-0000-0000-0000-000000000001'::UUID", "UUID", "00000000-0000-0000-0000-000000000001"],
  ["'101'::BIT", "BIT", "101"],
  ["'a'::ENUM('a', 'b')", "ENUM('a', 'b')", "a"],
  ["[1, NULL, 9007199254740993]", "BIGINT[]", [1, null, "9007199254740993"]],
  ["[[1], []]", "INTEGER[][]", [[1], []]],
  ["[1, 2]::INTEGER[2]", "INTEGER[2]", [1, 2]],
  [
    "{'a': 1, 'b': {'c': [TIMESTAMP '2024-05-01']}}",
    'STRUCT("a" INTEGER, "b" STRUCT("c" TIMESTAMP[]))',
    { a: 1, b: { c: ["2024-05-01T00:00:00.000Z"] } },
  ],
  ["MAP {'a': 1, 'b': NULL}", "MAP(VARCHAR, INTEGER)", { a: 1, b: null }],
  ["union_value(n := 9007199254740993)", 'UNION("n" BIGINT)', "9007199254740993"],
  ["json_object('a', 1)", "JSON", '{"a":1}'],
])("%s", async (sql, type, value) => {
  const { columns, rows } = await run(`SELECT ${sql} AS v`);
  expect(columns).toEqual([{ name: "v", type }]);
  expect(rows).toEqual([[value]]);
});

it("keeps columns of the same name, and of any name", async () => {
  const { columns, rows } = await run(
    'SELECT 1 AS n, 2 AS n, 3 AS n_1, 4 AS " ", 5 AS "__proto__", 6 AS "7"',
  );
  expect(new Set(columns.map(({ name }) => name)).size).toBe(6);
  expect(columns[0]).toEqual({ name: "n", type: "INTEGER" });
  expect(rows).toEqual([[1, 2, 3, 4, 5, 6]]);
});

it("gives moments in UTC, wherever the machine is", async () => {
  const { DuckDBTimestampTZValue } = await import("@duckdb/node-api");
  const here = DuckDBTimestampTZValue.timezoneOffsetInMinutes;
  onTestFinished(() => {
    DuckDBTimestampTZValue.timezoneOffsetInMinutes = here;
  });
  DuckDBTimestampTZValue.timezoneOffsetInMinutes = 330;
  const { rows } = await run("SELECT TIMESTAMPTZ '2024-05-01 03:00:00+00', TIMESTAMP '2024-05-01 03:00:00'");
  expect(rows).toEqual([["2024-05-01T03:00:00.000Z", "2024-05-01T03:00:00.000Z"]]);
});

it("tells the columns of an answer without rows", async () => {
  expect(await run("SELECT name, NULL AS nothing FROM models")).toEqual({
    columns: [
      { name: "name", type: "VARCHAR" },
      { name: "nothing", type: "INTEGER" },
    ],
    rows: [],
    more: false,
    shortened: false,
  });
});

it("casts parameters to what the statement needs", async () => {
  const sql =
    "SELECT ?::INTEGER + 1, ?, TIMESTAMP '2024-05-02' > ?, list_contains(['x', 'y'], ?), range FROM range(10) LIMIT ?";
  expect((await run(sql, ["41", "7", "2024-05-01", "y", "2"])).rows).toEqual([
    [42, "7", true, true, 0],
    [42, "7", true, true, 1],
  ]);
  expect((await run("SELECT $2 || $1, $1", ["a", "b"])).rows).toEqual([["ba", "a"]]);
});

it("does not take parameters for SQL", async () => {
  expect((await run("SELECT ?", ["'; DROP VIEW models; --"])).rows).toEqual([["'; DROP VIEW models; --"]]);
});

it.each([
  ["SELECT ?", [], "The statement has 1 parameters, params has 0 values."],
  ["SELECT 1", ["a"], "The statement has 0 parameters, params has 1 values."],
  ["SELECT ?::INTEGER", ["a"], "Could not convert string 'a' to INT32"],
])("refuses %s with %j", async (sql, params, message) => {
  await expect(run(sql, params)).rejects.toMatchObject({ code: "INVALID_INPUT", message });
});

it("has the injected time, in UTC, by whatever name", async () => {
  const { rows } = await run(
    `SELECT now(), current_timestamp, transaction_timestamp(), localtimestamp, today(), current_date,
       now() - INTERVAL 7 DAY, ago(INTERVAL 1 HOUR), age(TIMESTAMP '2024-05-09'), age(DATE '2024-05-02', DATE '2024-05-01'),
       TIMESTAMP '2024-05-01'::TIMESTAMPTZ`,
  );
  const at = "2024-05-10T12:00:00.000Z";
  expect(rows).toEqual([
    [
      at,
      at,
      at,
      at,
      "2024-05-10",
      "2024-05-10",
      "2024-05-03T12:00:00.000Z",
      "2024-05-10T11:00:00.000Z",
      "1 day",
      "1 day",
      "2024-05-01T00:00:00.000Z",
    ],
  ]);
});

it.each([
  "SELECT 1",
  "  select 1 ; ",
  "(SELECT 1)",
  "FROM models",
  "TABLE models",
  "VALUES (1)",
  "SELECT 1 -- why\n",
  "DESCRIBE models",
  "DESCRIBE SELECT 1 AS a",
  "SHOW models",
  "SHOW TABLES",
  "SUMMARIZE models",
  "WITH a AS (SELECT 1), b AS MATERIALIZED (FROM a) FROM b",
  "WITH models AS (SELECT 1 AS x) SELECT x FROM models",
  "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT max(n) FROM r",
  "SELECT DISTINCT ON (name) * EXCLUDE (tags) REPLACE (name AS name) FROM models ORDER BY name DESC NULLS LAST LIMIT 10%",
  "FROM models UNION ALL BY NAME FROM models EXCEPT FROM models",
  "SELECT status, count(*) FROM runs GROUP BY ROLLUP (status) HAVING count(*) > 0 QUALIFY row_number() OVER () = 1",
  "SELECT n.name FROM nodes n ASOF JOIN executions x ON n.node_key = x.node_key AND n.node_key >= x.invocation_key",
  "SELECT * FROM nodes SEMI JOIN executions USING (node_key)",
  "SELECT COLUMNS('.*_at') FROM runs",
  "SELECT list_transform([1, 2], lambda x: x + 1), [x * 2 FOR x IN [1, 2] IF x > 1]",
  "SELECT name.upper().lower() FROM models",
  "SELECT CASE WHEN true THEN 1 END, TRY_CAST('a' AS INTEGER), EXISTS (FROM runs), 1 IN (SELECT 2), (SELECT 3)",
  "UNPIVOT (SELECT 1 AS a, 2 AS b) ON a, b INTO NAME n VALUE v",
  "FROM generate_series(DATE '2024-05-01', DATE '2024-05-03', INTERVAL 1 DAY)",
  "SELECT * FROM models, unnest(tags) AS t(tag)",
  "SELECT sum(runtime_s) OVER (PARTITION BY node_key ORDER BY recorded_at ROWS 5 PRECEDING) FROM executions",
  "SELECT * FROM executions USING SAMPLE 5",
  "SELECT time_bucket(INTERVAL 1 DAY, started_at) AS day, quantile_cont(runtime_s, 0.95) FROM runs GROUP BY 1",
])("runs %s", async (sql) => {
  const { columns } = await run(sql);
  expect(columns.length).toBeGreaterThan(0);
});
