/** runlens as a library: the same questions as its tools, asked of objects. */
import { createApp } from "./app.ts";
import { type Flags, loadConfig } from "./config.ts";
import type { CloudOptions } from "./config-cloud.ts";
import type { SourceInput } from "./config-file.ts";
import { Account as CoreAccount } from "./core/account.ts";
import type { Clock } from "./core/knowledge.ts";
import type { ScopeOptions } from "./core/scope.ts";
import { createLog } from "./log.ts";

export interface AccountOptions {
  /**
   * Token of a dbt Cloud account. With this option, or any of the four below, the account is a source; what of it is
   * left out is read from its environment variable.
   */
  token?: string;
  /** Number of the account; `DBT_ACCOUNT_ID` where left out. */
  accountId?: string | number;
  /** Host of the account; `DBT_HOST` or cloud.getdbt.com where left out. */
  host?: string;
  /** Address of its Discovery API; `DBT_DISCOVERY_URL`, or found from the host, where left out. */
  endpoint?: string;
  /** Address of its Admin API; `DBT_ADMIN_URL`, or found from the host, where left out. */
  adminUrl?: string;
  /**
   * Folders of dbt artifacts, beside dbt Cloud or alone. Where no option names a source, `DBT_SERVICE_TOKEN`,
   * `DBT_ARTIFACTS_PATH`, a config file or ./target does.
   */
  artifactsPath?: string | readonly string[];
  /** Sources as a config file lists them, instead of all options above. */
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

  /** Never throws: whatever is wrong with the options rejects the first question. */
  constructor(options: AccountOptions = {}) {
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

function flagsOf(options: AccountOptions): Flags {
  const { artifactsPath, sources, config, store, cacheTtl, enableCaching } = options;
  const cloud = cloudOf(options);
  return {
    ...(cloud === null ? {} : { cloud }),
    ...(artifactsPath === undefined ? {} : { artifacts: [artifactsPath].flat() }),
    ...(sources === undefined ? {} : { sources }),
    ...(config === undefined ? {} : { config }),
    ...(store === undefined ? {} : { store }),
    ...(cacheTtl === undefined ? {} : { cacheTtl }),
    ...(enableCaching === undefined ? {} : { enableCaching }),
  };
}

/** What the options say of dbt Cloud; null where they say nothing. */
function cloudOf({ token, accountId, host, endpoint, adminUrl }: AccountOptions): CloudOptions | null {
  const cloud = {
    ...(token === undefined ? {} : { token }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(host === undefined ? {} : { host }),
    ...(endpoint === undefined ? {} : { discoveryUrl: endpoint }),
    ...(adminUrl === undefined ? {} : { adminUrl }),
  };
  return Object.keys(cloud).length === 0 ? null : cloud;
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
export type { CriticalPath, ThreadUse } from "./core/bottleneck-answers.ts";
export type { EventFilter } from "./core/event-filter.ts";
export type { ModelFilterOptions } from "./core/filters.ts";
export type {
  FreshnessState,
  ModelHealth,
  ModelHealthCounts,
  ToldTestResult,
} from "./core/health-answers.ts";
export {
  CountedList,
  FreshnessItem,
  type FreshnessList,
  ModelHealthItem,
  type ModelHealthList,
  TestItem,
  type TestList,
} from "./core/health-item.ts";
export { Job } from "./core/job.ts";
export type { Clock, Forgettable, Progress } from "./core/knowledge.ts";
export type { LineageExposure, LineageModel, LineageRoot, LineageSource } from "./core/lineage-answers.ts";
export { Dependency, Impact, Lineage } from "./core/lineage-item.ts";
export { Model, type ModelMetadata } from "./core/model.ts";
export { List, type PageOptions } from "./core/page.ts";
export type { PerformanceMetrics } from "./core/performance.ts";
export { Project, type ProjectMetadata } from "./core/project.ts";
export type {
  Ask,
  EventOptions,
  EventsQuestion,
  FreshnessQuestion,
  HealthQuestion,
  JobQuestion,
  JobsQuestion,
  LineageQuestion,
  LongestQuestion,
  ModelQuestion,
  ModelsQuestion,
  ProjectQuestion,
  Question,
  RunQuestion,
  RunsQuestion,
  SearchFilter,
  SlowestQuestion,
  TestsQuestion,
  TrendQuestion,
} from "./core/questions.ts";
export { Event, EventList, Run } from "./core/run.ts";
export type { ScopeOptions } from "./core/scope.ts";
export { type SqlOptions, type SqlRow, SqlRows } from "./core/sql.ts";
export { Trend } from "./core/trend.ts";
export type {
  Cause,
  LevelChange,
  RuntimeTrend,
  TrendAnomaly,
  TrendPeriod,
  TrendPoint,
} from "./core/trend-answers.ts";
export type {
  CompatStatus,
  EnvironmentType,
  EventLevel,
  ExecutionStatus,
  FreshnessStatus,
  HealthStatus,
  RunKind,
  RunStatus,
  System,
  TestStatus,
} from "./core/vocabulary.ts";
export type { WindowOptions } from "./core/window.ts";
export { ERROR_CODES, type ErrorBody, type ErrorCode, RunlensError } from "./errors.ts";
export type { SourceInput };
