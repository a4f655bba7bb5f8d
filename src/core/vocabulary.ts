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

/**
 * What part of its job a run did: `full` the whole job; `retry` only what failed in another run; `partial` a selection
 * of its steps or assets; `backfill` one partition, or a range of them, of a backfill; `ad_hoc` a selection made for
 * this run alone, which no job defines; `unstarted` nothing, because it ended before it began. Only `full` runs say how
 * long a job takes.
 */
export const RUN_KINDS = ["full", "retry", "partial", "backfill", "ad_hoc", "unstarted"] as const;
export type RunKind = (typeof RUN_KINDS)[number];

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

/** The words of Paradime for the health of a model, as it writes them; `core/compat-status.ts` has its rule. */
export const COMPAT_STATUSES = ["Critical", "Warning", "Healthy"] as const;
export type CompatStatus = (typeof COMPAT_STATUSES)[number];

/** What a system may itself say of the health of a model. */
export const REPORTED_STATUSES = ["critical", "warning", "unknown", "healthy"] as const;
export type ReportedStatus = (typeof REPORTED_STATUSES)[number];

/** How urgent something is that should be seen to. */
export const ALERT_SEVERITIES = ["critical", "warning"] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** Parts of a system itself that can be in trouble. */
export const CONDITION_KINDS = ["code_location", "daemon", "schedule", "sensor"] as const;
export type ConditionKind = (typeof CONDITION_KINDS)[number];

/** Kinds of environment; `production` is what is asked about unless a call says otherwise. */
export const ENVIRONMENT_TYPES = ["production", "staging", "development", "other"] as const;
export type EnvironmentType = (typeof ENVIRONMENT_TYPES)[number];

/** Which way a walk through the graph goes. */
export const DIRECTIONS = ["upstream", "downstream", "both"] as const;

/** Severity of a run event, mildest first. */
export const EVENT_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;
export type EventLevel = (typeof EVENT_LEVELS)[number];

/**
 * A type of event by its one name. Dagster calls a run's events `RUN_START` or, as it did before its pipelines became
 * jobs, `PIPELINE_START`.
 */
export function eventTypeOf(word: string): string {
  return word.replace(/^PIPELINE_/, "RUN_");
}
