/** The injected time, as far as a source needs it. */
export interface SourceClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Rejects with `CANCELLED` when `signal` is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
