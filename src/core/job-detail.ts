/** Everything about one job. */
import type { JobDetail } from "./answers.ts";
import { type Facts, roundSeconds } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import { type JobSelection, jobRuntimes, runtimeReports } from "./job-facts.ts";
import { listed, slowest } from "./model-facts.ts";
import { mean } from "./statistics.ts";

export interface JobQuestion {
  jobKey: number;
  selection: JobSelection;
  /** Models of the job, with their executions in it. */
  models: ModelSelection;
  slowestN: number;
  byModel: boolean;
}

/**
 * Mean of the averages of the job's slowest models: each averaged over its last N successes in this job, the
 * worst by that average kept, then the mean of those. Not the same as a run's `average_model_runtime_s`, which
 * looks at one run.
 */
export async function historicalModelRuntime(
  facts: Facts,
  models: ModelSelection,
  slowestN: number,
): Promise<{ average: number | null; models: number }> {
  const worst = await slowest(facts, models, slowestN);
  const averages = worst.flatMap((model) => model.average_runtime_s ?? []);
  return { average: roundSeconds(mean(averages)), models: averages.length };
}

export async function jobDetail(facts: Facts, question: JobQuestion): Promise<Omit<JobDetail, "source">> {
  const { jobKey, selection, models } = question;
  const [[job], historical, inJob, reports] = await Promise.all([
    jobRuntimes(facts, selection, [jobKey]),
    historicalModelRuntime(facts, models, question.slowestN),
    listed(facts, models, { offset: 0, limit: 1 }),
    runtimeReports(facts, jobKey, {
      lastNRuns: selection.lastNRuns,
      window: selection.window,
      byModel: question.byModel,
      models,
    }),
  ]);
  if (job === undefined) throw new Error(`job ${jobKey} vanished from its snapshot`);
  return {
    ...job,
    runtimes: reports,
    average_historical_model_runtime_s: historical.average,
    models_averaged: historical.models,
    model_count: inJob.total,
  };
}
