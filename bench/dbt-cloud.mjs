/**
 * An account of dbt Cloud with 3,000 models, behind an emulator that answers after 50 ms: what the first answer takes
 * beside one request for each model, what changes take, and what it takes to ask again.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { again } from "./dbt-cloud/again.mjs";
import { changes } from "./dbt-cloud/changes.mjs";
import { oneByOne } from "./dbt-cloud/one-by-one.mjs";
import { LAST_RUNS, openReader, SIZE, SLOWEST, slowest } from "./dbt-cloud/session.mjs";
import { figure } from "./lib/figures.mjs";
import { buildPlatform, newFolder, removeFolder } from "./lib/places.mjs";
import { Program } from "./lib/program.mjs";
import { median, pairs } from "./lib/statistics.mjs";

/** Requests a minute that the vendor allows. */
const RATES = { discovery: 500, admin: 5000 };
const GIGABYTE = 1024 ** 3;
const COLD = "dbt Cloud, nothing known";

/** @param {number} count pairs @returns {Promise<import("./lib/figures.mjs").Figure[]>} */
export async function dbtCloud(count) {
  const platform = new Program(await buildPlatform("dbt-cloud"), {
    arguments: [JSON.stringify(SIZE)],
    execArgv: ["--max-old-space-size=8192"],
  });
  const kept = newFolder();
  try {
    const described = await platform.tell("describe");
    // Not measured: the emulator makes its artifacts when they are first asked for. It leaves a store for later.
    const first = await cold(platform, kept);
    const measured = await pairs(
      count,
      async () => {
        const store = newFolder();
        const result = await cold(platform, store);
        removeFolder(store);
        return result;
      },
      async () => {
        const result = await oneByOne(described, LAST_RUNS);
        return { ...result, ...(await platform.tell("count")) };
      },
    );
    for (const { other } of measured) assertSame(first.items, other.averages);
    return [...coldFigures(measured), ...(await changes(platform, kept)), ...(await again(platform, kept))];
  } finally {
    await platform.close();
    removeFolder(kept);
  }
}

/**
 * A process that knows nothing, until it has answered.
 * @param {Program} platform @param {string} store
 */
async function cold(platform, store) {
  const folder = newFolder();
  const watched = join(folder, "watched.json");
  const reader = await openReader(platform, store, { watched });
  await platform.tell("count");
  const { answer, ms, ownMs, asked } = await reader.tell("ask", SLOWEST, slowest());
  const counts = await platform.tell("count");
  await reader.close();
  if (answer.source.complete !== true || answer.items.length !== 5 || counts.refused > 0)
    throw new Error(`not the whole answer: ${JSON.stringify([counts, answer.source])}`);
  /** @type {{ peakBytes: number, stalls: import("./watch-process.mjs").Stall[] }} */
  const { peakBytes, stalls } = JSON.parse(readFileSync(watched, "utf8"));
  removeFolder(folder);
  const during = stalls.filter(({ at, ms: length }) => at + length > asked && at < asked + ms);
  return {
    ms,
    ownMs,
    items: answer.items,
    peakBytes,
    longestStall: Math.max(0, ...during.map((stall) => stall.ms)),
    longestWork: Math.max(0, ...during.map((stall) => stall.ms - stall.waited)),
    ...counts,
  };
}

/** Both ways have to give the same answer. @param {{ model_id: string, average_runtime_s: number }[]} items @param {{ model: string, average: number }[]} averages */
function assertSame(items, averages) {
  for (const [index, { model_id, average_runtime_s }] of items.entries()) {
    const { model, average } = averages[index] ?? {};
    if (model !== `model.${model_id}` || Math.abs((average ?? 0) - average_runtime_s) > 0.01)
      throw new Error(`the two ways differ: ${model_id} ${average_runtime_s}, ${model} ${average}`);
  }
}

/** @param {{ one: Awaited<ReturnType<typeof cold>>, other: Awaited<ReturnType<typeof oneByOne>> & { workMs: number } }[]} measured */
function coldFigures(measured) {
  const ours = measured.map(({ one }) => one);
  const theirs = measured.map(({ other }) => other);
  const of = (/** @type {(one: Awaited<ReturnType<typeof cold>>) => number} */ part) =>
    median(ours.map(part));
  const worst = (/** @type {(one: Awaited<ReturnType<typeof cold>>) => number} */ part) =>
    Math.max(...ours.map(part));
  const requests = worst(({ admin, discovery }) => admin + discovery);
  const manyRequests = median(theirs.map((other) => other.requests));
  const seconds = (/** @type {number} */ ms) => `${(ms / 1000).toFixed(1)} s`;
  const times = `${seconds(of(({ ms }) => ms))}, model by model ${seconds(median(theirs.map(({ ms }) => ms)))}`;
  const work = `of a processor runlens took ${seconds(of(({ ownMs }) => ownMs))}, the emulator ${seconds(of(({ workMs }) => workMs))} and ${seconds(median(theirs.map(({ workMs }) => workMs)))}`;
  const slowestRate = (manyRequests / RATES.discovery).toFixed(0);
  return [
    figure(
      COLD,
      "requests to Discovery",
      worst(({ discovery }) => discovery),
      "requests",
      RATES.discovery,
      "what is allowed in a minute",
    ),
    figure(
      COLD,
      "requests to the Admin API",
      worst(({ admin }) => admin),
      "requests",
      RATES.admin,
      "what is allowed in a minute",
    ),
    figure(
      COLD,
      "requests, beside model by model",
      requests / manyRequests,
      "x",
      0.05,
      `${requests}, model by model ${manyRequests}`,
    ),
    figure(
      COLD,
      "time to the answer, beside model by model",
      median(measured.map(({ one, other }) => one.ms / other.ms)),
      "x",
      null,
      `${times}; ${work}; at the published rate model by model takes ${slowestRate} minutes`,
    ),
    figure(
      COLD,
      "peak memory",
      of(({ peakBytes }) => peakBytes / GIGABYTE),
      "GB",
      1,
      `worst ${worst(({ peakBytes }) => peakBytes / GIGABYTE).toFixed(2)} GB`,
    ),
    figure(
      COLD,
      "longest stall of the main loop",
      of(({ longestStall }) => longestStall),
      "ms",
      50,
      `worst ${worst(({ longestStall }) => longestStall).toFixed(0)} ms`,
    ),
    figure(
      COLD,
      "longest stall of the main loop, without waiting for a processor",
      of(({ longestWork }) => longestWork),
      "ms",
      50,
      `worst ${worst(({ longestWork }) => longestWork).toFixed(0)} ms`,
    ),
  ];
}
