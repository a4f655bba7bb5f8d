/**
 * The shapes of all answers. Fields are snake_case, times ISO 8601 UTC, `_s` seconds; null where unknown.
 *
 * These schemas validate every answer before it leaves, and are what `--response-schema` and the docs show.
 */
import * as z from "zod";
import { CriticalPath, ThreadUse } from "./bottleneck-answers.ts";
import {
  ALERT_SEVERITIES,
  EVENT_LEVELS,
  EXECUTION_STATUSES,
  FRESHNESS_STATUSES,
  HEALTH_STATUSES,
  RUN_KINDS,
  RUN_STATUSES,
  SYSTEMS,
  TEST_STATUSES,
} from "./vocabulary.ts";

const text = z.string();
const maybeText = z.string().nullable();
const time = z.string().nullable();
const seconds = z.number().nullable();
const count = z.int().min(0);

/** Where an answer came from, how old it is and what is missing. */
export const SourceNote = z.object({
  systems: z.array(z.enum(SYSTEMS)),
  as_of: time,
  complete: z.boolean(),
  notes: z.array(text),
});
export type SourceNote = z.infer<typeof SourceNote>;

/** The one envelope of all lists. `total` is left out where it would take a full scan. */
export function listOf<Item extends z.ZodObject>(item: Item) {
  return z.object({
    items: z.array(item),
    returned: count,
    total: count.optional(),
    has_more: z.boolean(),
    next_cursor: maybeText,
    source: SourceNote,
  });
}

/** One execution of a model. */
export const ModelRun = z.object({
  run_id: text,
  status: z.enum(EXECUTION_STATUSES),
  raw_status: text.optional(),
  started_at: time,
  ended_at: time,
  runtime_s: seconds,
  error_message: maybeText,
});
export type ModelRun = z.infer<typeof ModelRun>;

/** A model with its last run. `last_run_status` is null where it never ran. */
export const ModelSummary = z.object({
  model_id: text,
  unique_id: text,
  name: text,
  project_id: text,
  environment: text,
  database: maybeText,
  schema: maybeText,
  description: maybeText,
  materialization: maybeText,
  tags: z.array(text),
  last_run_status: z.enum(EXECUTION_STATUSES).nullable(),
  last_run_runtime_s: seconds,
  last_run_started_at: time,
  last_run_ended_at: time,
});
export type ModelSummary = z.infer<typeof ModelSummary>;

/**
 * A model with its run times. The average is over the `runs_counted` newest successful executions;
 * `not_counted` tells how many others there were meanwhile, by status. `historical_runs` holds the counted
 * ones and as many of the others, newest first.
 */
export const ModelRuntime = ModelSummary.extend({
  average_runtime_s: seconds,
  runs_counted: count,
  not_counted: z.record(text, count),
  /** Only of a run, or of a job by its last full run. */
  on_critical_path: z.boolean().optional(),
  most_recent_run: ModelRun.nullable(),
  historical_runs: z.array(ModelRun),
});
export type ModelRuntime = z.infer<typeof ModelRuntime>;

/** A test and its last result. */
export const TestResult = z.object({
  unique_id: text,
  name: text,
  test_type: maybeText,
  severity: maybeText,
  status: z.enum(TEST_STATUSES),
  failures: z.number().nullable(),
  message: maybeText,
  tested_at: time,
});
export type TestResult = z.infer<typeof TestResult>;

/**
 * How fresh a source table, or a model that is held to it, was found. `age_s` is its age now, by the newest row that
 * was seen; `criterion` what it is held to, where its system says that in words.
 */
export const SourceFreshness = z.object({
  unique_id: text,
  status: z.enum(FRESHNESS_STATUSES),
  criterion: text.optional(),
  max_loaded_at: time,
  checked_at: time,
  age_s: seconds,
});
export type SourceFreshness = z.infer<typeof SourceFreshness>;

/**
 * The worst status of a model's upstream sources and of its `own` freshness, where its system looks at that; and the
 * age of its own last success.
 */
export const ModelFreshness = z.object({
  status: z.enum(FRESHNESS_STATUSES),
  own: SourceFreshness.nullable(),
  sources: z.array(SourceFreshness),
  last_success_at: time,
  last_success_age_s: seconds,
});
export type ModelFreshness = z.infer<typeof ModelFreshness>;

const JobReference = z.object({ job_id: text, name: text });

