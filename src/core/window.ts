/** `since`, `until` and `timezone`: which stretch of time a question is about. */
import { DateTime, IANAZone } from "luxon";
import { RunlensError } from "../errors.ts";

/** As asked, in any of the forms of `parseMoment`. */
export interface WindowOptions {
  since?: string;
  until?: string;
  timezone?: string;
}

/** Bounds as ISO 8601 UTC, start included and end excluded; null where open. */
export interface TimeWindow {
  since: string | null;
  until: string | null;
}

const FORMS =
  "Use ISO 8601 (2026-11-18, 2026-11-18T02:00), an age (90m, 12h, 7d, 2w), today, yesterday or last night.";
const AGE = /^(\d{1,4})\s*(m|h|d|w)$/;
const UNITS = { m: "minutes", h: "hours", d: "days", w: "weeks" } as const;

/** An evening's jobs start after 18:00 and a morning begins at 09:00: what people mean by "last night". */
const NIGHT_BEGINS_AT = 18;
const NIGHT_ENDS_AT = 9;

/**
 * Resolves the words of a question against `now` (epoch milliseconds). `since: "yesterday"` alone means that
 * one day, `since: "last night"` that one night; an age or a date leaves the end open.
 * Throws `INVALID_INPUT` for a form or zone that is unknown, or when the end is not after the start.
 */
export function resolveWindow(options: WindowOptions, now: number): TimeWindow {
  const { timezone: zone = "UTC" } = options;
  if (zone !== "UTC" && !IANAZone.isValidZone(zone)) {
    throw new RunlensError(
      "INVALID_INPUT",
      `Unknown timezone "${zone}".`,
      "Use an IANA name such as Europe/Berlin or UTC.",
    );
  }
  if (options.since === undefined && options.until === undefined) return { since: null, until: null };
  const clock = DateTime.fromMillis(now, { zone });
  const since = options.since === undefined ? null : parseMoment("since", options.since, clock);
  const until = options.until === undefined ? null : parseMoment("until", options.until, clock);
  const start = since?.start ?? null;
  // A word that names a day or a night gives both ends once it is over, unless the caller gave the other one.
  const over = since?.end !== undefined && since.end !== null && since.end <= clock ? since.end : null;
  const end = until === null ? over : until.end === null ? until.start : DateTime.min(until.end, clock);
  if (start !== null && end !== null && end <= start) {
    throw new RunlensError(
      "INVALID_INPUT",
      "until is not after since.",
      "Swap them, or leave until out for up to now.",
    );
  }
  return { since: start?.toUTC().toISO() ?? null, until: end?.toUTC().toISO() ?? null };
}

interface Moment {
  start: DateTime;
  /** Where the stretch of time ends that a word or a date names; null for a moment. */
  end: DateTime | null;
}

function parseMoment(name: string, text: string, now: DateTime): Moment {
  const word = text.trim().toLowerCase().replaceAll("_", " ");
  const today = now.startOf("day");
  if (word === "now") return { start: now, end: null };
  if (word === "today") return { start: today, end: today.plus({ days: 1 }) };
  if (word === "yesterday") return { start: today.minus({ days: 1 }), end: today };
  if (word === "last night") {
    return {
      start: today.minus({ days: 1 }).set({ hour: NIGHT_BEGINS_AT }),
      end: today.set({ hour: NIGHT_ENDS_AT }),
    };
  }
  const age = AGE.exec(word);
  if (age?.[1] !== undefined) {
    // The pattern admits exactly the keys of UNITS.
    const unit = UNITS[age[2] as keyof typeof UNITS];
    return { start: now.minus({ [unit]: Number(age[1]) }), end: null };
  }
  const at = DateTime.fromISO(text.trim(), { zone: now.zone });
  if (!at.isValid) throw new RunlensError("INVALID_INPUT", `${name} "${text}" is not a time.`, FORMS);
  const wholeDay = /^\d{4}-\d{2}-\d{2}$/.test(text.trim());
  // `until: 2026-11-18` includes that day; `since: 2026-11-18` starts with it and leaves the end open.
  return { start: at, end: wholeDay && name === "until" ? at.plus({ days: 1 }) : null };
}
