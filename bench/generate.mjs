/**
 * Writes the artifacts of a large dbt project: one manifest and the results of nightly builds, one folder a run.
 *
 *     node bench/generate.mjs --out bench/data/large --models 10000 --tests 20000 --runs 20
 *
 * The same arguments give the same bytes.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { writeManifest } from "./generator/manifest.mjs";
import { makeProject } from "./generator/project.mjs";
import { Random } from "./generator/random.mjs";
import { writeRunResults } from "./generator/run-results.mjs";

/** Raised when the files come out differently than before, so that kept ones are made again. */
const GENERATOR_VERSION = 1;
const FIRST_RUN = Date.UTC(2026, 9, 26, 2, 0, 0);
const DAY = 86_400_000;

/** @typedef {{ models: number, tests: number, runs: number, seed: number }} Size */

/** @type {Size} */
export const LARGE = { models: 10_000, tests: 20_000, runs: 20, seed: 1 };

/** Writes the artifacts below `out`, in place of what is there. @param {string} out @param {Size} size */
export function generate(out, size) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const project = makeProject(size);
  const ids = new Random(size.seed + 2);
  for (let run = 0; run < size.runs; run++) {
    const startedAt = new Date(FIRST_RUN + run * DAY + run * 61_007);
    const invocationId = ids.uuid();
    const folder = join(out, `${startedAt.toISOString().slice(0, 10)}-nightly`);
    writeRunResults(join(folder, "run_results.json"), project, {
      invocationId,
      startedAt,
      seed: size.seed * 1000 + run,
    });
    // The project does not change, so that the first run's manifest is that of all.
    if (run > 0) continue;
    const stamp = {
      invocationId,
      startedAt: startedAt.toISOString(),
      generatedAt: new Date(startedAt.getTime() + 15_000).toISOString(),
    };
    writeManifest(join(folder, "manifest.json"), project, stamp, size.seed);
  }
}

/** Generates unless the same artifacts are there already. @param {string} out @param {Size} size */
export function generateOnce(out, size) {
  const stamp = `${out}.stamp.json`;
  const wanted = JSON.stringify({ version: GENERATOR_VERSION, ...size });
  if (existsSync(out) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  rmSync(stamp, { force: true });
  generate(out, size);
  writeFileSync(stamp, wanted);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      models: { type: "string" },
      tests: { type: "string" },
      runs: { type: "string" },
      seed: { type: "string" },
    },
  });
  const { out, ...given } = values;
  if (out === undefined) throw new Error("--out names the folder to write to.");
  const size = { ...LARGE };
  for (const [name, value] of Object.entries(given)) {
    if (!/^\d+$/.test(value)) throw new Error(`--${name} is "${value}": it has to be a whole number.`);
    Object.assign(size, { [name]: Number(value) });
  }
  generate(out, size);
}
