/** What the rest of runlens may ask of the store. `open.ts` has the implementations. */
import type { MessagePort } from "node:worker_threads";
import type { Batch } from "./units.ts";

/** A value that may stand for `?` in a query. */
export type SqlValue = string | number | boolean | null | readonly string[] | readonly number[];

/** A cell of an answer: timestamps as ISO 8601 UTC strings, 64-bit integers as numbers (strings past 2^53). */
export type Cell = string | number | boolean | null | Cell[] | { [name: string]: Cell };
export type Row = Record<string, Cell>;

/** One statement of somebody else, over the tables and views that are documented. */
export interface SqlQuestion {
  sql: string;
  /** One text for each parameter of the statement; DuckDB casts them to what is needed. */
  params: readonly string[];
  /** Which of its rows are wanted. */
  offset: number;
  limit: number;
  /** The projects whose facts may be seen; null for all. */
  projectKeys: readonly number[] | null;
  /** What `now()` says: epoch milliseconds. */
  now: number;
}

/** `more`: there are rows after these; `shortened`: they are fewer than asked for, because they are large. */
export interface SqlAnswer {
  columns: { name: string; type: string }[];
  rows: Cell[][];
  more: boolean;
  shortened: boolean;
}

/**
 * One published generation, pinned: all its queries see the same facts, whatever is written meanwhile.
 * Its tables are those of `schema.ts`, limited to the configured sources, each dbt invocation once.
 */
export interface Snapshot {
  /** Name of the generation; the same name, the same facts. `empty` before anything was written. */
  readonly generation: string;
  /** Rows of one SELECT. Aborting interrupts the query and rejects with `CANCELLED`. */
  query<T extends Row = Row>(sql: string, params?: readonly SqlValue[], signal?: AbortSignal): Promise<T[]>;
  /**
   * Runs a statement that nobody has vouched for, in an instance of its own that reaches nothing but the documented
   * tables. Rejects with `INVALID_INPUT` for what may not be run or cannot be, `TOO_LARGE` and `TIMEOUT` where it needs more than it may, `CANCELLED` when aborted.
   */
  sql(question: SqlQuestion, signal?: AbortSignal): Promise<SqlAnswer>;
  /** Call once when done; the generation may then be removed. */
  release(): void;
}

export interface Published {
  generation: string;
  /** How many invocations and definitions this load brought that were not there, or not complete, before. */
  added: { invocations: number; definitions: number; executions: number };
}

/** One load: batches in, one publication out. Nothing is visible before `publish`. */
export interface Load {
  /** Hands over a batch; resolves when the store can take the next one. */
  send(batch: Batch): Promise<void>;
  /**
   * A port by which a worker sends batches without passing through this thread. The worker posts
   * `{ type: "batch", batch }`, transfers the typed arrays, and gets `{ type: "ack" }` for each. Words of
   * the load are shared: use either `send` or one port in one load.
   */
  port(): MessagePort;
  /** Makes all that was sent visible, in one step, and begins anew. Nothing sent: no new generation. */
  publish(): Promise<Published>;
}

/** How the store stands; `degraded` says why answers come from memory instead of the file. */
export interface StoreState {
  mode: "file" | "memory";
  location: string;
  degraded: string | null;
}

export interface Store {
  readonly state: StoreState;
  /** Pins the newest published generation. */
  snapshot(): Promise<Snapshot>;
  /** Runs one load; rolled back and nothing published when `work` throws. Loads of a process wait in line. */
  load<T>(work: (load: Load) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** Forgets ledger rows, so that the next question fetches again: all, or those whose scope has the prefix. */
  invalidate(scopePrefix: string | null): Promise<void>;
  close(): Promise<void>;
}
