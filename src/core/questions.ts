/** What a caller may say of a question in the library: the inputs of the operations in camelCase. */
import type { Progress } from "../sources/source.ts";
import type { EventFilter } from "./event-filter.ts";
import type { ModelFilterOptions } from "./filters.ts";
import type { PageOptions } from "./page.ts";
import type { ScopeOptions } from "./scope.ts";
import type { WindowOptions } from "./window.ts";

/** How the caller follows a question; aborting `signal` rejects with `CANCELLED`. */
export interface Ask {
  signal?: AbortSignal;
  progress?: (progress: Progress) => void;
}

/** Anything that has an id of a model or project, such as `Model` and `Project`. */
interface WithModelId {
  readonly modelId: string;
}
interface WithProjectId {
  readonly projectId: string;
}

/** Which models, or jobs, runs and projects that contain such models. */
export interface SearchFilter extends ModelFilterOptions, ScopeOptions {
  models?: readonly WithModelId[];
  projects?: readonly WithProjectId[];
}

export interface Question extends SearchFilter, WindowOptions, PageOptions {
  /** Fetch before answering, whatever the age of what is known. */
  refresh?: boolean;
  /** The same filters in one object, as requirements call them; what stands beside it wins. */
  filter?: SearchFilter;
}

/** A question whose `filter`, `models` and `projects` have been folded into the plain filters. */
export function plain<Q extends Question>(question: Q): Q {
  const merged: Q = { ...question.filter, ...question };
  const modelIds = [...(merged.modelIds ?? []), ...(merged.models ?? []).map((model) => model.modelId)];
  const projectIds = [
    ...(merged.projectIds ?? []),
    ...(merged.projects ?? []).map((project) => project.projectId),
  ];
  return {
    ...merged,
    ...(modelIds.length > 0 ? { modelIds } : {}),
    ...(projectIds.length > 0 ? { projectIds } : {}),
  };
}

/** The part of a question that names models. */
export function modelFilterOf(question: ModelFilterOptions): ModelFilterOptions {
  const { tags, materialization, minRuntime, maxRuntime, modelIds } = question;
  return {
    ...(tags === undefined ? {} : { tags }),
    ...(materialization === undefined ? {} : { materialization }),
    ...(minRuntime === undefined ? {} : { minRuntime }),
    ...(maxRuntime === undefined ? {} : { maxRuntime }),
    ...(modelIds === undefined ? {} : { modelIds }),
  };
}

/** Parts of an answer that are left out unless asked for. */
export type ModelPart = "sql";
export type ListPart = "removed";
export type EventPart = "stack";
export type LineagePart = "healthy" | "edges";

/** One thing in one project; `projectId` where several could be meant. */
export interface InProject {
  projectId?: string;
}

export type ProjectQuestion = Question & InProject;
export type ModelsQuestion = Question & {
  jobId?: string;
  runId?: string;
  lastNRuns?: number;
  include?: readonly ListPart[];
};
export type SlowestQuestion = ModelsQuestion & { slowestN?: number };
export type ModelQuestion = Question &
  InProject & { modelId: string; lastNRuns?: number; include?: readonly ModelPart[] };
export type JobsQuestion = Question & { modelId?: string; jobId?: string; lastNRuns?: number };
export type LongestQuestion = JobsQuestion & { longestN?: number };
export type JobQuestion = Question &
  InProject & { jobId: string; lastNRuns?: number; slowestN?: number; byModel?: boolean };
export type RunsQuestion = Question & { jobId?: string; modelId?: string; status?: readonly string[] };
export type RunQuestion = Question & InProject & { runId: string; jobId?: string; slowestN?: number };
export type TrendQuestion = Question & InProject & { modelId?: string; jobId?: string; by?: "day" | "run" };
export type LineageQuestion = Question &
  InProject & {
    modelId?: string;
    runId?: string;
    jobId?: string;
    direction?: "upstream" | "downstream" | "both";
    depth?: number;
    include?: readonly LineagePart[];
  };
export type HealthQuestion = Question &
  InProject & {
    jobId?: string;
    /** Words of health; all of them unless given. */
    status?: readonly string[];
    failingTests?: boolean;
  };
export type TestsQuestion = Question &
  InProject & {
    /** What the tests are about: a model, seed, snapshot or source. */
    modelId?: string;
    jobId?: string;
    /** Words of test results, in place of `failedOnly`. */
    status?: readonly string[];
    /** True unless given. */
    failedOnly?: boolean;
    /** How many of the last results are counted; 5 unless given. */
    lastNRuns?: number;
  };
export type FreshnessQuestion = Question & InProject & { status?: readonly string[] };
export type EventOptions = EventFilter & { include?: readonly EventPart[] };
export type EventsQuestion = Question & InProject & EventOptions & { runId: string; jobId?: string };

/** What any of the questions may name. */
export type AnyQuestion = Question &
  InProject & { jobId?: string; runId?: string; modelId?: string; lastNRuns?: number };
