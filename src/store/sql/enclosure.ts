/**
 * A DuckDB instance in which statements of others run: it holds one generation, read-only, and the relations that may be
 * asked about. Nothing in it reaches a file, the network, an extension or a setting, whatever a statement says.
 */
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from "@duckdb/node-api";
import { RunlensError } from "../../errors.ts";
import { loadDuckDb, openInstance, quote } from "../engine.ts";
import type { Cell, SqlAnswer, SqlQuestion } from "../port.ts";
import type { Reading } from "../views/tables.ts";
import { exactConverter } from "./cells.ts";
import { statementFailure } from "./failures.ts";
import { inspect, type Names } from "./guard.ts";
import { createRelation } from "./relation.ts";
import { relationsOf } from "./schema.ts";

/** What a statement may use, beside the facts themselves. */
export interface SqlLimits {
  /** From when it begins to run; who asks waits for others too. */
  time_ms: number;
  memory_mb: number;
  /** Of the answer as JSON, in UTF-16 units: a page is cut short before it is larger. */
  characters: number;
}

export const LIMITS: SqlLimits = { time_ms: 10_000, memory_mb: 256, characters: 4_000_000 };

/** Attaches or copies the facts as the catalog `facts`, and says what of them may be seen. */
export type Fill = (connection: DuckDBConnection) => Promise<Reading>;

/** The catalog with the facts in it, and the schema for what the views read beside. */
export const FACTS = "facts";
export const KEPT = "memory.kept";

/** For filling; a statement gets what `SqlLimits` says on top of what is filled in. */
const FILLING_MB = 100_000;

export class Enclosure {
  readonly #instance: DuckDBInstance;
  readonly #names: Names;
  readonly #limits: SqlLimits;

  private constructor(instance: DuckDBInstance, names: Names, limits: SqlLimits) {
    this.#instance = instance;
    this.#names = names;
    this.#limits = limits;
  }

  /** `projectKeys` are the projects whose facts may be seen; null for all. */
  static async open(
    fill: Fill,
    projectKeys: readonly number[] | null,
    limits: SqlLimits,
  ): Promise<Enclosure> {
    const instance = await openInstance({ memoryMb: FILLING_MB, spill: null });
    try {
      const connection = await instance.connect();
      const reading = await fill(connection);
      const relations = relationsOf(reading, projectKeys);
      await connection.run(relations.map(createRelation).join("\n"));
      const shown = new Set(relations.map(({ name }) => name));
      const names = { shown, hidden: await hiddenNames(connection, shown) };
      await lock(connection, limits.memory_mb);
      connection.closeSync();
      return new Enclosure(instance, names, limits);
    } catch (error) {
      instance.closeSync();
      throw error;
    }
  }

