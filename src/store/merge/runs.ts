/** Jobs and runs of a load. */
import { bring, lastKey, type Merge, temp, timestamp } from "./sql.ts";

/**
 * Leaves `t_jobs` (with `project_key`, `environment_key`, `job_id`, `job_key`): a job of the same id in another
 * environment is another job. The newest invocation names a job and its
 * schedule; its commands are all that were ever seen.
 */
export async function mergeJobs(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_job_news",
    `SELECT x.source_key, x.project_key, x.environment_key, i.job_id,
       arg_max(i.job_name, x.age) AS name, arg_max_null(i.schedule, x.age) AS schedule,
       arg_max(i.job_url, x.age) AS url, flatten(list(i.commands ORDER BY x.age)) AS commands,
       ${timestamp("max(x.seen_at)")} AS seen_at
     FROM t_invocation_news i JOIN t_units x USING (u) GROUP BY ALL`,
  );
  const newer = (column: string): string =>
    `CASE WHEN j.job_key IS NULL OR j.seen_at IS NULL OR n.seen_at >= j.seen_at
          THEN n.${column} ELSE j.${column} END AS ${column}`;
  await temp(
    merge,
    "t_jobs",
    `SELECT coalesce(j.job_key, ${lastKey(store, "jobs", "job_key")}
         + row_number() OVER (PARTITION BY j.job_key IS NULL ORDER BY n.project_key, n.environment_key, n.job_id))
         AS job_key,
       n.source_key, n.project_key, n.environment_key, n.job_id, ${newer("name")}, ${newer("schedule")},
       coalesce(n.url, j.url) AS url,
       (SELECT coalesce(list(command ORDER BY place), []) FROM (
          SELECT command, min(place) AS place FROM (
            SELECT unnest(a.commands) AS command, generate_subscripts(a.commands, 1) AS place
            FROM (SELECT list_concat(coalesce(j.commands, []), n.commands) AS commands) a)
          GROUP BY command)) AS commands
     FROM t_job_news n
     LEFT JOIN (SELECT *, (SELECT max(ended_at) FROM ${store}.invocations i WHERE i.job_key = o.job_key) AS seen_at
                FROM ${store}.jobs o) j
       ON j.project_key = n.project_key AND j.environment_key = n.environment_key AND j.job_id = n.job_id`,
  );
  const columns = [
    "source_key",
    "project_key",
    "environment_key",
    "job_id",
    "name",
    "schedule",
    "commands",
    "url",
  ];
  await bring(merge, "jobs", "t_jobs", "job_key", columns);
}

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
];

/**
 * Leaves `t_runs` (with `project_key`, `run_id`, `run_key`). What the system says of a run stands as it is;
 * a run that has ended does not begin again because an older answer of the system arrives late. Times and
 * status of derived runs come later, from all their invocations.
 */
export async function mergeRuns(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_run_news",
    `SELECT x.source_key, x.project_key, x.environment_key, j.job_key, i.run_id, i.derived,
       i.run_status AS status, i.run_raw_status AS raw_status, ${timestamp("i.run_queued_at")} AS queued_at,
       ${timestamp("i.run_started_at")} AS started_at, ${timestamp("i.run_ended_at")} AS ended_at,
       (i.run_ended_at - i.run_started_at) / 1e6 AS runtime_s,
       first_value(i.trigger IGNORE NULLS) OVER w AS trigger,
       first_value(i.commit_sha IGNORE NULLS) OVER w AS commit_sha,
       first_value(i.branch IGNORE NULLS) OVER w AS branch, first_value(i.run_url IGNORE NULLS) OVER w AS url,
       i.run_error AS error_message, i.run_status IN ('running', 'queued') AS unfinished
     FROM t_invocation_news i JOIN t_units x USING (u)
     JOIN t_jobs j ON j.project_key = x.project_key AND j.environment_key = x.environment_key
       AND j.job_id = i.job_id
     WINDOW w AS (PARTITION BY x.project_key, i.run_id ORDER BY i.derived, i.run_status IN ('running', 'queued'),
       x.age DESC ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
     QUALIFY row_number() OVER (PARTITION BY x.project_key, i.run_id
       ORDER BY i.derived, i.run_status IN ('running', 'queued'), x.age DESC) = 1`,
  );
  // A row is kept where the system has already said more than this load does.
  const kept = `(r.run_key IS NOT NULL AND (n.derived OR (n.unfinished AND NOT r.derived
      AND r.status NOT IN ('running', 'queued'))))`;
  const said = (column: string): string =>
    `CASE WHEN ${kept} THEN r.${column} ELSE n.${column} END AS ${column}`;
  const known = (column: string): string => `coalesce(n.${column}, r.${column}) AS ${column}`;
  await temp(
    merge,
    "t_runs",
    `SELECT coalesce(r.run_key, ${lastKey(store, "runs", "run_key")}
         + row_number() OVER (PARTITION BY r.run_key IS NULL ORDER BY n.project_key, n.run_id)) AS run_key,
       n.source_key, n.project_key, n.environment_key, n.job_key, n.run_id,
       ${["status", "raw_status", "queued_at", "started_at", "ended_at", "runtime_s"].map(said).join(", ")},
       ${["trigger", "commit_sha", "branch", "url"].map(known).join(", ")},
       ${said("error_message")}, n.derived AND coalesce(r.derived, true) AS derived
     FROM t_run_news n LEFT JOIN ${store}.runs r ON r.project_key = n.project_key AND r.run_id = n.run_id`,
  );
  await bring(merge, "runs", "t_runs", "run_key", RUN_COLUMNS);
}

/**
 * Computes derived runs from all their invocations, also those that an invocation has left. A failed invocation fails the run, unless a `retry` after
 * it succeeded: that is what a retry is for.
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
            ELSE (epoch_us(max(ended_at)) - epoch_us(min(started_at))) / 1e6 END AS runtime_s
     FROM parts GROUP BY run_key`,
  );
  await sql.change(
    `UPDATE ${store}.runs r SET status = d.status, started_at = d.started_at, ended_at = d.ended_at,
       runtime_s = d.runtime_s, raw_status = NULL, queued_at = NULL
     FROM t_derived d WHERE d.run_key = r.run_key AND (r.status IS DISTINCT FROM d.status
       OR r.started_at IS DISTINCT FROM d.started_at OR r.ended_at IS DISTINCT FROM d.ended_at
       OR r.runtime_s IS DISTINCT FROM d.runtime_s)`,
  );
}
