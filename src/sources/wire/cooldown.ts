/** How long an API is left alone once it has refused for the rate. */
import type { SourceClock } from "./clock.ts";

export class Cooldown {
  readonly #clock: SourceClock;
  readonly #usualMs: number;
  #until = 0;

  /** `usualMs` is how long a refusal lasts that does not say so itself. */
  constructor(clock: SourceClock, usualMs: number) {
    this.#clock = clock;
    this.#usualMs = usualMs;
  }

  /** When requests will be answered again, as ISO 8601 UTC; null where they are now. */
  get until(): string | null {
    return this.#until > this.#clock.now() ? new Date(this.#until).toISOString() : null;
  }

  /** Milliseconds until then; 0 where requests are answered now. */
  get leftMs(): number {
    return Math.max(0, this.#until - this.#clock.now());
  }

  /** Begins at a refusal, and lasts as long as that says; returns until when. */
  begin(retryAfterMs: number | null): string {
    this.#until = this.#clock.now() + (retryAfterMs ?? this.#usualMs);
    return new Date(this.#until).toISOString();
  }
}

/** Milliseconds that an answer asks to wait (seconds or a date, RFC 9110); null where it does not say. */
export function retryAfterOf(headers: Headers, now: number): number | null {
  const text = headers.get("retry-after") ?? headers.get("x-rate-limit-retry-after-seconds");
  if (text === null) return null;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - now;
  return ms > 0 && ms <= LONGEST_MS ? ms : null;
}

/** Nobody is told to stay away for longer than a day: that is a defect of what said so. */
const LONGEST_MS = 86_400_000;
