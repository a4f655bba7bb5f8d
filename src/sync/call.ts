/** One caller of `view`: its signal, its patience, and the progress of all that it waits for, added up. */
import type { AskOptions, Clock } from "../core/knowledge.ts";
import type { LedgerEntry, Progress } from "../sources/source.ts";
import { Deadline } from "./waiting.ts";

export class Call {
  readonly refresh: boolean;
  /** Epoch milliseconds: with `refresh`, what was fetched since counts as fetched for this call. */
  readonly refreshed_since: number;
  readonly signal: AbortSignal | undefined;
  readonly deadline: Deadline;
  readonly #progress: ((progress: Progress) => void) | undefined;
  readonly #continues: boolean;
  readonly #parts = new Map<string, Progress | null>();

  /** `number` counts the calls, so that a fetch which began after this call is told from an older one. */
  constructor(
    readonly number: number,
    options: AskOptions,
    clock: Clock,
    deadline_ms: number | null,
  ) {
    this.refresh = options.refresh ?? false;
    this.refreshed_since = options.refreshed_since ?? clock.now();
    this.#continues = options.refreshed_since !== undefined;
    this.signal = options.signal;
    this.#progress = options.progress;
    this.deadline = new Deadline(clock, deadline_ms);
  }

  /** True where an earlier part of the same question has fetched the facts of this entry already. */
  hasRefreshed(entry: LedgerEntry | null): boolean {
    return this.#continues && entry !== null && entry.synced_at >= this.refreshed_since;
  }

  /** The listener for one of the fetches that this call waits for. */
  listener(id: string): (progress: Progress) => void {
    this.#parts.set(id, null);
    return (progress) => {
      this.#parts.set(id, progress);
      this.#progress?.(this.#sum(progress.message));
    };
  }

  #sum(message: string): Progress {
    const sum: Progress = { done: 0, total: 0, message };
    for (const part of this.#parts.values()) {
      sum.done += part?.done ?? 0;
      // One part of unknown size makes the whole unknown.
      const total = part?.total ?? null;
      sum.total = sum.total === null || total === null ? null : sum.total + total;
    }
    return sum;
  }
}
