/** Reads files of results off the main thread. */
import { Worker } from "node:worker_threads";
import { cancelled } from "../../errors.ts";
import type { ExecutionColumns, FreshnessColumns } from "../../store/units.ts";
import { workerUrl } from "../../worker-url.ts";
import type { InvocationFacts } from "./invocation-facts.ts";

/** One file; `problem` completes the sentence that begins with its name. */
export type ReadFile =
  | { facts: InvocationFacts; executions: ExecutionColumns | null; freshness: FreshnessColumns | null }
  | { problem: string };

/** Files in the order in which they were given; `words` are those of a load of their own. */
export interface ReadFiles {
  words: string[];
  files: ReadFile[];
}

/** A limit keeps a defect from taking the machine. */
const MEMORY_MB = 512;

/**
 * Reads `run_results.json` and `sources.json` files; `now` (epoch microseconds) is the time of one that says none.
 * Rejects with `CANCELLED` when `signal` is aborted.
 */
export function readResults(paths: readonly string[], now: number, signal: AbortSignal): Promise<ReadFiles> {
  if (signal.aborted) return Promise.reject(cancelled(signal.reason));
  const worker = new Worker(workerUrl("results-worker"), {
    workerData: { paths, now },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    name: "runlens results",
  });
  let stop = (): void => undefined;
  return new Promise<ReadFiles>((resolve, reject) => {
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
