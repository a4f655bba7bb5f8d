/** Finding the files that may be artifacts, without opening any. */
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { RunlensError, throwIfCancelled } from "../../errors.ts";

/** How deep below a root files are looked for: an archive by year, month, day, job and run still fits. */
const DEPTH = 8;
/** Open folders and files at a time; more would only wait for the same four threads. */
const CONCURRENCY = 8;

/** Folders that hold code or logs, never artifacts. `run` and `compiled` are those of dbt's target folder. */
const SKIPPED_FOLDERS: ReadonlySet<string> = new Set([
  "node_modules",
  ".git",
  ".venv",
  "venv",
  "__pycache__",
  "dbt_packages",
  "dbt_modules",
  "compiled",
  "generic_tests",
]);

/** Files that dbt and others put beside artifacts, and that are none. */
const SKIPPED_FILES: ReadonlySet<string> = new Set([
  "semantic_manifest.json",
  "graph_summary.json",
  "partial_parse.json",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
]);

export interface Candidate {
  /** Real path. */
  path: string;
  /** Name for people: the path below its root. */
  label: string;
  size: number;
  mtimeMs: number;
  /** A file of JSON, or a folder with dbt 2's run history (then size and time are of its files together). */
  form: "json" | "history";
}

export interface Listing {
  files: Candidate[];
  /** Folders and files that could not be looked at, in words. */
  problems: string[];
}

/** A place that the configuration names. */
export interface Root {
  given: string;
  path: string;
  isFile: boolean;
}

/** Real places of the given paths. Throws `NOT_FOUND` for one that is not there. */
export async function resolveRoots(paths: readonly string[]): Promise<Root[]> {
  return Promise.all(
    paths.map(async (given) => {
      try {
        const path = await realpath(given);
        return { given, path, isFile: (await stat(path)).isFile() };
      } catch (cause) {
        throw missing(given, cause);
      }
    }),
  );
}

/** All candidates below the roots, each once, in the order of their paths. */
export async function listFiles(roots: readonly Root[], signal: AbortSignal): Promise<Listing> {
  const walk = new Walk(signal, roots.length > 1);
  await Promise.all(roots.map((root) => walk.root(root)));
  const files = [...walk.files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  return { files, problems: walk.problems.sort() };
}

class Walk {
  readonly files = new Map<string, Candidate>();
  readonly problems: string[] = [];
  readonly #folders = new Set<string>();
  readonly #limit = new Gate(CONCURRENCY);

  constructor(
    readonly signal: AbortSignal,
    /** With several roots a path below one of them is not yet a name. */
    readonly namesRoots: boolean,
  ) {}

  async root(root: Root): Promise<void> {
    if (root.isFile) await this.#file(root.path, basename(root.path));
    else await this.#folder(root.path, root, 0);
  }

  async #folder(path: string, root: Root, depth: number): Promise<void> {
    if (this.#folders.has(path)) return;
    this.#folders.add(path);
    throwIfCancelled(this.signal);
    let entries: Awaited<ReturnType<typeof readFolder>>;
    try {
      entries = await this.#limit.run(() => readFolder(path));
    } catch (error) {
      this.#problem(this.#label(path, root), error);
      return;
    }
    if (basename(path) === "run" && basename(dirname(path)) === "metadata") return this.#history(path, root);
    const isTarget = entries.some(
      (entry) => entry.name === "manifest.json" || entry.name === "run_results.json",
    );
    await Promise.all(
      entries.map(async (entry) => {
        const child = join(path, entry.name);
        const isLink = entry.isSymbolicLink();
        if (entry.isDirectory() || isLink) {
          const isCode = SKIPPED_FOLDERS.has(entry.name) || (isTarget && entry.name === "run");
          if (isCode || depth >= DEPTH) return;
          if (!isLink) return this.#folder(child, root, depth + 1);
          return this.#link(child, root, depth);
        }
        if (entry.isFile() && isCandidate(entry.name)) await this.#file(child, this.#label(child, root));
      }),
    );
  }

  /** The Parquet files of a run history, as one candidate: they are only understood together. */
  async #history(path: string, root: Root): Promise<void> {
    let size = 0;
    let mtimeMs = 0;
    let tables = 0;
    try {
      for (const table of ["invocations", "results"]) {
        const folder = join(path, table);
        const names = (await this.#limit.run(() => readFolder(folder))).filter(({ name }) =>
          name.endsWith(".parquet"),
        );
        const found = await Promise.all(
          names.map(({ name }) => this.#limit.run(() => stat(join(folder, name)))),
        );
        for (const file of found) {
          size += file.size;
          mtimeMs = Math.max(mtimeMs, file.mtimeMs);
        }
        if (found.length > 0) tables++;
      }
    } catch (error) {
      // Half of a history, or one whose files are being put together, is as good as none until the next look.
      if (codeOf(error) !== "ENOENT") this.#problem(this.#label(path, root), error);
      return;
    }
    if (tables === 2)
      this.files.set(path, { path, label: this.#label(path, root), size, mtimeMs, form: "history" });
  }

  /** Follows a link to where it leads; a loop ends at the folder that was already seen. */
  async #link(path: string, root: Root, depth: number): Promise<void> {
    try {
      const real = await this.#limit.run(() => realpath(path));
      const found = await this.#limit.run(() => stat(real));
      if (found.isDirectory()) await this.#folder(real, { ...root, path: real, given: path }, depth + 1);
      else if (isCandidate(basename(path))) await this.#file(real, this.#label(path, root));
    } catch (error) {
      if (isCandidate(basename(path))) this.#problem(this.#label(path, root), error);
    }
  }

  async #file(path: string, label: string): Promise<void> {
    if (this.files.has(path)) return;
    try {
      const { size, mtimeMs } = await this.#limit.run(() => stat(path));
      this.files.set(path, { path, label, size, mtimeMs, form: "json" });
    } catch (error) {
      // A file that has just been removed or replaced is no problem; the next look finds the new one.
      if (codeOf(error) !== "ENOENT") this.#problem(label, error);
    }
  }

  #label(path: string, root: Root): string {
    const below = relative(root.path, path).split(sep).join("/");
    const name = basename(root.path);
    if (below === "") return name;
    return this.namesRoots ? `${name}/${below}` : below;
  }

  #problem(label: string, error: unknown): void {
    this.problems.push(`${label} could not be read (${codeOf(error)})`);
  }
}

function readFolder(path: string) {
  return readdir(path, { withFileTypes: true });
}

function isCandidate(name: string): boolean {
  return name.endsWith(".json") && !SKIPPED_FILES.has(name);
}

/** The system's word for a failure, such as `EACCES`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}

function missing(given: string, cause: unknown): RunlensError {
  const why =
    codeOf(cause) === "ENOENT" ? "There is nothing at" : `(${codeOf(cause)}) It is not possible to read`;
  return new RunlensError(
    "NOT_FOUND",
    `${why} ${given}, where dbt artifacts are to be read from.`,
    "Set DBT_ARTIFACTS_PATH (or `paths` of the source in the configuration file) to the folder that dbt writes " +
      "to, usually the absolute path of target/, or run dbt once so that it exists.",
    { cause },
  );
}

/** Lets so many run at a time. */
class Gate {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
