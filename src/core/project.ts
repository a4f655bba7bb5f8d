import type { Account } from "./account.ts";
import type { ModelRun, ProjectSummary, SourceNote } from "./answers.ts";
import type { FreshnessList, ModelHealthList, TestList } from "./health-item.ts";
import type { Job } from "./job.ts";
import type { Model } from "./model.ts";
import type { Item, List } from "./page.ts";
import type {
  Ask,
  FreshnessQuestion,
  HealthQuestion,
  Question,
  TestsQuestion,
  TrendQuestion,
} from "./questions.ts";
import type { Run } from "./run.ts";
import type { Trend } from "./trend.ts";

export type ProjectFacts = ProjectSummary & { source?: SourceNote };

/** Names, adapter and age of a project. Times are ISO 8601 UTC. */
export interface ProjectMetadata {
  dbtProjectName: string | null;
  adapterType: string | null;
  environmentIds: string[];
  createdAt: string | null;
  updatedAt: string | null;
}

/** A dbt project. */
export class Project implements Item {
  readonly #account: Account;
  readonly #facts: ProjectFacts;

  constructor(account: Account, facts: ProjectFacts) {
    this.#account = account;
    this.#facts = facts;
  }

  get projectId(): string {
    return this.#facts.project_id;
  }
  get name(): string {
    return this.#facts.name;
  }
  get modelCount(): number {
    return this.#facts.model_count;
  }
  get jobCount(): number {
    return this.#facts.job_count;
  }

  getMetadata(): ProjectMetadata {
    const { dbt_project_name, adapter_type, environments, created_at, updated_at } = this.#facts;
    return {
      dbtProjectName: dbt_project_name,
      adapterType: adapter_type,
      environmentIds: environments.map((environment) => environment.environment_id),
      createdAt: created_at,
      updatedAt: updated_at,
    };
  }

  getModels(question: Question = {}, ask?: Ask): Promise<List<Model>> {
    return this.#account.getModels({ ...question, projectIds: [this.projectId] }, ask);
  }

  /** One model by its name, id or unique_id. */
  getModel(modelId: string, question: Question = {}, ask?: Ask): Promise<Model> {
    return this.#account.getModel({ ...question, modelId, projectIds: [this.projectId] }, ask);
  }

  /** Last successful executions of a model and the failures among them, newest first. */
  async getModelHistoricalRuns(modelName: string, limit = 5, ask?: Ask): Promise<ModelRun[]> {
    const model = await this.#account.getModel(
      { modelId: modelName, lastNRuns: limit, projectIds: [this.projectId] },
      ask,
    );
    return model.historicalRuns ?? [];
  }

  getModelsWithRuntime(lastNRuns = 5, question: Question = {}, ask?: Ask): Promise<List<Model>> {
    return this.#account.getModelsWithRuntime({ ...question, lastNRuns, projectIds: [this.projectId] }, ask);
  }

  getJobs(question: Question = {}, ask?: Ask): Promise<List<Job>> {
    return this.#account.getJobs({ ...question, projectIds: [this.projectId] }, ask);
  }

  getRuns(question: Question = {}, ask?: Ask): Promise<List<Run>> {
    return this.#account.getRuns({ ...question, projectIds: [this.projectId] }, ask);
  }

  slowestModels(
    question: Question & { slowestN?: number; lastNRuns?: number } = {},
    ask?: Ask,
  ): Promise<List<Model>> {
    return this.#account.slowestModels({ ...question, projectIds: [this.projectId] }, ask);
  }

  /** The same as `slowestModels`, by the name that requirements/002 uses. */
  getSlowestModels(
    question: Question & { slowestN?: number; lastNRuns?: number } = {},
    ask?: Ask,
  ): Promise<List<Model>> {
    return this.slowestModels(question, ask);
  }

  longestRunningJobs(
    question: Question & { longestN?: number; lastNRuns?: number } = {},
    ask?: Ask,
  ): Promise<List<Job>> {
    return this.#account.longestRunningJobs({ ...question, projectIds: [this.projectId] }, ask);
  }

  /** How healthy its models are, the worst first. */
  getModelHealth(question: HealthQuestion = {}, ask?: Ask): Promise<ModelHealthList> {
    return this.#account.getModelHealth({ ...question, projectIds: [this.projectId] }, ask);
  }

  /** The models on which a test fails. */
  getModelsWithFailingTests(question: HealthQuestion = {}, ask?: Ask): Promise<ModelHealthList> {
    return this.getModelHealth({ ...question, failingTests: true }, ask);
  }

  /** Its tests with their last result; those that failed unless `failedOnly` is false. */
  getTestResults(question: TestsQuestion = {}, ask?: Ask): Promise<TestList> {
    return this.#account.getTestResults({ ...question, projectIds: [this.projectId] }, ask);
  }

  /** All its tests with their last result, a page of them unless `limit` says more. */
  getTests(question: TestsQuestion = {}, ask?: Ask): Promise<TestList> {
    return this.getTestResults({ failedOnly: false, ...question }, ask);
  }

  /** How fresh its sources are, the stalest first. */
  getSourceFreshness(question: FreshnessQuestion = {}, ask?: Ask): Promise<FreshnessList> {
    return this.#account.getSourceFreshness({ ...question, projectIds: [this.projectId] }, ask);
  }

  /** The total of its runs by day, and since when it is as it is. */
  getRuntimeTrend(question: TrendQuestion = {}, ask?: Ask): Promise<Trend> {
    return this.#account.getRuntimeTrend({ ...question, projectId: this.projectId }, ask);
  }

  toJSON(): ProjectFacts {
    return this.#facts;
  }
}
