/** DuckDB, loaded when a question first needs it: the import alone costs more than the rest of a start. */
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { cancelled, RunlensError } from "../errors.ts";

export type DuckDb = typeof import("./duckdb.ts");

let loading: Promise<DuckDb> | undefined;

/** @throws RunlensError `CONFIG` where DuckDB's binary for this platform is not installed */
export function loadDuckDb(): Promise<DuckDb> {
  loading ??= loadInTurns().catch((cause: unknown) => {
    loading = undefined;
    throw new RunlensError(
      "CONFIG",
      "DuckDB, which keeps the facts, cannot be loaded on this machine.",
      "Install runlens again with optional dependencies, on a platform that @duckdb/node-bindings has a binary for.",
      { cause },
    );
  });
  return loading;
}

/** The native library and the code around it each hold up the thread for a while: others get their turn between. */
async function loadInTurns(): Promise<DuckDb> {
  await import("@duckdb/node-bindings");
  await new Promise((resolve) => setImmediate(resolve));
  return import("./duckdb.ts");
}

/**
 * A private in-memory instance; files are attached to it. `memoryMb` bounds DuckDB's own memory, `spill` is
 * the folder for what does not fit, null to refuse such work instead. A `frugal` one gives memory back as soon as it is
 * free, for work that comes seldom and takes much: a load leaves 40 MB less behind and is no slower.
 */
export async function openInstance(options: {
  memoryMb: number;
  spill: string | null;
  frugal?: boolean;
}): Promise<DuckDBInstance> {
  const duckdb = await loadDuckDb();
  return duckdb.DuckDBInstance.create(":memory:", {
    // Queries run side by side already. With two threads of one query, a window function once failed inside
    // DuckDB 1.5.5 (an index into an empty vector), which costs the whole instance; loads are no slower with one.
    threads: "1",
    memory_limit: `${options.memoryMb}MB`,
    temp_directory: options.spill ?? "",
    // Rows have no order of their own here, and keeping one costs memory when many are written.
    preserve_insertion_order: "false",
    ...(options.frugal === true && {
      allocator_flush_threshold: "1MB",
      allocator_bulk_deallocation_flush_threshold: "1MB",
    }),
    // Nothing is ever fetched over the network for a query.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
}

/**
 * Shuts the instance in: from now on no SQL reaches files outside `folder` (null: any file), and no setting can
 * be changed. What queries may say is guarded elsewhere; this holds when that fails.
 */
export async function shutIn(connection: DuckDBConnection, folder: string | null): Promise<void> {
  if (folder !== null) await connection.run(`SET allowed_directories = [${quote(folder)}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
}

/** `text` as an SQL literal. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** One row as DuckDB gives it, for the few values that the writer itself looks at. */
export type RawRow = Record<string, unknown>;

/** Statements of one piece of work that can be cancelled between and within them. */
export class Statements {
  readonly connection: DuckDBConnection;
  /** How many rows of the store `change` has touched. */
  changes = 0;
  #cancelled = false;

  constructor(connection: DuckDBConnection) {
    this.connection = connection;
  }

  /** Stops the statement that is running, if one is, and refuses the next. */
  cancel(): void {
    this.#cancelled = true;
    this.connection.interrupt();
  }

  throwIfCancelled(): void {
    if (this.#cancelled) throw cancelled();
  }

  /** Runs a statement that does not change the store. */
  async run(sql: string): Promise<void> {
    await this.#guarded(() => this.connection.run(sql));
  }

  /** Runs a statement that changes the store; gives the number of rows. */
  async change(sql: string): Promise<number> {
    const result = await this.#guarded(() => this.connection.run(sql));
    this.changes += result.rowsChanged;
    return result.rowsChanged;
  }

  async rows(sql: string): Promise<RawRow[]> {
    const reader = await this.#guarded(() => this.connection.runAndReadAll(sql));
    return reader.getRowObjects();
  }

  /** The first column of the first row as a number; 0 when there is none. */
  async number(sql: string): Promise<number> {
    const [row] = await this.rows(sql);
    return row === undefined ? 0 : Number(Object.values(row)[0] ?? 0);
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    this.throwIfCancelled();
    try {
      return await work();
    } catch (error) {
      this.throwIfCancelled();
      throw error;
    }
  }
}
