/** How often each caller may ask. */
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Caller } from "../caller.ts";
import { Denial } from "./denial.ts";

const MINUTE_S = 60;

/** Counts requests by the caller's name, so that a second key is no second allowance. */
export class Limits {
  /** One for each allowance that there is. */
  readonly #limiters = new Map<number, RateLimiterMemory>();

  /** Rejects with `RATE_LIMITED` where the allowance of the minute is used up. */
  async count({ name, perMinute }: Caller): Promise<void> {
    if (perMinute === null) return;
    try {
      await this.#limiter(perMinute).consume(name);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const retryAfterS = Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
      throw new Denial(
        "RATE_LIMITED",
        `"${name}" may ask ${perMinute} times a minute, and has.`,
        `Ask again in ${retryAfterS} s.`,
        { who: name, retryAfterS },
      );
    }
  }

  #limiter(points: number): RateLimiterMemory {
    const known = this.#limiters.get(points);
    if (known !== undefined) return known;
    const limiter = new RateLimiterMemory({ points, duration: MINUTE_S });
    this.#limiters.set(points, limiter);
    return limiter;
  }
}
