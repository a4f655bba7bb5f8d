/** The port that every system is read through: from its wire format to units of the store. */

import type { MessagePort } from "node:worker_threads";
import type { EventLevel, RunStatus } from "../core/vocabulary.ts";
import type { Load, Row, SqlValue } from "../store/port.ts";
import type { SourceRef } from "../store/units.ts";

/** Kinds of facts that a question can need. */
export type FactKind =
  | "projects"
  | "jobs"
  | "models"
  | "runs"
  | "executions"
  | "tests"
  | "freshness"
  | "lineage";

/**
 * What a question needs to know, as narrow as the question allows. `project_ids`, `environment` and `job_id` are
 * as the asker said them (ids or names); `run_ids`, `job_ids` and `unique_ids` are ids, once the core has found
 * what was meant.
 */
export interface Need {
  facts: readonly FactKind[];
  project_ids?: readonly string[];
  environment?: string;
  job_id?: string;
  run_id?: string;
  model_id?: string;
  /** How many executions of each model, or runs of each job, the answer looks back on. */
  last_n_runs?: number;
  /** Epoch milliseconds from which on everything is wanted. */
  since?: number;
  /** Runs whose results are wanted whole. */
  run_ids?: readonly string[];
  /** Jobs whose last runs are wanted, with their results where `facts` has `executions`. */
  job_ids?: readonly string[];
  /** Nodes to which `executions` is limited. */
  unique_ids?: readonly string[];
}

/** A set of facts with one age. `key` is what the ledger calls it: `<facts>:<what>`, e.g. `runs:job 7`. */
export interface Scope {
  key: string;
  need: Need;
}

/** What the ledger says of a scope. `synced_at` is epoch milliseconds. */
export interface LedgerEntry {
  scope: string;
  synced_at: number;
  revision: string | null;
  watermark: string | null;
  complete: boolean;
  notes: string[];
}

/** How far a sync has come; `total` is null where it is unknown. */
export interface Progress {
  done: number;
  total: number | null;
  message: string;
}

/**
 * The store as a source may write to it. The first thing sent takes the store's line, which no other load of this
 * process passes until `publish`: whoever asks a network sends only what has arrived, and publishes at once.
 */
export interface SourceLoad {
  send: Load["send"];
  port(): MessagePort | Promise<MessagePort>;
  publish(): Promise<unknown>;
}

export interface SyncContext {
  /** The ledger's entry of this scope, and all entries of this source whose scope begins with a prefix. */
  entry: LedgerEntry | null;
  entries(prefix: string): Promise<LedgerEntry[]>;
  /** Notes that the facts of an entry were found unchanged now. */
  renew(scope: string): Promise<void>;
  /** Rows of a SELECT over the newest generation; the views `stored_*` are the tables with nothing hidden. */
  query<T extends Row>(sql: string, params?: readonly SqlValue[]): Promise<T[]>;
  load: SourceLoad;
  signal: AbortSignal;
  progress(progress: Progress): void;
  /** Epoch milliseconds by the injected clock. */
  now(): number;
  /** Parts fetched at this time (epoch milliseconds) or later need not be fetched again. */
  fresh_since: number;
  /** True where the asker wants everything fetched anew that is not final, also where nothing seems to be new. */
  refresh: boolean;
}

export interface SyncOutcome {
  revision: string | null;
  watermark: string | null;
  complete: boolean;
  notes: string[];
  /**
   * Epoch milliseconds at which the oldest part of the scope was fetched, for a source that keeps entries of its
   * own for the parts that scopes share: what the ledger is to say of the scope itself then stays in memory.
   */
  as_of?: number;
}

/** The text of a model, for `include: ["sql"]`. Null where the system does not have it. */
export interface ModelCode {
  raw_sql: string | null;
  compiled_sql: string | null;
  language: string | null;
}

/** What a system wrote down while a run went on, asked for live. */
export interface RunLog {
  commands: LoggedCommand[];
  /** What is missing of it, for people. */
  notes: string[];
}

