/**
 * What an emulated Dagster deployment holds. `artifacts.ts` makes one from real dbt artifacts, `synthetic.ts` a
 * made-up one; `views/` tells it in GraphQL. What Dagster derives from a run's events (step statistics, latest
 * materializations, executions of checks) is derived here from the run's steps, and so are the events.
 *
 * All times are epoch seconds and may have a fraction, as Dagster's own; only its events speak in milliseconds.
 */

export interface World {
  locations: Location[];
  /** In any order. */
  runs: Run[];
  daemons: Daemon[];
  /** Whether freshness policies are evaluated; OSS does so only where it is told to. */
  freshnessEvaluation: boolean;
  /** Grows with each change, so that what was derived is derived anew. */
  version: number;
  /** To be called after a change. */
  touch(): void;
}

/** A code location; one that failed to load has no repositories, as its code is not known. */
export interface Location {
  name: string;
  repositories: readonly Repository[];
  loadError: Failure | null;
  updatedAt: number;
}

export interface Repository {
  name: string;
  jobs: readonly Job[];
  assets: readonly Asset[];
  schedules: readonly Schedule[];
  sensors: readonly Sensor[];
}

export interface Job {
  name: string;
  description: string | null;
  tags: readonly Tag[];
  /** In Dagster's order of handles, which is that of their texts. */
  ops: readonly Op[];
  isAssetJob: boolean;
}

export interface Op {
  /** Path of names, e.g. `load.fetch`; the ops of graphs that contain it are ops of the job too. */
  handle: string;
  /** Handles of the ops whose outputs it takes, in the same graph. */
  after: readonly string[];
}

export interface Tag {
  key: string;
  value: string;
}

export type AssetKey = readonly string[];

export interface Asset {
  key: AssetKey;
  group: string;
  description: string | null;
  /** Lower-case kinds, e.g. dbt and duckdb. */
  kinds: readonly string[];
  tags: readonly Tag[];
  metadata: readonly MetadataEntry[];
  parents: readonly AssetKey[];
  jobNames: readonly string[];
  opNames: readonly string[];
  /** False for what other systems write: a source that is only known of. */
  isMaterializable: boolean;
  isObservable: boolean;
  checks: readonly Check[];
  partitions: readonly string[] | null;
  freshness: Freshness | null;
  /** Null lets it be told from the materializations: MISSING or FRESH. */
  stale: { status: "STALE"; reason: string } | null;
}

export interface Check {
  name: string;
  description: string | null;
  blocking: boolean;
}

export type HealthStatus = "HEALTHY" | "WARNING" | "DEGRADED" | "UNKNOWN" | "NOT_APPLICABLE";

/** A freshness policy by window, in seconds, and what its last evaluation said; null where there was none. */
export interface Freshness {
  failWindow: number;
  warnWindow: number | null;
  status: HealthStatus | null;
  lastMaterializedAt: number | null;
}

/** One entry of metadata as GraphQL shows it, without what is null. */
export type MetadataEntry =
  | { type: "text"; label: string; value: string }
  | { type: "markdown"; label: string; value: string }
  | { type: "float"; label: string; value: number }
  | { type: "int"; label: string; value: number }
  | { type: "bool"; label: string; value: boolean };

export type RunStatus =
  | "QUEUED"
  | "NOT_STARTED"
  | "MANAGED"
  | "STARTING"
  | "STARTED"
  | "SUCCESS"
  | "FAILURE"
  | "CANCELING"
  | "CANCELED";

export interface Run {
  id: string;
  jobName: string;
  status: RunStatus;
  createdAt: number;
  /** Null until it started; a run that failed before it started has an end alone. */
  startedAt: number | null;
  endedAt: number | null;
  updatedAt: number;
  /** Keys that begin with `.dagster/` are hidden; filters see them. */
  tags: readonly Tag[];
  /** Null for a run that was executed outside a workspace. */
  origin: { location: string; repository: string } | null;
  parentRunId: string | null;
  rootRunId: string | null;
  stepKeysToExecute: readonly string[] | null;
  assetSelection: readonly AssetKey[] | null;
  snapshotId: string | null;
  /** Read when they are asked for; a large run may make them up then. */
  readonly steps: readonly Step[];
  /** What ended it besides its steps, e.g. a worker that was killed. */
  failure: Failure | null;
  /** Instead of the events that its steps tell. */
  log?: EventLog;
}

/** A run's events by index, oldest first; each is made when it is asked for. */
export interface EventLog {
  readonly length: number;
  at(index: number): RunEvent;
}

export interface Step {
  /** E.g. `fct_trips`, `load.fetch`, `square[3]`. */
  key: string;
  /**
   * Null: it never began. So is a step whose dependencies failed: a line of the log alone says it. SKIPPED is one
   * whose dependencies yielded nothing.
   */
  status: "SUCCESS" | "FAILURE" | "SKIPPED" | "IN_PROGRESS" | null;
  /** All but the last were retried; a skipped step has one, whose start is its end. */
  attempts: readonly Attempt[];
  /** Assets that it is to materialize. */
  plans: readonly AssetKey[];
  materializations: readonly Materialization[];
  checks: readonly CheckResult[];
  /** What the user's code wrote. */
  lines: readonly Line[];
}

export interface Attempt {
  startedAt: number;
  /** Null while it goes on. */
  endedAt: number | null;
  failure: Failure | null;
}

export interface Materialization {
  asset: AssetKey;
  at: number;
  partition: string | null;
  metadata: readonly MetadataEntry[];
}

/** A check that a run planned, and what it said. */
export interface CheckResult {
  asset: AssetKey;
  check: string;
  at: number;
  /** Null: it was planned, and nothing came of it. */
  passed: boolean | null;
  severity: "WARN" | "ERROR";
  description: string | null;
  metadata: readonly MetadataEntry[];
}

export interface Line {
  at: number;
  level: "DEBUG" | "INFO" | "WARNING" | "ERROR" | "CRITICAL";
  message: string;
}

/** A Python exception: its class, its message without the class, the lines of its stack. */
export interface Failure {
  /** Where the class is from; left out for Python's own. */
  module?: string;
  className: string;
  message: string;
  stack: readonly string[];
  cause: Failure | null;
}

/** An event of a run: the GraphQL type's name and its own fields, beside those that every event has. */
export interface RunEvent {
  type: string;
  /** Null for what user code logs. */
  eventType: string | null;
  at: number;
  level: Line["level"];
  stepKey: string | null;
  message: string;
  /** Fields that only this type has, as GraphQL names them. */
  fields?: Readonly<Record<string, unknown>>;
}

export interface Schedule {
  name: string;
  cron: string;
  timezone: string | null;
  jobName: string;
  status: "RUNNING" | "STOPPED";
  ticks: readonly Tick[];
}

export interface Sensor {
  name: string;
  jobNames: readonly string[];
  status: "RUNNING" | "STOPPED";
  minimumInterval: number;
  ticks: readonly Tick[];
}

/** One evaluation of a schedule or sensor. */
export interface Tick {
  id: string;
  status: "STARTED" | "SKIPPED" | "SUCCESS" | "FAILURE";
  at: number;
  endedAt: number | null;
  runIds: readonly string[];
  failure: Failure | null;
  skipReason: string | null;
}

export interface Daemon {
  type: string;
  required: boolean;
  healthy: boolean | null;
  lastHeartbeatAt: number | null;
  errors: readonly Failure[];
}

/** Text of an asset's key, for maps. */
export const keyText = (key: AssetKey): string => JSON.stringify(key);
