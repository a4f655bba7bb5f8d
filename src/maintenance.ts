/** What changes the store by the user's word, `ingest` and `cache clear store`, and how large it is. */
import { constants, existsSync } from "node:fs";
import { access, readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import type { ArtifactsConfig, SourceConfig } from "./config.ts";
import type { Progress } from "./core/knowledge.ts";
import { cancelled, isAbort, RunlensError } from "./errors.ts";
import type { FactKind, LedgerEntry, Source, SyncContext } from "./sources/source.ts";
import type { Load, Published, Row, SqlValue, Store, StoreState } from "./store/port.ts";

export interface IngestReport {
  added: Published["added"];
  /** Folder of the store. */
  store: string;
  /** Identity of the source that the facts now belong to. */
  source_id: string;
  /** Files that could not be read, by name. */
  notes: string[];
}

export interface IngestOptions {
  signal?: AbortSignal;
  progress?: (progress: Progress) => void;
  /** Epoch milliseconds by the injected clock. */
  now(): number;
  /** What the ledger knows of the source's parts, so that what was read before is not read again. */
  entries(prefix: string): Promise<LedgerEntry[]>;
}

const ALL_FACTS: readonly FactKind[] = [
  "projects",
  "jobs",
  "models",
  "runs",
  "executions",
  "tests",
  "freshness",
  "lineage",
];

/**
 * The configured source of artifacts that `paths` are to belong to, so that later questions find them: the one
 * whose folders hold them, else the only one. Null where none is configured: then the paths are a source of their
 * own. Throws `INVALID_INPUT` where several could be meant.
 */
export async function ownerOf(
  paths: readonly string[],
  configured: readonly SourceConfig[],
): Promise<ArtifactsConfig | null> {
  const sources = configured.filter((source) => source.type === "artifacts");
  const real = await Promise.all(paths.map(realPath));
  const owns = await Promise.all(
    sources.map(async (source) => {
      const folders = await Promise.all(source.path.map(realPath));
      return real.every((path) => folders.some((folder) => path === folder || path.startsWith(folder + sep)));
    }),
  );
  const owners = sources.filter((_, index) => owns[index]);
  const [owner] = owners.length > 0 ? owners : sources;
  if (owner === undefined) return null;
  if (owners.length === 1 || sources.length === 1) return owner;
  throw new RunlensError(
    "INVALID_INPUT",
    "It is not clear which of the configured sources these artifacts belong to.",
    `Give a path inside one of them, or --config with one source. Configured: ${sources.map((source) => source.id ?? source.path.join(", ")).join("; ")}.`,
  );
}

async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

/**
 * Reads all of `source` into the store and resolves once it is published. Rejects with `CONFIG` where the store
 * keeps nothing: what is acknowledged here has to be there for the next process.
 */
export async function ingest(source: Source, store: Store, options: IngestOptions): Promise<IngestReport> {
  assertKept(store);
  const signal = options.signal ?? new AbortController().signal;
  const added = { invocations: 0, definitions: 0, executions: 0 };
  const notes: string[] = [];
  for (const scope of source.scopes({ facts: ALL_FACTS })) {
    await store.load(async (load) => {
      const counting = countingLoad(load, added);
      const context: SyncContext = {
        entry: null,
        entries: options.entries,
        load: counting,
        signal,
        progress: (progress) => options.progress?.(progress),
        now: options.now,
        // Everything is read, whatever was read before.
        fresh_since: Number.POSITIVE_INFINITY,
        refresh: true,
        renew: () => Promise.resolve(),
        query: (sql, params) => queried(store, sql, params, signal),
      };
      try {
        notes.push(...(await source.sync(scope, context)).notes);
      } catch (error) {
        throw isAbort(error) ? cancelled(error) : error;
      }
      await counting.publish();
    }, signal);
  }
  assertKept(store);
  const [problem] = notes;
  if (problem !== undefined && added.invocations + added.definitions + added.executions === 0) {
    throw new RunlensError(
      "UPSTREAM",
      `Nothing was stored. ${problem}`,
      "Give the folder where dbt wrote its artifacts (target/), whole and readable, and ingest again.",
    );
  }
  return { added, store: store.state.location, source_id: source.ref.id, notes: [...new Set(notes)] };
}

async function queried<T extends Row>(
  store: Store,
  sql: string,
  params: readonly SqlValue[] | undefined,
  signal: AbortSignal,
): Promise<T[]> {
  const snapshot = await store.snapshot();
  try {
    return await snapshot.query<T>(sql, params, signal);
  } finally {
    snapshot.release();
  }
}

function countingLoad(load: Load, added: Published["added"]): Load {
  return {
    send: (batch) => load.send(batch),
    port: () => load.port(),
    async publish() {
      const published = await load.publish();
      added.invocations += published.added.invocations;
      added.definitions += published.added.definitions;
      added.executions += published.added.executions;
      return published;
    },
  };
}

function assertKept(store: Store): void {
  const { mode, degraded, location } = store.state;
  if (mode === "file") return;
  throw new RunlensError(
    "CONFIG",
    degraded === null
      ? "The store is in memory: nothing would be kept."
      : `The store in ${location} cannot be used: ${degraded}`,
    "Set RUNLENS_STORE (or --store) to a folder that can be written.",
  );
}

/** Why the folder cannot be written, or made; null where it can. */
export async function whyNotWritable(folder: string): Promise<string | null> {
  if (!existsSync(folder) && dirname(folder) !== folder) return whyNotWritable(dirname(folder));
  try {
    if (!(await stat(folder)).isDirectory()) return `${folder} is no folder`;
    await access(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return `${folder} cannot be written (${error instanceof Error && "code" in error ? String(error.code) : "unknown"})`;
  }
}

/**
 * Removes everything that the store at `address` keeps, also in older versions, which the next writer would take
 * over. It takes the writers' mutex first, and the pointer before the files, so that other processes see an empty
 * store and never half of one.
 */
export async function removeStore(address: string, signal: AbortSignal): Promise<void> {
  if (address === ":memory:") return;
  const { folderOf, olderFolders, removeQuietly, sweep } = await import("./store/layout.ts");
  const { takeLock } = await import("./store/lock.ts");
  const newest = folderOf(address);
  for (const folder of [...olderFolders(newest), newest]) {
    if (!existsSync(folder)) continue;
    const lock = await takeLock(folder, signal);
    try {
      removeQuietly(join(folder, "CURRENT"));
      sweep(folder, null);
    } finally {
      lock.release();
    }
  }
}

/** Bytes of the store's files; null where it is in memory. A file that is removed meanwhile counts as nothing. */
export async function storeBytes({ mode, location }: StoreState): Promise<number | null> {
  if (mode === "memory") return null;
  const entries = await readdir(location, { withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
