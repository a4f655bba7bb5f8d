/**
 * The words in which every answer speaks, whichever system the facts came from.
 *
 * An upstream word that is not here becomes `unknown`, and `raw_status` carries it: a new word never sinks
 * a call.
 */

/** The systems that runlens can read. */
export const SYSTEMS = ["artifacts", "dbt-cloud", "paradime", "dagster"] as const;
export type System = (typeof SYSTEMS)[number];

/** How one run (all commands of one job execution) stands. */
export const RUN_STATUSES = ["success", "failure", "cancelled", "running", "queued", "unknown"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** How one attempt to build one node ended. */
export const EXECUTION_STATUSES = [
  "success",
  "error",
  "skipped",
  "partial_success",
  "no_op",
  "reused",
  "running",
  "unknown",
] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

/** How one test ended. */
export const TEST_STATUSES = ["pass", "fail", "warn", "error", "skipped", "unknown"] as const;
export type TestStatus = (typeof TEST_STATUSES)[number];

/** How fresh a source was found, by its own criteria; `unchecked` where nobody looked. */
export const FRESHNESS_STATUSES = ["pass", "warn", "error", "runtime_error", "unchecked"] as const;
export type FreshnessStatus = (typeof FRESHNESS_STATUSES)[number];

/** Whether a model can be relied upon; `core/health.ts` has the rule. */
export const HEALTH_STATUSES = ["critical", "blocked", "warning", "unknown", "healthy"] as const;
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

/** Kinds of environment; `production` is what is asked about unless a call says otherwise. */
export const ENVIRONMENT_TYPES = ["production", "staging", "development", "other"] as const;
export type EnvironmentType = (typeof ENVIRONMENT_TYPES)[number];

/** Severity of a run event, mildest first. */
export const EVENT_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
export type EventLevel = (typeof EVENT_LEVELS)[number];
