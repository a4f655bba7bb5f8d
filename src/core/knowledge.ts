/**
 * The port by which the core gets facts: it names what it needs and asks SQL of what it is given.
 *
 * `src/sync` implements it; the imports are types alone, so that the core stays free of stores and sources.
 */
import type {
  EventPage,
  EventQuery,
  ModelCode,
  Need,
  Progress,
  RunLog,
  SourceEvent,
} from "../sources/source.ts";
import type { Snapshot } from "../store/port.ts";
import type { System } from "./vocabulary.ts";

export type { EventPage, EventQuery, ModelCode, Need, Progress, RunLog, Snapshot, SourceEvent };

/** The injected time. Whoever decides about freshness asks this and never the machine. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with `CANCELLED` when `signal` is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface AskOptions {
  /** Fetches what the question needs even where it is fresh. */
  refresh?: boolean;
  /** With `refresh`: what was fetched at this time (epoch milliseconds) or later counts as fetched for this call. */
  refreshed_since?: number;
  /** Aborting it rejects this call alone with `CANCELLED`. */
  signal?: AbortSignal;
  /** Called as a fetch that this call waits for comes along. */
  progress?: (progress: Progress) => void;
}

/** How a scan of events is followed. */
export interface EventFollow extends Pick<AskOptions, "signal" | "progress"> {
  /** Epoch milliseconds at which the question came: a caller who is not patient waits from then on. */
  asked_at: number;
}

/** The facts that a question needs, as they stand: what an answer says in `source` comes from here. */
export interface View {
  /** Pinned for the caller, who calls `release()` once when done. */
  readonly snapshot: Snapshot;
  /** ISO 8601 UTC: age of the oldest part; null where nothing has been fetched yet. */
  readonly as_of: string | null;
  readonly systems: System[];
  /** False where a part is missing: not arrived yet, failed, or left out by a source. */
  readonly complete: boolean;
  /** What is missing or older than it should be, and why; each once, for people. */
  readonly notes: string[];
  /** True where a source fetches facts only as they are needed: there may be more than the view shows. */
  readonly on_demand: boolean;
}

/** What a caller may have forgotten; `models` and `runs` include the results that hang on them. */
export type Forgettable = "all" | "models" | "jobs" | "runs";

/** A configured source, as shown to people. `id` is what `sources.source_id` says in the store. */
export interface KnownSource {
  id: string;
  system: System;
  label: string;
}

export interface Knowledge {
  /** Resolves once the configuration has been read: before then the clock is the machine's. */
  ready(): Promise<void>;
  /**
   * Makes sure that what `need` names is in the store and fresh enough, then pins it. Throws the error of
   * the source where there are no facts at all, `UNSUPPORTED` where no source has such facts, `CONFIG` where
   * no source is configured, `CANCELLED` where the caller has gone away.
   */
  view(need: Need, options?: AskOptions): Promise<View>;
  /**
   * Text of a node, asked for live; `location` is that of its definition in the store. `NOT_FOUND` where
   * `sourceId` is no configured source.
   */
  code(sourceId: string, uniqueId: string, location: string, signal?: AbortSignal): Promise<ModelCode>;
  /**
   * What the system wrote down while a run went on, asked for live, or null where it keeps no logs. `NOT_FOUND` where
   * `sourceId` is no configured source.
   */
  log(
    sourceId: string,
    runId: string,
    options: { debug: boolean },
    signal?: AbortSignal,
  ): Promise<RunLog | null>;
  /**
   * The events of a run as its system recorded them, asked for live; null where it records none, or is not configured
   * any more. `INVALID_INPUT` for a cursor of another query.
   */
  events(sourceId: string, runId: string, query: EventQuery, follow: EventFollow): Promise<EventPage | null>;
  /** Forgets how fresh such facts are, so that the next question fetches them again. The facts stay. */
  invalidate(what: Forgettable): Promise<void>;
  sources(): KnownSource[];
  readonly clock: Clock;
}

/** Asks for a view, works with it, and lets go of it whatever happens. */
export async function withView<T>(
  knowledge: Knowledge,
  need: Need,
  options: AskOptions,
  work: (view: View) => Promise<T>,
): Promise<T> {
  const view = await knowledge.view(need, options);
  try {
    return await work(view);
  } finally {
    view.snapshot.release();
  }
}
