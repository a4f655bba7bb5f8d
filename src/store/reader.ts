/**
 * Reads published generations on the main thread, each attached read-only to one in-memory instance. A query
 * never waits for a writer, and a snapshot stays what it was while others publish.
 */
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { RunlensError } from "../errors.ts";
import { openInstance, quote, shutIn } from "./engine.ts";
import { asDamage, asUnusable, isMissing, StoreUnusable } from "./failures.ts";
import { checkOwner, folderOf, generationName, readPointer } from "./layout.ts";
import type { Row, Snapshot, SqlAnswer, SqlQuestion, SqlValue } from "./port.ts";
import { Gate, runQuery } from "./queries.ts";
import { createTables, SCHEMA_VERSION } from "./schema.ts";
import { FACTS, KEPT } from "./sql/enclosure.ts";
import { SqlRoom } from "./sql/room.ts";
import { readingOf, viewsOf } from "./views.ts";

/** Queries at a time: they occupy libuv's four threads, which files and sockets need too. */
const QUERIES = 2;
const MEMORY_MB = 256;
/** How often a generation may vanish between the look at the pointer and the opening of the file. */
const ATTEMPTS = 20;

/** One attached generation. */
interface Attached {
  name: string;
  catalog: string;
  /** The pointer's word for it; null for the empty schema. */
  file: string | null;
  /** What makes the views on a connection. */
  views: string;
  pins: number;
  idle: DuckDBConnection[];
}

/** Where the tables are that a generation's views read beside it, for all connections of the instance. */
const homeOf = (catalog: string): string => `memory.shown_${catalog}`;

export class Reader {
  readonly #folder: string;
  readonly #sourceIds: readonly string[];
  readonly #gate = new Gate(QUERIES);
  readonly #room = new SqlRoom();
  #instance: Promise<DuckDBInstance> | undefined;
  #newest: Attached | undefined;
  #attaching: Promise<unknown> = Promise.resolve();
  #count = 0;
  #open = 0;
  #closed = false;

  constructor(address: string, sourceIds: readonly string[]) {
    this.#folder = folderOf(address);
    this.#sourceIds = sourceIds;
  }

  /** @throws StoreUnusable when the folder cannot be read or what it holds cannot be used */
  async snapshot(): Promise<Snapshot> {
    const attached = await this.#pin();
    let held = true;
    return {
      generation: attached.name,
      query: <T extends Row>(sql: string, params: readonly SqlValue[] = [], signal?: AbortSignal) => {
        if (!held) return Promise.reject(new Error("the snapshot was released"));
        // The caller's SQL decides what its rows are; nothing here can check it.
        return this.#query(attached, sql, params, signal) as Promise<T[]>;
      },
      sql: (question, signal) => {
        if (!held) return Promise.reject(new Error("the snapshot was released"));
        return this.#sql(attached, question, signal);
      },
      release: () => {
        if (!held) return;
        held = false;
        this.#unpin(attached);
      },
    };
  }

  /** Lets go of everything once the queries that run have ended. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#attaching.catch(() => undefined);
    await this.#room.close();
    await this.#dismantle();
  }

  async #dismantle(): Promise<void> {
    if (!this.#closed || this.#open > 0 || this.#instance === undefined) return;
    const instance = await this.#instance;
    for (const connection of this.#newest?.idle ?? []) connection.closeSync();
    instance.closeSync();
    this.#instance = undefined;
    this.#newest = undefined;
  }

  async #pin(): Promise<Attached> {
    // One after the other, or two callers would attach the same generation twice.
    const turn = this.#attaching.then(() => this.#current());
    this.#attaching = turn.catch(() => undefined);
    return turn;
  }

  async #current(): Promise<Attached> {
    if (this.#closed) throw new Error("the store was closed");
    let file: string | null = null;
    try {
      for (let attempt = 0; ; attempt++) {
        if (attempt === 0) checkOwner(this.#folder);
        file = readPointer(this.#folder)?.current ?? null;
        if (this.#newest !== undefined && this.#newest.file === file) break;
        try {
          await this.#replace(await this.#attach(file));
          break;
        } catch (error) {
          const gone = isMissing(error) && readPointer(this.#folder)?.current !== file;
          if (!gone || attempt >= ATTEMPTS) throw error;
          await sleep(1);
        }
      }
    } catch (error) {
      throw asUnusable(error, this.#folder, file ?? "CURRENT") ?? error;
    }
    if (this.#newest === undefined) throw new Error("no generation is attached");
    this.#newest.pins++;
    return this.#newest;
  }

  async #attach(file: string | null): Promise<Attached> {
    this.#instance ??= this.#start();
    const instance = await this.#instance;
    const catalog = `g${++this.#count}`;
    const connection = await instance.connect();
    try {
      const path = file === null ? null : join(resolve(this.#folder), file);
      if (path === null) {
        await connection.run(`ATTACH ':memory:' AS ${catalog}`);
        await connection.run(createTables(catalog));
      } else await connection.run(`ATTACH ${quote(path)} AS ${catalog} (READ_ONLY)`);
      try {
        if (path !== null) await checkVersion(connection, catalog, path);
        const sourceIds = this.#sourceIds;
        const views = await viewsOf(connection, { catalog, sourceIds, home: homeOf(catalog) });
        await connection.run(views);
        const name = file === null ? "empty" : generationName(file);
        return { name, catalog, file, views, pins: 0, idle: [connection] };
      } catch (error) {
        await detach(connection, catalog).catch(() => undefined);
        throw error;
      }
    } catch (error) {
      connection.closeSync();
      throw error;
    }
  }

  async #start(): Promise<DuckDBInstance> {
    const instance = await openInstance({ memoryMb: MEMORY_MB, spill: null });
    const connection = await instance.connect();
    await shutIn(connection, resolve(this.#folder));
    connection.closeSync();
    return instance;
  }

  async #replace(next: Attached): Promise<void> {
    const old = this.#newest;
    this.#newest = next;
    // It holds the older file, which may be removed now.
    void this.#room.release();
    if (old !== undefined && old.pins === 0) await this.#detach(old);
  }

  #unpin(attached: Attached): void {
    attached.pins--;
    if (attached.pins > 0 || attached === this.#newest) return;
    this.#attaching = this.#attaching.then(() => this.#detach(attached)).catch(() => undefined);
  }

  /** A generation that nobody will ask for again; its file may be gone already. */
  async #detach(attached: Attached): Promise<void> {
    if (attached.pins > 0 || this.#instance === undefined) return;
    const instance = await this.#instance;
    // The views of these connections refer to the generation, so that they go first.
    for (const connection of attached.idle.splice(0)) connection.closeSync();
    const connection = await instance.connect();
    try {
      await detach(connection, attached.catalog);
    } finally {
      connection.closeSync();
    }
  }

