/**
 * Keeps an MCP answer small enough for a conversation: at most 32 kB in each channel. A list is asked for again
 * with a smaller page, so that its cursor stays right; any other answer loses its longest parts.
 */
import type { Operation } from "../operation.ts";
import { cut, isRecord } from "./clean.ts";
import { renderText } from "./render.ts";

/** Bytes of UTF-8, for `structuredContent` and for the text. */
export const CAP_BYTES = 32_000;

export interface Fitting {
  answer: Record<string, unknown>;
  text: string;
}

type AskAgain = (input: unknown) => Promise<Record<string, unknown>>;

/** Asks, and asks again with less where the answer is too large. */
export async function askFitting(operation: Operation, input: unknown, ask: AskAgain): Promise<Fitting> {
  const asked = isRecord(input) ? input : {};
  const columns = Array.isArray(asked.fields) ? asked.fields.map(String) : operation.columns;
  const measure = (answer: Record<string, unknown>) => measured(answer, columns);

  let whole = measure(await ask(input));
  const canPage = "limit" in operation.input.shape;
  while (whole.bytes > CAP_BYTES && canPage && itemCount(whole.answer) > 1) {
    const count = itemCount(whole.answer);
    const limit = Math.max(1, Math.min(count - 1, Math.floor((count * CAP_BYTES * 0.9) / whole.bytes)));
    const page = await ask({ ...asked, limit });
    whole = measure(markShortened(page, narrowing(operation)));
  }
  return whole.bytes > CAP_BYTES ? shorten(whole.answer, measure) : whole;
}

function itemCount(answer: Record<string, unknown>): number {
  return Array.isArray(answer.items) ? answer.items.length : 0;
}

/** Texts of answers that are still remembered, by the columns shown first: laying one out takes longest. */
const texts = new WeakMap<Record<string, unknown>, Map<string, { text: string; bytes: number }>>();

function measured(answer: Record<string, unknown>, columns: readonly string[]): Fitting & { bytes: number } {
  const known = texts.get(answer) ?? new Map<string, { text: string; bytes: number }>();
  texts.set(answer, known);
  const key = columns.join();
  let laidOut = known.get(key);
  if (laidOut === undefined) {
    const text = renderText(answer, columns);
    laidOut = { text, bytes: Math.max(Buffer.byteLength(JSON.stringify(answer)), Buffer.byteLength(text)) };
    known.set(key, laidOut);
  }
  return { answer, ...laidOut };
}

/** The arguments of the operation that make its answer smaller, most useful first. */
function narrowing(operation: Operation): string[] {
  const known = ["fields", "project_ids", "tags", "model_ids", "job_id", "event_type", "step_key", "since"];
  return known.filter((name) => name in operation.input.shape).slice(0, 4);
}

function markShortened(answer: Record<string, unknown>, narrow: readonly string[]): Record<string, unknown> {
  const next =
    typeof answer.next_cursor === "string" ? "pass next_cursor for the rest" : "the rest was left out";
  const how = narrow.length > 0 ? `, or narrow with ${narrow.join(", ")}` : "";
  const note = `Shortened to ${itemCount(answer)} items to stay under ${CAP_BYTES / 1000} kB: ${next}${how}.`;
  return { ...withNote(answer, note), has_more: true };
}

function withNote(answer: Record<string, unknown>, note: string): Record<string, unknown> {
  const source = isRecord(answer.source) ? answer.source : {};
  const notes = Array.isArray(source.notes) ? source.notes : [];
  return { ...answer, source: { ...source, notes: [...notes, note] } };
}

/** Halves the largest list or text, again and again, until the answer fits. */
function shorten(
  answer: Record<string, unknown>,
  measure: (answer: Record<string, unknown>) => Fitting & { bytes: number },
): Fitting {
  const copy = structuredClone(answer);
  const shortened = new Set<string>();
  let fitting = measure(copy);
  while (fitting.bytes > CAP_BYTES) {
    const part = largestPart(copy, "");
    if (part === null) break;
    part.halve();
    shortened.add(part.path);
    if (part.path === "items") Object.assign(copy, { returned: itemCount(copy), has_more: true });
    const note = `Shortened to stay under ${CAP_BYTES / 1000} kB: ${[...shortened].join(", ")}. The command line and the library give all of it.`;
    fitting = measure(withNote(copy, note));
  }
  return fitting;
}

interface Part {
  path: string;
  bytes: number;
  halve(): void;
}

/** The list or text that takes the most room, looked for inside the largest field of each object. */
function largestPart(owner: Record<string, unknown>, path: string): Part | null {
  let largest: Part | null = null;
  for (const [key, value] of Object.entries(owner)) {
    if (path === "" && key === "source") continue;
    const bytes = JSON.stringify(value)?.length ?? 0;
    if (bytes < 200 || bytes <= (largest?.bytes ?? 0)) continue;
    const part = partOf(owner, key, path === "" ? key : `${path}.${key}`, bytes);
    if (part !== null) largest = part;
  }
  return largest;
}

function partOf(owner: Record<string, unknown>, key: string, path: string, bytes: number): Part | null {
  const value = owner[key];
  const replace = (half: () => unknown): Part => ({
    path,
    bytes,
    halve() {
      owner[key] = half();
    },
  });
  if (typeof value === "string") return replace(() => halfText(value));
  if (Array.isArray(value) && value.length > 1)
    return replace(() => value.slice(0, Math.ceil(value.length / 2)));
  const inside = Array.isArray(value) ? value[0] : value;
  return isRecord(inside) ? largestPart(inside, path) : null;
}

/** Half of a text; the mark of an earlier cut is taken into account. */
function halfText(text: string): string {
  const mark = /… \[(\d+) more characters\]$/.exec(text);
  const rest = mark === null ? text : text.slice(0, mark.index);
  return cut(rest, Math.ceil(rest.length / 2), Number(mark?.[1] ?? 0));
}
