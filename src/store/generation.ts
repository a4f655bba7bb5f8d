/**
 * Makes one generation of a store: a copy of the one before it (of an older version where it is the first), with
 * a change merged in.
 */
import { chmodSync, constants, copyFileSync } from "node:fs";
import { join } from "node:path";
import { quote, type Statements } from "./engine.ts";
import { StoreUnusable } from "./failures.ts";
import { type Pointer, removeQuietly } from "./layout.ts";
import { copyOlder } from "./migration.ts";
import type { Published } from "./port.ts";
import { createTables, SCHEMA_VERSION } from "./schema.ts";
import { transaction } from "./transaction.ts";

/** Moments of a publication, for tests that stop the process there. */
export type Step =
  | "copied"
  | "appending"
  | "before-checkpoint"
  | "after-checkpoint"
  | "before-pointer"
  | "after-pointer";

/** What tests put in place of the real thing. */
export interface GenerationOptions {
  trace?(step: Step): void;
  /** Copies a generation; tests replace it to fill the disk. */
  copy?(from: string, to: string): void;
}

/** What one publication does to the tables; `changes` of the statements tell whether it did anything. */
export type Change = (sql: Statements, catalog: string) => Promise<Published["added"]>;

/** Where a generation comes from and goes to; only the holder of the mutex may make one. */
export interface Making extends GenerationOptions {
  folder: string;
  pointer: Pointer | null;
  /** File name of the new generation. */
  next: string;
  /** A name that DuckDB has not had yet: after a failed write it may be unable to let go of the last one. */
  catalog: string;
}

/** Gives what the change added; null, and no file, when it changed nothing. */
export async function writeGeneration(
  making: Making,
  sql: Statements,
  change: Change,
): Promise<Published["added"] | null> {
  const { folder, pointer, catalog } = making;
  const trace = making.trace ?? (() => undefined);
  const path = join(folder, making.next);
  const { connection } = sql;
  let done = false;
  try {
    if (pointer !== null) (making.copy ?? cloneFile)(join(folder, pointer.current), path);
    trace("copied");
    await connection.run(`ATTACH ${quote(path)} AS ${catalog}`);
    let added: Published["added"];
    try {
      chmodSync(path, 0o600);
      if (pointer === null) {
        await connection.run(`${createTables(catalog)}${describe(catalog)}`);
        await copyOlder(sql, catalog, folder);
      } else {
        await checkVersion(sql, catalog, join(folder, pointer.current));
      }
      added = await transaction(sql, () => change(sql, catalog));
      if (sql.changes === 0) return null;
      trace("before-checkpoint");
      await connection.run(`CHECKPOINT ${catalog}`);
      trace("after-checkpoint");
    } finally {
      await connection.run(`DETACH ${catalog}`);
    }
    sql.throwIfCancelled();
    done = true;
    return added;
  } finally {
    if (!done) {
      removeQuietly(path);
      removeQuietly(`${path}.wal`);
    }
  }
}

/** Shares the blocks with the older file where the file system can. */
function cloneFile(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
}

/** The statement that says what a new store file is. */
export function describe(catalog: string): string {
  return `INSERT INTO ${catalog}.meta VALUES ('schema_version', '${SCHEMA_VERSION}'), ('created_by', 'runlens');`;
}

async function checkVersion(sql: Statements, catalog: string, published: string): Promise<void> {
  const version = await sql.number(
    `SELECT CAST(value AS INTEGER) FROM ${catalog}.meta WHERE name = 'schema_version'`,
  );
  if (version > SCHEMA_VERSION) throw StoreUnusable.newer(published);
}
