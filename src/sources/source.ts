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
  probe(signal: AbortSignal): Promise<Probe>;
  close(): Promise<void>;
}
