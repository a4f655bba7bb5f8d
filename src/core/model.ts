import type { Account } from "./account.ts";
import type { ModelDetail, ModelFreshness, ModelRun, ModelSummary } from "./answers.ts";
import type { ModelHealthItem, TestList } from "./health-item.ts";
import type { Job } from "./job.ts";
import type { Dependency, Impact } from "./lineage-item.ts";
import type { Item, List } from "./page.ts";
import type { Ask, Question, TestsQuestion, TrendQuestion } from "./questions.ts";
import type { Run } from "./run.ts";
import type { Trend } from "./trend.ts";
import type { ExecutionStatus } from "./vocabulary.ts";

/** What is known of a model depends on the question it came from: a summary always, run times and detail at times. */
export type ModelFacts = ModelSummary & Partial<Omit<ModelDetail, keyof ModelSummary>>;

/** Names and configuration of a model. */
export interface ModelMetadata {
  name: string;
  uniqueId: string;
  database: string | null;
  schema: string | null;
  description: string | null;
  materialized: string | null;
  tags: string[];
}

/** A dbt model in one environment. Times are ISO 8601 UTC, run times seconds. */
export class Model implements Item {
  readonly #account: Account;
  readonly #facts: ModelFacts;

  constructor(account: Account, facts: ModelFacts) {
    this.#account = account;
    this.#facts = facts;
  }

  /** `project.model`. */
  get modelId(): string {
    return this.#facts.model_id;
  }
  get uniqueId(): string {
    return this.#facts.unique_id;
  }
  get name(): string {
    return this.#facts.name;
  }
  get projectId(): string {
    return this.#facts.project_id;
  }
  get environment(): string {
    return this.#facts.environment;
  }
  get metadata(): ModelMetadata {
    const { name, unique_id, database, schema, description, materialization, tags } = this.#facts;
    return { name, uniqueId: unique_id, database, schema, description, materialized: materialization, tags };
  }
  /** Null where it never ran. */
  get lastRunStatus(): ExecutionStatus | null {
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
  /** Seconds, over the runs asked about; undefined where the question did not ask for run times. */
  get averageRuntime(): number | null | undefined {
    return this.#facts.average_runtime_s;
  }
  get mostRecentRun(): ModelRun | null | undefined {
    return this.#facts.most_recent_run;
  }
  get historicalRuns(): ModelRun[] | undefined {
    return this.#facts.historical_runs;
  }

  /** The newest run in which it was executed; null where there is none. */
  async getLastRun(ask?: Ask): Promise<Run | null> {
    return (await this.getRuns(1, {}, ask))[0] ?? null;
  }

  /** The last runs in which it was executed, newest first. */
  getRuns(lastN = 5, question: Question = {}, ask?: Ask): Promise<List<Run>> {
    return this.#account.getRuns(
      { ...this.#where(), ...question, modelId: this.uniqueId, limit: lastN },
      ask,
    );
  }

  /** Its last successful executions and the failures among them, newest first. */
  async getHistoricalRuns(limit = 5, ask?: Ask): Promise<ModelRun[]> {
    const model = await this.#account.getModel(
      { ...this.#where(), modelId: this.uniqueId, lastNRuns: limit },
      ask,
    );
    return model.historicalRuns ?? [];
  }

  /** Its SQL as written; null where the source no longer has it. */
  async getSql(ask?: Ask): Promise<string | null> {
    const model = await this.#account.getModel(
      { ...this.#where(), modelId: this.uniqueId, include: ["sql"] },
      ask,
    );
    return model.toJSON().raw_sql ?? null;
  }

  /** The worst status of its upstream sources, and the age of its own last success. */
  async freshness(ask?: Ask): Promise<ModelFreshness> {
    const known = this.#facts.freshness;
    if (known !== undefined) return known;
    const model = await this.#account.getModel({ ...this.#where(), modelId: this.uniqueId }, ask);
    const freshness = model.toJSON().freshness;
    if (freshness === undefined) throw new Error("a model's detail always has its freshness");
    return freshness;
  }

  /** All models upstream of it with their health, the nearest first; `depth` says how far. */
  getUpstreamModelHealth(depth?: number, ask?: Ask): Promise<List<Dependency>> {
    return this.#account.getUpstreamModelHealth(this.uniqueId, this.#around(depth), ask);
  }

  /** What is affected where it is wrong; `depth` says how far. */
  getDownstreamImpact(depth?: number, ask?: Ask): Promise<Impact> {
    return this.#account.getDownstreamImpact(this.uniqueId, this.#around(depth), ask);
  }

  /** How healthy it is, and why; null where it is no longer defined. */
  async getHealth(ask?: Ask): Promise<ModelHealthItem | null> {
    const question = { ...this.#where(), modelIds: [this.uniqueId], limit: 1 };
    return (await this.#account.getModelHealth(question, ask))[0] ?? null;
  }

  /** All tests on it with their last result, the worst first; only those that failed where `failedOnly` says so. */
  getTestResults(question: TestsQuestion = {}, ask?: Ask): Promise<TestList> {
    return this.#account.getTestResults(
      { ...this.#where(), failedOnly: false, ...question, modelId: this.uniqueId },
      ask,
    );
  }

  /** All jobs that build it. */
  getJobs(ask?: Ask): Promise<List<Job>> {
    return this.#account.getJobs({ ...this.#where(), modelId: this.uniqueId }, ask);
  }

  /** Its run times over time, and since when they are as they are. */
  getRuntimeTrend(question: TrendQuestion = {}, ask?: Ask): Promise<Trend> {
    return this.#account.getRuntimeTrend({ ...this.#where(), ...question, modelId: this.uniqueId }, ask);
  }

  /** What is known of it, as the operation that found it answers. */
  toJSON(): ModelFacts {
    return this.#facts;
  }

  #around(depth: number | undefined) {
    return { ...this.#where(), ...(depth === undefined ? {} : { depth }) };
  }

  #where(): { projectIds: string[]; environment: string } {
    return { projectIds: [this.projectId], environment: this.environment };
  }
}
