/** Jobs of a load. */
import { bring, lastKey, type Merge, temp, timestamp } from "./sql.ts";

const JOB_COLUMNS = [
  "source_key",
  "project_key",
  "environment_key",
  "job_id",
  "name",
  "schedule",
  "commands",
  "url",
  "removed",
];

/**
 * Leaves `t_jobs` (with `project_key`, `environment_key`, `job_id`, `job_key`): a job of the same id in another
 * environment is another job. The newest run names a job and its schedule; its commands are all that were ever
 * seen. A known job of a source that describes its jobs is left as it is, and so is one that a run calls removed.
 */
export async function mergeJobs(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_job_news",
    `SELECT source_key, project_key, environment_key, job_id, arg_max(job_name, place) AS name,
       arg_max_null(schedule, place) AS schedule, arg_max(job_url, place) AS url,
       flatten(list(commands ORDER BY place)) AS commands, bool_and(job_removed) AS removed,
       ${timestamp("max(seen_at)")} AS seen_at
     FROM (SELECT r.*, x.source_key, x.project_key, x.environment_key, x.seen_at,
             row_number() OVER (ORDER BY NOT r.job_removed, x.age) AS place
           FROM t_told_runs r JOIN t_units x USING (u)) GROUP BY ALL`,
  );
  const stays = "(j.job_key IS NOT NULL AND (s.described OR n.removed))";
  const newer = (column: string): string =>
    `CASE WHEN j.job_key IS NULL OR (NOT ${stays} AND (j.seen_at IS NULL OR n.seen_at >= j.seen_at))
          THEN n.${column} ELSE j.${column} END AS ${column}`;
  await temp(
    merge,
    "t_jobs",
    `SELECT coalesce(j.job_key, ${lastKey(store, "jobs", "job_key")}
         + row_number() OVER (PARTITION BY j.job_key IS NULL ORDER BY n.project_key, n.environment_key, n.job_id))
         AS job_key,
       n.source_key, n.project_key, n.environment_key, n.job_id, ${newer("name")}, ${newer("schedule")},
       CASE WHEN ${stays} THEN j.url ELSE coalesce(n.url, j.url) END AS url,
       CASE WHEN ${stays} THEN j.commands ELSE (SELECT coalesce(list(command ORDER BY place), []) FROM (
          SELECT command, min(place) AS place FROM (
            SELECT unnest(a.commands) AS command, generate_subscripts(a.commands, 1) AS place
            FROM (SELECT list_concat(coalesce(j.commands, []), n.commands) AS commands) a)
          GROUP BY command)) END AS commands,
       CASE WHEN ${stays} THEN j.removed ELSE n.removed END AS removed
     FROM t_job_news n JOIN ${store}.sources s USING (source_key)
     LEFT JOIN (SELECT *, greatest(
                  (SELECT max(ended_at) FROM ${store}.invocations i WHERE i.job_key = o.job_key),
                  (SELECT max(coalesce(ended_at, started_at, queued_at)) FROM ${store}.runs r
                   WHERE r.job_key = o.job_key)) AS seen_at
                FROM ${store}.jobs o) j
       ON j.project_key = n.project_key AND j.environment_key = n.environment_key AND j.job_id = n.job_id`,
  );
  await bring(merge, "jobs", "t_jobs", "job_key", JOB_COLUMNS);
}
