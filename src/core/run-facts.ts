/** What is known of runs, in SQL. */
import sql, { raw, type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import type { RunFailure, RunModel, RunSummary } from "./answers.ts";
import { lastAttempts } from "./attempts.ts";
import { all, amongKeys, type Facts, pageOf, roundSeconds } from "./facts.ts";
import { inWindow, type ModelSelection } from "./filters.ts";
import { PLACED_AT } from "./job-facts.ts";
import { selectedModels } from "./model-facts.ts";
import type { Scope } from "./scope.ts";
import type { RunKind, RunStatus } from "./vocabulary.ts";
import type { TimeWindow } from "./window.ts";

export interface RunSelection {
  scope: Scope;
  jobKeys?: readonly number[];
  statuses?: readonly RunStatus[];
  window: TimeWindow;
  /** Models that the runs must have executed; null where any run is meant. */
  models: ModelSelection | null;
}

function runConditions(selection: RunSelection): Sql {
  return all([
    amongKeys("r.project_key", selection.scope.projectKeys),
    sql`(r.environment_key IS NULL OR ${amongKeys("r.environment_key", selection.scope.environmentKeys)})`,
    selection.jobKeys === undefined ? null : amongKeys("r.job_key", selection.jobKeys),
    selection.statuses === undefined
      ? null
      : sql`r.status IN (SELECT unnest(${[...selection.statuses]}::VARCHAR[]))`,
    inWindow(PLACED_AT, selection.window),
    selection.models === null
      ? null
      : sql`r.run_key IN (
          SELECT i.run_key FROM executions x JOIN invocations i USING (invocation_key)
          WHERE x.builds AND x.node_key IN (SELECT node_key FROM (${selectedModels(selection.models)})))`,
  ]);
}

/** A page of the runs, newest first, and how many there are in all. */
export async function listedRuns(
  facts: Facts,
  selection: RunSelection,
  page: { offset: number; limit: number },
): Promise<{ keys: number[]; total: number }> {
  const query = sql`SELECT r.run_key, r.run_id, ${raw(PLACED_AT)} AS placed_at FROM runs r WHERE ${runConditions(selection)}`;
  const order = raw("placed_at DESC NULLS LAST, run_id, run_key");
  const { rows, total } = await pageOf<{ run_key: number }>(facts, query, order, page);
  return { keys: rows.map((row) => row.run_key), total };
}

/** Statuses that dbt's exit code counts as failures, of models, tests and sources alike. */
export const FAILED = raw("'error', 'fail', 'partial_success', 'runtime_error'");

/** Of a run that has ended, nothing is counted before all its results are there: a part would look like the whole. */
const COUNTED = raw("(r.results_read OR r.status IN ('running', 'queued'))");

type RunRow = Row & {
  run_key: number;
  run_id: string;
  job_id: string | null;
  job_name: string | null;
  project_id: string;
  environment: string | null;
  kind: RunKind;
  status: RunStatus;
  raw_status: string | null;
  error_message: string | null;
  trigger: string | null;
  commit_sha: string | null;
  branch: string | null;
  queued_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  queue_s: number | null;
  runtime_s: number | null;
  model_count: number | null;
  error_count: number | null;
  commands: string[] | null;
  url: string | null;
};

/** Summaries in the order of the keys. */
export async function runSummaries(facts: Facts, keys: readonly number[]): Promise<RunSummary[]> {
  if (keys.length === 0) return [];
  const rows = await facts.rows<RunRow>(sql`
    WITH mine AS (SELECT * FROM invocations WHERE ${amongKeys("run_key", keys)}),
    counts AS (
      SELECT i.run_key, count(DISTINCT x.node_key) FILTER (n.resource_type = 'model' AND x.builds) AS model_count,
             count(*) FILTER (x.status IN (${FAILED})) AS error_count
      FROM (${lastAttempts("mine")}) x JOIN mine i USING (invocation_key) JOIN nodes n USING (node_key) GROUP BY i.run_key),
    freshness_counts AS (
      SELECT i.run_key, count(*) FILTER (f.status IN ('error', 'runtime_error')) AS error_count
      FROM freshness f JOIN mine i USING (invocation_key) GROUP BY i.run_key),
    lines AS (SELECT run_key, list(command_line ORDER BY started_at, ended_at) AS commands FROM mine WHERE NOT stand_in GROUP BY run_key)
    SELECT r.run_key, r.run_id, j.job_id, j.name AS job_name, p.project_id, e.name AS environment, r.kind, r.status, r.raw_status, r.error_message,
           r.trigger, r.commit_sha, r.branch, r.queued_at, r.started_at, r.ended_at,
           epoch(r.started_at) - epoch(r.queued_at) AS queue_s, r.runtime_s,
           CASE WHEN ${COUNTED} THEN coalesce(c.model_count, 0) END AS model_count,
           CASE WHEN ${COUNTED} THEN coalesce(c.error_count, 0) + coalesce(f.error_count, 0) END AS error_count,
           coalesce(l.commands, j.commands) AS commands, r.url
    FROM runs r JOIN projects p ON p.project_key = r.project_key
    LEFT JOIN environments e ON e.environment_key = r.environment_key
    LEFT JOIN jobs j ON j.job_key = r.job_key
    LEFT JOIN counts c USING (run_key) LEFT JOIN freshness_counts f USING (run_key) LEFT JOIN lines l USING (run_key)
    WHERE ${amongKeys("r.run_key", keys)}`);
  const byKey = new Map(rows.map((row) => [row.run_key, toSummary(row)]));
  return keys.flatMap((key) => byKey.get(key) ?? []);
}

function toSummary(row: RunRow): RunSummary {
  return {
    run_id: row.run_id,
    job_id: row.job_id,
    job_name: row.job_name,
    project_id: row.project_id,
    environment: row.environment,
    kind: row.kind,
    status: row.status,
    ...(row.raw_status === null ? {} : { raw_status: row.raw_status }),
    ...(row.error_message === null ? {} : { error_message: row.error_message }),
    trigger: row.trigger,
    commit_sha: row.commit_sha,
    branch: row.branch,
    queued_at: row.queued_at,
    started_at: row.started_at,
    ended_at: row.ended_at,
    queue_s: roundSeconds(row.queue_s),
    runtime_s: roundSeconds(row.runtime_s),
    model_count: row.model_count,
    error_count: row.error_count,
    commands: row.commands ?? [],
    url: row.url,
  };
}

/** A model of a run, before it is known what it cost the run. */
export type RanModel = Omit<RunModel, "on_critical_path" | "gain_s"> & { node_key: number };

/** Models of a run, slowest first; a model that ran twice counts with its longer success, else its last attempt. */
export function runModels(facts: Facts, models: ModelSelection): Promise<RanModel[]> {
  return facts.rows<RanModel>(sql`
    SELECT n.node_key, n.model_id, x.status, round(x.runtime_s, 3) AS runtime_s, n.materialization
    FROM executions x JOIN invocations i USING (invocation_key) JOIN nodes n USING (node_key)
    WHERE i.run_key = ${models.runKey ?? -1} AND x.builds AND x.node_key IN (SELECT node_key FROM (${selectedModels(models)}))
    QUALIFY row_number() OVER (PARTITION BY x.node_key ORDER BY x.status = 'success' DESC, x.runtime_s DESC, x.recorded_at DESC) = 1
    ORDER BY x.status = 'success' DESC, x.runtime_s DESC NULLS LAST, n.model_id`);
}

export type RunIssues = {
  failures: RunFailure[];
  failure_count: number;
  warning_count: number;
  skipped_count: number;
};

const MOST_FAILURES = 20;
/** Names of models that one failure held up. */
const MOST_BLOCKED = raw("10");

/** What went wrong in a run: errors and failed tests first, then stale sources, each with its words. */
export async function runIssues(facts: Facts, runKey: number): Promise<RunIssues> {
  const mine = `(SELECT * FROM invocations WHERE run_key = ${Math.trunc(runKey)})`;
  const results = sql`
    SELECT n.node_key, n.unique_id, n.name, n.resource_type, x.status, x.message, x.failures, x.recorded_at
    FROM (${lastAttempts(mine)}) x JOIN nodes n USING (node_key)
    UNION ALL
    SELECT n.node_key, n.unique_id, n.name, n.resource_type, f.status,
           coalesce(f.message, 'Newest row ' || strftime(f.max_loaded_at, '%Y-%m-%dT%H:%M:%SZ') || ', ' || round(f.age_s / 3600, 1) || ' h old when checked'),
           NULL, f.snapshotted_at
    FROM freshness f JOIN invocations i USING (invocation_key) JOIN nodes n USING (node_key) WHERE i.run_key = ${runKey}`;
  const counts = await facts.first<{ failures: number; warnings: number; skipped: number }>(sql`
    SELECT count(*) FILTER (status IN (${FAILED})) AS failures,
           count(*) FILTER (status = 'warn') AS warnings, count(*) FILTER (status = 'skipped') AS skipped
    FROM (${results})`);
  const failures = await facts.rows<RunFailure>(sql`
    WITH RECURSIVE failed AS (
      SELECT * FROM (${results}) WHERE status IN (${FAILED})),
    skipped AS (
      SELECT DISTINCT x.node_key FROM executions x JOIN invocations i USING (invocation_key)
      WHERE i.run_key = ${runKey} AND x.status = 'skipped'),
    blocked(root, node_key) AS (
      SELECT f.node_key, e.child_key FROM failed f JOIN edges e ON e.parent_key = coalesce(
        (SELECT t.attached_key FROM nodes t WHERE t.node_key = f.node_key), f.node_key)
      WHERE e.child_key IN (SELECT node_key FROM skipped)
      UNION
      SELECT b.root, e.child_key FROM blocked b JOIN edges e ON e.parent_key = b.node_key
      WHERE e.child_key IN (SELECT node_key FROM skipped))
    SELECT f.unique_id, f.name, f.resource_type, f.status, f.message, f.failures,
           len(coalesce(b.models, [])) AS blocked_count, coalesce(b.models, [])[1:${MOST_BLOCKED}] AS blocked_models
    FROM failed f LEFT JOIN (
      SELECT root, list(DISTINCT n.model_id ORDER BY n.model_id) AS models
      FROM blocked JOIN nodes n USING (node_key) WHERE n.resource_type = 'model' GROUP BY root) b ON b.root = f.node_key
    ORDER BY f.resource_type = 'model' DESC, blocked_count DESC, f.recorded_at, f.unique_id LIMIT ${MOST_FAILURES}`);
  return {
    failures,
    failure_count: counts?.failures ?? 0,
    warning_count: counts?.warnings ?? 0,
    skipped_count: counts?.skipped ?? 0,
  };
}
