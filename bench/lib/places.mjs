/** Where things are, and what is built for the benchmarks alone. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const OUT = join(ROOT, "bench", "out");
export const DATA = join(ROOT, "bench", "data", "large");
/** A copy of the build, so that a build that comes in between changes nothing of what is measured. */
export const RUNLENS = join(OUT, "dist", "runlens.js");
/** The library of that copy. */
export const LIBRARY = join(OUT, "dist", "index.js");
export const READER = join(ROOT, "bench", "lib", "reader.mjs");
export const DEMO = join(ROOT, "demo", "runlens.yml");
export const DEMO_ARTIFACTS = join(ROOT, "demo", "artifacts");
export const WATCH = join(ROOT, "bench", "watch-process.mjs");
export const PARSE_ONLY = join(ROOT, "bench", "parse-only.mjs");
export const RESULTS = join(ROOT, "bench", "results.md");
export const EMPTY_SERVER = join(OUT, "empty", "empty-server.js");
const OPERATIONS = join(OUT, "operations.mjs");

/** Copies the build to where it is measured. */
export function copyBuild() {
  rmSync(join(OUT, "dist"), { recursive: true, force: true });
  cpSync(join(ROOT, "dist"), join(OUT, "dist"), { recursive: true });
}

/** Bundles the empty server with the settings of scripts/build.mjs. */
export async function buildEmptyServer() {
  mkdirSync(OUT, { recursive: true });
  await build({
    entryPoints: { "empty-server": join(ROOT, "bench", "empty-server.mjs") },
    outdir: join(OUT, "empty"),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    minify: true,
    keepNames: true,
    legalComments: "linked",
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: "warning",
  });
}

/**
 * Bundles an emulated system, which is written in TypeScript, and returns its file; the schemas are found from two
 * folders above.
 * @param {"dbt-cloud" | "dagster"} system
 */
export function buildPlatform(system) {
  return bundle(join(system, "platform.mjs"), `${system}-platform.mjs`);
}

/**
 * Bundles a file of bench/ that imports sources, and returns the file below bench/out.
 * @param {string} entry
 * @param {string} to
 */
export async function bundle(entry, to) {
  const outfile = join(OUT, to);
  await build({
    entryPoints: [join(ROOT, "bench", entry)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    external: ["@duckdb/node-bindings"],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: "warning",
  });
  return outfile;
}

/** The operations with their examples, from the sources. @returns {Promise<{ name: string, examples: { ask: string, input: object }[] }[]>} */
export async function loadOperations() {
  await build({
    entryPoints: [join(ROOT, "tools", "index.ts")],
    outfile: OPERATIONS,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    external: ["@duckdb/node-api"],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: "warning",
  });
  const { operations } = await import(OPERATIONS);
  return operations;
}

/** All JSON files below the data, in the order of their names. */
export function dataFiles() {
  return readdirSync(DATA, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(DATA, name));
}

/** A folder for a store of its own. */
export function newFolder() {
  return mkdtempSync(join(tmpdir(), "runlens-bench-"));
}

/** @param {string} folder */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
}

/** The environment of a runlens that knows the large artifacts and nothing of this machine. @param {string} store */
export function largeEnvironment(store) {
  return {
    DBT_ARTIFACTS_PATH: DATA,
    RUNLENS_STORE: store,
    RUNLENS_CONFIG: undefined,
    DBT_CACHE_TTL: undefined,
    DBT_ENABLE_CACHING: undefined,
    DBT_DISCOVERY_LOG_LEVEL: undefined,
  };
}
