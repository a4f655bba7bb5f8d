/** How much of the build one part of it is. */
import sql from "sql-template-tag";
import { settledExecutions } from "./attempts.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import { inWindow } from "./filters.ts";
import type { FoundJob } from "./find.ts";
import { PLACED_AT } from "./job-facts.ts";
import type { Scope } from "./scope.ts";
import type { RuntimeTrend } from "./trend-answers.ts";
import type { TimeWindow } from "./window.ts";

type ShareRow = { share: number | null; runs: number };

/**
 * A model's share of the model time of the jobs that build it, over the runs of which all results are known; full
 * refreshes are left out.
 */
export async function shareOfJobs(
  facts: Facts,
  nodeKey: number,
  jobKeys: readonly number[],
  window: TimeWindow,
): Promise<RuntimeTrend["share"]> {
  const row = await facts.first<ShareRow>(sql`
    SELECT sum(x.runtime_s) FILTER (x.node_key = ${nodeKey}) / nullif(sum(x.runtime_s), 0) AS share,
           count(DISTINCT i.run_key) AS runs
    FROM ${settledExecutions} JOIN nodes n USING (node_key) JOIN (
      SELECT i.invocation_key, i.run_key FROM invocations i JOIN runs r USING (run_key)
      WHERE ${amongKeys("i.job_key", jobKeys)} AND r.results_read AND NOT coalesce(i.full_refresh, FALSE)) i
      USING (invocation_key)
    WHERE ${all([inWindow("x.recorded_at", window)])} AND x.builds AND x.status = 'success' AND n.resource_type = 'model'`);
  return shareOf("model time of its jobs", row);
}

/** A job's share of the time of all runs of its project, of whatever kind. */
export async function shareOfProject(
  facts: Facts,
  scope: Scope,
  job: FoundJob,
  window: TimeWindow,
): Promise<RuntimeTrend["share"]> {
  const row = await facts.first<ShareRow>(sql`
    SELECT sum(r.runtime_s) FILTER (r.job_key = ${job.job_key}) / nullif(sum(r.runtime_s), 0) AS share,
           count(r.runtime_s) AS runs
    FROM runs r
    WHERE r.project_key = (SELECT j.project_key FROM jobs j WHERE j.job_key = ${job.job_key})
      AND (r.environment_key IS NULL OR ${job.environment_key === null ? amongKeys("r.environment_key", scope.environmentKeys) : amongKeys("r.environment_key", [job.environment_key])})
      AND ${all([inWindow(PLACED_AT, window)])}`);
  return shareOf("run time of its project", row);
}

function shareOf(of: string, row: ShareRow | undefined): RuntimeTrend["share"] {
  if (row === undefined || row.share === null) return null;
  return { of, share: Math.round(row.share * 1000) / 1000, runs: row.runs };
}
