/**
 * Health by the rule of Paradime's metadata SDK (`models_with_tests` in `paradime/apis/metadata/database.py` of
 * paradime-io 6.6), in its own three words:
 *
 * - `Critical`: the last result of the model is error or fail;
 * - `Warning`: else, where a test that depends on it has failed or could not run;
 * - `Healthy`: else. A skipped model is healthy, a test that warns does not count, nor do unit tests, freshness, age and
 *   whatever is wrong upstream.
 *
 * A test counts for every model that it depends on, so that `relationships` counts for both. That SDK knows one run, the
 * newest of a schedule: a model without a result has no word there (null), and a test counts here where it ran in the
 * same run as the model or later. Results are those of one job where a question names it, else of all.
 *
 * It is told beside `health_status` for those who compare; the rule that runlens stands for is in `health.ts`.
 */
import sql, { raw, type Sql } from "sql-template-tag";
import { latestOutcomes } from "./attempts.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import { isCurrent } from "./filters.ts";
import type { CompatStatus, ExecutionStatus } from "./vocabulary.ts";

/** Applies the rule of this file to the last status of a model, and how many tests that depend on it failed. */
export function compatStatus(status: ExecutionStatus, failedTests: number): CompatStatus {
  if (status === "error") return "Critical";
  return failedTests > 0 ? "Warning" : "Healthy";
}

/** The words for these models by key; of those without a result there is none. `among` is a condition on results `x`. */
export async function compatStatuses(
  facts: Facts,
  keys: readonly number[],
  among: Sql | null,
): Promise<Map<number, CompatStatus>> {
  if (keys.length === 0) return new Map();
  const ofModels = all([raw("x.builds"), amongKeys("x.node_key", keys), among]);
  const ofTests = all([raw("x.node_key IN (SELECT test_key FROM dependent)"), among]);
  const rows = await facts.rows<{ node_key: number; status: ExecutionStatus; failed_tests: number }>(sql`
    WITH dependent AS (
      SELECT g.parent_key AS model_key, n.node_key AS test_key
      FROM edges g JOIN nodes n ON n.node_key = g.child_key JOIN environments e ON e.environment_key = n.environment_key
      WHERE n.resource_type = 'test' AND ${isCurrent} AND ${amongKeys("g.parent_key", keys)}
      UNION
      SELECT n.attached_key, n.node_key FROM nodes n JOIN environments e USING (environment_key)
      WHERE n.resource_type = 'test' AND ${isCurrent} AND ${amongKeys("n.attached_key", keys)}),
    models AS (
      SELECT b.node_key, b.latest.status AS status, b.last_at, i.run_key
      FROM (${latestOutcomes(ofModels, "success")}) b JOIN invocations i ON i.invocation_key = b.latest.invocation_key),
    failed AS (
      SELECT r.node_key AS test_key, r.last_at, i.run_key
      FROM (${latestOutcomes(ofTests, "pass")}) r JOIN invocations i ON i.invocation_key = r.latest.invocation_key
      WHERE r.latest.status IN ('fail', 'error'))
    SELECT m.node_key, m.status, count(f.test_key) AS failed_tests
    FROM models m LEFT JOIN dependent d ON d.model_key = m.node_key
    LEFT JOIN failed f ON f.test_key = d.test_key AND (f.run_key = m.run_key OR f.last_at >= m.last_at)
    GROUP BY ALL ORDER BY m.node_key`);
  return new Map(
    rows.map(({ node_key, status, failed_tests }) => [node_key, compatStatus(status, failed_tests)]),
  );
}
