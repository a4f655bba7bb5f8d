/**
 * What tells that an environment of one source is an environment of another: the same invocations, the same
 * numbers of the platform, or runs at the same times. A false match is worse than a double, so that times alone
 * count only where nothing speaks against them.
 */
import { subjectOf } from "./commands.ts";
import type { Look } from "./look.ts";

/** Clocks of two systems differ by so little. */
const SLACK = "INTERVAL 2 SECOND";

/**
 * Invocations that are not told by dbt's own id, so that it cannot be compared: last results of a run, and what a
 * system names by a text of its own. Ids of dbt have no blanks.
 */
export const UNNAMED = "(coalesce(stand_in, false) OR contains(invocation_id, ' '))";

/** A number that a platform gives; names that people give may be the same by chance. */
const isNumber = (column: string): string => `regexp_full_match(${column}, '[0-9]+')`;

/** Names of dbt projects that do not contradict each other. */
const sameName = (a: string, b: string): string =>
  `coalesce(${a}.dbt_project_name = ${b}.dbt_project_name, true)`;

/**
 * Leaves `shared_invocations`: those that several sources have seen. The telling of `position` 1 is shown: the
 * complete one before a partial one, then that of the earlier source.
 */
export function findSharedInvocations(look: Look): Promise<number> {
  return look.temp(
    "shared_invocations",
    `SELECT invocation_key, invocation_id, kind, run_key, environment_key, place, row_number() OVER w AS position
     FROM ${look.catalog}.invocations JOIN source_places USING (source_key)
     WHERE NOT ${UNNAMED}
     WINDOW w AS (PARTITION BY invocation_id, kind ORDER BY coalesce(complete, false) DESC, place)
     QUALIFY count(*) OVER (PARTITION BY invocation_id, kind) > 1`,
  );
}

/** Leaves `environment_likeness`: pairs of environments of different sources, with what speaks for their being the same. */
export async function compareEnvironments(look: Look): Promise<void> {
  await placeEnvironments(look);
  await gatherCommands(look);
  await pairRuns(look);
  await look.temp(
    "environment_likeness",
    `WITH evidence AS (
       SELECT a.environment_key AS one_key, b.environment_key AS other_key, count(DISTINCT a.invocation_id) AS certain,
         0 AS numbered, 0 AS timed
       FROM shared_invocations a JOIN shared_invocations b
         ON b.invocation_id = a.invocation_id AND b.kind = a.kind AND b.place > a.place
       GROUP BY ALL
       UNION ALL
       SELECT poorer_environment, richer_environment, count(*), 0, 0 FROM run_pairs WHERE same_id AND within
       GROUP BY ALL
       UNION ALL SELECT one_key, other_key, 0, jobs, 0 FROM (${sameNumbers(look)})
       UNION ALL SELECT one_key, other_key, 0, 0, runs FROM (${sameTimes()}))
     SELECT a.environment_key, b.environment_key AS other_key, sum(x.certain) AS certain, sum(x.numbered) AS numbered,
       sum(x.timed) AS timed
     FROM evidence x JOIN placed_environments a ON a.environment_key IN (x.one_key, x.other_key)
     JOIN placed_environments b ON b.environment_key IN (x.one_key, x.other_key) AND b.place > a.place
     WHERE ${sameName("a", "b")} GROUP BY ALL`,
  );
}

async function placeEnvironments(look: Look): Promise<void> {
  await look.temp(
    "placed_environments",
    `SELECT e.environment_key, e.project_key, e.environment_id, e.type, p.dbt_project_name, s.place, s.system
     FROM ${look.catalog}.environments e JOIN ${look.catalog}.projects p USING (project_key)
     JOIN source_places s ON s.source_key = e.source_key`,
  );
}

/** Leaves `run_commands` and `job_commands`: what builds or tests in runs, and in jobs whose commands are known. */
async function gatherCommands(look: Look): Promise<void> {
  const { catalog } = look;
  const ours = "source_key IN (SELECT source_key FROM source_places)";
  await look.temp(
    "run_commands",
    `SELECT run_key, list(DISTINCT subject) AS commands
     FROM (SELECT run_key, ${subjectOf("command_line")} AS subject FROM ${catalog}.invocations
           WHERE kind = 'results' AND NOT ${UNNAMED} AND ${ours}) WHERE subject IS NOT NULL GROUP BY run_key`,
  );
  await look.temp(
    "job_commands",
    `SELECT job_key, list_filter(list_transform(commands, lambda x: ${subjectOf("x")}), lambda x: x IS NOT NULL) AS commands
     FROM ${catalog}.jobs WHERE len(commands) > 0 AND ${ours}`,
  );
}

/**
 * Leaves `placed_runs`, and `run_pairs`: runs beside those of other sources that say more of themselves, and that
 * they may be. A run has the `rank` 0 where its system describes it, 1 where a system that describes its jobs has
 * told only results, and 2 where all is computed from files. `fits` is false where the job has no such command.
 */
