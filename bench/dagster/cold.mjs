/** The first answers about a deployment of which nothing is known, beside one request for each of its assets. */
import { figure } from "../lib/figures.mjs";
import { newFolder, removeFolder } from "../lib/places.mjs";
import { median, pairs } from "../lib/statistics.mjs";
import { oneByOne } from "./one-by-one.mjs";
import { LAST_RUNS, openReader, told } from "./session.mjs";

const GROUP = "Dagster, nothing known";

/** The methods of the library that are the two operations. */
const QUESTIONS = [
  {
    name: "slowest_models",
    method: "slowestModels",
    question: { lastNRuns: LAST_RUNS, materialization: "asset" },
  },
  { name: "health_dashboard", method: "getHealthDashboard", question: {} },
];

/**
 * @param {import("../lib/program.mjs").Program} platform @param {number} count pairs
 * @returns {Promise<import("../lib/figures.mjs").Figure[]>}
 */
export async function cold(platform, count) {
  const { urls } = await platform.tell("describe");
  const url = urls.deployment;
  /** @type {import("../lib/figures.mjs").Figure[]} */
  const figures = [];
  for (const { name, method, question } of QUESTIONS) {
    const measured = await pairs(
      count,
      () => first(platform, url, method, question),
      async () => {
        await platform.tell("count");
        const result = await oneByOne(url, LAST_RUNS);
        const { workMs } = await platform.tell("count");
        return { ...result, workMs };
      },
    );
    if (method === "slowestModels")
      for (const { one, other } of measured) assertSame(one.answer, other.averages);
    const [{ one, other } = { one: null, other: null }] = measured;
    if (one === null || other === null) throw new Error("nothing was measured");
    const seconds = (/** @type {(pair: (typeof measured)[number]) => number} */ part) =>
      `${(median(measured.map(part)) / 1000).toFixed(1)} s`;
    const times = `${seconds((pair) => pair.one.ms)}, asset by asset ${seconds((pair) => pair.other.ms)}`;
    const work = `of a processor runlens took ${seconds((pair) => pair.one.ownMs)}, the emulator ${seconds((pair) => pair.one.workMs)} and ${seconds((pair) => pair.other.workMs)}`;
    figures.push(
      figure(
        GROUP,
        `${name}: requests, beside asset by asset`,
        one.requests / other.requests,
        "x",
        0.25,
        `${one.requests}, asset by asset ${other.requests} (${told(one.operations)})`,
      ),
      figure(
        GROUP,
        `${name}: time to the answer, beside asset by asset`,
        median(measured.map((pair) => pair.one.ms / pair.other.ms)),
        "x",
        null,
        `${times}; ${work}`,
      ),
    );
  }
  return figures;
}

/**
 * A process that knows nothing, until it has answered.
 * @param {import("../lib/program.mjs").Program} platform @param {string} url @param {string} method @param {object} question
 */
async function first(platform, url, method, question) {
  const store = newFolder();
  const reader = openReader(url, store);
  try {
    await platform.tell("count");
    const { answer, ms, ownMs } = await reader.tell("ask", method, question);
    const { requests, failed, operations, workMs } = await platform.tell("count");
    if (answer.source.complete !== true || failed > 0)
      throw new Error(`not the whole answer: ${JSON.stringify([failed, answer.source])}`);
    return { answer, ms, ownMs, requests, operations, workMs };
  } finally {
    await reader.close();
    removeFolder(store);
  }
}

/** Both ways have to give the same averages. @param {{ items: { model_id: string, average_runtime_s: number }[] }} answer @param {number[]} averages */
function assertSame({ items }, averages) {
  if (items.length === 0) throw new Error("no answer");
  for (const [index, { model_id, average_runtime_s }] of items.entries()) {
    if (Math.abs((averages[index] ?? 0) - average_runtime_s) > 0.01)
      throw new Error(`the two ways differ: ${model_id} ${average_runtime_s}, ${averages[index]}`);
  }
}
