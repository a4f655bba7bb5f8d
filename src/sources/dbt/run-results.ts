/** `run_results.json`: one invocation with its results. */
import type { ExecutionColumns } from "../../store/units.ts";
import { type ColumnBuilder, executionColumns, type RowOf, type Words } from "../visit/columns.ts";
import { isObject, numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { type Command, commandOf } from "./commands.ts";
import type { InvocationFacts, Past, ResultsFile } from "./invocation-facts.ts";
import type { Visitor } from "./json-entries.ts";
import { Fields } from "./json-fields.ts";
import { readEntries } from "./json-file.ts";
import { countPackage } from "./packages.ts";
import { executionStatus, FAILED_RESULTS, testStatus } from "./statuses.ts";
import { microsOf } from "./times.ts";

const FIELDS = new Fields({
  unique_id: true,
  status: true,
  timing: true,
  thread_id: true,
  execution_time: true,
  adapter_response: true,
  message: true,
  failures: true,
  batch_results: true,
});

/** Seconds beyond which a run time is a defect of what wrote it (thirty years). */
const ABSURD_SECONDS = 1e9;

type Row = RowOf<ExecutionColumns>;

/**
 * Reads the file; `past` is what a history of dbt 2 says of its invocation. Throws `JsonError` or the error of the
 * file system.
 */
export function readRunResults(
  file: ResultsFile,
  words: Words,
  past: Past | undefined,
): InvocationFacts & { executions: ExecutionColumns | null } {
  const { metadata } = file;
  const generatedAt = firstKnown(microsOf(metadata.generated_at), file.changedAt);
  const isDbt2 = /^[2-9]\./.test(textOf(metadata.dbt_version) ?? "");
  let args: WireObject = {};
  let elapsed = Number.NaN;
  let results = new Results(words);
  const visitor: Visitor = {
    begin: (key) => {
      if (key === "results") results = new Results(words);
    },
    entry: (key, name, value) => {
      if (key === "args") args = objectOf(value);
      else if (key === "elapsed_time") elapsed = numberOf(value);
      else if (name !== null && isObject(value) && textOf(value.unique_id) && textOf(value.status)) {
        results.add(resultRow(value, generatedAt, isDbt2), textOf(value.status) ?? "");
      } else results.dropped++;
      return true;
    },
    malformed: () => results.dropped++,
  };
  readEntries(file.path, { args: "value", elapsed_time: "value", results: { entries: FIELDS } }, visitor);

  // What the rows mean is known only here: dbt writes the command behind its results.
  const command = commandOf(past === undefined ? args : { ...past.args, ...args }, results.statuses);
  const { packages, hasFailed, rows, dropped } = results;
  // dbt 2 gives the sum of its results' times as the time of the command: what passed is told otherwise.
  if (isDbt2) elapsed = past?.elapsed ?? (generatedAt - results.startedAt) / 1e6;
  const executions = results.executions(command);
  return {
    kind: "results",
    metadata,
    command,
    packages,
    generatedAt,
    elapsed,
    hasFailed,
    rows,
    dropped,
    executions,
  };
}

/** The rows of a file as they are read. */
export class Results {
  readonly statuses = new Set<string>();
  readonly packages = new Map<string, number>();
  hasFailed = false;
  dropped = 0;
  /** When the first of them began, epoch microseconds; NaN where none says. */
  startedAt = Number.NaN;
  /** The kind of each row, which decides whether it says something of a command. */
  readonly #kinds: RowKind[] = [];
  readonly #columns: ColumnBuilder<ExecutionColumns>;

  constructor(words: Words) {
    this.#columns = executionColumns(words);
  }

  get rows(): number {
    return this.#kinds.length;
  }

  add(row: Row, word: string): void {
    const node = row.node ?? "";
    this.statuses.add(word);
    if (!(this.startedAt <= row.started_at)) this.startedAt = firstKnown(row.started_at, this.startedAt);
    this.hasFailed ||= FAILED_RESULTS.has(row.status ?? "");
    countPackage(this.packages, node);
    this.#kinds.push(isTest(node) ? "test" : node.startsWith("source.") ? "source" : "build");
    this.#columns.add(row);
  }

  /** The rows that mean something: of tests where the command tests, of all else where it builds. */
  executions({ builds, tests }: Command): ExecutionColumns | null {
    if (!builds && !tests) return null;
    const isMeant = { test: tests, build: builds, source: false };
    if (this.#kinds.every((kind) => isMeant[kind])) return this.#columns.finish();
    return this.#columns.finish((row) => isMeant[this.#kinds[row] ?? "source"]);
  }
}

type RowKind = "test" | "build" | "source";

function isTest(uniqueId: string): boolean {
  return uniqueId.startsWith("test.") || uniqueId.startsWith("unit_test.");
}

/** One result as a row; `generatedAt` is when its invocation ended. */
export function resultRow(result: WireObject, generatedAt: number, isDbt2: boolean): Row {
  const node = textOf(result.unique_id);
  const word = textOf(result.status) ?? "";
  const message = textOf(result.message);
  const { status, raw } = statusOf(node ?? "", word, message, isDbt2);
  const timing = timingOf(result.timing);
  const response = objectOf(result.adapter_response);
  const quiet = (status === "success" || status === "pass") && raw === null;
  return {
    node,
    status,
    raw_status: raw,
    thread: textOf(result.thread_id),
    message: quiet ? null : withBatches(status, message, result.batch_results),
    partition: null,
    recorded_at: firstKnown(timing.endedAt, generatedAt),
    started_at: timing.startedAt,
    ended_at: timing.endedAt,
    runtime_s: seconds(numberOf(result.execution_time)),
    compile_s: timing.compile,
    execute_s: timing.execute,
    failures: numberOf(result.failures),
    rows_affected: notNegative(numberOf(response.rows_affected)),
    bytes_processed: bytesOf(response),
    attempt: 1,
  };
}

function statusOf(
  node: string,
  word: string,
  message: string | null,
  isDbt2: boolean,
): { status: string; raw: string | null } {
  if (isTest(node)) return testStatus(word);
  const known = executionStatus(word);
  // dbt 2 lists ephemeral models and no-ops as skipped with this very message; what was skipped because of a
  // failure says so ("Skipped due to upstream failure").
  if (isDbt2 && known.status === "skipped" && message === "Skipped") return { status: "no_op", raw: word };
  return known;
}

interface Timing {
  startedAt: number;
  endedAt: number;
  compile: number;
  execute: number;
}

function timingOf(value: unknown): Timing {
  const timing: Timing = {
    startedAt: Number.NaN,
    endedAt: Number.NaN,
    compile: Number.NaN,
    execute: Number.NaN,
  };
  if (!Array.isArray(value)) return timing;
  for (const part of value) {
    const { name, started_at, completed_at } = objectOf(part);
    const start = microsOf(started_at);
    const end = microsOf(completed_at);
    if (!(timing.startedAt <= start)) timing.startedAt = firstKnown(start, timing.startedAt);
    if (!(timing.endedAt >= end)) timing.endedAt = firstKnown(end, timing.endedAt);
    if (name === "compile") timing.compile = seconds((end - start) / 1e6);
    if (name === "execute") timing.execute = seconds((end - start) / 1e6);
  }
  return timing;
}

/** The message of a model built in batches says how many of them failed. */
function withBatches(status: string, message: string | null, batches: unknown): string | null {
  if (status !== "partial_success" && status !== "error") return message;
  const { successful, failed } = objectOf(batches);
  if (!Array.isArray(failed) || failed.length === 0) return message;
  const total = failed.length + (Array.isArray(successful) ? successful.length : 0);
  const count = `${failed.length} of ${total} batches failed`;
  return message === null ? count : `${count}: ${message}`;
}

/** Adapters name the bytes that a query read differently. */
function bytesOf(response: WireObject): number {
  for (const name of ["bytes_processed", "data_scanned_in_bytes", "bytes_scanned", "bytes_billed"]) {
    const bytes = notNegative(numberOf(response[name]));
    if (!Number.isNaN(bytes)) return bytes;
  }
  return Number.NaN;
}

function firstKnown(value: number, otherwise: number): number {
  return Number.isNaN(value) ? otherwise : value;
}

function notNegative(value: number): number {
  return value < 0 ? Number.NaN : value;
}

function seconds(value: number): number {
  return value < 0 || value > ABSURD_SECONDS ? Number.NaN : value;
}
