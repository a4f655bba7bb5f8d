/** An answer drawn for a person at a terminal: tables, times to the second, durations as one says them. */
import { type Block, type Closing, type Field, grouped, layOut, type Scalar, type Table } from "../layout.ts";
import { cellText, countLine } from "../render.ts";

export interface TerminalOptions {
  /** The fields to show, in order; everything where there are none. */
  columns: readonly string[];
  /** Headings that are not made of the field's name. */
  headings?: Readonly<Record<string, string>>;
  /** The line for a list without items. */
  none?: string;
  /** The line that counts the items, said also where all are shown. */
  count?: string;
  /** Characters after which messages are cut; 240 unless said. */
  longestMessage?: number;
  /** The command to type for the next page, without its cursor. */
  next?: string;
}

const LONGEST_CELL = 60;
/** The words of an error are what was asked for: they are cut later. */
const LONGEST_MESSAGE = 240;
const MESSAGES: readonly string[] = ["message", "error_message", "reason", "reasons"];

/** The whole text for stdout. */
export async function terminalText(
  answer: Record<string, unknown>,
  options: TerminalOptions,
): Promise<string> {
  const { blocks, closing } = layOut(answer, { columns: options.columns, show: "chosen" });
  const isEmptyList = closing.returned === 0;
  const drawn = isEmptyList
    ? [options.none ?? "Nothing found."]
    : await Promise.all(blocks.map((block) => draw(block, options)));
  return [...drawn, closingText(closing, options)].filter((part) => part !== "").join("\n\n");
}

async function draw(block: Block, options: TerminalOptions): Promise<string> {
  if (block.kind === "fields") return grouped(block.fields).map(groupLine).join("\n");
  const title = block.name === "items" ? "" : `${label(block.name)} (${block.rows.length})\n`;
  return `${title}${await tableText(block, options)}`;
}

async function tableText(
  block: Table,
  { headings = {}, longestMessage = LONGEST_MESSAGE }: TerminalOptions,
): Promise<string> {
  const longest = (column: string) => (MESSAGES.includes(column) ? longestMessage : LONGEST_CELL);
  const { drawTable } = await import("./table.ts");
  return drawTable({
    heads: block.columns.map((name, column) => {
      const cells = block.rows.map((row) => row[column]);
      return headings[name] ?? heading(name, cells);
    }),
    rows: block.rows.map((row) =>
      row.map((cell, column) => {
        const name = block.columns[column] ?? "";
        return clipped(cell === undefined ? "" : humanCell(name, cell), longest(name));
      }),
    ),
    isNumeric: block.columns.map((_, column) =>
      block.rows.every((row) => ["number", "undefined"].includes(typeof row[column])),
    ),
  });
}

function clipped(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** Counts of one thing on one line, those that are zero left out. */
function groupLine({ name, fields }: { name: string; fields: readonly Field[] }): string {
  if (name === "") return fields.map(fieldLine).join("\n");
  const shown = fields.filter(({ value }) => value !== 0);
  const words = shown.map(
    (field) => `${label(field.name).toLowerCase()} ${humanCell(field.name, field.value)}`,
  );
  return `${label(name)}: ${words.join(", ") || "none"}`;
}

function fieldLine({ name, value }: Field): string {
  const text = humanCell(name, value);
  if (typeof value === "string" && value.includes("\n"))
    return `${label(name)}:\n  ${value.replaceAll("\n", "\n  ")}`;
  if (Array.isArray(value) && text.length > LONGEST_CELL) {
    return `${label(name)}:\n${value.map((item) => `  ${cellText(item)}`).join("\n")}`;
  }
  return `${label(name)}: ${text}${typeof value === "string" && TIME.test(value) ? " UTC" : ""}`;
}

/** Notes and the next page; on a terminal the count speaks where there is more than what is shown. */
function closingText(closing: Closing, { next, count }: TerminalOptions): string {
  const cursor = closing.nextCursor;
  const isPart = closing.hasMore || (closing.total ?? 0) > (closing.returned ?? 0);
  return [
    ...(isPart ? [countLine(closing)] : []),
    ...(count === undefined ? [] : [count]),
    ...(cursor === null ? [] : [`Next page: ${next ?? "repeat with"} --cursor ${cursor}`]),
    ...(closing.complete ? [] : ["This answer is not complete."]),
    ...closing.notes.map((note) => `Note: ${note.replaceAll("\n", " ")}`),
  ].join("\n");
}

/** `average_runtime_s` reads `AVERAGE RUNTIME`, `started_at` reads `STARTED (UTC)`. */
function heading(column: string, cells: Table["rows"][number]): string {
  const known = cells.filter((cell) => cell !== undefined);
  const isTime = known.length > 0 && known.every((cell) => typeof cell === "string" && TIME.test(cell));
  return `${label(column).toUpperCase()}${isTime ? " (UTC)" : ""}`;
}

function label(name: string): string {
  const words = name
    .replace(/_(s|at)$/, "")
    .replaceAll(/[._]/g, " ")
    .replaceAll(/\bid\b/g, "ID")
    .replaceAll(/\bsql\b/g, "SQL");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/;

/** A cell for a person. */
export function humanCell(column: string, value: Scalar | Scalar[]): string {
  if (typeof value === "number" && column.endsWith("_s")) return humanSeconds(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  const time = typeof value === "string" ? TIME.exec(value) : null;
  return time === null ? cellText(value) : `${time[1]} ${time[2]}`;
}

/** 761.3 reads `12m 41s`. */
export function humanSeconds(seconds: number): string {
  if (seconds < 0) return `-${humanSeconds(-seconds)}`;
  if (seconds < 10) return `${Number(seconds.toFixed(2))}s`;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))}s`;
  const whole = Math.round(seconds);
  const pad = (part: number) => String(part).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${pad(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${pad(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${pad(Math.floor((whole % 86_400) / 3600))}h`;
}
