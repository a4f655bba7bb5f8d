/** Performance metrics by the names of requirements/003, made of the trend and of the slowest models. */
import type { Account } from "./account.ts";
import type { SourceNote } from "./answers.ts";
import { roundSeconds } from "./facts.ts";
import type { Ask, TrendQuestion } from "./questions.ts";
import { mean } from "./statistics.ts";
import type { TrendPoint } from "./trend-answers.ts";

const SLOWEST = 10;
/** Models that are averaged, and runs of each: all that a page may hold. */
const MOST = 1000;

/** Times in seconds; `successRate` is from 0 to 1, null where nothing ran. */
export interface PerformanceMetrics {
  timePeriodDays: number;
  slowestModels: { modelId: string; averageRuntime: number | null; status: string | null }[];
  /** Mean over the models of each one's average over its successes of these days. */
  averageExecutionTime: number | null;
  totalRuns: number;
  successRate: number | null;
  /** One point a day, oldest first. */
  performanceTrend: TrendPoint[];
  source: SourceNote;
}

/** Of a job or, without one, of a project; of the only project where none is named. */
export async function performanceMetrics(
  account: Account,
  question: TrendQuestion,
  days: number,
  ask: Ask | undefined,
): Promise<PerformanceMetrics> {
  const since = `${days}d`;
  const projectId =
    question.projectId ??
    (question.jobId === undefined ? (await account.getProject(question, ask)).projectId : undefined);
  const where = { ...question, ...(projectId === undefined ? {} : { projectId }), since };
  const trend = (await account.getRuntimeTrend({ ...where, by: "day", limit: MOST }, ask)).toJSON();
  const { projectId: _, ...rest } = where;
  const models = await account.slowestModels(
    {
      ...rest,
      ...(projectId === undefined ? {} : { projectIds: [projectId] }),
      slowestN: MOST,
      lastNRuns: MOST,
      limit: MOST,
    },
    ask,
  );
  const known = models.map((model) => model.toJSON());
  return {
    timePeriodDays: days,
    slowestModels: known.slice(0, SLOWEST).map((model) => ({
      modelId: model.model_id,
      averageRuntime: model.average_runtime_s ?? null,
      status: model.last_run_status,
    })),
    averageExecutionTime: roundSeconds(mean(known.flatMap((model) => model.average_runtime_s ?? []))),
    totalRuns: trend.period.runs,
    successRate: trend.period.success_rate,
    performanceTrend: trend.points,
    source: trend.source,
  };
}
