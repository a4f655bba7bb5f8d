/** Lines that dbt prints, with what their text tells: in the form of its console, of its debug log, or as JSON. */
import type { EventLevel } from "../../core/vocabulary.ts";
import type { LogLine } from "../source.ts";
import { isObject, objectOf, textOf } from "../wire/loose.ts";

const MOST_LENGTH = 4_000;
const DAY_MS = 86_400_000;

/** `12:34:56  text`, or `12:34:56.123456 [debug] [Thread-1]: text`. */
const CONSOLE =
  /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?\s+(?:\[(debug|info ?|warn ?|error)\s*\]\s*(?:\[[^\]]*\]\s*:?\s*)?)?(.*)$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours are what is taken out
const COLOURS = /\u001b?\[[0-9;]*m/g;

const LEVELS: Readonly<Record<string, EventLevel>> = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  warning: "WARNING",
  error: "ERROR",
};

const NODE_ID =
  /\b(?:model|test|unit_test|seed|snapshot|source|exposure)\.[a-z0-9_]+\.[A-Za-z0-9_.-]*[A-Za-z0-9_]/;

/**
 * The lines of a command that began at `startedAt` (epoch microseconds, null where unknown). `otherwise` is the level
 * of lines that do not tell theirs; one that continues another has its time and its level.
 */
export function linesOf(
  lines: readonly string[],
  startedAt: number | null,
  otherwise: EventLevel,
): LogLine[] {
  const clock = new LineClock(startedAt);
  let level = otherwise;
  return lines.flatMap((line): LogLine[] => {
    const text = line.replace(COLOURS, "").replace(/\r$/, "");
    if (text.trim() === "") return [];
    const json = jsonLine(text);
    if (json !== null) return [json];
    const match = CONSOLE.exec(text);
    if (match === null) {
      const own = otherwise === "INFO" ? level : otherwise;
      return [{ timestamp: clock.last, level: own, message: cut(text), step_key: nodeIn(text) }];
    }
    const [, hour, minute, second, fraction = "0", word, rest = ""] = match;
    level = word === undefined ? levelOf(rest) : (LEVELS[word.trim()] ?? "INFO");
    if (rest.trim() === "") return [];
    const seconds = Number(hour) * 3600 + Number(minute) * 60 + Number(second) + Number(`0.${fraction}`);
    return [{ timestamp: clock.at(seconds), level, message: cut(rest), step_key: nodeIn(rest) }];
  });
}

/** Lines say the time of day alone: the day is that of the command's beginning, and the next after midnight. */
class LineClock {
  last: string | null;
  #day: number;
  #seconds: number;

  constructor(startedAt: number | null) {
    const ms = startedAt === null ? Number.NaN : startedAt / 1000;
    this.last = startedAt === null ? null : new Date(ms).toISOString();
    this.#day = Math.floor(ms / DAY_MS) * DAY_MS;
    this.#seconds = (ms - this.#day) / 1000;
  }

  at(seconds: number): string | null {
    if (Number.isNaN(this.#day)) return null;
    // Threads write in a slightly different order than they say; half a day back is the next day.
    if (seconds < this.#seconds - 43_200) this.#day += DAY_MS;
    this.#seconds = seconds;
    this.last = new Date(this.#day + seconds * 1000).toISOString();
    return this.last;
  }
}

/** A line of dbt's JSON log: `info` with its message, `data.node_info` with what it is about. */
function jsonLine(text: string): LogLine | null {
  if (!text.startsWith("{")) return null;
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(line) || !isObject(line.info)) return null;
  const message = textOf(line.info.msg);
  if (message === null) return null;
  const at = Date.parse(textOf(line.info.ts) ?? "");
  const node = textOf(objectOf(objectOf(line.data).node_info).unique_id);
  return {
    timestamp: Number.isNaN(at) ? null : new Date(at).toISOString(),
    level: LEVELS[textOf(line.info.level)?.toLowerCase() ?? ""] ?? "INFO",
    message: cut(message),
    step_key: node ?? nodeIn(message),
  };
}

/** A console line tells its level only by what it says. */
function levelOf(text: string): EventLevel {
  if (/\b(ERROR|FAIL)\b|^\w+ Error\b|^Failure in /.test(text)) return "ERROR";
  return /\bWARN(ING)?\b|^Warning in /.test(text) ? "WARNING" : "INFO";
}

/** A unique_id that the text names. */
function nodeIn(text: string): string | null {
  return NODE_ID.exec(text)?.[0] ?? null;
}

function cut(text: string): string {
  return text.length > MOST_LENGTH ? `${text.slice(0, MOST_LENGTH)}…` : text;
}
