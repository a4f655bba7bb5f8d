/**
 * The run history that dbt 2 keeps beside its artifacts: `target/metadata/run/{invocations,results}/*.parquet`,
 * of all its invocations, while `run_results.json` is that of the last one.
 *
 * Parquet needs DuckDB, which must never be in a thread that may be terminated. So the main thread asks it,
 * without blocking, and hands the rows to the parsing worker page by page as it asks for them.
 */
import { join } from "node:path";
import type { DuckDBInstance } from "@duckdb/node-api";
import { RunlensError, throwIfCancelled } from "../../errors.ts";
import { openInstance, quote, Statements } from "../../store/engine.ts";
import { isObject, labelOf, numberOf, textOf, textsOf, type WireObject } from "../wire/loose.ts";

/** Bounds DuckDB's own memory; it only scans. */
const MEMORY_MB = 128;

/** One row of `invocations`. Times are epoch microseconds. */
export interface HistoryInvocation {
  id: string;
  command: string;
  commandLine: string;
  failed: boolean;
  project: string | null;
  adapter: string | null;
  target: string | null;
  dbtVersion: string | null;
  /** What the platform said of it, under the names that artifacts have in `metadata.env`. */
  env: Record<string, string>;
  endedAt: number;
  /** Seconds, NaN where unknown. */
  elapsed: number;
  /** How many rows of `results` it has. */
  rows: number;
}

/** The arguments as `run_results.json` has them under `args`; the history alone keeps what was typed. */
export function historyArgs(invocation: HistoryInvocation): WireObject {
  return {
    which: invocation.command,
    invocation_command: invocation.commandLine,
    ...(invocation.target === null ? {} : { target: invocation.target }),
  };
}

/** Reads histories; opens DuckDB with the first question. */
export class HistoryReader {
  readonly #signal: AbortSignal;
  #instance: DuckDBInstance | undefined;
  #statements: Statements | undefined;
  #asking: Promise<unknown> = Promise.resolve();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** The invocations of the history in `folder` that ended after `since` (epoch microseconds), oldest first. */
  async invocations(folder: string, since: number): Promise<HistoryInvocation[]> {
    const rows = await this.#json(
      `SELECT to_json(i) AS row FROM (
         SELECT i.*, epoch_us(i.ingested_at) AS ended_at, coalesce(r.rows, 0) AS rows
         FROM ${table(folder, "invocations")} i
         LEFT JOIN (SELECT invocation_id, count(*) AS rows FROM ${table(folder, "results")} GROUP BY ALL) r
           ON r.invocation_id = i.invocation_id
         WHERE epoch_us(i.ingested_at) > ${Math.round(since)} ORDER BY i.ingested_at) i`,
    );
    return rows.flatMap((row) => invocationOf(row) ?? []);
  }

  /** The rows of `results` of these invocations, each as JSON. */
  async rows(folder: string, ids: readonly string[]): Promise<string[]> {
    const wanted = ids.map(quote).join(", ") || "NULL";
    return this.#json(
      `SELECT DISTINCT to_json(r) AS row FROM ${table(folder, "results")} r WHERE invocation_id IN (${wanted})`,
    );
  }

  /** Waits for a question under way: DuckDB must not be closed beneath it. */
  async close(): Promise<void> {
    await this.#asking.catch(() => undefined);
    this.#statements?.connection.closeSync();
    this.#instance?.closeSync();
    this.#statements = undefined;
    this.#instance = undefined;
  }

  #json(sql: string): Promise<string[]> {
    const answer = this.#ask(sql);
    this.#asking = answer;
    return answer;
  }

  async #ask(sql: string): Promise<string[]> {
    throwIfCancelled(this.#signal);
    this.#instance ??= await openInstance({ memoryMb: MEMORY_MB, spill: null });
    this.#statements ??= new Statements(await this.#instance.connect());
    const statements = this.#statements;
    const stop = (): void => statements.cancel();
    this.#signal.addEventListener("abort", stop, { once: true });
    try {
      const rows = await statements.rows(sql);
      return rows.flatMap(({ row }) => (typeof row === "string" ? row : []));
    } finally {
      this.#signal.removeEventListener("abort", stop);
    }
  }
}

/** Files of one version may have columns that those of another lack. */
function table(folder: string, name: "invocations" | "results"): string {
  const files = join(folder, name, "*.parquet");
  return `read_parquet(${quote(files)}, union_by_name = true)`;
}

/** Says why a history could not be read, to follow its name. */
export function historyProblem(error: unknown): string {
  if (error instanceof RunlensError) return `could not be read: ${error.message}`;
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return `could not be read (${line.slice(0, 200)})`;
}

function invocationOf(text: string): HistoryInvocation | null {
  const row: unknown = JSON.parse(text);
  if (!isObject(row)) return null;
  const id = textOf(row.invocation_id);
  const command = textOf(row.command);
  const endedAt = numberOf(row.ended_at);
  if (id === null || command === null || Number.isNaN(endedAt)) return null;
  const env = {
    DBT_CLOUD_ENVIRONMENT_ID: labelOf(row.environment_id),
    DBT_CLOUD_ENVIRONMENT_NAME: labelOf(row.environment_name),
    DBT_CLOUD_GIT_SHA: labelOf(row.git_sha),
    DBT_CLOUD_GIT_BRANCH: labelOf(row.git_branch),
  };
  return {
    id,
    command,
    commandLine: textsOf(row.cli_args).join(" "),
    failed: textOf(row.status) === "error",
    project: textOf(row.project_name),
    adapter: textOf(row.adapter_type),
    target: textOf(row.target_name),
    dbtVersion: textOf(row.dbt_version),
    env: Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== null)),
    endedAt,
    elapsed: numberOf(row.elapsed_secs),
    rows: numberOf(row.rows),
  };
}
