/** How long a job usually takes, and a run held against that. Only finished runs of the whole job say it. */
import sql from "sql-template-tag";
import { judge } from "./anomalies.ts";
import type { RunComparison, SlowerModel } from "./answers.ts";
import { amongKeys, type Facts, roundSeconds } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import { finishedRuns } from "./job-facts.ts";
import { selectedModels } from "./model-facts.ts";
import type { RunKind } from "./vocabulary.ts";

/** A comparison needs at least this many runs before, or it says nothing. */
const FEWEST_RUNS_COMPARED = 3;
/** Runs before that are "the usual". */
const MOST_RUNS_COMPARED = 10;

/** A model counts as slower than usual from a tenth more on, and a tenth of a second: less is noise. */
const SLOWER_FACTOR = 1.1;
const SLOWER_SECONDS = 0.1;

type SlowerRow = Omit<SlowerModel, "anomaly"> & { before: number[] };

export type UsualRow = { job_key: number; usual_runtime_s: number; runs: number };

/** Median run time of each job over its last finished runs, without the `newest` ones. */
export function usualRuntimes(
  facts: Facts,
  keys: readonly number[],
  without: { newest: number },
): Promise<UsualRow[]> {
  const { newest } = without;
  return facts.rows<UsualRow>(sql`
    SELECT job_key, median(runtime_s) AS usual_runtime_s, count(*) AS runs FROM (
      SELECT r.job_key, r.runtime_s FROM (${finishedRuns({ since: null, until: null })}) r
      WHERE ${amongKeys("r.job_key", keys)}
      QUALIFY row_number() OVER (PARTITION BY r.job_key ORDER BY r.started_at DESC) BETWEEN ${newest + 1} AND ${newest + MOST_RUNS_COMPARED})
    GROUP BY job_key HAVING count(*) >= ${FEWEST_RUNS_COMPARED}`);
}

/** A run that may be compared with those before it. */
interface ComparedRun {
  run_key: number;
  job_key: number | null;
  kind: RunKind;
  started_at: string | null;
}

/** Keys of the job's up to 10 finished runs before a run, newest first; none for a run that is not the whole job. */
export async function runsBefore(facts: Facts, run: ComparedRun): Promise<number[]> {
  if (run.job_key === null || run.started_at === null || run.kind !== "full") return [];
  const rows = await facts.rows<{ run_key: number }>(sql`
    SELECT r.run_key FROM (${finishedRuns({ since: null, until: run.started_at })}) r
    WHERE r.job_key = ${run.job_key} AND r.run_key <> ${run.run_key}
    ORDER BY r.started_at DESC LIMIT ${MOST_RUNS_COMPARED}`);
  return rows.map((row) => row.run_key);
}

/**
 * A run against the job's up to 10 finished runs before it: medians, which one odd run does not move. Null
 * where there are fewer than three to compare with, and for a run that did only a part of the job.
 */
export async function comparedToUsual(
  facts: Facts,
  run: ComparedRun & { runtime_s: number | null },
  models: ModelSelection,
): Promise<RunComparison | null> {
  const before = amongKeys("r.run_key", await runsBefore(facts, run));
  const usual = await facts.first<{ runs: number; usual: number | null }>(
    sql`SELECT count(*) AS runs, median(r.runtime_s) AS usual FROM runs r WHERE ${before}`,
  );
  if (usual === undefined || usual.usual === null || usual.runs < FEWEST_RUNS_COMPARED) return null;
  const slower = await facts.rows<SlowerRow>(sql`
    WITH this AS (
      SELECT x.node_key, max(x.runtime_s) AS runtime_s, bool_or(i.full_refresh) AS refreshes FROM executions x JOIN invocations i USING (invocation_key)
      WHERE i.run_key = ${run.run_key} AND x.builds AND x.status = 'success' GROUP BY x.node_key),
    those AS (
      SELECT x.node_key, median(x.runtime_s) AS usual_runtime_s,
             list(x.runtime_s) FILTER (NOT coalesce(i.full_refresh, FALSE)) AS before
      FROM executions x JOIN invocations i USING (invocation_key)
      WHERE i.run_key IN (SELECT r.run_key FROM runs r WHERE ${before}) AND x.builds AND x.status = 'success' GROUP BY x.node_key)
    SELECT n.model_id, round(this.runtime_s, 3) AS runtime_s, round(those.usual_runtime_s, 3) AS usual_runtime_s,
           round(this.runtime_s - those.usual_runtime_s, 3) AS difference_s,
           CASE WHEN this.refreshes THEN [] ELSE coalesce(those.before, []) END AS before
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
    slower_models: slower.map(({ before: times, ...model }) => ({
      ...model,
      ...anomalyOf(model.runtime_s, times),
    })),
  };
}

/** Whether a run time is out of the ordinary beside these, by the rule of every other answer: no full refreshes. */
function anomalyOf(runtime_s: number, before: readonly number[]): Pick<SlowerModel, "anomaly"> {
  const timing = (seconds: number) => ({ at: 0, runtime_s: seconds, weekday: null });
  const verdict = judge(timing(runtime_s), before.map(timing))?.verdict;
  return verdict === undefined || verdict === "normal" ? {} : { anomaly: verdict };
}