  async #query(
    attached: Attached,
    sql: string,
    params: readonly SqlValue[],
    signal: AbortSignal | undefined,
  ): Promise<Row[]> {
    // Held while it waits and runs, even if the snapshot is released meanwhile.
    attached.pins++;
    this.#open++;
    try {
      return await this.#gate.run(async () => {
        const connection = attached.idle.pop() ?? (await this.#connect(attached));
        try {
          return await runQuery(connection, sql, params, signal);
        } catch (error) {
          throw asDamage(error, join(this.#folder, attached.file ?? "")) ?? error;
        } finally {
          attached.idle.push(connection);
        }
      }, signal);
    } finally {
      this.#open--;
      this.#unpin(attached);
      if (this.#closed) await this.#dismantle();
    }
  }

  async #sql(attached: Attached, question: SqlQuestion, signal: AbortSignal | undefined): Promise<SqlAnswer> {
    const { name, file } = attached;
    const path = file === null ? null : join(resolve(this.#folder), file);
    const fill = async (connection: DuckDBConnection) => {
      if (path !== null) await connection.run(`ATTACH ${quote(path)} AS ${FACTS} (READ_ONLY)`);
      else await connection.run(`ATTACH ':memory:' AS ${FACTS}; ${createTables(FACTS)}`);
      return readingOf(connection, { catalog: FACTS, sourceIds: this.#sourceIds, home: KEPT });
    };
    attached.pins++;
    try {
      return await this.#room.ask({ name, fill }, question, signal);
    } catch (error) {
      // Others have published twice since this generation was pinned.
      if (isMissing(error)) throw changedMeanwhile(error);
      throw asDamage(error, path ?? "") ?? error;
    } finally {
      this.#unpin(attached);
    }
  }

  async #connect(attached: Attached): Promise<DuckDBConnection> {
    if (this.#instance === undefined) throw new Error("the store was closed");
    const connection = await (await this.#instance).connect();
    try {
      await connection.run(attached.views);
    } catch (error) {
      connection.closeSync();
      throw error;
    }
    return connection;
  }
}

async function checkVersion(connection: DuckDBConnection, catalog: string, path: string): Promise<void> {
  const reader = await connection.runAndReadAll(
    `SELECT CAST(value AS INTEGER) FROM ${catalog}.meta WHERE name = 'schema_version'`,
  );
  if (Number(reader.getRows()[0]?.[0] ?? 0) > SCHEMA_VERSION) throw StoreUnusable.newer(path);
}

function changedMeanwhile(cause: unknown): RunlensError {
  return new RunlensError("OVERLOADED", "The facts changed twice while the query waited.", "Ask again.", {
    cause,
  });
}

/** Lets go of a generation, and of what its views have read beside it. */
async function detach(connection: DuckDBConnection, catalog: string): Promise<void> {
  await connection.run(`DROP SCHEMA IF EXISTS ${homeOf(catalog)} CASCADE`);
  await connection.run(`DETACH ${catalog}`);
}
