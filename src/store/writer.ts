/**
 * Writes a store: stages a load, merges it into a copy of the current generation, publishes the copy.
 *
 * It does not care in which thread it lives; `writer-worker.ts` gives it one of its own. Work on one writer is
 * done one piece after the other by its caller.
 */
import { join } from "node:path";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { cancelled } from "../errors.ts";
import { openInstance, quote, Statements, shutIn } from "./engine.ts";
import { asUnusable, StoreUnusable } from "./failures.ts";
import { type Change, describe, type GenerationOptions, writeGeneration } from "./generation.ts";
import {
  folderOf,
  generationName,
  nextFile,
  prepareFolder,
  readPointer,
  removeQuietly,
  spillFolder,
  sweep,
  writePointer,
} from "./layout.ts";
import { takeLock } from "./lock.ts";
import { mergeLoad } from "./merge/merge.ts";
import { copyOlder, hasOlder } from "./migration.ts";
import type { Published } from "./port.ts";
import { createTables, TABLES } from "./schema.ts";
import { Staging } from "./staging.ts";
import { transaction } from "./transaction.ts";
import type { Batch } from "./units.ts";

export interface WriterOptions extends GenerationOptions {
  /** How many writers this store had before in this process: their generations in memory had other names. */
  life?: number;
  /** The store's folder, or null to keep everything in memory. */
  address: string | null;
}

/** Bounds DuckDB's own memory in the writer; what does not fit spills beside the store. */
const MEMORY_MB = 400;
/** The writer's own database, where the facts live when there is no folder. */
const MEMORY = "memory_store";
const NOTHING: Published["added"] = { invocations: 0, definitions: 0, executions: 0 };