export const ModelDetail = ModelRuntime.extend({
  path: maybeText,
  owner: maybeText,
  health_status: z.enum(HEALTH_STATUSES),
  health_reasons: z.array(text),
  freshness: ModelFreshness,
  jobs: z.array(JobReference),
  tests: z.array(TestResult),
  raw_sql: maybeText.optional(),
  compiled_sql: maybeText.optional(),
  source: SourceNote,
});
export type ModelDetail = z.infer<typeof ModelDetail>;

export const ProjectSummary = z.object({
  project_id: text,
  name: text,
  dbt_project_name: maybeText,
  adapter_type: maybeText,
  environments: z.array(z.object({ environment_id: text, name: text, type: text })),
  created_at: time,
  updated_at: time,
  model_count: count,
  job_count: count,
  url: maybeText,
});
export type ProjectSummary = z.infer<typeof ProjectSummary>;

export const ProjectDetail = ProjectSummary.extend({ source: SourceNote });

/** A job with its last run; `last_run_*` are null where it never ran. */
export const JobSummary = z.object({
  job_id: text,
  name: text,
  project_id: text,
  environment: maybeText,
  schedule: maybeText,
  commands: z.array(text),
  last_run_id: maybeText,
  last_run_status: z.enum(RUN_STATUSES).nullable(),
  last_run_runtime_s: seconds,
  last_run_started_at: time,
  last_run_ended_at: time,
  url: maybeText,
});
export type JobSummary = z.infer<typeof JobSummary>;

/**
 * A job with its average over the `runs_counted` newest finished runs (success or failure, of which
 * `runs_failed` failed). `not_counted` tells how many others there were meanwhile: by their kind those that did only a
 * part of the job, by their status those that were cancelled or have not finished.
 */
export const JobRuntime = JobSummary.extend({
  average_job_runtime_s: seconds,
  runs_counted: count,
  runs_failed: count,
  not_counted: z.record(text, count),
});
export type JobRuntime = z.infer<typeof JobRuntime>;

/** One run time: of a job, or with `model_id` of one model in it. */
export const RuntimeReport = z.object({
  job_id: text,
  run_id: text,
  model_id: maybeText,
  status: text,
  runtime_s: seconds,
  started_at: time,
  ended_at: time,
});
export type RuntimeReport = z.infer<typeof RuntimeReport>;

/**
 * `average_historical_model_runtime_s` is the mean, over the `slowest_n` slowest models of the job, of each
 * one's average over its last `last_n_runs` successful executions in this job.
 */
export const JobDetail = JobRuntime.extend({
  runtimes: z.array(RuntimeReport),
  average_historical_model_runtime_s: seconds,
  models_averaged: count,
  model_count: count,
  source: SourceNote,
});
export type JobDetail = z.infer<typeof JobDetail>;

export const RunSummary = z.object({
  run_id: text,
  job_id: maybeText,
  job_name: maybeText,
  project_id: text,
  environment: maybeText,
  kind: z.enum(RUN_KINDS),
  status: z.enum(RUN_STATUSES),
  raw_status: text.optional(),
  error_message: text.optional(),
  trigger: maybeText,
  commit_sha: maybeText,
  branch: maybeText,
  queued_at: time,
  started_at: time,
  ended_at: time,
  queue_s: seconds,
  runtime_s: seconds,
  /** Null where the run has ended and its results have not all been read. */
  model_count: count.nullable(),
  error_count: count.nullable(),
  commands: z.array(text),
  url: maybeText,
});
export type RunSummary = z.infer<typeof RunSummary>;

/** Something that went wrong in a run, with the words of the error. */
export const RunFailure = z.object({
  unique_id: text,
  name: text,
  resource_type: text,
  status: text,
  message: maybeText,
  failures: z.number().nullable(),
  blocked_count: count,
  /** At most ten of them. */
  blocked_models: z.array(text),
});
export type RunFailure = z.infer<typeof RunFailure>;

/** A run's models that took longer than their median over the job's runs before; `anomaly` where far beyond it. */
export const SlowerModel = z.object({
  model_id: text,
  runtime_s: z.number(),
  usual_runtime_s: z.number(),
  difference_s: z.number(),
  anomaly: z.enum(["warning", "critical"]).optional(),
});
export type SlowerModel = z.infer<typeof SlowerModel>;

export const RunComparison = z.object({
  runs_compared: count,
  usual_runtime_s: seconds,
  ratio: z.number().nullable(),
  difference_s: seconds,
  slower_models: z.array(SlowerModel),
});
export type RunComparison = z.infer<typeof RunComparison>;

