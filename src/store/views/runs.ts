/** Runs and jobs that several sources tell of. Needs the groups of environments. */
import type { Look } from "./look.ts";

/** Worst first: what a run is where parts of it ended differently. */
const STATUSES = "['failure', 'running', 'queued', 'cancelled', 'unknown', 'success']";

/**
 * Leaves `same_runs`: what is shown as another run, or is that other run. A run that its system describes stays,
 * whatever the order of the sources, because it says more than one that was computed from results: when it was
 * asked for, by whom, and at which address.
 */
export async function matchRuns(look: Look): Promise<void> {
  await look.temp("grouped_runs", "FROM placed_runs JOIN shared_groups USING (environment_key, place)");
  await look.temp(
    "same_runs",
    `WITH firsts AS (
       SELECT run_key, group_key, first_value(run_key) OVER (PARTITION BY group_key, run_id ORDER BY rank, place) AS first_key
       FROM grouped_runs WHERE derived),
     richer AS (
       SELECT f.first_key, d.run_key AS richer_key
       FROM run_pairs p JOIN firsts f ON f.run_key = p.poorer_key
       JOIN grouped_runs d ON d.run_key = p.richer_key AND d.group_key = f.group_key
       WHERE p.shared > 0 OR p.same_id OR (p.within AND p.fits AND NOT p.told_by_id)
       QUALIFY row_number() OVER (PARTITION BY f.first_key ORDER BY d.rank, p.shared DESC, p.same_id DESC,
         p.same_job DESC, d.ended_at - d.started_at, d.run_key) = 1),
     matched AS (
       SELECT f.run_key, coalesce(r.richer_key, f.first_key) AS same_as
       FROM firsts f LEFT JOIN richer r USING (first_key) WHERE same_as <> f.run_key)
     -- What only results told of may itself be a run that another system describes.
     SELECT m.run_key, coalesce(n.same_as, m.same_as) AS same_as FROM matched m
     LEFT JOIN matched n ON n.run_key = m.same_as`,
  );
  await addEmptiedRuns(look);
  await joinRuns(look);
}

/** Runs of which every command is shown elsewhere: they are that other run, in whatever environment. */
export async function addEmptiedRuns(look: Look): Promise<void> {
  const { catalog } = look;
  await look.run(
    `INSERT INTO same_runs
     WITH emptied AS (
       SELECT run_key FROM shared_invocations WHERE position > 1 AND run_key IS NOT NULL
       EXCEPT SELECT run_key FROM ${catalog}.invocations
         WHERE invocation_key NOT IN (SELECT invocation_key FROM hidden_invocations)
       EXCEPT SELECT run_key FROM same_runs EXCEPT SELECT same_as FROM same_runs)
     SELECT e.run_key, min(coalesce(s.same_as, shown.run_key))
     FROM emptied e JOIN shared_invocations i USING (run_key)
     JOIN shared_invocations shown
       ON shown.invocation_id = i.invocation_id AND shown.kind = i.kind AND shown.position = 1
     LEFT JOIN same_runs s ON s.run_key = shown.run_key GROUP BY e.run_key`,
  );
}

/** Leaves `joined_runs`: computed runs that got commands from other sources, as all of their parts make them. */
async function joinRuns(look: Look): Promise<void> {
  await look.temp(
    "joined_runs",
    `WITH parts AS (
       SELECT same_as AS into_key, run_key FROM same_runs
       WHERE run_key IN (SELECT run_key FROM ${look.catalog}.invocations
         WHERE invocation_key NOT IN (SELECT invocation_key FROM hidden_invocations))
       UNION SELECT same_as, same_as FROM same_runs)
     SELECT p.into_key AS run_key, ${STATUSES}[min(list_position(${STATUSES}, r.status))] AS status,
       min(r.started_at) AS started_at, max(r.ended_at) AS ended_at
     FROM parts p JOIN ${look.catalog}.runs r USING (run_key)
     JOIN ${look.catalog}.runs into_run ON into_run.run_key = p.into_key AND into_run.derived
     GROUP BY p.into_key HAVING count(*) > 1`,
  );
}

/**
 * Leaves `same_jobs`. Jobs of one environment with the same id are one, and so are two whose runs are the same
 * runs; where runs of a job belong to several others, the job stays for those runs that are only its own. A job
 * that its system describes stays before one that was computed from commands, then the order of the sources.
 */
export async function matchJobs(look: Look): Promise<void> {
  const { catalog } = look;
  // The rank stands for the job: the lower it is, the sooner the job stays.
  await look.temp(
    "ranked_jobs",
    `WITH known AS (
       SELECT j.job_key, j.job_id, g.group_key, g.place,
         s.described IS TRUE OR j.job_key IN (SELECT job_key FROM grouped_runs WHERE rank = 0) AS described
       FROM ${catalog}.jobs j JOIN shared_groups g USING (environment_key)
       JOIN ${catalog}.sources s ON s.source_key = j.source_key),
     ranked AS (SELECT *, row_number() OVER (ORDER BY described DESC, place, job_key) AS own_rank FROM known)
     SELECT job_key, group_key, own_rank, min(own_rank) OVER (PARTITION BY group_key, job_id) AS rank FROM ranked`,
  );
  await look.temp(
    "same_jobs",
    `WITH RECURSIVE moves AS (
       SELECT greatest(a.rank, b.rank) AS rank, least(a.rank, b.rank) AS other, count(*) AS runs
       FROM same_runs s JOIN ${catalog}.runs x ON x.run_key = s.run_key JOIN ${catalog}.runs y ON y.run_key = s.same_as
       JOIN ranked_jobs a ON a.job_key = x.job_key
       JOIN ranked_jobs b ON b.job_key = y.job_key AND b.group_key = a.group_key
       WHERE a.rank <> b.rank GROUP BY ALL),
     remaining AS (
       SELECT DISTINCT j.rank FROM ${catalog}.runs r JOIN ranked_jobs j USING (job_key)
       WHERE r.run_key NOT IN (SELECT run_key FROM same_runs)),
     chosen AS (
       SELECT rank, arg_max(other, (runs, -other)) AS other FROM moves
       GROUP BY rank HAVING count(*) = 1 OR rank NOT IN (SELECT rank FROM remaining)),
     -- One that stays for another may itself be shown as a third; ranks only fall on the way.
     settled AS (
       SELECT rank, other FROM chosen
       UNION ALL SELECT s.rank, c.other FROM settled s JOIN chosen c ON c.rank = s.other),
     targets AS (SELECT rank, min(other) AS other FROM settled GROUP BY rank)
     SELECT j.job_key, k.job_key AS same_as
     FROM ranked_jobs j LEFT JOIN targets t ON t.rank = j.rank
     JOIN ranked_jobs k ON k.own_rank = coalesce(t.other, j.rank) WHERE k.job_key <> j.job_key`,
  );
  // Commands go with their run, to whatever job that is of.
  await look.temp(
    "same_runs",
    `SELECT s.run_key, s.same_as, coalesce(j.same_as, r.job_key) AS job_key
     FROM same_runs s JOIN ${catalog}.runs r ON r.run_key = s.same_as LEFT JOIN same_jobs j ON j.job_key = r.job_key`,
  );
}
