/** What is seen of a model, a job or a project over time, oldest first: builds, runs, or the sums of days. */
import sql, { raw, type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import { ANOMALY } from "./anomalies.ts";
import { settledExecutions } from "./attempts.ts";
import type { Days } from "./days.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import { executionConditions, inWindow } from "./filters.ts";
import { PLACED_AT } from "./job-facts.ts";
import type { Scope } from "./scope.ts";
import { groupBy, sum } from "./statistics.ts";
import type { ExecutionStatus, RunKind, RunStatus } from "./vocabulary.ts";
import type { TimeWindow } from "./window.ts";

export interface Observation {
  /** Epoch milliseconds: when a build ended, a run began, a day began. */
  at: number;
  run_key: number | null;
  run_id: string | null;
  job_key: number | null;
  runtime_s: number | null;
  /** How many builds or runs ended well or badly, and how many of them badly. */
  runs: number;
  failures: number;
  /** Why its time says nothing of how long things take; null where it does. */
  apart: string | null;
  full_refresh: boolean;
  rows: number | null;
  bytes: number | null;
}

/** More of them are not looked at one by one. */
export const MOST_OBSERVED = 5000;
const DAY_MS = 86_400_000;

/**
 * Of rows with their `moment` and whether each `counts`: the newest in the window and, so that its first can be judged,
 * as many that count before it as the rule looks at.
 */
function withHistory(rows: Sql, since: string | null): Sql {
  const within = since === null ? raw("TRUE") : sql`moment >= ${Date.parse(since)}`;
  return sql`
    SELECT * EXCLUDE (is_within, counts) FROM (SELECT *, ${within} AS is_within FROM (${rows})) WHERE is_within OR counts
    QUALIFY row_number() OVER (PARTITION BY is_within ORDER BY moment DESC)
      <= CASE WHEN is_within THEN ${MOST_OBSERVED} ELSE ${ANOMALY.history} END
    ORDER BY moment, run_id`;
}

type BuildRow = Row & {
  moment: number;
  status: ExecutionStatus;
  runtime_s: number | null;
  run_key: number;
  run_id: string;
  job_key: number | null;
  full_refresh: boolean;
  rows_affected: number | string | null;
  bytes_processed: number | string | null;
};

const FAILED_BUILDS: readonly ExecutionStatus[] = ["error", "partial_success"];

/**
 * Builds of a model, each partition for itself, without what the same invocation tried again; of some jobs alone where
 * `jobKeys` says so. Only successes count, and full refreshes are apart: they do other work.
 */
export async function builds(
  facts: Facts,
  model: { node_key: number; environment_key: number; jobKeys?: readonly number[] },
  window: TimeWindow,
): Promise<Observation[]> {
  const { node_key, environment_key, jobKeys } = model;
  const selection = {
    environmentKeys: [environment_key],
    filter: {},
    lastNRuns: 1,
    window: { since: null, until: window.until },
    ...(jobKeys === undefined ? {} : { jobKeys }),
  };
  const every = sql`
    SELECT epoch_ms(x.recorded_at) AS moment, x.status, x.runtime_s, i.run_key, r.run_id, i.job_key,
           coalesce(i.full_refresh, FALSE) AS full_refresh, x.rows_affected, x.bytes_processed,
           x.status = 'success' AND x.runtime_s IS NOT NULL AND NOT coalesce(i.full_refresh, FALSE) AS counts
    FROM ${settledExecutions} JOIN invocations i USING (invocation_key) JOIN runs r USING (run_key)
    WHERE ${executionConditions(selection)} AND ${amongKeys("x.node_key", [node_key])}`;
  const rows = await facts.rows<BuildRow>(withHistory(every, window.since));
  const observed = rows.map((row) => {
    const isFailure = FAILED_BUILDS.includes(row.status);
    const isSuccess = row.status === "success" && row.runtime_s !== null;
    return {
      at: row.moment,
      run_key: row.run_key,
      run_id: row.run_id,
      job_key: row.job_key,
      runtime_s: row.runtime_s,
      runs: isFailure || row.status === "success" ? 1 : 0,
      failures: isFailure ? 1 : 0,
      apart: !isSuccess ? row.status : row.full_refresh ? "full_refresh" : null,
      full_refresh: row.full_refresh,
      rows: row.rows_affected === null ? null : Number(row.rows_affected),
      bytes: row.bytes_processed === null ? null : Number(row.bytes_processed),
    };
  });
  return unlessAllRefresh(observed);
}

/** Where there is nothing but full refreshes, they are what is usual. */
function unlessAllRefresh(observed: readonly Observation[]): Observation[] {
  if (observed.some((one) => one.apart === null)) return [...observed];
  return observed.map((one) => (one.apart === "full_refresh" ? { ...one, apart: null } : one));
}

type RunRow = Row & {
  moment: number;
  status: RunStatus;
  kind: RunKind;
  runtime_s: number | null;
  run_key: number;
  run_id: string;
  job_key: number | null;
  full_refresh: boolean;
};

function runsOf(which: Sql, window: TimeWindow): Sql {
  return sql`
    SELECT epoch_ms(${raw(PLACED_AT)}) AS moment, r.run_id, r.run_key, r.job_key, r.status, r.kind, r.runtime_s,
           coalesce(f.full_refresh, FALSE) AS full_refresh,
           r.kind = 'full' AND r.status IN ('success', 'failure') AND r.runtime_s IS NOT NULL
             AND NOT coalesce(f.full_refresh, FALSE) AS counts
    FROM runs r LEFT JOIN (
      SELECT run_key, bool_or(full_refresh) AS full_refresh FROM invocations GROUP BY run_key) f USING (run_key)
    WHERE ${all([which, inWindow(PLACED_AT, window)])} AND ${raw(PLACED_AT)} IS NOT NULL`;
}

function observed(row: RunRow): Observation {
  const isOver = row.status === "success" || row.status === "failure";
  const isWhole = row.kind === "full" && isOver && row.runtime_s !== null;
  const unfinished = isOver ? "unknown" : row.status;
  return {
    at: row.moment,
    run_key: row.run_key,
    run_id: row.run_id,
    job_key: row.job_key,
    runtime_s: row.runtime_s,
    runs: isOver ? 1 : 0,
    failures: row.status === "failure" ? 1 : 0,
    apart: row.kind !== "full" ? row.kind : !isWhole ? unfinished : row.full_refresh ? "full_refresh" : null,
    full_refresh: row.full_refresh,
    rows: null,
    bytes: null,
  };
}

/**
 * Runs of a job. As in its averages, runs of the whole job count that ended, as success or as failure: a build that
 * failed a test has done the whole work. Full refreshes are apart.
 */
export async function runsOfJob(facts: Facts, jobKey: number, window: TimeWindow): Promise<Observation[]> {
  const runs = runsOf(amongKeys("r.job_key", [jobKey]), { since: null, until: window.until });
  const rows = await facts.rows<RunRow>(withHistory(runs, window.since));
  return unlessAllRefresh(rows.map(observed));
}

/** Runs of whatever kind of all jobs of the projects, with what a rule needs of the days before. */
export async function runsOfProjects(facts: Facts, scope: Scope, window: TimeWindow): Promise<Observation[]> {
  const history = window.since === null ? null : Date.parse(window.since) - ANOMALY.history * DAY_MS;
  const since = history === null ? null : new Date(history).toISOString();
  const which = all([
    amongKeys("r.project_key", scope.projectKeys),
    sql`(r.environment_key IS NULL OR ${amongKeys("r.environment_key", scope.environmentKeys)})`,
  ]);
  const runs = runsOf(which, { ...window, since });
  return (await facts.rows<RunRow>(sql`SELECT * FROM (${runs}) ORDER BY moment, run_id`)).map(observed);
}

/**
 * Runs added up by day. A day that is not over, or that the window cuts, is apart: its sum says nothing. Times are
 * epoch milliseconds.
 */
export function daily(
  runs: readonly Observation[],
  days: Days,
  window: { since: number; until: number },
): Observation[] {
  const byDay = groupBy(runs, (run) => days.of(run.at).start);
  return [...byDay].map(([start, group]) => {
    const { end } = days.of(start);
    const isCut = (start < window.since && end > window.since) || end > window.until;
    const times = group.flatMap((run) => run.runtime_s ?? []);
    return {
      at: start,
      run_key: null,
      run_id: null,
      job_key: null,
      runtime_s: times.length === 0 ? null : sum(times),
      runs: sum(group.map((run) => run.runs)),
      failures: sum(group.map((run) => run.failures)),
      apart: isCut ? "part_of_a_day" : times.length === 0 ? "unfinished" : null,
      full_refresh: group.some((run) => run.full_refresh),
      rows: null,
      bytes: null,
    };
  });
}