const RunModel = z.object({
  model_id: text,
  status: z.enum(EXECUTION_STATUSES),
  runtime_s: seconds,
  materialization: maybeText,
  on_critical_path: z.boolean().optional(),
  /** As of a step of the critical path. */
  gain_s: seconds.optional(),
});
export type RunModel = z.infer<typeof RunModel>;

/** `average_model_runtime_s` is the mean over the `models_averaged` slowest models of this run. */
export const RunDetail = RunSummary.extend({
  average_model_runtime_s: seconds,
  models_averaged: count,
  total_model_runtime_s: seconds,
  slowest_models: z.array(RunModel),
  /** Null where no step has both times, or nothing tells how they depend on each other; as is `thread_use`. */
  critical_path: CriticalPath.nullable(),
  thread_use: ThreadUse.nullable(),
  failures: z.array(RunFailure),
  failure_count: count,
  warning_count: count,
  skipped_count: count,
  compared_to_usual: RunComparison.nullable(),
  source: SourceNote,
});
export type RunDetail = z.infer<typeof RunDetail>;

/**
 * One event of a run. `derived` events were computed from recorded timings, not logged. `error_message` is the root
 * cause of an error; `error_chain` ends with it and begins with the outermost error, where it was wrapped in others;
 * `error_stack`, only where asked for, has the frames of the root cause first.
 */
export const RunEvent = z.object({
  run_id: text,
  timestamp: text,
  level: z.enum(EVENT_LEVELS),
  event_type: text,
  step_key: maybeText,
  message: text,
  partition: text.optional(),
  error_message: text.optional(),
  error_chain: z.array(text).optional(),
  error_stack: z.array(text).optional(),
  derived: z.boolean(),
});
export type RunEvent = z.infer<typeof RunEvent>;

/** Why the search for events stopped: enough were found, there are no more, or the budget of one call was spent. */
export const EVENT_STOPS = ["limit", "end", "budget"] as const;
export type EventStop = (typeof EVENT_STOPS)[number];

/** Events with how many were `scanned` for them. `total` is there where they are derived. */
export const RunEvents = listOf(RunEvent).extend({ scanned: count, stopped: z.enum(EVENT_STOPS) });

/** Something to see to. `affected_models` counts the models downstream of it. */
export const Alert = z.object({
  severity: z.enum(ALERT_SEVERITIES),
  subject: text,
  reason: text,
  since: time,
  affected_models: count,
});
export type Alert = z.infer<typeof Alert>;

const UnhealthyModel = z.object({
  model_id: text,
  health_status: z.enum(HEALTH_STATUSES),
  reasons: z.array(text),
});

export const HealthCounts = z.object({
  critical: count,
  blocked: count,
  warning: count,
  unknown: count,
  healthy: count,
});
export type HealthCounts = z.infer<typeof HealthCounts>;

/** Tests by their last result; `never_run` are those without one. */
export const TestCounts = z.object({
  total: count,
  pass: count,
  warn: count,
  fail: count,
  error: count,
  skipped: count,
  unknown: count,
  never_run: count,
});
export type TestCounts = z.infer<typeof TestCounts>;

export const FreshnessCounts = z.object({
  total: count,
  pass: count,
  warn: count,
  error: count,
  runtime_error: count,
  unchecked: count,
});
export type FreshnessCounts = z.infer<typeof FreshnessCounts>;

/** One look at everything: what is wrong, what to see to first. Lists are capped; the counts are not. */
export const Dashboard = z.object({
  as_of: text,
  projects: z.array(z.object({ project_id: text, environment: text })),
  see_to_first: z.array(text),
  alerts: z.array(Alert),
  alert_count: count,
  models: HealthCounts.extend({ total: count, unhealthy: z.array(UnhealthyModel) }),
  tests: TestCounts,
  freshness: FreshnessCounts,
  jobs: z.array(
    z.object({
      job_id: text,
      name: text,
      last_run_id: maybeText,
      last_run_status: z.enum(RUN_STATUSES).nullable(),
      last_run_ended_at: time,
      last_run_runtime_s: seconds,
      usual_runtime_s: seconds,
    }),
  ),
  slowest_models: z.array(z.object({ model_id: text, runtime_s: z.number(), usual_runtime_s: seconds })),
  source: SourceNote,
});
export type Dashboard = z.infer<typeof Dashboard>;

/** Rows of an SQL statement: whatever its columns are called; their types are DuckDB's. */
export const SqlRows = listOf(z.looseObject({}))
  .omit({ total: true })
  .extend({ columns: z.array(z.object({ name: text, type: text })) });
export type SqlRows = z.infer<typeof SqlRows>;
