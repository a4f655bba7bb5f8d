/**
 * What an emulated dbt Cloud account holds. `artifacts.ts` makes one from real dbt artifacts, `synthetic.ts` a
 * large one; `admin.ts` and `discovery/` serve it. Everything that Discovery says is derived from the
 * artifacts of the runs, as on the platform.
 *
 * All times are epoch milliseconds and may have a fraction (artifacts and the Admin API know microseconds).
 */

import type { DbtProject } from "./dbt/project.ts";

/** As the Admin API numbers them: 1 active, 2 deleted. */
export type State = 1 | 2;

/** 1 queued, 2 starting, 3 running, 10 success, 20 error, 30 cancelled (a run that timed out is cancelled too). */
export type RunStatus = 1 | 2 | 3 | 10 | 20 | 30;

export interface Account {
  id: number;
  name: string;
}

export interface Project {
  id: number;
  /** Display name; not the name in dbt_project.yml, which the manifests say. */
  name: string;
  description: string | null;
  state: State;
  createdAt: number;
  updatedAt: number;
}

export interface Environment {
  id: number;
  projectId: number;
  name: string;
  type: "deployment" | "development";
  deploymentType: "production" | "staging" | null;
  dbtVersion: string;
  state: State;
  createdAt: number;
  updatedAt: number;
}

export interface Job {
  id: number;
  projectId: number;
  environmentId: number;
  name: string;
  description: string;
  /** What the user asks to be run, e.g. `dbt build --target prod`. */
  executeSteps: string[];
  /** Null where nothing schedules it. */
  cron: string | null;
  jobType: "ci" | "scheduled" | "other" | "merge";
  generateDocs: boolean;
  runGenerateSources: boolean;
  state: State;
  createdAt: number;
  updatedAt: number;
}

export interface Step {
  id: number;
  /** 1-based; counts housekeeping steps such as the clone of the repository. */
  index: number;
  /** E.g. `Clone git repository` or "Invoke dbt with `dbt build`". */
  name: string;
  /** The dbt command; null for housekeeping. */
  command: string | null;
  status: RunStatus;
  startedAt: number | null;
  finishedAt: number | null;
  logs: string;
  debugLogs: string;
  /** Paths of its artifacts, e.g. `run_results.json`; empty where it wrote none. */
  paths: readonly string[];
  /** The text of an artifact, read or made when asked for; null where there is none of that path. */
  artifact(path: string): string | null;
}

export interface Run {
  id: number;
  /** Null for a run whose job is gone for good. */
  jobId: number | null;
  projectId: number;
  environmentId: number;
  status: RunStatus;
  statusMessage: string | null;
  gitBranch: string | null;
  gitSha: string | null;
  dbtVersion: string;
  createdAt: number;
  dequeuedAt: number | null;
  startedAt: number | null;
  finishedAt: number | null;
  cause: string;
  causeCategory: "api" | "ci" | "scheduled" | "ui" | "rerun" | "merge";
  retryingRunId: number | null;
  /** The steps of this run where they are not the job's own. */
  stepsOverride?: readonly string[];
  /** Sorted by index. */
  steps: Step[];
}

export interface Token {
  value: string;
  /** Which of the two APIs takes it. */
  admin: boolean;
  discovery: boolean;
  /** Null: all projects. */
  projectIds: number[] | null;
}

/** May be changed while it is served: tests add runs, rename projects, delete jobs. Call `touch` afterwards. */
export interface World {
  account: Account;
  projects: Project[];
  environments: Environment[];
  jobs: Job[];
  runs: Run[];
  tokens: Token[];
  /** What is built, by project id, where artifacts are made up; absent where they are read from files. */
  dbtProjects?: Map<number, DbtProject>;
  /** Raised by `touch`; what is derived from the world is made anew when it changes. */
  version: number;
  touch(): void;
}
