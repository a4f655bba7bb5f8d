/**
 * What a source hands to the store: units of facts in the store's vocabulary, keys not yet given.
 *
 * A unit is what is told at once: the projects of a source, the definitions of a project, a run, or one
 * invocation with its results. Bulk columns are typed arrays, so that they cross threads without a copy and
 * enter DuckDB by the vector; text in them is an index into the words of the load (`Batch.words`), -1 for null.
 * Numbers are NaN for null. Times are epoch microseconds (exact in a double until the year 2255).
 */
import type {
  AlertSeverity,
  ConditionKind,
  EnvironmentType,
  FreshnessStatus,
  ReportedStatus,
  RunKind,
  RunStatus,
  System,
} from "../core/vocabulary.ts";

/** Where a unit comes from. `id` is system, host and account, never the user's label. */
export interface SourceRef {
  id: string;
  system: System;
}

/** A project as its system names it; null where the system does not say. Times are epoch microseconds. */
export interface ProjectRow {
  project_id: string;
  name: string;
  dbt_project_name: string | null;
  adapter_type: string | null;
  url: string | null;
  created_at: number | null;
  updated_at: number | null;
}

export interface EnvironmentRow {
  environment_id: string;
  name: string;
  type: EnvironmentType;
}

export interface JobRow {
  job_id: string;
  name: string;
  schedule: string | null;
  commands: string[];
  url: string | null;
  /** The job is known from its runs alone: it is made as removed where it is unknown, and else left as it is. */
  removed?: true;
}

/**
 * One execution of a job. `derived` rows give only `run_id`, `trigger`, `commit_sha`, `branch` and `url`: the
 * writer computes status, times and kind (`retry` or `full`) from the run's invocations, because they arrive one by one.
 */
export interface RunRow {
  run_id: string;
  derived: boolean;
  status: RunStatus;
  raw_status: string | null;
  queued_at: number | null;
  started_at: number | null;
  ended_at: number | null;
  trigger: string | null;
  commit_sha: string | null;
  branch: string | null;
  url: string | null;
  error_message: string | null;
  /** The results of all its commands have been read. Always true of derived runs. */
  results_read: boolean;
  /** `full` for derived runs: the writer finds out. */
  kind: RunKind;
}

export interface InvocationRow {
  /** dbt's id; of a stand-in the source's own, one per run and kind. */
  invocation_id: string;
  /** `results` and `freshness` of the same invocation are two units. */
  kind: "results" | "freshness";
  command: string;
  command_line: string;
  builds: boolean;
  tests: boolean;
  full_refresh: boolean;
  /** False where this is a part of its results: they are added to those that are known. */
  complete: boolean;
  /**
   * True for the last results of nodes of a run where the system does not say which command they are of. They
   * give way, node by node, to what is known of the commands. Such a telling is never complete.
   */
  stand_in: boolean;
  status: RunStatus;
  started_at: number | null;
  ended_at: number;
  elapsed_s: number | null;
  dbt_version: string | null;
  location: string;
}

/** Columns named in the schema; `Int32Array` holds words, `Float64Array` numbers and times. */
export interface ExecutionColumns {
  length: number;
  /** unique_id, a word */
  node: Int32Array;
  /** words of the vocabulary */
  status: Int32Array;
  raw_status: Int32Array;
  thread: Int32Array;
  message: Int32Array;
  partition: Int32Array;
  recorded_at: Float64Array;
  started_at: Float64Array;
  ended_at: Float64Array;
  runtime_s: Float64Array;
  compile_s: Float64Array;
  execute_s: Float64Array;
  failures: Float64Array;
  rows_affected: Float64Array;
  bytes_processed: Float64Array;
  attempt: Float64Array;
}

export interface FreshnessColumns {
  length: number;
  node: Int32Array;
  status: Int32Array;
  raw_status: Int32Array;
  message: Int32Array;
  max_loaded_at: Float64Array;
  snapshotted_at: Float64Array;
  age_s: Float64Array;
  warn_after_s: Float64Array;
  error_after_s: Float64Array;
}

export interface NodeColumns {
  length: number;
  unique_id: Int32Array;
  model_id: Int32Array;
  name: Int32Array;
  resource_type: Int32Array;
  package_name: Int32Array;
  version: Int32Array;
  alias: Int32Array;
  database_name: Int32Array;
  schema_name: Int32Array;
  description: Int32Array;
  materialization: Int32Array;
  /** a JSON array of strings, as one word */
  tags: Int32Array;
  owner: Int32Array;
  path: Int32Array;
  checksum: Int32Array;
  /** unique_id of the node that a test is about */
  attached: Int32Array;
  column_name: Int32Array;
  test_type: Int32Array;
  severity: Int32Array;
  source_name: Int32Array;
  url: Int32Array;
  warn_after_s: Float64Array;
  error_after_s: Float64Array;
}

