/** What is known of jobs and their run times, in SQL. */
import sql, { raw, type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import type { JobRuntime, JobSummary, RuntimeReport } from "./answers.ts";
import { all, amongKeys, type Facts, pageOf, roundSeconds } from "./facts.ts";
import { executionConditions, inWindow, isEmpty, type ModelSelection } from "./filters.ts";
import { selectedModels } from "./model-facts.ts";
import type { Scope } from "./scope.ts";
import { groupBy } from "./statistics.ts";
import type { TimeWindow } from "./window.ts";

/** When a run is placed in time: its start or, where it has none yet, when it was asked for. */
export const PLACED_AT = "coalesce(r.started_at, r.queued_at, r.ended_at)";

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

/** `runs r` whose time says how long the job takes. */
const COUNTED = "r.kind = 'full' AND r.status IN ('success', 'failure') AND r.runtime_s IS NOT NULL";

/**
 * Runs whose time says how long the job takes: finished, as success or as failure, because a dbt build that
 * failed a test has done the whole work. Cancelled and unfinished runs, and those that did only a part of the job,
 * are kept apart.
 */
export function finishedRuns(window: TimeWindow): Sql {
  return sql`
    SELECT r.* FROM runs r
    WHERE ${all([raw(COUNTED), inWindow("r.started_at", window)])}`;
}

/** Condition on `column`: a job that builds one of the selected models; null where any job is meant. */
export function buildsModels(column: string, models: ModelSelection | null): Sql | null {
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
type OtherRow = { job_key: number; reason: string; times: number };

/** The last N finished runs of each job. */
function lastFinished(selection: JobSelection, keys: readonly number[]): Sql {
  return sql`
    SELECT r.job_key, r.runtime_s, r.status, r.started_at FROM (${finishedRuns(selection.window)}) r
    WHERE ${amongKeys("r.job_key", keys)}
    QUALIFY row_number() OVER (PARTITION BY r.job_key ORDER BY r.started_at DESC) <= ${selection.lastNRuns}`;
}

/**
 * How many runs that are not averaged these jobs have had since the oldest one that is: by what part of the job
 * they did or, of those that were to do the whole, by how they stand.
 */
async function notCounted(
  facts: Facts,
  selection: JobSelection,
  keys: readonly number[],
): Promise<Map<number, Record<string, number>>> {
  const rows = await facts.rows<OtherRow>(sql`
    SELECT r.job_key, CASE WHEN r.kind <> 'full' THEN r.kind WHEN r.status IN ('success', 'failure') THEN 'unknown'
                           ELSE r.status END AS reason, count(*) AS times
    FROM runs r LEFT JOIN (
      SELECT job_key, min(started_at) AS since FROM (${lastFinished(selection, keys)}) GROUP BY job_key) o USING (job_key)
    WHERE ${all([
      amongKeys("r.job_key", keys),
      raw(`NOT (${COUNTED})`),
      raw(`(o.since IS NULL OR ${PLACED_AT} >= o.since)`),
      inWindow(PLACED_AT, selection.window),
    ])}
    GROUP BY ALL ORDER BY r.job_key, reason`);
  const groups = groupBy(rows, (row) => row.job_key);
  return new Map(
    [...groups].map(([key, others]) => [
      key,
      Object.fromEntries(others.map(({ reason, times }) => [reason, times])),
    ]),
  );
}

/** Jobs with their average over the last N finished runs, in the order of the keys. */
export async function jobRuntimes(
  facts: Facts,
  selection: JobSelection,
  keys: readonly number[],
): Promise<JobRuntime[]> {
  if (keys.length === 0) return [];
  const [jobs, others, rows] = await Promise.all([
    jobSummaries(facts, keys),
    notCounted(facts, selection, keys),
    facts.rows<AverageRow>(sql`
      SELECT job_key, avg(runtime_s) AS average, count(*) AS runs, count(*) FILTER (status = 'failure') AS failed
      FROM (${lastFinished(selection, keys)}) GROUP BY job_key`),
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
        not_counted: others.get(key) ?? {},
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