/** One command of a run, or what its system did around it; times are ISO 8601 UTC. */
export interface LoggedCommand {
  name: string;
  status: RunStatus;
  started_at: string | null;
  ended_at: string | null;
  lines: LogLine[];
}

/** One line, with what could be told from its text; `step_key` is the unique_id or name of a node. */
export interface LogLine {
  timestamp: string | null;
  level: EventLevel;
  message: string;
  step_key: string | null;
}

/** One line of `runlens doctor`. */
export interface Probe {
  ok: boolean;
  summary: string;
  /** The next move where it is not ok. */
  hint: string | null;
}

/** Which events of a run are wanted. What is null is not asked about. */
export interface EventQuery {
  /** Types in upper case, as the system names them. */
  types: readonly string[] | null;
  levels: readonly EventLevel[] | null;
  /** Text in the step's key, in lower case; the key is compared in any case. */
  step: string | null;
  /** How many matching events are wanted. */
  limit: number;
  /** Where the scan goes on: a cursor that the same query gave. */
  cursor: string | null;
  /** Also the stacks of errors. */
  stack: boolean;
  /** True where the run is known to have ended: its log does not change any more. */
  ended: boolean;
}

/** The error of an event: texts as the system has them, the root cause apart. */
export interface EventError {
  /** `Class: message` of the root cause. */
  root_cause: string;
  /** `Class: message` of each error, the outermost first, the root cause last. */
  chain: string[];
  /** Lines, those of the root cause first; null where they were not asked for. */
  stack: string[] | null;
}

/** One event as the system recorded it; `timestamp` is ISO 8601 UTC. */
export interface SourceEvent {
  timestamp: string;
  level: EventLevel;
  event_type: string;
  step_key: string | null;
  message: string;
  error: EventError | null;
  partition: string | null;
}

/** What a scan of a run's events found. */
export interface EventPage {
  events: SourceEvent[];
  /** Where the scan can go on; null where it has seen the end. */
  cursor: string | null;
  /** Events that were looked at. */
  scanned: number;
  /** Why it stopped: as many as wanted were found, there are no more, or its budget is spent. */
  stopped: "limit" | "end" | "budget";
  /** What is to be said of it, for people. */
  notes: string[];
}

/** How a scan is followed; it ends with `budget` when `deadline` (epoch milliseconds, null for none) has come. */
export interface EventContext {
  signal: AbortSignal;
  progress(progress: Progress): void;
  deadline: number | null;
  /** Epoch milliseconds by the injected clock. */
  now(): number;
}

export interface Source {
  readonly ref: SourceRef;
  /** Name for people, e.g. in notes: `artifacts in target/`. */
  readonly label: string;
  /**
   * True where facts are fetched as questions need them, so that a question says what it needs as soon as it knows;
   * other sources bring all they have with whatever is asked.
   */
  readonly on_demand: boolean;
  /** The scopes that hold what `need` names; one scope may serve many needs. */
  scopes(need: Need): Scope[];
  /**
   * A fingerprint that changes when there is something new, where asking costs almost nothing (a look at local
   * files). Systems that would have to send a request leave it out.
   */
  revision?(scope: Scope, signal: AbortSignal): Promise<string>;
  /** Hands to `context.load` what is new in the scope; publishes now and then when there is much. */
  sync(scope: Scope, context: SyncContext): Promise<SyncOutcome>;
  /** Code of a node, asked for live. `location` is that of its definition in the store. */
  code(uniqueId: string, location: string, signal: AbortSignal): Promise<ModelCode>;
  /** The log of a run, with debug lines where `debug` says so; systems that keep none leave it out. */
  log?(runId: string, options: { debug: boolean }, signal: AbortSignal): Promise<RunLog>;
  /**
   * The events of a run as its system recorded them, asked for live, filters before the limit. Systems that record
   * none leave it out: events are derived from the results then.
   */
  events?(runId: string, query: EventQuery, context: EventContext): Promise<EventPage>;
  probe(signal: AbortSignal): Promise<Probe>;
  close(): Promise<void>;
}
