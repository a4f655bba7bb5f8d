import type { Account } from "./account.ts";
import type { JobDetail, JobSummary, RuntimeReport } from "./answers.ts";
import type { Model } from "./model.ts";
import type { Item, List } from "./page.ts";
import type { Ask, Question, TrendQuestion } from "./questions.ts";
import type { Run } from "./run.ts";
import type { Trend } from "./trend.ts";
import type { RunStatus } from "./vocabulary.ts";

export type JobFacts = JobSummary & Partial<Omit<JobDetail, keyof JobSummary>>;

/** What is run again and again. Times are ISO 8601 UTC, run times seconds. */
export class Job implements Item {
  readonly #account: Account;
  readonly #facts: JobFacts;

  constructor(account: Account, facts: JobFacts) {
    this.#account = account;
    this.#facts = facts;
  }

  get jobId(): string {
    return this.#facts.job_id;
  }
  get name(): string {
    return this.#facts.name;
  }
  get projectId(): string {
    return this.#facts.project_id;
  }
  /** Null where it never ran. */
  get lastRunStatus(): RunStatus | null {
    return this.#facts.last_run_status;
  }
  get lastRunRuntime(): number | null {
    return this.#facts.last_run_runtime_s;
  }
  get lastRunStartTime(): string | null {
    return this.#facts.last_run_started_at;
  }
  get lastRunEndTime(): string | null {
    return this.#facts.last_run_ended_at;
  }

  /** Models that it has built. */
  getModels(question: Question = {}, ask?: Ask): Promise<List<Model>> {
    return this.#account.getModels({ ...this.#where(), ...question, jobId: this.jobId }, ask);
  }

  async getLastRun(ask?: Ask): Promise<Run | null> {
    return (await this.getRuns(1, {}, ask))[0] ?? null;
  }

  /** Its last runs of any outcome, newest first. */
  getRuns(lastN = 5, question: Question = {}, ask?: Ask): Promise<List<Run>> {
    return this.#account.getRuns({ ...this.#where(), ...question, jobId: this.jobId, limit: lastN }, ask);
  }

  getSlowestModels(
    slowestN = 5,
    question: Question & { lastNRuns?: number } = {},
    ask?: Ask,
  ): Promise<List<Model>> {
    return this.#account.slowestModels({ ...this.#where(), ...question, jobId: this.jobId, slowestN }, ask);
  }

  /** Its last finished run times, newest first; with `byModel` the last of each model in it. */
  async getRuntimes(lastN = 5, byModel = false, ask?: Ask): Promise<RuntimeReport[]> {
    const job = await this.#account.getJob(
      { ...this.#where(), jobId: this.jobId, lastNRuns: lastN, byModel },
      ask,
    );
    return job.toJSON().runtimes ?? [];
  }

  /**
   * Mean seconds of its last finished runs; with a filter only where it builds such models, else null.
   */
  async getAverageJobRuntime(lastN = 5, question: Question = {}, ask?: Ask): Promise<number | null> {
    const jobs = await this.#account.longestRunningJobs(
      { ...this.#where(), ...question, jobId: this.jobId, lastNRuns: lastN, longestN: 1 },
      ask,
    );
    return jobs[0]?.toJSON().average_job_runtime_s ?? null;
  }

  /** Mean, over its slowest models, of each one's average over its last runs in this job; seconds. */
  async averageHistoricalModelRuntime(
    slowestN = 5,
    lastNRuns = 5,
    question: Question = {},
    ask?: Ask,
  ): Promise<number | null> {
    const job = await this.#account.getJob(
      { ...this.#where(), ...question, jobId: this.jobId, slowestN, lastNRuns },
      ask,
    );
    return job.toJSON().average_historical_model_runtime_s ?? null;
  }

  /** Its run times over time, and since when they are as they are. */
  getRuntimeTrend(question: TrendQuestion = {}, ask?: Ask): Promise<Trend> {
    return this.#account.getRuntimeTrend({ ...this.#where(), ...question, jobId: this.jobId }, ask);
  }

  toJSON(): JobFacts {
    return this.#facts;
  }

  #where(): { projectIds: string[]; environment?: string } {
    const environment = this.#facts.environment;
    return { projectIds: [this.projectId], ...(environment === null ? {} : { environment }) };
  }
}
