/** Runs of a load: as their system describes them or, where it does not, computed from their invocations. */
import { bring, lastKey, type Merge, temp, timestamp } from "./sql.ts";

const RUN_COLUMNS = [
  "source_key",
  "project_key",
  "environment_key",
  "job_key",
  "run_id",
  "status",
  "raw_status",
  "queued_at",
  "started_at",
  "ended_at",
  "runtime_s",
  "trigger",
  "commit_sha",
  "branch",
  "url",
  "error_message",
  "derived",
  "results_read",
  "kind",
];

/** Statuses of a run that has not ended. */
const UNFINISHED = "('running', 'queued')";

/**
 * Leaves `t_runs`, and `t_run_units`: which unit tells of which of them. What the system says of a run stands as
 * it is; a run that has ended does not begin again because an older answer of the system arrives late, and
 * results that have been read stay so. Times and status of derived runs come later, from all their invocations.
 */
export async function mergeRuns(merge: Merge): Promise<void> {
  const { store } = merge;
  await findRuns(merge);
  await chooseTellings(merge);
  await temp(
    merge,
    "t_known_runs",
    `SELECT r.*, n.among FROM t_run_news n JOIN ${store}.runs r USING (source_key, run_id)
     WHERE n.among IN (0, r.project_key)
     QUALIFY row_number() OVER (PARTITION BY source_key, run_id, n.among
       ORDER BY r.derived, r.project_key = n.project_key DESC, r.run_key) = 1`,
  );
  // A row is kept where the system has already said more than this load does.
  const kept = `(r.run_key IS NOT NULL AND (n.derived OR (n.unfinished AND NOT r.derived
      AND r.status NOT IN ${UNFINISHED})))`;
  const said = (column: string): string =>
    `CASE WHEN ${kept} THEN r.${column} ELSE n.${column} END AS ${column}`;
  // Where a computed run belongs is what its invocations say now.
  const placed = (column: string): string =>
    `CASE WHEN ${kept} AND NOT r.derived THEN r.${column} ELSE n.${column} END AS ${column}`;
  const known = (column: string): string => `coalesce(n.${column}, r.${column}) AS ${column}`;
  await temp(
    merge,
    "t_runs",
    `SELECT coalesce(r.run_key, ${lastKey(store, "runs", "run_key")}
         + row_number() OVER (PARTITION BY r.run_key IS NULL ORDER BY n.source_key, n.run_id, n.among)) AS run_key,
       n.source_key, n.run_id, n.among, ${["project_key", "environment_key", "job_key"].map(placed).join(", ")},
       ${["status", "raw_status", "queued_at", "started_at", "ended_at", "runtime_s"].map(said).join(", ")},
       ${["trigger", "commit_sha", "branch", "url"].map(known).join(", ")},
       ${["error_message", "kind"].map(said).join(", ")},
       CASE WHEN ${kept} THEN r.results_read ELSE n.results_read OR coalesce(
         r.results_read AND NOT r.derived AND r.status NOT IN ${UNFINISHED}, false) END AS results_read,
       n.derived AND coalesce(r.derived, true) AS derived
     FROM t_run_news n LEFT JOIN t_known_runs r
       ON r.source_key = n.source_key AND r.run_id = n.run_id AND r.among = n.among`,
  );
  await bring(merge, "runs", "t_runs", "run_key", RUN_COLUMNS);
}

/**
 * Leaves `t_run_units`. The id of a run that its system describes is unique in the source, whichever project it
 * is told under (`among` 0); that of a computed run only in its project (`among` is its key).
 */
function findRuns(merge: Merge): Promise<void> {
  const { store } = merge;
  return temp(
    merge,
    "t_run_units",
    `SELECT r.u, x.source_key, x.project_key, x.environment_key, j.job_key, x.age, r.run_id,
       CASE WHEN bool_or(NOT r.derived) OVER (PARTITION BY x.source_key, r.run_id) OR told.run_id IS NOT NULL
            THEN 0 ELSE x.project_key END AS among
     FROM t_told_runs r JOIN t_units x USING (u)
     JOIN t_jobs j ON j.project_key = x.project_key AND j.environment_key = x.environment_key
       AND j.job_id = r.job_id
     LEFT JOIN (SELECT DISTINCT source_key, run_id FROM ${store}.runs WHERE NOT derived) told
       ON told.source_key = x.source_key AND told.run_id = r.run_id`,
  );
}

