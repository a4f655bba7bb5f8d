/** Times of artifacts as epoch microseconds. */

const TIME =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)?)?\s*(Z|z|UTC|[+-]\d\d:?\d\d(?::?\d\d)?)?$/;

/**
 * Epoch microseconds of an ISO 8601 time, NaN when it is none. Without an offset it is UTC, as dbt writes it.
 * Digits past the microsecond (dbt 2 writes nine) are cut off, and years before 1970 are fine.
 */
export function microsOf(value: unknown): number {
  if (typeof value !== "string") return Number.NaN;
  const usual = usualMicros(value);
  if (!Number.isNaN(usual)) return usual;
  const match = TIME.exec(value);
  if (!match) return Number.NaN;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offset] = match;
  const days = daysSinceEpoch(Number(year), Number(month), Number(day));
  const seconds = days * 86_400 + Number(hour) * 3_600 + Number(minute) * 60 + Number(second);
  const micros = Number(fraction.slice(0, 6).padEnd(6, "0"));
  return (seconds - offsetSeconds(offset)) * 1e6 + micros;
}

/**
 * The same for the one form that dbt writes, `2026-11-20T02:00:01.123456Z`, NaN for every other. A large file
 * holds a hundred thousand of them, and a regular expression would take as long as parsing the JSON.
 */
function usualMicros(text: string): number {
  const length = text.length;
  if (length < 20 || length > 30 || text.charCodeAt(length - 1) !== 0x5a) return Number.NaN;
  if (text[4] !== "-" || text[7] !== "-" || text[10] !== "T" || text[13] !== ":" || text[16] !== ":") {
    return Number.NaN;
  }
  const days = daysSinceEpoch(digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10));
  const seconds = digits(text, 11, 13) * 3_600 + digits(text, 14, 16) * 60 + digits(text, 17, 19);
  let micros = 0;
  if (length > 20) {
    if (text[19] !== ".") return Number.NaN;
    const end = Math.min(length - 1, 26);
    micros = digits(text, 20, end) * 10 ** (26 - end);
    if (Number.isNaN(digits(text, 20, length - 1))) return Number.NaN;
  }
  return (days * 86_400 + seconds) * 1e6 + micros;
}

/** The number that these characters write, NaN when one of them is no digit. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

function offsetSeconds(offset: string | undefined): number {
  if (!offset || !/^[+-]/.test(offset)) return 0;
  const digits = offset.slice(1).replaceAll(":", "").padEnd(6, "0");
  const seconds =
    Number(digits.slice(0, 2)) * 3_600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4, 6));
  return offset.startsWith("-") ? -seconds : seconds;
}

/** Days from 1970-01-01 in the proleptic Gregorian calendar; `Date.UTC` takes the year 1 for 1901. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The unit's number or null, for fields of rows that are not columns. */
export function orNull(number: number): number | null {
  return Number.isNaN(number) ? null : number;
}

/** Of things with a time the newest at or before `at`, else the first after it; null of none. */
export function nearestInTime<T extends { generated_at: number }>(
  things: readonly T[],
  at: number,
): T | null {
  let best: T | null = null;
  for (const thing of things) {
    if (best === null) best = thing;
    else if (thing.generated_at <= at) {
      if (best.generated_at > at || thing.generated_at > best.generated_at) best = thing;
    } else if (best.generated_at > at && thing.generated_at < best.generated_at) best = thing;
  }
  return best;
}
