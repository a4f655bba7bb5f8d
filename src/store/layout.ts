/**
 * The files of a store on disk.
 *
 * `<address>/v2/CURRENT` names the published generation; a generation is a DuckDB file that is never written
 * again once it is named. So whoever reads needs no lock, and a writer that dies leaves only a file that
 * nobody names.
 */
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { hasCode, StoreUnusable } from "./failures.ts";
import { SCHEMA_VERSION } from "./schema.ts";

const POINTER = "CURRENT";
const SPILL = "spill-";
const GENERATION = /^g-(\d+)-[0-9a-f]+\.duckdb$/;

/** What `CURRENT` says: file names; `previous` is kept for readers who have just read the older pointer. */
export interface Pointer {
  current: string;
  previous: string | null;
}

/** The folder of this schema version beneath the store's address. */
export function folderOf(address: string): string {
  return join(address, `v${SCHEMA_VERSION}`);
}

/** The folders of the older schema versions beside `folder`, the newest first. */
export function olderFolders(folder: string): string[] {
  return Array.from({ length: SCHEMA_VERSION - 1 }, (_, index) =>
    join(dirname(folder), `v${SCHEMA_VERSION - 1 - index}`),
  );
}

/** The file that only serves as the writers' mutex. */
export function lockPath(folder: string): string {
  return join(folder, "writer.lock");
}

/** Where the mutex file is made; no writer removes it, because its maker cannot hold the mutex yet. */
export function lockDraft(folder: string): string {
  return `${lockPath(folder)}.${randomBytes(6).toString("hex")}.tmp`;
}

/** A generation's name in answers: its file without the ending. */
export function generationName(file: string): string {
  return file.replace(/\.duckdb$/, "");
}

/** A name that no generation had before, in the order of publication. */
export function nextFile(current: string | null): string {
  const sequence = current === null ? 0 : Number(GENERATION.exec(current)?.[1] ?? 0);
  return `g-${sequence + 1}-${randomBytes(6).toString("hex")}.duckdb`;
}

/**
 * Reads the pointer; null before the first publication. A look costs some 20 microseconds, so that it is done
 * on the spot: an asynchronous read would wait behind running queries for one of libuv's threads.
 *
 * @throws StoreUnusable when the pointer is damaged, a system error when it cannot be read
 */
export function readPointer(folder: string): Pointer | null {
  let text: string;
  try {
    text = readFileSync(join(folder, POINTER), "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
  const [current = "", previous = "", ...rest] = text.split("\n");
  const wellFormed = GENERATION.test(current) && (previous === "" || GENERATION.test(previous));
  if (!wellFormed || rest.join("") !== "" || !text.endsWith("\n")) {
    throw StoreUnusable.damaged(join(folder, POINTER));
  }
  return { current, previous: previous === "" ? null : previous };
}

/** Publishes: replaces the pointer in one step. `beforeRename` is called when only the rename is missing. */
export function writePointer(folder: string, pointer: Pointer, beforeRename: () => void): void {
  const draft = join(folder, `${POINTER}.${randomBytes(6).toString("hex")}.tmp`);
  const file = openSync(draft, "wx", 0o600);
  try {
    writeSync(file, `${pointer.current}\n${pointer.previous ?? ""}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  beforeRename();
  renameSync(draft, join(folder, POINTER));
  syncFolder(folder);
}

/** Makes the rename last through a power failure, where the system can (Windows cannot open folders). */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, "r");
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // The publication itself is done.
  }
}

/** Makes the folder, for its owner alone. @throws system errors, or StoreUnusable when another user owns it */
export function prepareFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  checkOwner(folder);
  if ((lstatSync(folder).mode & 0o777) !== 0o700) chmodSync(folder, 0o700);
}

/** A folder of somebody else may be changed under our feet, or is not ours to fill. */
export function checkOwner(folder: string): void {
  const user = process.getuid?.();
  if (user === undefined) return;
  try {
    if (lstatSync(folder).uid !== user) throw StoreUnusable.foreign(folder);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/**
 * Removes what no one needs: older generations and the left-overs of writers that died. Only the holder of
 * the mutex may call it. What cannot be removed now (open on Windows) is removed by a later writer.
 */
export function sweep(folder: string, pointer: Pointer | null): void {
  const keep = new Set([pointer?.current, pointer?.previous]);
  for (const name of namesIn(folder)) {
    const leftOver =
      /^g-\d+-[0-9a-f]+\.duckdb(\.wal)?$/.test(name) ||
      (name.startsWith(`${POINTER}.`) && name.endsWith(".tmp")) ||
      ((name.startsWith(SPILL) || name.startsWith("writer.lock.")) && isOld(join(folder, name)));
    if (!leftOver || keep.has(name)) continue;
    removeQuietly(join(folder, name));
  }
}

/** Where this process puts what does not fit into DuckDB's memory while it writes. */
export function spillFolder(folder: string): string {
  return join(folder, `${SPILL}${process.pid}`);
}

/** Other writers may be at it at this moment, as it is not done under the mutex; but none for a day. */
function isOld(path: string): boolean {
  try {
    return Date.now() - lstatSync(path).mtimeMs > 24 * 3600 * 1000;
  } catch {
    return false;
  }
}

/** A folder that cannot be listed is not swept; that is no reason to fail what was published. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Removes a file or folder if that is possible. */
export function removeQuietly(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // A later sweep finds it again.
  }
}
