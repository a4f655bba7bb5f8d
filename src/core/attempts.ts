/**
 * What the attempts and partitions of a node come to. Several executions of one node in one invocation are attempts
 * of the same work, of which the last one counts, or builds of several partitions, of which the worst one does.
 */
import sql, { raw, type Sql } from "sql-template-tag";

/** Statuses in which one partition says what the whole came to, the worst first. */
const TELLING = ["error", "fail", "runtime_error", "partial_success", "warn", "skipped"];
const BY_STATUS = `list_position(['${TELLING.join("', '")}'], x.status) NULLS LAST`;

/**
 * `executions x` without those that the same invocation tried again, for a FROM clause. Few are tried again, and an
 * anti join with them costs next to nothing; NOT EXISTS would look at each pair of keys first.
 */
export const settledExecutions = raw(`(
  SELECT x.* FROM executions x ANTI JOIN (
    SELECT invocation_key, node_key, "partition", attempt FROM executions WHERE attempt > 1) later
  ON later.invocation_key = x.invocation_key AND later.node_key = x.node_key
    AND later."partition" IS NOT DISTINCT FROM x."partition" AND later.attempt > x.attempt) x`);

/**
 * One execution for each node of each run: its last attempt, because a retry within the run makes good what failed
 * before; of several partitions the one that ended worst. `invocations` is a table expression.
 */
export function lastAttempts(invocations: string): Sql {
  return sql`
    SELECT x.* EXCLUDE (run_key) FROM (
      SELECT x.*, a.run_key FROM ${settledExecutions} JOIN ${raw(invocations)} a USING (invocation_key)
      QUALIFY row_number() OVER (PARTITION BY a.run_key, x.node_key, x."partition"
        ORDER BY x.recorded_at DESC, x.invocation_key DESC) = 1) x
    QUALIFY row_number() OVER (PARTITION BY x.run_key, x.node_key
      ORDER BY ${raw(BY_STATUS)}, x.recorded_at DESC, x."partition") = 1`;
}

/**
 * For each node among the executions that `which` (a condition on `x`) names: `latest`, what it came to in its newest
 * invocation (`status`, `raw_status`, `message`, `failures`, `recorded_at`), `last_at`, and `last_good_at`, when it
 * last was of the status `good`. What still runs says nothing yet: what came before it counts.
 */
export function latestOutcomes(which: Sql, good: "success" | "pass"): Sql {
  const told =
    raw(`{'status': x.status, 'raw_status': x.raw_status, 'message': x.message, 'failures': x.failures,
    'recorded_at': x.recorded_at, 'invocation_key': x.invocation_key}`);
  return sql`
    WITH ended AS (
      SELECT x.node_key, max_by(${told}, x.recorded_at) AS latest, max(x.recorded_at) AS last_at,
             max(x.recorded_at) FILTER (x.status = ${good}) AS last_good_at
      FROM ${settledExecutions} WHERE ${which} AND x.status <> 'running' GROUP BY x.node_key),
    worst AS (
      SELECT x.node_key, ${told} AS latest
      FROM ${settledExecutions} JOIN ended e ON e.node_key = x.node_key AND e.latest.invocation_key = x.invocation_key
      WHERE x."partition" IS NOT NULL AND ${which} AND x.status <> 'running'
      QUALIFY row_number() OVER (PARTITION BY x.node_key ORDER BY ${raw(BY_STATUS)}, x.recorded_at DESC) = 1)
    SELECT e.node_key, coalesce(w.latest, e.latest) AS latest, e.last_at, e.last_good_at
    FROM ended e LEFT JOIN worst w USING (node_key)`;
}
