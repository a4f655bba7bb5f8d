/** Runs one query on a connection, so that it can be stopped. */
import { setMaxListeners } from "node:events";
import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult } from "@duckdb/node-api";
import { cancelled, RunlensError, throwIfCancelled } from "../errors.ts";
import { loadDuckDb } from "./engine.ts";
import type { Row, SqlValue } from "./port.ts";
import { type Bound, bind, rowsOf } from "./values.ts";

/** An interrupt that comes before DuckDB has begun is lost, so that it is repeated until the query ends. */
const AGAIN_MS = 20;

/**
 * @throws RunlensError `INVALID_INPUT` for anything but one SELECT, `CANCELLED` when `signal` is aborted, `TOO_LARGE` when the query needs more memory than
 * there is for it; else DuckDB's error
 */
export async function runQuery(
  connection: DuckDBConnection,
  sql: string,
  params: readonly SqlValue[],
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  throwIfCancelled(signal);
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    timer ??= setInterval(() => connection.interrupt(), AGAIN_MS);
  };
  const { values, types } = await bind(params);
  throwIfCancelled(signal);
  signal?.addEventListener("abort", interrupt, { once: true });
  try {
    const result = await select(connection, sql, { values, types });
    throwIfCancelled(signal);
    return await rowsOf(result, signal);
  } catch (error) {
    if (signal?.aborted) throw cancelled(error);
    if (error instanceof Error && /^Out of Memory Error/i.test(error.message)) {
      throw new RunlensError(
        "TOO_LARGE",
        "The query needs more memory than the store may use.",
        "Narrow it: fewer rows, a shorter time, fewer columns.",
        { cause: error },
      );
    }
    throw error;
  } finally {
    signal?.removeEventListener("abort", interrupt);
    clearInterval(timer);
  }
}

/** Whatever is no SELECT could change the connection, which serves other questions too. */
async function select(connection: DuckDBConnection, sql: string, bound: Bound): Promise<DuckDBResult> {
  const { StatementType } = await loadDuckDb();
  const prepared = await prepareOne(connection, sql);
  try {
    if (prepared?.statementType !== StatementType.SELECT) {
      throw new RunlensError(
        "INVALID_INPUT",
        "A query of the store is one SELECT statement.",
        "Send one SELECT, without other statements before or after it.",
      );
    }
    prepared.bind(bound.values, bound.types);
    return await prepared.run();
  } finally {
    prepared?.destroySync();
  }
}

/** The statement that `sql` is; null when it is none or several. */
async function prepareOne(
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBPreparedStatement | null> {
  try {
    const statements = await connection.extractStatements(sql);
    return statements.count === 1 ? await statements.prepare(0) : null;
  } catch (error) {
    // For text without any statement DuckDB has no words; all its other errors name their kind.
    if (error instanceof Error && !/^[\w ]+ Error: /i.test(error.message)) return null;
    throw error;
  }
}

/** Lets so many in at a time; the rest waits in line and may leave it. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(places: number) {
    this.#free = places;
  }

  /** Runs `work` when there is a place. @throws RunlensError `CANCELLED` when aborted while waiting */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    throwIfCancelled(signal);
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    // One question may have dozens of queries in line; Node would take more than ten listeners for a leak.
    if (signal !== undefined) setMaxListeners(0, signal);
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(cancelled(signal?.reason));
      };
      this.#waiting.push(enter);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }
}