export class Writer {
  readonly #options: WriterOptions;
  readonly #folder: string | null;
  #instance: DuckDBInstance | undefined;
  #connection: DuckDBConnection | undefined;
  #staging: Staging | undefined;
  #statements: Statements | undefined;
  #abort = new AbortController();
  /** How often the facts in memory have changed; null while they are in the folder. */
  #memory: number | null = null;
  #unusable: string | null = null;
  #publications = 0;
  /** The failure after which a load cannot be published any more. */
  #broken: unknown = null;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#folder = options.address === null ? null : folderOf(options.address);
  }

  /** Why the facts are in memory although there is a folder; null where that is not so. */
  get degraded(): string | null {
    return this.#unusable;
  }

  /** The database in memory with the number of its changes, or null when the facts are in the folder. */
  get memory(): { instance: DuckDBInstance; catalog: string; revision: number; generation: string } | null {
    if (this.#memory === null || this.#instance === undefined) return null;
    return {
      instance: this.#instance,
      catalog: MEMORY,
      revision: this.#memory,
      generation: this.#generation(),
    };
  }

  /** Makes the database in memory where that is where the facts live. */
  async open(): Promise<void> {
    if (this.#folder === null && this.#memory === null) await this.#openMemory(null);
  }

  /** Leaves the folder alone from now on, for a reason that somebody else found. */
  async degrade(reason: string): Promise<void> {
    if (this.#memory !== null) return;
    this.#unusable = reason;
    await this.#openMemory(null);
  }

  /** Takes a part of the load. @throws RunlensError `CANCELLED` */
  async stage(batch: Batch): Promise<void> {
    this.#throwIfCancelled();
    this.#staging ??= await Staging.open(await this.#connect());
    this.#throwIfCancelled();
    try {
      this.#staging.add(batch);
    } catch (error) {
      // A part of it may have been taken, so that the load as a whole can no longer be trusted.
      this.#broken = error;
      throw error;
    }
  }

  /** Publishes what was staged; what failed is not staged any more. */
  async publish(): Promise<Published> {
    const staging = this.#staging;
    if (this.#broken !== null) throw this.#broken;
    if (staging === undefined || staging.empty) return { generation: this.#generation(), added: NOTHING };
    try {
      staging.flush();
      return await this.#change((sql, catalog) =>
        mergeLoad({ sql, store: catalog, staging }, () => this.#options.trace?.("appending")),
      );
    } finally {
      await this.discard();
    }
  }

  /** Forgets ledger rows of these sources: all, or those whose scope begins with `prefix`. */
  async invalidate(sourceIds: readonly string[], prefix: string | null): Promise<void> {
    if (this.#memory === null && !this.#hasFacts()) return;
    const sources = sourceIds.map(quote).join(", ") || "NULL";
    await this.#change(async (sql, catalog) => {
      await sql.change(
        `DELETE FROM ${catalog}.ledger WHERE starts_with(scope, ${quote(prefix ?? "")})
           AND source_key IN (SELECT source_key FROM ${catalog}.sources WHERE source_id IN (${sources}))`,
      );
      return NOTHING;
    });
  }

  #hasFacts(): boolean {
    return this.#folder !== null && (readPointer(this.#folder) !== null || hasOlder(this.#folder));
  }

  /** Stops what is under way as soon as possible; a publication that is through stays. */
  cancel(): void {
    this.#abort.abort();
    this.#statements?.cancel();
  }

  /** Forgets what was staged, and that it was cancelled. */
  async discard(): Promise<void> {
    this.#broken = null;
    this.#abort = new AbortController();
    try {
      await this.#staging?.discard();
    } catch (error) {
      this.#staging = undefined;
      // After a fatal error DuckDB does nothing more. In file mode nothing is lost by starting anew.
      if (this.#memory !== null) throw error;
      this.#reset();
    }
  }

  #reset(): void {
    this.#connection?.closeSync();
    this.#instance?.closeSync();
    this.#connection = undefined;
    this.#instance = undefined;
    this.#staging = undefined;
  }

  close(): void {
    this.#reset();
    this.#memory = null;
    if (this.#folder !== null) removeQuietly(spillFolder(this.#folder));
  }

  #throwIfCancelled(): void {
    if (this.#abort.signal.aborted) throw cancelled();
  }

  async #connect(): Promise<DuckDBConnection> {
    const spill = this.#folder === null ? null : spillFolder(this.#folder);
    this.#instance ??= await openInstance({ memoryMb: MEMORY_MB, spill, frugal: this.#folder !== null });
    this.#connection ??= await this.#instance.connect();
    return this.#connection;
  }

  #generation(): string {
    if (this.#memory !== null) return `m-${this.#options.life ?? 0}-${this.#memory}`;
    const pointer = this.#folder === null ? null : readPointer(this.#folder);
    return pointer === null ? "empty" : generationName(pointer.current);
  }

  async #change(change: Change): Promise<Published> {
    const sql = new Statements(await this.#connect());
    this.#statements = sql;
    try {
      if (this.#abort.signal.aborted) sql.cancel();
      if (this.#memory !== null) return await this.#changeMemory(sql, change);
      if (this.#folder === null) throw new Error("the writer was not opened");
      try {
        return await this.#publishFile(this.#folder, sql, change);
      } catch (error) {
        if (!(error instanceof StoreUnusable)) throw error;
        this.#unusable = error.reason;
        await this.#openMemory(error.readable ? this.#folder : null);
        return await this.#changeMemory(sql, change);
      }
    } finally {
      this.#statements = undefined;
    }
  }

  async #changeMemory(sql: Statements, change: Change): Promise<Published> {
    const added = await transaction(sql, () => change(sql, MEMORY));
    if (sql.changes > 0 && this.#memory !== null) this.#memory++;
    return { generation: this.#generation(), added };
  }

  /** Begins a store in memory; with the published facts of `folder` where they can be read. */
  async #openMemory(folder: string | null): Promise<void> {
    const connection = await this.#connect();
    await connection.run(`ATTACH ':memory:' AS ${MEMORY}`);
    await connection.run(createTables(MEMORY));
    await connection.run(describe(MEMORY));
    this.#memory = 0;
    if (folder !== null) await this.#keepPublished(connection, folder);
    await shutIn(connection, null);
  }

  /** Takes over what was published in `folder`. */
  async #keepPublished(connection: DuckDBConnection, folder: string): Promise<void> {
    try {
      const pointer = readPointer(folder);
      if (pointer === null) {
        const sql = new Statements(connection);
        await copyOlder(sql, MEMORY, folder);
        if (sql.changes > 0) this.#memory = 1;
        return;
      }
      await connection.run(`ATTACH ${quote(join(folder, pointer.current))} AS published (READ_ONLY)`);
      try {
        for (const { name } of TABLES) {
          if (name !== "meta") await connection.run(`INSERT INTO ${MEMORY}.${name} FROM published.${name}`);
        }
        this.#memory = 1;
      } finally {
        await connection.run("DETACH published");
      }
    } catch {
      // Without the older facts memory begins empty; the reason to be here is told in any case.
    }
  }

  async #publishFile(folder: string, sql: Statements, change: Change): Promise<Published> {
    const trace = this.#options.trace ?? (() => undefined);
    let file = "writer.lock";
    try {
      prepareFolder(folder);
      const lock = await takeLock(folder, this.#abort.signal);
      try {
        file = "CURRENT";
        const pointer = readPointer(folder);
        sweep(folder, pointer);
        file = pointer?.current ?? file;
        const next = nextFile(pointer?.current ?? null);
        const catalog = `next_${++this.#publications}`;
        const added = await writeGeneration(
          { ...this.#options, folder, pointer, next, catalog },
          sql,
          change,
        );
        if (added === null) return { generation: this.#generation(), added: NOTHING };
        const published = { current: next, previous: pointer?.current ?? null };
        try {
          writePointer(folder, published, () => trace("before-pointer"));
        } catch (error) {
          removeQuietly(join(folder, next));
          throw error;
        }
        trace("after-pointer");
        sweep(folder, published);
        return { generation: generationName(next), added };
      } finally {
        lock.release();
      }
    } catch (error) {
      throw asUnusable(error, folder, file) ?? error;
    }
  }
}
