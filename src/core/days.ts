/** The days of a time zone, for moments that come in order. */
import { DateTime } from "luxon";

export interface Day {
  /** As ISO 8601: 2026-11-18. */
  date: string;
  /** 1 (Monday) to 7. */
  weekday: number;
  /** Epoch milliseconds; the end is the start of the next day. */
  start: number;
  end: number;
}

export class Days {
  readonly #zone: string;
  #last: Day | null = null;

  constructor(zone: string) {
    this.#zone = zone;
  }

  /** The day of a moment in epoch milliseconds. Moments of one day after the other cost next to nothing. */
  of(at: number): Day {
    const known = this.#last;
    if (known !== null && at >= known.start && at < known.end) return known;
    const start = DateTime.fromMillis(at, { zone: this.#zone }).startOf("day");
    const day = {
      date: start.toFormat("yyyy-MM-dd"),
      weekday: start.weekday,
      start: start.toMillis(),
      end: start.plus({ days: 1 }).toMillis(),
    };
    this.#last = day;
    return day;
  }
}
