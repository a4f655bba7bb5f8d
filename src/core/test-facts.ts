/** Tests and their results, in SQL. */
import sql, { raw, type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import type { TestCounts } from "./answers.ts";
import { lastAttempts, latestOutcomes } from "./attempts.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import type { TestFact } from "./health.ts";
import type { TestStatus } from "./vocabulary.ts";

export type TestState = Row &
  TestFact & {
    node_key: number;
    attached_key: number | null;
    unique_id: string;
    test_type: string | null;
    /** Null where it never ran. */
    tested_at: string | null;
    failing_since: string | null;
  };

/** Which current tests, and which of their results, a question is about. */
export interface TestSelection {
  environmentKeys: readonly number[];
  /** Condition on tests `t`. */
  which: Sql;
  /** Condition on their results `x`: only tests that have such results are meant; any test where it is null. */
  among?: Sql | null;
}

const FAILED = "'fail', 'error'";
const TROUBLED = `${FAILED}, 'warn'`;

/** Conditions on a last result: one that dbt counts as failed; one that is none to be pleased with. */
export const isFailed = raw(`status IN (${FAILED})`);
export const isTroubled = raw(`status IN (${TROUBLED})`);

/** The tests with their last result. */
function lastResults({ environmentKeys, which, among = null }: TestSelection): Sql {
  return sql`
    WITH tests AS (
      SELECT t.* FROM nodes t JOIN environments e ON e.environment_key = t.environment_key
      WHERE t.resource_type IN ('test', 'unit_test') AND ${amongKeys("t.environment_key", environmentKeys)} AND ${which}
        AND (t.definition_key = e.definition_key OR e.definition_key IS NULL)),
    results AS (${latestOutcomes(all([raw("x.node_key IN (SELECT node_key FROM tests)"), among]), "pass")})
    SELECT t.node_key, t.attached_key, t.unique_id, t.name, t.test_type, t.severity,
           coalesce(r.latest.status, 'unknown') AS status, r.latest.message AS message, r.latest.failures AS failures,
           r.last_at AS tested_at, r.last_good_at AS last_pass_at
    FROM tests t ${raw(among === null ? "LEFT" : "")} JOIN results r USING (node_key)`;
}

/** The tests with since when they have not passed; `only` narrows by the last result. */
function withSince(selection: TestSelection, only: Sql): Sql {
  return sql`
    WITH chosen AS MATERIALIZED (SELECT * FROM (${lastResults(selection)}) WHERE ${only})
    SELECT c.* EXCLUDE (last_pass_at), s.failing_since
    FROM chosen c LEFT JOIN (
      SELECT x.node_key, min(x.recorded_at) AS failing_since FROM executions x JOIN chosen c USING (node_key)
      WHERE ${all([raw(`c.status IN (${TROUBLED}) AND x.status IN (${TROUBLED})`), selection.among ?? null])}
        AND (c.last_pass_at IS NULL OR x.recorded_at > c.last_pass_at)
      GROUP BY x.node_key) s USING (node_key)`;
}

/** Tests by name, with their last result and since when they have not passed; `only` narrows by the last result. */
export function testStates(facts: Facts, selection: TestSelection, only: Sql): Promise<TestState[]> {
  return facts.rows<TestState>(sql`SELECT * FROM (${withSince(selection, only)}) ORDER BY name, node_key`);
}

/** All tests of one model with their last result. */
export function testsOf(facts: Facts, environmentKey: number, modelKey: number): Promise<TestState[]> {
  const which = sql`t.attached_key = ${modelKey}`;
  return testStates(facts, { environmentKeys: [environmentKey], which }, raw("TRUE"));
}

/** So many tests whose last result is this one; `ran` is false where there is none. */
export interface TestTally {
  status: TestStatus;
  ran: boolean;
  times: number;
}

/** How many tests ended how, by their last result. */
export function testTally(facts: Facts, selection: TestSelection): Promise<TestTally[]> {
  return facts.rows<Row & TestTally>(sql`
    SELECT status, tested_at IS NOT NULL AS ran, count(*) AS times
    FROM (${lastResults(selection)}) GROUP BY ALL ORDER BY ALL`);
}

/** The same for each of these models, by key. */
export function testTallies(
  facts: Facts,
  environmentKeys: readonly number[],
  modelKeys: readonly number[],
): Promise<(TestTally & { attached_key: number })[]> {
  const which = amongKeys("t.attached_key", modelKeys);
  return facts.rows<Row & TestTally & { attached_key: number }>(sql`
    SELECT attached_key, status, tested_at IS NOT NULL AS ran, count(*) AS times
    FROM (${lastResults({ environmentKeys, which })}) GROUP BY ALL ORDER BY ALL`);
}

/** A tally as answers show it. */
export function testCounts(tally: readonly TestTally[]): TestCounts {
  const times = (rows: readonly TestTally[]) => rows.reduce((sum, row) => sum + row.times, 0);
  const of = (status: TestStatus) => times(tally.filter((row) => row.ran && row.status === status));
  return {
    total: times(tally),
    pass: of("pass"),
    warn: of("warn"),
    fail: of("fail"),
    error: of("error"),
    skipped: of("skipped"),
    unknown: of("unknown"),
    never_run: times(tally.filter((row) => !row.ran)),
  };
}

/** A test with all that is told of it. */
export type ToldTest = TestState & {
  project_id: string;
  environment: string;
  column_name: string | null;
  /** The node that it is about: its model_id, or `source.table`. */
  about: string | null;
  about_type: string | null;
  failures_relation: string | null;
};

/** Those of the tests for which `only` (a condition on the last result) is true, for a page in the order `TOLD_ORDER`. */
export function toldTests(selection: TestSelection, only: Sql): Sql {
  return sql`
    SELECT s.*, p.project_id, e.name AS environment, t.column_name, a.resource_type AS about_type,
           CASE WHEN a.resource_type = 'source' THEN coalesce(a.source_name || '.', '') || a.name ELSE a.model_id END AS about,
           -- only of a test that stores its failures is a relation known
           CASE WHEN t.alias IS NOT NULL THEN concat_ws('.', t.database_name, t.schema_name, t.alias) END AS failures_relation,
           CASE WHEN s.${isFailed} THEN 0 WHEN s.status = 'warn' THEN 1 WHEN s.status = 'skipped' THEN 2
                WHEN s.status = 'pass' THEN 4 ELSE 3 END AS rank
    FROM (${withSince(selection, only)}) s JOIN nodes t USING (node_key)
    JOIN projects p ON p.project_key = t.project_key JOIN environments e ON e.environment_key = t.environment_key
    LEFT JOIN nodes a ON a.node_key = s.attached_key`;
}

/** The worst first, and of those what has lasted longest. */
export const TOLD_ORDER = raw("rank, failing_since NULLS LAST, name, unique_id, node_key");

/** How the last results of a test went. */
export interface TestRecord {
  /** How many there are: what was skipped is no result. */
  runs_counted: number;
  fail_count: number;
  warn_count: number;
}

/** How the `lastN` newest results (one a run) of each test went, by key. */
export async function testRecords(
  facts: Facts,
  keys: readonly number[],
  lastN: number,
  among: Sql | null,
): Promise<Map<number, TestRecord>> {
  if (keys.length === 0) return new Map();
  const conditions = all([
    amongKeys("x.node_key", keys),
    raw("x.status IN ('pass', 'fail', 'error', 'warn')"),
    among,
  ]);
  const rows = await facts.rows<Row & TestRecord & { node_key: number }>(sql`
    SELECT node_key, count(*) AS runs_counted, count(*) FILTER (${isFailed}) AS fail_count,
           count(*) FILTER (status = 'warn') AS warn_count
    FROM (
      SELECT x.node_key, x.status FROM (${lastAttempts("invocations")}) x WHERE ${conditions}
      QUALIFY row_number() OVER (PARTITION BY x.node_key ORDER BY x.recorded_at DESC) <= ${lastN})
    GROUP BY node_key`);
  return new Map(rows.map(({ node_key, ...record }) => [node_key, record]));
}