/** Edges by unique_id: `parent[i]` is an input of `child[i]`. */
export interface EdgeColumns {
  length: number;
  parent: Int32Array;
  child: Int32Array;
}

/**
 * A full state of a project's definitions. Without an `environment` it stands for the environment of the
 * invocation that wrote it or, where that is unknown, for the one environment of the project, or for those
 * that have no definitions known to be theirs; it moves to the right one when its invocation comes.
 */
export interface DefinitionsUnit {
  kind: "definitions";
  source: SourceRef;
  project: ProjectRow;
  environment: EnvironmentRow | null;
  invocation_id: string | null;
  generated_at: number;
  schema_version: string;
  dbt_version: string | null;
  location: string;
  nodes: NodeColumns;
  edges: EdgeColumns;
}

/**
 * All projects of a source with their environments and jobs. What of this source is not in it no longer exists
 * there. Ids identify: what has another name is the same as before.
 */
export interface HierarchyUnit {
  kind: "hierarchy";
  source: SourceRef;
  /** When the system said so, epoch microseconds. */
  seen_at: number;
  projects: {
    project: ProjectRow;
    environments: EnvironmentRow[];
    /** `environment_id` is one of `environments`. */
    jobs: { environment_id: string; job: JobRow }[];
  }[];
}

/** A run as its system describes it, without results. */
export interface RunUnit {
  kind: "run";
  source: SourceRef;
  project: ProjectRow;
  environment: EnvironmentRow;
  job: JobRow;
  run: RunRow;
}

/** One invocation with its results: all of them, or a part where it is not `complete`. */
export interface InvocationUnit {
  kind: "invocation";
  source: SourceRef;
  project: ProjectRow;
  environment: EnvironmentRow;
  job: JobRow;
  run: RunRow;
  invocation: InvocationRow;
  executions: ExecutionColumns | null;
  freshness: FreshnessColumns | null;
}

/** What a system says of the health of one node. */
export interface ReportedHealthRow {
  unique_id: string;
  status: ReportedStatus;
  raw_status: string | null;
  /** In words, the worst first. */
  reasons: string[];
  /** Since when it says so, epoch microseconds. */
  reported_at: number | null;
}

/** How fresh a node is by the word of its system, which holds it to a policy of its own. */
export interface ReportedFreshnessRow {
  unique_id: string;
  status: FreshnessStatus;
  raw_status: string | null;
  /** What it is held to, in words; null where the ages below say it. */
  criterion: string | null;
  message: string | null;
  /** When it was last made, and when that was looked at, epoch microseconds. */
  max_loaded_at: number | null;
  checked_at: number;
  warn_after_s: number | null;
  error_after_s: number | null;
}

/** Something that is wrong with a system itself. */
export interface ConditionRow {
  /** Null where it concerns all projects of the source. */
  project_id: string | null;
  kind: ConditionKind;
  /** The name of what is in trouble. */
  subject: string;
  severity: AlertSeverity;
  message: string;
  /** Epoch microseconds. */
  since: number | null;
}

/**
 * All that a source says of its nodes and of itself: it replaces what it said before. Health and freshness of nodes
 * that nothing has told of is left out; a condition of such a project counts as one of all projects.
 */
export interface StateUnit {
  kind: "state";
  source: SourceRef;
  /** When the system said so, epoch microseconds. */
  seen_at: number;
  nodes: {
    project_id: string;
    environment_id: string;
    health: ReportedHealthRow[];
    freshness: ReportedFreshnessRow[];
  }[];
  conditions: ConditionRow[];
}

/** What the ledger is to say of a scope from now on; `synced_at` is epoch microseconds. */
export interface LedgerUnit {
  kind: "ledger";
  source: SourceRef;
  scope: string;
  synced_at: number;
  revision: string | null;
  watermark: string | null;
  complete: boolean;
  notes: string[];
}

export type Unit = HierarchyUnit | DefinitionsUnit | RunUnit | InvocationUnit | StateUnit | LedgerUnit;

/** A part of a load. `words` continues the words of the parts before it: the first has the next index. */
export interface Batch {
  words: string[];
  units: Unit[];
}
