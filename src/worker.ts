/** Where workers are and how much memory they may take. */
import type { ResourceLimits } from "node:worker_threads";

/**
 * Address of a worker's built module. Workers cannot run TypeScript on Node 20, so that the sources, when
 * run by the tests, use the built worker in `dist/` (`npm test` builds first).
 */
export function workerUrl(name: "writer-worker" | "parser-worker" | "results-worker"): URL {
  const here = import.meta.url;
  return here.endsWith(".ts") ? new URL(`../dist/${name}.js`, here) : new URL(`./${name}.js`, here);
}

/**
 * What a worker's JavaScript may hold, in megabytes. Young objects have little room: by itself V8 gives them up to 48 MB
 * in each thread, which was a tenth of the whole process, and no load was faster for it.
 */
export function workerLimits(megabytes: number): ResourceLimits {
  return { maxOldGenerationSizeMb: megabytes, maxYoungGenerationSizeMb: 3 };
}