  /** Runs one statement; `stop` interrupts it, upon which it fails with whatever DuckDB then says. */
  async ask(question: SqlQuestion, stop: AbortSignal): Promise<SqlAnswer> {
    const connection = await this.#instance.connect();
    let timer: NodeJS.Timeout | undefined;
    // An interrupt that comes before DuckDB has begun is lost, so that it is repeated.
    const interrupt = (): void => {
      connection.interrupt();
      timer ??= setInterval(() => connection.interrupt(), 20);
    };
    stop.addEventListener("abort", interrupt, { once: true });
    try {
      const { params } = await inspect(connection, question.sql, this.#names);
      checkParams(params, question.params.length);
      stop.throwIfAborted();
      await connection.run(clockMacros(question.now));
      const result = await start(connection, question);
      return await pageOf(result, question, this.#limits.characters, stop);
    } catch (error) {
      throw statementFailure(error, this.#limits.memory_mb);
    } finally {
      stop.removeEventListener("abort", interrupt);
      clearInterval(timer);
      connection.closeSync();
    }
  }

  close(): void {
    this.#instance.closeSync();
  }
}

async function hiddenNames(connection: DuckDBConnection, shown: ReadonlySet<string>): Promise<Set<string>> {
  const reader = await connection.runAndReadAll(
    "SELECT lower(view_name) FROM duckdb_views() UNION SELECT lower(table_name) FROM duckdb_tables()",
  );
  return new Set(
    reader
      .getRows()
      .map(([name]) => String(name))
      .filter((name) => !shown.has(name)),
  );
}

/** From now on nothing can be opened, not even the file that is attached, and nothing can be set. */
export async function lock(connection: DuckDBConnection, memoryMb: number): Promise<void> {
  const reader = await connection.runAndReadAll(
    "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()",
  );
  const used = Math.ceil(Number(reader.getRows()[0]?.[0] ?? 0) / 1e6);
  for (const setting of [
    `memory_limit = '${used + memoryMb}MB'`,
    // Rows without ORDER BY keep their order from page to page.
    "preserve_insertion_order = true",
    "TimeZone = 'UTC'",
    "allow_community_extensions = false",
    "enable_external_access = false",
    "disabled_filesystems = 'LocalFileSystem'",
    "lock_configuration = true",
  ]) {
    await connection.run(`SET ${setting}`);
  }
}

/** The time is the injected one, without a time zone, as the times of the facts are. */
function clockMacros(now: number): string {
  const at = `TIMESTAMP ${quote(new Date(now).toISOString().replace("Z", "").replace("T", " "))}`;
  const moments = ["now", "get_current_timestamp", "transaction_timestamp", "current_localtimestamp"];
  const macros = [
    ...moments.map((name) => `${name}() AS ${at}`),
    ...["today", "current_date"].map((name) => `${name}() AS ${at}::DATE`),
    ...["get_current_time", "current_localtime"].map((name) => `${name}() AS ${at}::TIME`),
    `age(a) AS system.main.age(${at}::DATE::TIMESTAMP, a), (a, b) AS system.main.age(a, b)`,
  ];
  return macros.map((macro) => `CREATE TEMP MACRO ${macro};`).join(" ");
}

function checkParams(wanted: number, given: number): void {
  if (wanted === given) return;
  throw new RunlensError(
    "INVALID_INPUT",
    `The statement has ${wanted} parameters, params has ${given} values.`,
    "Give one text for each ? in their order; DuckDB casts them, or write CAST(? AS INTEGER).",
  );
}

async function start(connection: DuckDBConnection, { sql, params }: SqlQuestion): Promise<DuckDBResult> {
  const { StatementType, VARCHAR } = await loadDuckDb();
  const prepared = await connection.prepare(sql);
  // The guard has let only such a statement through.
  if (prepared.statementType !== StatementType.SELECT) throw new Error("the guard let a statement through");
  prepared.bind(
    [...params],
    params.map(() => VARCHAR),
  );
  return prepared.stream();
}

/** Reads no further than the page goes. Rows before it are computed again: nothing is kept between pages. */
async function pageOf(
  result: DuckDBResult,
  { offset, limit }: SqlQuestion,
  characters: number,
  stop: AbortSignal,
): Promise<SqlAnswer> {
  const convert = exactConverter(await loadDuckDb());
  const names = result.deduplicatedColumnNames();
  const columns = names.map((name, index) => ({ name, type: typeOf(result, index) }));
  const rows: Cell[][] = [];
  let size = 0;
  for (let before = 0; ; ) {
    const chunk = await result.fetchChunk();
    stop.throwIfAborted();
    if (chunk === null || chunk.rowCount === 0) return { columns, rows, more: false, shortened: false };
    const first = Math.max(0, offset - before);
    before += chunk.rowCount;
    for (let index = first; index < chunk.rowCount; index++) {
      if (rows.length === limit) return { columns, rows, more: true, shortened: false };
      const row = chunk.convertRowValues(index, convert);
      size += JSON.stringify(row).length;
      if (size > characters) {
        if (rows.length === 0) throw tooLarge(characters);
        return { columns, rows, more: true, shortened: true };
      }
      rows.push(row);
    }
  }
}

/** As DESCRIBE calls it: JSON is a text with a name of its own. */
function typeOf(result: DuckDBResult, index: number): string {
  return result.columnLogicalType(index).alias ?? String(result.columnType(index));
}

function tooLarge(characters: number): RunlensError {
  return new RunlensError(
    "TOO_LARGE",
    `One row of the answer has more than ${characters / 1e6} million characters.`,
    "Select fewer columns, or parts of them with left(column, 1000).",
  );
}
