/** Times as they are written in artifacts and by the Admin API: to the microsecond, in UTC. */

const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.(\d+))?\s*(Z|[+-]\d{2}:?\d{2}|(?<= )\d{2}:?\d{2})?)?$/i;

/**
 * Epoch milliseconds of a date or time, the microseconds as a fraction; null where it is none. A plus sign that
 * a URL turned into a space is read as a plus sign.
 */
export function parseTime(text: string): number | null {
  const [, day, clock = "00:00", fraction = "", offset = "Z"] = TIME.exec(text.trim()) ?? [];
  if (day === undefined) return null;
  const sign = /^\d/.test(offset) ? "+" : "";
  const whole = Date.parse(`${day}T${clock.length === 5 ? `${clock}:00` : clock}${sign}${offset}`);
  return Number.isNaN(whole) ? null : whole + Number(`0.${fraction || "0"}`) * 1000;
}

/** E.g. `2026-10-28T02:03:07.760850Z`, as dbt writes it. */
export function artifactTime(ms: number): string {
  return `${micros(ms)}Z`;
}

/** E.g. `2026-10-28 02:03:07.760850+00:00`; the Admin API separates by a space or by `T`, by kind of object. */
export function apiTime(ms: number | null, separator: " " | "T"): string | null {
  return ms === null ? null : `${micros(ms).replace("T", separator)}+00:00`;
}

function micros(ms: number): string {
  const total = Math.round(ms * 1000);
  const seconds = Math.floor(total / 1_000_000);
  const second = new Date(seconds * 1000).toISOString().slice(0, 19);
  return `${second}.${String(total - seconds * 1_000_000).padStart(6, "0")}`;
}
