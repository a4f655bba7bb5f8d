/**
 * The health of all models of a large project beside Paradime's own package, from the same files: the newest manifest and
 * the results of one run, which is what that package loads.
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { figure } from "./lib/figures.mjs";
import { openLibrary } from "./lib/library.mjs";
import { dataFiles, newFolder, ROOT, removeFolder } from "./lib/places.mjs";

const PYTHON = join(ROOT, ".live", "paradime-sdk", "bin", "python");
const LOAD = join(ROOT, "bench", "paradime-sdk", "load.py");
const GROUP = "beside paradime-io";
const MEGABYTE = 1024 ** 2;
const run = promisify(execFile);

/**
 * `words` has the word of Paradime's rule for each model, by its unique_id.
 * @typedef {{ ms: number, peakBytes: number, words: Record<string, string> }} Load
 */

/**
 * One pair, whatever is asked for: theirs takes minutes. Null where their package is not installed.
 * @returns {Promise<import("./lib/figures.mjs").Figure[] | null>}
 */
export async function paradimeSdk() {
  if (!existsSync(PYTHON)) return null;
  const manifest = dataFiles().find((name) => name.endsWith("manifest.json"));
  if (manifest === undefined) throw new Error("there is no manifest");
  const folder = dirname(manifest);
  // Both find the files in the operating system's cache.
  for (const name of ["manifest.json", "run_results.json"]) readFileSync(join(folder, name));
  const ours = await loadOurs(folder);
  const theirs = await loadTheirs(folder);
  const differing = Object.keys({ ...ours.words, ...theirs.words }).filter(
    (id) => ours.words[id] !== theirs.words[id],
  );
  if (differing.length > 0)
    throw new Error(`they do not say the same of ${differing.slice(0, 5).join(", ")}`);
  const count = Object.keys(ours.words).length.toLocaleString("en");
  return [
    figure(
      GROUP,
      "time to the health of all models",
      ours.ms / theirs.ms,
      "x",
      0.1,
      `${seconds(ours)}, paradime-io ${seconds(theirs)}; the same word for ${count} models; one pair`,
    ),
    figure(
      GROUP,
      "peak memory",
      ours.peakBytes / theirs.peakBytes,
      "x",
      0.2,
      `${megabytes(ours)}, paradime-io ${megabytes(theirs)}`,
    ),
  ];
}

/** A process with an empty store, from its start until it has the health of all models. @param {string} folder @returns {Promise<Load>} */
async function loadOurs(folder) {
  const scratch = newFolder();
  const watched = join(scratch, "watched.json");
  const from = performance.now();
  const settings = {
    ahead: 0,
    sources: [{ type: "artifacts", path: folder }],
    store: join(scratch, "store"),
  };
  const library = openLibrary(settings, { watched });
  /** @type {Record<string, string>} */
  const words = {};
  let cursor = null;
  do {
    const question = { limit: 1000, ...(cursor !== null && { cursor }) };
    const { answer } = await library.tell("ask", "getModelHealth", question);
    for (const { unique_id: id, compat_status: word } of answer.items) words[id] = word;
    cursor = answer.next_cursor;
  } while (cursor !== null);
  const ms = performance.now() - from;
  await library.close();
  const { peakBytes } = JSON.parse(readFileSync(watched, "utf8"));
  removeFolder(scratch);
  return { ms, peakBytes, words };
}

/** The same by the package, until its process has told it. @param {string} folder @returns {Promise<Load>} */
async function loadTheirs(folder) {
  const from = performance.now();
  const { stdout } = await run(PYTHON, [LOAD, folder], { maxBuffer: 64 * MEGABYTE });
  return { ms: performance.now() - from, ...JSON.parse(stdout) };
}

/** @param {Load} load */
const seconds = ({ ms }) => `${(ms / 1000).toFixed(1)} s`;
/** @param {Load} load */
const megabytes = ({ peakBytes }) => `${(peakBytes / MEGABYTE).toFixed(0)} MB`;
