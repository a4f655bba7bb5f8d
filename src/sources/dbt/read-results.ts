/** Reads downloaded artifacts off the main thread. */
import { Worker } from "node:worker_threads";
import { cancelled } from "../../errors.ts";
import type { ExecutionColumns, FreshnessColumns } from "../../store/units.ts";
import { workerLimits, workerUrl } from "../../worker.ts";
import type { InvocationFacts } from "./invocation-facts.ts";
import type { Definitions } from "./manifest.ts";

/** One file; `problem` completes the sentence that begins with its name. */
export type ReadFile =
  | { facts: InvocationFacts; executions: ExecutionColumns | null; freshness: FreshnessColumns | null }
  | { problem: string };

/** Files in the order in which they were given; `words` are those of a load of their own. */
export interface ReadFiles {
  words: string[];
  files: ReadFile[];
}

/** A manifest; `version` is e.g. `v12`, `project` the dbt project where anything tells it. */
export type ReadManifest = (Definitions & { version: string; project: string | null }) | { problem: string };

/** Paths of `run_results.json` and `sources.json` files, and of manifests. */
export interface ArtifactFiles {
  results: readonly string[];
  manifests: readonly string[];
}

/** All of them in the order in which they were given. */
export interface ReadArtifacts extends ReadFiles {
  manifests: ReadManifest[];
}

/** A limit keeps a defect from taking the machine. */
const MEMORY_MB = 512;

/**
 * Reads `run_results.json` and `sources.json` files; `now` (epoch microseconds) is the time of one that says none.
 * Rejects with `CANCELLED` when `signal` is aborted.
 */
export function readResults(paths: readonly string[], now: number, signal: AbortSignal): Promise<ReadFiles> {
  return readArtifacts({ results: paths, manifests: [] }, now, signal);
}

/** The same, with manifests; the words are those of all. */
export function readArtifacts(
  { results, manifests }: ArtifactFiles,
  now: number,
  signal: AbortSignal,
): Promise<ReadArtifacts> {
  if (signal.aborted) return Promise.reject(cancelled(signal.reason));
  const worker = new Worker(workerUrl("results-worker"), {
    workerData: { results, manifests, now },
    resourceLimits: workerLimits(MEMORY_MB),
    name: "runlens results",
  });
  let stop = (): void => undefined;
  return new Promise<ReadArtifacts>((resolve, reject) => {
    stop = () => reject(cancelled(signal.reason));
    signal.addEventListener("abort", stop, { once: true });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the reading worker ended with exit code ${code}`)));
  }).finally(async () => {
    signal.removeEventListener("abort", stop);
    worker.removeAllListeners("exit");
    await worker.terminate();
  });
}
