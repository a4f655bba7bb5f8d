/** So many requests a minute; beyond that nothing is answered for five minutes. */

const MINUTE = 60_000;
const COOLDOWN = 5 * MINUTE;

export class RateLimit {
  readonly #perMinute: number;
  readonly #now: () => number;
  /** When the requests of the last minute came, oldest first. */
  #recent: number[] = [];
  #closedUntil = Number.NEGATIVE_INFINITY;

  /** `now` gives epoch milliseconds. */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  /** Counts a request; false where it is one too many, or comes during the cooldown. */
  admits(): boolean {
    const now = this.#now();
    if (now < this.#closedUntil) return false;
    this.#recent = this.#recent.filter((at) => at > now - MINUTE);
    if (this.#recent.length >= this.#perMinute) {
      this.#closedUntil = now + COOLDOWN;
      this.#recent = [];
      return false;
    }
    this.#recent.push(now);
    return true;
  }
}
