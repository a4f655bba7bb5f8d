/** The port that every system is read through: from its wire format to units of the store. */

import type { Load } from "../store/port.ts";
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

/** What a question needs to know, as narrow as the question allows. */
export interface Need {
  facts: readonly FactKind[];
  project_ids?: readonly string[];
  environment?: string;
  job_id?: string;
  run_id?: string;
  model_id?: string;
  last_n_runs?: number;
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

export interface SyncContext {
  /** The ledger's entry of this scope, and all entries of this source whose scope begins with a prefix. */
  entry: LedgerEntry | null;
  entries(prefix: string): Promise<LedgerEntry[]>;
  load: Load;
  signal: AbortSignal;
  progress(progress: Progress): void;
  /** Epoch milliseconds by the injected clock. */
  now(): number;
}

export interface SyncOutcome {
  revision: string | null;
  watermark: string | null;
  complete: boolean;
  notes: string[];
}

/** The text of a model, for `include: ["sql"]`. Null where the system does not have it. */
export interface ModelCode {
  raw_sql: string | null;
  compiled_sql: string | null;
  language: string | null;
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
  probe(signal: AbortSignal): Promise<Probe>;
  close(): Promise<void>;
}
