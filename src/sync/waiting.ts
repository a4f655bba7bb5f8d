/** Waiting that ends: by the answer, by the deadline, or because the caller has gone. */
import type { Clock } from "../core/knowledge.ts";
import { cancelled } from "../errors.ts";

/** What a wait gives that the deadline has ended. */
export const LATE = Symbol("late");

/**
 * The first of `answers`, or `CANCELLED` as soon as `signal` is aborted. Leaves no listener behind, and what
 * the others do later is nobody's unhandled rejection.
 */
export function firstOf<T>(answers: readonly Promise<T>[], signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(cancelled(signal?.reason));
    if (signal?.aborted) leave();
    signal?.addEventListener("abort", leave, { once: true });
    Promise.race(answers)
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener("abort", leave));
  });
}

/** The end of a caller's patience; the clock is only set once there is something to wait for. */
export class Deadline {
  readonly #stop = new AbortController();
  readonly #ends_at: number | null;
  #passed: Promise<typeof LATE> | null = null;

  /** `ms` from now; null for a caller who waits for ever. */
  constructor(
    readonly clock: Clock,
    ms: number | null,
  ) {
    this.#ends_at = ms === null ? null : clock.now() + ms;
  }

  /** Resolves with `LATE` when the time is over; never rejects. */
  passed(): Promise<typeof LATE> {
    this.#passed ??= this.#wait();
    return this.#passed;
  }

  async #wait(): Promise<typeof LATE> {
    if (this.#ends_at === null) return new Promise(() => {});
    try {
      await this.clock.sleep(Math.max(0, this.#ends_at - this.clock.now()), this.#stop.signal);
    } catch {
      // Stopped: nobody waits any more.
    }
    return LATE;
  }

  /** Ends the timer; call when the caller has its answer. */
  stop(): void {
    this.#stop.abort();
  }
}

/** Small asynchronous work outside the flights, each piece ended by its caller's signal or by `close`. */
export class Errands {
  readonly #open = new Set<AbortController>();

  async run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const own = new AbortController();
    const leave = () => own.abort(signal?.reason);
    if (signal?.aborted) throw cancelled(signal.reason);
    signal?.addEventListener("abort", leave, { once: true });
    this.#open.add(own);
    try {
      return await firstOf([work(own.signal)], own.signal);
    } finally {
      this.#open.delete(own);
      signal?.removeEventListener("abort", leave);
    }
  }

  close(): void {
    for (const own of this.#open) own.abort();
  }
}
