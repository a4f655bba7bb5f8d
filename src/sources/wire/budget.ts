/** Keeps the requests to one API below the vendor's rate, for all callers of a source together. */
import { throwIfCancelled } from "../../errors.ts";
import type { SourceClock } from "./clock.ts";

const MINUTE_MS = 60_000;
/** Others use the same account too. */
const SHARE = 0.9;

/** Counts the requests of the last minute. */
export class Budget {
  readonly #clock: SourceClock;
  readonly #most: number;
  /** When each was sent, oldest first. */
  readonly #sent: number[] = [];

  /** `perMinute` is the rate that the vendor publishes. */
  constructor(clock: SourceClock, perMinute: number) {
    this.#clock = clock;
    this.#most = Math.max(1, Math.floor(perMinute * SHARE));
  }

  /** How many more may be sent this minute. */
  get left(): number {
    this.#forget(this.#clock.now());
    return this.#most - this.#sent.length;
  }

  /** Resolves when one more request may be sent, and counts it. Rejects with `CANCELLED`. */
  async take(signal: AbortSignal): Promise<void> {
    for (;;) {
      throwIfCancelled(signal);
      const now = this.#clock.now();
      this.#forget(now);
      const oldest = this.#sent[0];
      if (oldest === undefined || this.#sent.length < this.#most) {
        this.#sent.push(now);
        return;
      }
      await this.#clock.sleep(oldest + MINUTE_MS - now, signal);
      // A clock that stands still does not tell that the minute is over.
      if (this.#clock.now() === now && this.#sent[0] === oldest) this.#sent.shift();
    }
  }

  /** Drops what is over a minute old, and what a clock that was set back has left in the future. */
  #forget(now: number): void {
    while (this.#sent[0] !== undefined && (this.#sent[0] <= now - MINUTE_MS || this.#sent[0] > now)) {
      this.#sent.shift();
    }
  }
}
