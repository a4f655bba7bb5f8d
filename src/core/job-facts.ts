/** What is known of jobs and their run times, in SQL. */
import sql, { raw, type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import type { JobRuntime, JobSummary, RunComparison, RuntimeReport } from "./answers.ts";
import { all, amongKeys, type Facts, pageOf, roundSeconds } from "./facts.ts";
import { executionConditions, inWindow, isEmpty, type ModelSelection } from "./filters.ts";
import { selectedModels } from "./model-facts.ts";
import type { Scope } from "./scope.ts";
import type { TimeWindow } from "./window.ts";

/** A comparison needs at least this many runs before, or it says nothing. */
const FEWEST_RUNS_COMPARED = 3;
/** Runs before that are "the usual". */
const MOST_RUNS_COMPARED = 10;

/** When a run is placed in time: its start or, where it has none yet, when it was asked for. */
export const PLACED_AT = "coalesce(r.started_at, r.queued_at, r.ended_at)";

/** A model counts as slower than usual from a tenth more on, and a tenth of a second: less is noise. */
const SLOWER_FACTOR = 1.1;
const SLOWER_SECONDS = 0.1;

export interface JobSelection {
  scope: Scope;
  /** Models that the jobs must build; null where any job is meant. */
  models: ModelSelection | null;
  /** Only these jobs, also where they no longer exist upstream. */
  jobKeys?: readonly number[];
  window: TimeWindow;
  /** How many finished runs are averaged. */
  lastNRuns: number;
}

/**
 * Runs whose time says how long the job takes: finished, as success or as failure, because a dbt build that
 * failed a test has done the whole work. Cancelled, unfinished and retry-only runs are kept apart.
 */
export function finishedRuns(window: TimeWindow): Sql {
  return sql`
    SELECT r.* FROM runs r
    WHERE ${all([
      sql`r.status IN ('success', 'failure') AND r.runtime_s IS NOT NULL AND NOT r.is_retry`,
      inWindow("r.started_at", window),
    ])}`;
}

/** Condition on `column`: a job that builds one of the selected models. */
function buildsModels(column: string, models: ModelSelection | null): Sql | null {
  if (models === null) return null;
  return sql`${raw(column)} IN (
    SELECT i.job_key FROM executions x JOIN invocations i USING (invocation_key)
    WHERE ${executionConditions(models)} AND x.node_key IN (SELECT node_key FROM (${selectedModels(models)})))`;
}

/** The selection of models that a filter means, or null where it leaves out nothing. */
export function meantModels(selection: ModelSelection): ModelSelection | null {
  return isEmpty(selection.filter) && selection.nodeKeys === undefined ? null : selection;
}

function jobConditions(selection: JobSelection): Sql {
  return all([
    amongKeys("j.project_key", selection.scope.projectKeys),
    sql`(j.environment_key IS NULL OR ${amongKeys("j.environment_key", selection.scope.environmentKeys)})`,
    buildsModels("j.job_key", selection.models),
    selection.jobKeys === undefined ? raw("NOT j.removed") : amongKeys("j.job_key", selection.jobKeys),
  ]);
}

/** A page of the jobs by name, and how many there are in all. */
export async function listedJobs(
  facts: Facts,
  selection: JobSelection,
  page: { offset: number; limit: number },
): Promise<{ keys: number[]; total: number }> {
  const query = sql`SELECT j.job_key, j.job_id, j.name FROM jobs j WHERE ${jobConditions(selection)} AND ${ranIn("j.job_key", selection.window)}`;
  const { rows, total } = await pageOf<{ job_key: number }>(facts, query, raw("name, job_id, job_key"), page);
  return { keys: rows.map((row) => row.job_key), total };
}

/** Condition on `column`: a job with a run in the window; any job where the window is open. */
function ranIn(column: string, window: TimeWindow): Sql {
  const inside = inWindow(PLACED_AT, window);
  return inside === null
    ? raw("TRUE")
    : sql`${raw(column)} IN (SELECT r.job_key FROM runs r WHERE ${inside})`;
}

/** The longest-running jobs by average; those that never finished are left out. */
export async function longest(facts: Facts, selection: JobSelection, count: number): Promise<number[]> {
  const rows = await facts.rows<{ job_key: number }>(sql`
    SELECT j.job_key, list_avg(max_by(r.runtime_s, r.started_at, ${raw(String(Math.trunc(selection.lastNRuns)))})) AS average
    FROM jobs j JOIN (${finishedRuns(selection.window)}) r USING (job_key)
    WHERE ${jobConditions(selection)}
    GROUP BY j.job_key, j.name ORDER BY average DESC, j.name, j.job_key LIMIT ${count}`);
  return rows.map((row) => row.job_key);
}

type JobRow = Row & {
  job_key: number;
  job_id: string;
  name: string;
  project_id: string;
  environment: string | null;
  schedule: string | null;
  commands: string[] | null;
  url: string | null;
  last_run: {
    run_id: string;
    status: NonNullable<JobSummary["last_run_status"]>;
    runtime_s: number | null;
    started_at: string | null;
    ended_at: string | null;
  } | null;
};

/** Summaries by key, with the last run of any outcome in the window. */
export async function jobSummaries(
  facts: Facts,
  keys: readonly number[],
  window: TimeWindow = { since: null, until: null },
): Promise<Map<number, JobSummary>> {
  const rows = await facts.rows<JobRow>(sql`
    SELECT j.job_key, j.job_id, j.name, p.project_id, e.name AS environment, j.schedule, j.commands, j.url, l.last_run
    FROM jobs j JOIN projects p ON p.project_key = j.project_key
    LEFT JOIN environments e ON e.environment_key = j.environment_key
    LEFT JOIN (
      SELECT r.job_key, max_by({'run_id': r.run_id, 'status': r.status, 'runtime_s': r.runtime_s, 'started_at': r.started_at,
                                'ended_at': r.ended_at}, ${raw(PLACED_AT)}) AS last_run
      FROM runs r WHERE ${all([amongKeys("r.job_key", keys), inWindow(PLACED_AT, window)])} GROUP BY r.job_key) l USING (job_key)
    WHERE ${amongKeys("j.job_key", keys)}`);
  return new Map(rows.map((row) => [row.job_key, toSummary(row)]));
}

function toSummary(row: JobRow): JobSummary {
  return {
    job_id: row.job_id,
    name: row.name,
    project_id: row.project_id,
    environment: row.environment,
    schedule: row.schedule,
    commands: row.commands ?? [],
    last_run_id: row.last_run?.run_id ?? null,
    last_run_status: row.last_run?.status ?? null,
    last_run_runtime_s: roundSeconds(row.last_run?.runtime_s ?? null),
    last_run_started_at: row.last_run?.started_at ?? null,
    last_run_ended_at: row.last_run?.ended_at ?? null,
    url: row.url,
  };
}

type AverageRow = { job_key: number; average: number | null; runs: number; failed: number };

/** Jobs with their average over the last N finished runs, in the order of the keys. */
export async function jobRuntimes(
  facts: Facts,
  selection: JobSelection,
  keys: readonly number[],
): Promise<JobRuntime[]> {
  if (keys.length === 0) return [];
  const [jobs, rows] = await Promise.all([
    jobSummaries(facts, keys),
    facts.rows<AverageRow>(sql`
      SELECT job_key, avg(runtime_s) AS average, count(*) AS runs, count(*) FILTER (status = 'failure') AS failed FROM (
        SELECT r.job_key, r.runtime_s, r.status FROM (${finishedRuns(selection.window)}) r
        WHERE ${amongKeys("r.job_key", keys)}
        QUALIFY row_number() OVER (PARTITION BY r.job_key ORDER BY r.started_at DESC) <= ${selection.lastNRuns})
      GROUP BY job_key`),
  ]);
  const averages = new Map(rows.map((row) => [row.job_key, row]));
  return keys.flatMap((key) => {
    const job = jobs.get(key);
    if (job === undefined) return [];
    const average = averages.get(key);
    return [
      {
        ...job,
        average_job_runtime_s: roundSeconds(average?.average ?? null),
        runs_counted: average?.runs ?? 0,
        runs_failed: average?.failed ?? 0,
      },
    ];
  });
}

/** The last N run times of a job, newest first; with `byModel` the last N of each model in it. */
export function runtimeReports(
  facts: Facts,
  jobKey: number,
  options: { lastNRuns: number; window: TimeWindow; byModel: boolean; models: ModelSelection },
): Promise<RuntimeReport[]> {
  const { lastNRuns, models } = options;
  const query = options.byModel
    ? sql`
      SELECT j.job_id, r.run_id, n.model_id, x.status, round(x.runtime_s, 3) AS runtime_s, x.started_at, x.ended_at
      FROM executions x JOIN invocations i USING (invocation_key) JOIN runs r USING (run_key)
      JOIN jobs j ON j.job_key = i.job_key JOIN nodes n USING (node_key)
      WHERE i.job_key = ${jobKey} AND x.status = 'success' AND ${executionConditions(models)}
        AND x.node_key IN (SELECT node_key FROM (${selectedModels(models)}))
      QUALIFY row_number() OVER (PARTITION BY x.node_key ORDER BY x.recorded_at DESC) <= ${lastNRuns}
      ORDER BY n.model_id, x.recorded_at DESC`
    : sql`
      SELECT j.job_id, r.run_id, NULL AS model_id, r.status, round(r.runtime_s, 3) AS runtime_s, r.started_at, r.ended_at
      FROM (${finishedRuns(options.window)}) r JOIN jobs j USING (job_key)
      WHERE r.job_key = ${jobKey} ORDER BY r.started_at DESC LIMIT ${lastNRuns}`;
  return facts.rows<RuntimeReport>(query);
}

export type UsualRow = { job_key: number; usual_runtime_s: number; runs: number };

/** Median run time of each job over its last finished runs before the newest one. */
export function usualRuntimes(facts: Facts, keys: readonly number[]): Promise<UsualRow[]> {
  return facts.rows<UsualRow>(sql`
    SELECT job_key, median(runtime_s) AS usual_runtime_s, count(*) AS runs FROM (
      SELECT r.job_key, r.runtime_s FROM (${finishedRuns({ since: null, until: null })}) r
      WHERE ${amongKeys("r.job_key", keys)}
      QUALIFY row_number() OVER (PARTITION BY r.job_key ORDER BY r.started_at DESC) BETWEEN 2 AND ${MOST_RUNS_COMPARED + 1})
    GROUP BY job_key HAVING count(*) >= ${FEWEST_RUNS_COMPARED}`);
}

/** Keys of the job's up to 10 finished runs before a run, newest first. */
export async function runsBefore(
  facts: Facts,
  run: { run_key: number; job_key: number | null; started_at: string | null },
): Promise<number[]> {
  if (run.job_key === null || run.started_at === null) return [];
  const rows = await facts.rows<{ run_key: number }>(sql`
    SELECT r.run_key FROM (${finishedRuns({ since: null, until: run.started_at })}) r
    WHERE r.job_key = ${run.job_key} AND r.run_key <> ${run.run_key}
    ORDER BY r.started_at DESC LIMIT ${MOST_RUNS_COMPARED}`);
  return rows.map((row) => row.run_key);
}

/**
 * A run against the job's up to 10 finished runs before it: medians, which one odd run does not move. Null
 * where there are fewer than three to compare with.
 */
export async function comparedToUsual(
  facts: Facts,
  run: { run_key: number; job_key: number | null; started_at: string | null; runtime_s: number | null },
  models: ModelSelection,
): Promise<RunComparison | null> {
  const before = amongKeys("r.run_key", await runsBefore(facts, run));
  const usual = await facts.first<{ runs: number; usual: number | null }>(
    sql`SELECT count(*) AS runs, median(r.runtime_s) AS usual FROM runs r WHERE ${before}`,
  );
  if (usual === undefined || usual.usual === null || usual.runs < FEWEST_RUNS_COMPARED) return null;
  const slower = await facts.rows<{
    model_id: string;
    runtime_s: number;
    usual_runtime_s: number;
    difference_s: number;
  }>(sql`
    WITH this AS (
      SELECT x.node_key, max(x.runtime_s) AS runtime_s FROM executions x JOIN invocations i USING (invocation_key)
      WHERE i.run_key = ${run.run_key} AND x.builds AND x.status = 'success' GROUP BY x.node_key),
    those AS (
      SELECT x.node_key, median(x.runtime_s) AS usual_runtime_s FROM executions x JOIN invocations i USING (invocation_key)
      WHERE i.run_key IN (SELECT r.run_key FROM runs r WHERE ${before}) AND x.builds AND x.status = 'success' GROUP BY x.node_key)
    SELECT n.model_id, round(this.runtime_s, 3) AS runtime_s, round(those.usual_runtime_s, 3) AS usual_runtime_s,
           round(this.runtime_s - those.usual_runtime_s, 3) AS difference_s
    FROM this JOIN those USING (node_key) JOIN nodes n USING (node_key)
    WHERE this.runtime_s >= those.usual_runtime_s * ${SLOWER_FACTOR}
      AND this.runtime_s - those.usual_runtime_s >= ${SLOWER_SECONDS}
      AND this.node_key IN (SELECT node_key FROM (${selectedModels(models)}))
    ORDER BY this.runtime_s - those.usual_runtime_s DESC, n.model_id LIMIT 5`);
  const ratio = run.runtime_s === null || usual.usual === 0 ? null : run.runtime_s / usual.usual;
  return {
    runs_compared: usual.runs,
    usual_runtime_s: roundSeconds(usual.usual),
    ratio: ratio === null ? null : Math.round(ratio * 100) / 100,
    difference_s: run.runtime_s === null ? null : roundSeconds(run.runtime_s - usual.usual),
    slower_models: slower,
  };
}