async function pairRuns(look: Look): Promise<void> {
  const { catalog } = look;
  await look.temp(
    "placed_runs",
    `SELECT r.run_key, r.run_id, r.job_key, j.job_id, r.environment_key, r.derived, r.started_at, r.ended_at,
       r.status IN ('queued', 'running') AS unfinished, e.dbt_project_name, e.type, e.place,
       CASE WHEN NOT r.derived THEN 0 WHEN s.described THEN 1 ELSE 2 END AS rank,
       coalesce(r.results_read, false) AND r.run_key NOT IN (
         SELECT run_key FROM ${catalog}.invocations WHERE kind = 'results' AND ${UNNAMED} AND run_key IS NOT NULL)
         -- a run that only made documentation has no results whose ids could speak
         AND r.run_key IN (SELECT run_key FROM ${catalog}.invocations WHERE run_key IS NOT NULL) AS told_by_id,
       coalesce(rc.commands, []) AS run_commands, jc.commands AS job_commands
     FROM ${catalog}.runs r JOIN placed_environments e USING (environment_key)
     JOIN ${catalog}.sources s ON s.source_key = r.source_key
     LEFT JOIN ${catalog}.jobs j ON j.job_key = r.job_key
     LEFT JOIN run_commands rc ON rc.run_key = r.run_key LEFT JOIN job_commands jc ON jc.job_key = r.job_key`,
  );
  await look.temp(
    "run_pairs",
    `WITH described AS (
       SELECT *, started_at - ${SLACK} AS earliest, ended_at + ${SLACK} AS latest FROM placed_runs WHERE rank < 2),
     -- by days, or every run would be held against every other
     days AS (
       SELECT run_key, dbt_project_name, earliest, latest,
         unnest(generate_series(date_trunc('day', earliest), latest, INTERVAL 1 DAY)) AS day
       FROM described WHERE rank = 0),
     shared AS (
       SELECT a.run_key AS poorer_key, b.run_key AS richer_key, count(*) AS shared
       FROM shared_invocations a JOIN shared_invocations b
         ON b.invocation_id = a.invocation_id AND b.kind = a.kind AND b.place <> a.place
       GROUP BY ALL),
     candidates AS (
       SELECT c.run_key AS poorer_key, d.run_key AS richer_key
       FROM placed_runs c JOIN days d ON d.day = date_trunc('day', c.started_at)
         AND d.dbt_project_name = c.dbt_project_name AND c.started_at >= d.earliest AND c.ended_at <= d.latest
       WHERE c.derived
       UNION SELECT c.run_key, d.run_key FROM placed_runs c JOIN described d USING (run_id)
       UNION SELECT poorer_key, richer_key FROM shared)
     SELECT x.*, c.environment_key AS poorer_environment, d.environment_key AS richer_environment,
       coalesce(s.shared, 0) AS shared, c.run_id = d.run_id AS same_id, coalesce(c.job_id = d.job_id, false) AS same_job,
       coalesce(d.rank = 0 AND NOT d.unfinished AND c.started_at >= d.earliest AND c.ended_at <= d.latest, false) AS within,
       d.job_commands IS NULL OR list_has_all(d.job_commands, c.run_commands) AS fits,
       d.job_commands IS NULL OR len(c.run_commands) > 0 AS telling, d.told_by_id, c.type = d.type AS same_type
     FROM candidates x JOIN placed_runs c ON c.run_key = x.poorer_key JOIN described d ON d.run_key = x.richer_key
     LEFT JOIN shared s USING (poorer_key, richer_key)
     WHERE c.place <> d.place AND c.rank > d.rank AND ${sameName("c", "d")}`,
  );
}

/**
 * Files of a platform carry its numbers: environments of the same number that have a job of the same number are
 * the same, also where the files are of other times than the runs that the platform still tells of.
 */
function sameNumbers({ catalog }: Look): string {
  return `SELECT a.environment_key AS one_key, b.environment_key AS other_key, count(*) AS jobs
    FROM placed_environments a JOIN placed_environments b USING (environment_id, dbt_project_name)
    JOIN ${catalog}.jobs ja ON ja.environment_key = a.environment_key
    JOIN ${catalog}.jobs jb ON jb.environment_key = b.environment_key AND jb.job_id = ja.job_id
    WHERE a.system = 'artifacts' AND b.system <> 'artifacts'
      AND ${isNumber("a.environment_id")} AND ${isNumber("ja.job_id")} GROUP BY ALL`;
}

/**
 * Times speak for environments of one type where the platform does not tell its results by dbt's ids (else those
 * would speak) and at least half of the computed runs that such a job could have started, while its runs are known,
 * lie in one.
 */
function sameTimes(): string {
  return `WITH timed AS (
      SELECT poorer_environment, richer_environment, count(DISTINCT poorer_key) AS runs FROM run_pairs
      WHERE within AND fits AND telling AND same_type AND NOT told_by_id GROUP BY ALL),
    known AS (
      SELECT environment_key, job_commands, min(started_at) AS earliest, max(ended_at) AS latest FROM placed_runs
      WHERE rank = 0 AND NOT unfinished GROUP BY environment_key, job_key, job_commands),
    possible AS (
      SELECT t.poorer_environment, t.richer_environment, count(DISTINCT c.run_key) AS runs
      FROM timed t JOIN known k ON k.environment_key = t.richer_environment
      JOIN placed_runs c ON c.environment_key = t.poorer_environment AND c.derived
        AND c.started_at >= k.earliest AND c.started_at <= k.latest
      WHERE k.job_commands IS NULL OR (len(c.run_commands) > 0 AND list_has_all(k.job_commands, c.run_commands))
      GROUP BY ALL)
    SELECT t.poorer_environment AS one_key, t.richer_environment AS other_key, t.runs
    FROM timed t LEFT JOIN possible p USING (poorer_environment, richer_environment)
    WHERE 2 * t.runs >= coalesce(p.runs, 0)`;
}
