/** The last run times of many models, or of many jobs, in one query: what is slow now, beside what is usual. */
import sql, { raw, type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import { ANOMALY } from "./anomalies.ts";
import { CHANGE } from "./change-point.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import { executionConditions, type ModelSelection, modelConditions, runtimeConditions } from "./filters.ts";
import { finishedRuns } from "./job-facts.ts";
import { narrow } from "./model-facts.ts";

/** The judged run and those before it. */
const RUNS = raw(String(ANOMALY.history + 1));
/** Runs before the last that "usual" is read from, for people. */
const USUAL = raw("10");
/** So many models that may have become slower are looked at closely: those that cost most. */
const MOST_SUSPECTS = 300;

/** One list of run times, newest first, with the moments (epoch milliseconds) at which they were recorded. */
export interface Recent {
  subject: string;
  runtimes: number[];
  moments: number[];
}

export interface RecentModels {
  /** Those whose last run took longest, with the median of the ten before it. */
  slowest: { model_id: string; runtime_s: number; usual_runtime_s: number | null }[];
  /** Models that are slower than they were, at first sight; each has to be judged. */
  suspects: Recent[];
  /** Seconds that all models usually take together. */
  build_s: number;
}

type RecentRow = Row & {
  node_key: number;
  model_id: string;
  newest_s: number;
  usual_s: number | null;
  place: number;
  suspect: boolean;
  build_s: number;
};

/**
 * The selected models by their last successes; full refreshes are left out of what is usual. The look of the database
 * is coarser than the rule, so that few lists leave it: it lets through whose last run is above the quickest of those
 * before, as a weekday, or the level before a change, may be as quick as that; first those that are above the usual.
 */
export async function recentModels(
  facts: Facts,
  selection: ModelSelection,
  count: number,
): Promise<RecentModels> {
  const isPlain = raw("NOT x.refreshes");
  const factor = raw(String(CHANGE.ratio));
  const rows = await facts.rows<RecentRow>(sql`
    WITH successes AS (${successes(selection)}),
    lists AS (
      SELECT x.node_key, max_by(x.runtime_s, x.recorded_at) AS newest_s,
             max(x.recorded_at) = max(x.recorded_at) FILTER (${isPlain}) AS is_plain,
             max_by(x.runtime_s, x.recorded_at, ${RUNS}) FILTER (${isPlain}) AS runtimes
      FROM successes x GROUP BY x.node_key),
    models AS (
      SELECT n.node_key, n.model_id, l.newest_s, l.newest_s AS average_runtime_s, l.runtimes, l.runtimes[1] AS last_s,
             l.runtimes[CASE WHEN l.is_plain THEN 2 ELSE 1 END:] AS before
      FROM lists l JOIN nodes n USING (node_key) JOIN environments e USING (environment_key)
      WHERE ${modelConditions(selection)}),
    sorted AS (SELECT *, list_sort(runtimes[2:]) AS earlier FROM models WHERE ${runtimeConditions(selection.filter)}),
    looked AS (SELECT *, earlier[(len(earlier) + 1) // 2] AS middle_s, earlier[1 + len(earlier) // 10] AS quick_s FROM sorted),
    ranked AS (
      SELECT *, row_number() OVER (ORDER BY newest_s DESC, model_id, node_key) AS place,
             sum(coalesce(middle_s, newest_s)) OVER () AS build_s,
             coalesce(len(earlier) >= ${ANOMALY.fewest} AND last_s > ${factor} * quick_s
               AND last_s > quick_s + ${ANOMALY.seconds}, FALSE) AS suspect
      FROM looked)
    SELECT node_key, model_id, newest_s, list_median(before[:${USUAL}]) AS usual_s, place, suspect, build_s
    FROM ranked WHERE suspect OR place <= ${count}
    ORDER BY place <= ${count} DESC, last_s > ${factor} * middle_s DESC, last_s - middle_s DESC LIMIT ${MOST_SUSPECTS + count}`);
  const suspects = rows.filter((row) => row.suspect).map((row) => row.node_key);
  return {
    slowest: rows
      .filter((row) => row.place <= count)
      .sort((a, b) => a.place - b.place)
      .map(({ model_id, newest_s, usual_s }) => ({
        model_id,
        runtime_s: newest_s,
        usual_runtime_s: usual_s,
      })),
    suspects: suspects.length === 0 ? [] : await listsOf(facts, selection, suspects),
    build_s: rows[0]?.build_s ?? 0,
  };
}

function successes(selection: ModelSelection): Sql {
  return sql`
    SELECT x.node_key, x.runtime_s, x.recorded_at, x.invocation_key IN (
      SELECT invocation_key FROM invocations WHERE full_refresh) AS refreshes
    FROM executions x
    WHERE ${executionConditions(selection)} AND x.status = 'success' AND x.runtime_s IS NOT NULL ${narrow(selection)}`;
}

/** The last run times of a few models. */
function listsOf(facts: Facts, selection: ModelSelection, keys: readonly number[]): Promise<Recent[]> {
  return facts.rows<Row & { subject: string; runtimes: number[]; moments: number[] }>(sql`
    SELECT n.model_id AS subject, max_by(x.runtime_s, x.recorded_at, ${RUNS}) AS runtimes,
           max_by(epoch_ms(x.recorded_at), x.recorded_at, ${RUNS}) AS moments
    FROM (${successes({ ...selection, nodeKeys: keys })}) x JOIN nodes n USING (node_key)
    WHERE NOT x.refreshes GROUP BY x.node_key, n.model_id ORDER BY n.model_id`);
}

/** The last run times of these jobs, by the runs that say how long they take; full refreshes are left out. */
export async function recentJobs(facts: Facts, keys: readonly number[]): Promise<Recent[]> {
  return facts.rows<Row & { subject: string; runtimes: number[]; moments: number[] }>(sql`
    SELECT j.name AS subject, max_by(r.runtime_s, r.started_at, ${RUNS}) AS runtimes,
           max_by(epoch_ms(r.started_at), r.started_at, ${RUNS}) AS moments
    FROM (${finishedRuns({ since: null, until: null })}) r JOIN jobs j USING (job_key)
    WHERE ${all([amongKeys("r.job_key", keys)])} AND r.started_at IS NOT NULL
      AND r.run_key NOT IN (SELECT run_key FROM invocations WHERE full_refresh AND run_key IS NOT NULL)
    GROUP BY j.job_key, j.name ORDER BY j.name`);
}
