/** The first answer over large artifacts, with no store and with a kept one, beside JSON.parse of the same files. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { promisify } from "node:util";
import { Client } from "./lib/client.mjs";
import {
  dataFiles,
  largeEnvironment,
  newFolder,
  PARSE_ONLY,
  RUNLENS,
  removeFolder,
  WATCH,
} from "./lib/places.mjs";
import { median, pairs, timed } from "./lib/statistics.mjs";

export const QUESTION = { last_n_runs: 10 };
const GIGABYTE = 1024 ** 3;
const run = promisify(execFile);

/**
 * @param {number} count pairs
 * @param {string} keptStore a folder that is left with the loaded store
 * @returns {Promise<import("./lib/figures.mjs").Figure[]>}
 */
export async function firstAnswer(count, keptStore) {
  const files = dataFiles();
  const parse = () => timed(() => run(process.execPath, [PARSE_ONLY, ...files]));
  // Brings the files into the operating system's cache, for both sides alike.
  await parse();
  const measured = await pairs(count, () => startAndRestart(newFolder()), parse);
  await answer(keptStore, {});

  const ratios = measured.map(({ one, other }) => one.first.ms / other);
  const parsing = seconds(median(measured.map(({ other }) => other)));
  const starts = measured.map(({ one }) => one);
  const first = seconds(median(starts.map((start) => start.first.ms)));
  const stalls = starts.map((start) => start.first.longestStall);
  const busy = starts.map((start) => start.first.longestWork);
  const peaks = starts.map((start) => start.first.peakBytes / GIGABYTE);
  const empty = "empty store";
  const stall = "longest stall of the main loop";
  return [
    figure(empty, "time to the answer", median(ratios), "x", 2.5, `${first}, JSON.parse ${parsing}`),
    figure(empty, "peak memory", median(peaks), "GB", 1, `worst ${Math.max(...peaks).toFixed(2)} GB`),
    figure(empty, stall, median(stalls), "ms", 50, `worst ${ms(Math.max(...stalls))}`),
    figure(
      empty,
      `${stall}, without waiting for a processor`,
      median(busy),
      "ms",
      50,
      `worst ${ms(Math.max(...busy))}`,
    ),
    restarted(
      "store kept",
      0.1,
      starts.map(({ first, kept }) => ({ kept, first })),
    ),
    restarted(
      "store kept, files looked at again",
      null,
      starts.map(({ first, again }) => ({ kept: again, first })),
    ),
  ];
}

/**
 * `longestWork` is the longest stall by the time that the main thread was at work in it.
 * @typedef {{ ms: number, longestStall: number, longestWork: number, peakBytes: number }} Start
 */

/** @param {string} group @param {number | null} target @param {{ kept: Start, first: Start }[]} starts */
function restarted(group, target, starts) {
  const ratio = median(starts.map(({ kept, first }) => kept.ms / first.ms));
  const longest = median(starts.map(({ kept }) => kept.longestWork));
  const detail = `${ms(median(starts.map(({ kept }) => kept.ms)))} beside ${ms(median(starts.map(({ first }) => first.ms)))}; longest stall ${ms(longest)}`;
  return figure(group, "time to the answer", ratio, "x", target, detail);
}

/** @param {string} group @param {string} name @param {number} value @param {string} unit @param {number | null} target @param {string} detail */
function figure(group, name, value, unit, target, detail) {
  return { group, name, value, unit, target, detail };
}

/** The first answer with an empty store, with the store it left, and with that store past its age. @param {string} store */
async function startAndRestart(store) {
  const first = await answer(store, {});
  const kept = await answer(store, {});
  const again = await answer(store, { DBT_ENABLE_CACHING: "false" });
  removeFolder(store);
  return { first, kept, again };
}

/**
 * A process from its start to its first answer, and what it needed until its end.
 * @param {string} store @param {Record<string, string>} settings @returns {Promise<Start>}
 */
async function answer(store, settings) {
  const folder = newFolder();
  const watched = join(folder, "watched.json");
  const environment = { ...largeEnvironment(store), ...settings, BENCH_WATCH_FILE: watched };
  const client = new Client(["--import", WATCH, RUNLENS, "mcp"], environment);
  await client.initialize();
  const asked = performance.timeOrigin + performance.now();
  const { structuredContent } = await client.call("slowest_models", QUESTION);
  const took = performance.now() - client.startedAt;
  const answered = performance.timeOrigin + performance.now();
  await client.close();
  if (!isWhole(structuredContent))
    throw new Error(`not the whole answer: ${JSON.stringify(structuredContent)}`);
  /** @type {{ peakBytes: number, stalls: import("./watch-process.mjs").Stall[] }} */
  const { peakBytes, stalls } = JSON.parse(readFileSync(watched, "utf8"));
  removeFolder(folder);
  // What a process does before it is asked is its start, which cold-start.mjs measures.
  const during = stalls
    .filter((stall) => stall.at < answered)
    .map(({ at, ms: length, waited }) => ({ ms: Math.min(length, at + length - asked), waited }));
  return {
    ms: took,
    longestStall: Math.max(0, ...during.map((stall) => stall.ms)),
    longestWork: Math.max(0, ...during.map((stall) => stall.ms - stall.waited)),
    peakBytes,
  };
}

/** An answer that came early, with a part of the facts, would be no measurement. @param {Record<string, unknown> | undefined} answered */
function isWhole(answered) {
  const { items, source } =
    /** @type {{ items?: { runs_counted?: number }[], source?: { complete?: boolean } }} */ (answered ?? {});
  return source?.complete === true && items?.length === 5 && items.every((item) => item.runs_counted === 10);
}

/** @param {number} value */
const ms = (value) => `${value.toFixed(0)} ms`;
/** @param {number} value */
const seconds = (value) => `${(value / 1000).toFixed(2)} s`;