/** Leaves `t_run_news`: of several tellings of one run that of the system, then the finished, then the newest. */
function chooseTellings(merge: Merge): Promise<void> {
  const first = (column: string): string => `first_value(r.${column} IGNORE NULLS) OVER w AS ${column}`;
  const order = `r.derived, r.status IN ${UNFINISHED}, k.age DESC`;
  return temp(
    merge,
    "t_run_news",
    `SELECT k.source_key, k.project_key, k.environment_key, k.job_key, k.run_id, k.among, r.derived, r.status,
       r.raw_status, ${timestamp("r.queued_at")} AS queued_at, ${timestamp("r.started_at")} AS started_at,
       ${timestamp("r.ended_at")} AS ended_at, (r.ended_at - r.started_at) / 1e6 AS runtime_s,
       ${["trigger", "commit_sha", "branch", "url"].map(first).join(", ")},
       r.error_message, r.kind, r.status IN ${UNFINISHED} AS unfinished,
       r.results_read OR bool_or(r.results_read AND NOT r.derived AND r.status NOT IN ${UNFINISHED}) OVER w
         AS results_read
     FROM t_run_units k JOIN t_told_runs r USING (u)
     WINDOW w AS (PARTITION BY k.source_key, k.run_id, k.among ORDER BY ${order}
       ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
     QUALIFY row_number() OVER (PARTITION BY k.source_key, k.run_id, k.among ORDER BY ${order}) = 1`,
  );
}

/**
 * Computes derived runs from all their invocations, also those that an invocation has left. A failed invocation
 * fails the run, unless a `retry` after it succeeded: that is what a retry is for.
 */
export async function deriveRuns(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_derived",
    `WITH parts AS (
       SELECT i.*, i.status = 'failure' AND NOT EXISTS (
           SELECT 1 FROM ${store}.invocations again
           WHERE again.run_key = i.run_key AND again.command = 'retry' AND again.status = 'success'
             AND again.ended_at > i.ended_at) AS failed
       FROM ${store}.invocations i
       WHERE i.run_key IN (
         SELECT run_key FROM ${store}.runs WHERE derived
           AND run_key IN (SELECT run_key FROM t_runs UNION SELECT known_run_key FROM t_invocation_news)))
     SELECT run_key,
       CASE WHEN bool_or(failed) THEN 'failure' WHEN bool_or(status = 'running') THEN 'running'
            WHEN bool_or(status = 'queued') THEN 'queued' WHEN bool_or(status = 'cancelled') THEN 'cancelled'
            WHEN bool_or(status = 'unknown') THEN 'unknown' ELSE 'success' END AS status,
       min(coalesce(started_at, ended_at)) AS started_at, max(ended_at) AS ended_at,
       CASE WHEN count(DISTINCT invocation_id) = 1 AND max(elapsed_s) IS NOT NULL THEN max(elapsed_s)
            ELSE (epoch_us(max(ended_at)) - epoch_us(min(started_at))) / 1e6 END AS runtime_s,
       CASE WHEN bool_and(command = 'retry') THEN 'retry' ELSE 'full' END AS kind
     FROM parts GROUP BY run_key`,
  );
  await sql.change(
    `UPDATE ${store}.runs r SET status = d.status, started_at = d.started_at, ended_at = d.ended_at,
       runtime_s = d.runtime_s, kind = d.kind, raw_status = NULL, queued_at = NULL
     FROM t_derived d WHERE d.run_key = r.run_key AND (r.status IS DISTINCT FROM d.status
       OR r.started_at IS DISTINCT FROM d.started_at OR r.ended_at IS DISTINCT FROM d.ended_at
       OR r.runtime_s IS DISTINCT FROM d.runtime_s OR r.kind IS DISTINCT FROM d.kind)`,
  );
}
