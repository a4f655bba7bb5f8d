/**
 * Address of a worker's built module. Workers cannot run TypeScript on Node 20, so that the sources, when
 * run by the tests, use the built worker in `dist/` (`npm test` builds first).
 */
export function workerUrl(name: "writer-worker" | "parser-worker" | "results-worker"): URL {
  const here = import.meta.url;
  return here.endsWith(".ts") ? new URL(`../dist/${name}.js`, here) : new URL(`./${name}.js`, here);
}
