/** runlens as a library: the same questions as its tools, asked of objects. */
import { createApp } from "./app.ts";
import { type Flags, loadConfig } from "./config.ts";
import type { SourceInput } from "./config-file.ts";
import { Account as CoreAccount } from "./core/account.ts";
import type { Clock } from "./core/knowledge.ts";
import type { ScopeOptions } from "./core/scope.ts";
import { RunlensError } from "./errors.ts";
import { createLog } from "./log.ts";

export interface AccountOptions {
  /** Token of dbt Cloud, which this version cannot read yet: `UNSUPPORTED`. */
  token?: string;
  /** Address of dbt Cloud's API, which this version cannot read yet: `UNSUPPORTED`. */
  endpoint?: string;
  /** Folders of dbt artifacts; `DBT_ARTIFACTS_PATH`, a config file or ./target where left out. */
  artifactsPath?: string | readonly string[];
  /** Sources as a config file lists them, instead of `artifactsPath`. */
  sources?: readonly SourceInput[];
  /** Config file. */
  config?: string;
  /** Folder of the store, or `:memory:`. */
  store?: string;
  /** Seconds for which facts are fresh; 300 by default. */
  cacheTtl?: number;
  /** False: every question fetches first. */
  enableCaching?: boolean;
  /** Projects that every answer keeps to. */
  filter?: Pick<ScopeOptions, "projectIds" | "includeOrExclude">;
  /** Time, for tests and for data that has its own date. */
  clock?: Clock;
}

/**
 * The way in. Making one opens nothing; the first question opens the store and reads what it needs. Call
 * `close` when done, or the process stays alive.
 */
export class Account extends CoreAccount {
  readonly #close: () => Promise<void>;

  /** Throws `UNSUPPORTED` for `token` and `endpoint`; every other failure rejects the first question. */
  constructor(options: AccountOptions = {}) {
    refuseCloud(options);
    const app = createApp({
      config: () => loadConfig(flagsOf(options)),
      log: createLog(),
      frontend: "library",
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.filter === undefined ? {} : { filters: [options.filter] }),
    });
    super(app.knowledge, { filters: app.filters });
    this.#close = () => app.close();
  }

  /** Ends all work and closes the store; nothing can be asked afterwards. */
  close(): Promise<void> {
    return this.#close();
  }
}

function refuseCloud({ token, endpoint }: AccountOptions): void {
  if (token === undefined && endpoint === undefined) return;
  throw new RunlensError(
    "UNSUPPORTED",
    "This version cannot read dbt Cloud.",
    "Leave token and endpoint out, and give artifactsPath: a folder of dbt artifacts.",
  );
}

function flagsOf({ artifactsPath, sources, config, store, cacheTtl, enableCaching }: AccountOptions): Flags {
  return {
    ...(artifactsPath === undefined ? {} : { artifacts: [artifactsPath].flat() }),
    ...(sources === undefined ? {} : { sources }),
    ...(config === undefined ? {} : { config }),
    ...(store === undefined ? {} : { store }),
    ...(cacheTtl === undefined ? {} : { cacheTtl }),
    ...(enableCaching === undefined ? {} : { enableCaching }),
  };
}

export type {
  Alert,
  Dashboard as DashboardAnswer,
  JobDetail,
  JobRuntime,
  JobSummary,
  ModelDetail,
  ModelFreshness,
  ModelRun,
  ModelRuntime,
  ModelSummary,
  ProjectSummary,
  RunComparison,
  RunDetail,
  RunEvent,
  RunFailure,
  RunModel,
  RunSummary,
  RuntimeReport,
  SlowerModel,
  SourceFreshness,
  SourceNote,
  TestResult,
} from "./core/answers.ts";
export type { ModelFilterOptions } from "./core/filters.ts";
export { Job } from "./core/job.ts";
export type { Clock, Forgettable, Progress } from "./core/knowledge.ts";
export { Model, type ModelMetadata } from "./core/model.ts";
export { List, type PageOptions } from "./core/page.ts";
export { Project, type ProjectMetadata } from "./core/project.ts";
export type {
  Ask,
  EventsQuestion,
  JobQuestion,
  JobsQuestion,
  LongestQuestion,
  ModelQuestion,
  ModelsQuestion,
  ProjectQuestion,
  Question,
  RunQuestion,
  RunsQuestion,
  SearchFilter,
  SlowestQuestion,
} from "./core/questions.ts";
export { Event, Run } from "./core/run.ts";
export type { EventFilter } from "./core/run-events.ts";
export type { ScopeOptions } from "./core/scope.ts";
export type {
  EnvironmentType,
  EventLevel,
  ExecutionStatus,
  FreshnessStatus,
  HealthStatus,
  RunStatus,
  System,
  TestStatus,
} from "./core/vocabulary.ts";
export type { WindowOptions } from "./core/window.ts";
export { ERROR_CODES, type ErrorBody, type ErrorCode, RunlensError } from "./errors.ts";
export type { SourceInput };
