/** The log of a run: its steps and the lines that they wrote. */
import type { EventLevel } from "../../core/vocabulary.ts";
import type { LoggedCommand, LogLine, RunLog } from "../source.ts";
import type { AdminApi } from "./admin.ts";
import { statusOf } from "./run-rows.ts";
import type { CloudStep } from "./wire.ts";

/** Lines of one step; a debug log may have a hundred times as many. */
const MOST_LINES = 20_000;
const MOST_LENGTH = 4_000;

/** Reads the steps of a run. Without `debug` each has its console log, else the debug log as far as it is kept. */
export async function readLog(
  admin: Pick<AdminApi, "run">,
  runId: string,
  debug: boolean,
  signal: AbortSignal,
): Promise<RunLog> {
  const run = await admin.run(runId, { steps: true, debugLogs: debug }, signal);
  const steps = [...run.run_steps].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  const notes: string[] = [];
  const commands = steps.map((step): LoggedCommand => {
    const { text, isCut } = textOf(step, debug);
    const lines = text.split("\n");
    if (isCut) notes.push(`The debug log of step ${step.index} has only its last lines.`);
    if (lines.length > MOST_LINES) {
      notes.push(`The log of step ${step.index} has ${lines.length} lines; the last ${MOST_LINES} are here.`);
    }
    const started_at = isoOf(step.started_at);
    return {
      name: step.name ?? `step ${step.index}`,
      status: statusOf(step.status),
      started_at,
      ended_at: isoOf(step.finished_at),
      lines: linesOf(lines.slice(-MOST_LINES), step.started_at),
    };
  });
  if (run.run_steps.length === 0) notes.push(`Run ${runId} has no steps yet.`);
  return { commands, notes };
}

function textOf(step: CloudStep, debug: boolean): { text: string; isCut: boolean } {
  if (!debug) return { text: step.logs ?? "", isCut: false };
  if (step.debug_logs !== null) return { text: step.debug_logs, isCut: false };
  if (step.truncated_debug_logs !== null) return { text: step.truncated_debug_logs, isCut: true };
  return { text: step.logs ?? "", isCut: false };
}

function isoOf(micros: number | null): string | null {
  return micros === null ? null : new Date(micros / 1000).toISOString();
}

/** dbt's console has `12:34:56  text`, its debug log `12:34:56.123456 [debug] [Thread-1]: text`, JSON logs an object. */
const CONSOLE =
  /^(?:\[0m)?(\d\d):(\d\d):(\d\d)(?:\.(\d+))?\s+(?:\[(debug|info ?|warn ?|error)\s*\]\s*(?:\[([^\]]*)\]\s*:?\s*)?)?(.*)$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of colours are what is taken out
const COLOURS = /\u001b\[[0-9;]*m/g;

const LEVELS: Readonly<Record<string, EventLevel>> = {
  debug: "DEBUG",
  info: "INFO",
  warn: "WARNING",
  warning: "WARNING",
  error: "ERROR",
};

/** Lines with what their text tells; one that continues another has its time. */
function linesOf(lines: readonly string[], startedAt: number | null): LogLine[] {
  const clock = new LogClock(startedAt);
  let level: EventLevel = "INFO";
  return lines.flatMap((line): LogLine[] => {
    const text = line.replace(COLOURS, "").replace(/\r$/, "");
    if (text.trim() === "") return [];
    const json = jsonLine(text);
    if (json !== null) return [json];
    const match = CONSOLE.exec(text);
    if (match === null) return [{ timestamp: clock.last, level, message: cut(text), step_key: nodeIn(text) }];
    const [, hour, minute, second, fraction = "", word, , rest = ""] = match;
    const seconds =
      Number(hour) * 3600 + Number(minute) * 60 + Number(second) + Number(`0.${fraction || "0"}`);
    level = word === undefined ? levelOf(rest) : (LEVELS[word.trim()] ?? "INFO");
    if (rest.trim() === "") return [];
    return [{ timestamp: clock.at(seconds), level, message: cut(rest), step_key: nodeIn(rest) }];
  });
}

/** Lines say the time of day alone: the day is that of the step's beginning, and the next after midnight. */
class LogClock {
  last: string | null;
  #day: number;
  #seconds = 0;

  constructor(startedAt: number | null) {
    this.last = isoOf(startedAt);
    const ms = (startedAt ?? 0) / 1000;
    this.#day = startedAt === null ? Number.NaN : Math.floor(ms / 86_400_000) * 86_400_000;
    this.#seconds = startedAt === null ? 0 : (ms - this.#day) / 1000;
  }

  at(seconds: number): string | null {
    if (Number.isNaN(this.#day)) return null;
    // Threads write in a slightly different order than they say; half a day back is the next day.
    if (seconds < this.#seconds - 43_200) this.#day += 86_400_000;
    this.#seconds = seconds;
    this.last = new Date(this.#day + seconds * 1000).toISOString();
    return this.last;
  }
}

/** A line of dbt's JSON log. */
function jsonLine(text: string): LogLine | null {
  if (!text.startsWith("{")) return null;
  try {
    const line: unknown = JSON.parse(text);
    if (typeof line !== "object" || line === null || !("info" in line)) return null;
    const { info } = line;
    if (typeof info !== "object" || info === null || !("msg" in info) || typeof info.msg !== "string")
      return null;
    const level =
      "level" in info && typeof info.level === "string" ? LEVELS[info.level.toLowerCase()] : undefined;
    const at = "ts" in info && typeof info.ts === "string" ? Date.parse(info.ts) : Number.NaN;
    const node = "data" in line ? nodeOf(line.data) : null;
    return {
      timestamp: Number.isNaN(at) ? null : new Date(at).toISOString(),
      level: level ?? "INFO",
      message: cut(info.msg),
      step_key: node ?? nodeIn(info.msg),
    };
  } catch {
    return null;
  }
}

/** The node that an event is about, in `data.node_info.unique_id`. */
function nodeOf(data: unknown): string | null {
  if (typeof data !== "object" || data === null || !("node_info" in data)) return null;
  const { node_info } = data;
  if (typeof node_info !== "object" || node_info === null || !("unique_id" in node_info)) return null;
  return typeof node_info.unique_id === "string" && node_info.unique_id !== "" ? node_info.unique_id : null;
}

/** A console line tells its level only by what it says. */
function levelOf(text: string): EventLevel {
  if (/\bERROR\b|^(Compilation|Database|Runtime|Parsing|Dependency) Error|^Failure in /.test(text))
    return "ERROR";
  if (/\bFAIL \d|\bFAIL\b/.test(text)) return "ERROR";
  return /\bWARN(ING)?\b/.test(text) ? "WARNING" : "INFO";
}

const NODE_ID =
  /\b(?:model|test|unit_test|seed|snapshot|source|exposure)\.[a-z0-9_]+\.[A-Za-z0-9_.-]*[A-Za-z0-9_]/;

/** A unique_id that the text names. */
function nodeIn(text: string): string | null {
  return NODE_ID.exec(text)?.[0] ?? null;
}

function cut(text: string): string {
  return text.length > MOST_LENGTH ? `${text.slice(0, MOST_LENGTH)}…` : text;
}
