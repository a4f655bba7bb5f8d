/**
 * The writers' mutex: DuckDB's own lock on a file that serves for nothing else. The operating system frees it
 * with the process that held it, so that a killed writer blocks nobody.
 *
 * It keeps other processes out, not other threads of this one: those share one writer per store.
 * The file must never be opened by `fs`: closing it again would drop the lock on POSIX systems.
 */
import { chmodSync, existsSync, linkSync, renameSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { RunlensError, throwIfCancelled } from "../errors.ts";
import { loadDuckDb } from "./engine.ts";
import { isLocked } from "./failures.ts";
import { lockDraft, lockPath, removeQuietly } from "./layout.ts";

/** Longer than any publication that was measured, shorter than a client waits. */
const PATIENCE_MS = 30_000;

export interface Lock {
  release(): void;
}

/**
 * Takes the mutex of `folder`, waiting for its holder.
 *
 * @throws RunlensError `OVERLOADED` when others held it all the while, `CANCELLED`; errors of DuckDB
 */
export async function takeLock(folder: string, signal: AbortSignal, patienceMs = PATIENCE_MS): Promise<Lock> {
  const { DuckDBInstance } = await loadDuckDb();
  const path = lockPath(folder);
  if (!existsSync(path)) await makeLockFile(folder);
  let waited = 0;
  for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
    throwIfCancelled(signal);
    try {
      const instance = await DuckDBInstance.create(path, { threads: "1", temp_directory: "" });
      return { release: () => instance.closeSync() };
    } catch (error) {
      if (!isLocked(error)) throw error;
    }
    if (waited >= patienceMs) {
      throw new RunlensError(
        "OVERLOADED",
        "Other runlens processes were writing to the store all the while.",
        "Try again in a minute; if it stays so, look for a runlens process that hangs.",
      );
    }
    // Different pauses, or two waiting writers would meet again and again.
    const delay = pause * (0.5 + Math.random());
    waited += delay;
    await sleep(delay);
  }
}

/**
 * Makes the file under another name first: a writer that is killed while DuckDB writes the header would leave
 * a file that nobody can open.
 */
async function makeLockFile(folder: string): Promise<void> {
  const { DuckDBInstance } = await loadDuckDb();
  const path = lockPath(folder);
  const draft = lockDraft(folder);
  try {
    const instance = await DuckDBInstance.create(draft, { threads: "1", temp_directory: "" });
    instance.closeSync();
    chmodSync(draft, 0o600);
    linkSync(draft, path);
  } catch (error) {
    // Another writer was quicker, or the file system has no hard links.
    if (existsSync(path)) return;
    if (!existsSync(draft)) throw error;
    renameSync(draft, path);
  } finally {
    removeQuietly(draft);
  }
}
