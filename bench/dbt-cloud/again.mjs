/** The same questions again: how fast, how fresh, and in how much memory. */

import { figure } from "../lib/figures.mjs";
import { median } from "../lib/statistics.mjs";
import { openReader, SLOWEST, slowest, TTL_S } from "./session.mjs";

const GROUP = "dbt Cloud, asked again";
const TAGS = ["finance", "marketing", "operations", "hourly", "core", "exports"];
const REPEATS = 50;
const QUESTIONS = 10_000;
const WARM_UP = 1_000;
const STEP = 2_000;
/** Questions after which everything is too old, and a run has ended: what is held grows old and is replaced. */
const PER_TTL = 500;
const MEGABYTE = 1024 ** 2;

/** Questions of many kinds, each of which differs from the others. @returns {[string, object][]} */
function questions() {
  const projects = Array.from({ length: 12 }, (_, index) => `Division ${index + 1}`).filter(
    (_, index) => index !== 2,
  );
  return [
    ...TAGS.flatMap((tag) => [1, 5, 10].map((lastNRuns) => [SLOWEST, { lastNRuns, tags: [tag] }])),
    ...projects.flatMap((project) => [
      [SLOWEST, { lastNRuns: 10, projectIds: [project] }],
      ["getModelsWithRuntime", { lastNRuns: 5, projectIds: [project], limit: 50 }],
      ["getModels", { projectIds: [project], limit: 100 }],
      ["getJobs", { projectIds: [project] }],
    ]),
    ["getProjects", {}],
    ["getRuns", { since: "7d", limit: 50 }],
    ["getRuns", { status: ["failure"], limit: 20 }],
    ["longestRunningJobs", { lastNRuns: 10 }],
    ["getHealthDashboard", {}],
  ];
}

/**
 * @param {import("../lib/program.mjs").Program} platform
 * @param {string} store
 * @returns {Promise<import("../lib/figures.mjs").Figure[]>}
 */
export async function again(platform, store) {
  const reader = await openReader(platform, store);
  const expire = async () => {
    await platform.tell("advance", TTL_S * 1000 + 1);
    await reader.tell("advance", TTL_S * 1000 + 1);
  };
  try {
    await expire();
    // Fetches what is wanted of each, so that what follows is answered from the store alone.
    await reader.tell("askMany", questions(), questions().length);
    return [
      ...(await repeated(reader)),
      await refreshed(platform, reader),
      ...(await level(platform, reader, expire)),
    ];
  } finally {
    await reader.close();
  }
}

/** Questions that have not been asked, and those again. @param {import("../lib/program.mjs").Program} reader */
async function repeated(reader) {
  // Other numbers than before: nothing of these answers is known.
  const fresh = questions().map(
    ([method, question], index) =>
      /** @type {[string, object]} */ ([method, { ...question, limit: 7 + (index % 5) }]),
  );
  const once = await reader.tell("askMany", fresh, fresh.length);
  const repeats = await reader.tell("askMany", fresh, fresh.length * REPEATS);
  const sorted = [...repeats].sort((one, other) => one - other);
  const at = (/** @type {number} */ part) => sorted[Math.floor(sorted.length * part)] ?? Number.NaN;
  const detail = `of ${sorted.length} answers to ${fresh.length} questions`;
  const ratios = fresh.map((_, index) => {
    const times = Array.from({ length: REPEATS }, (_, repeat) => repeats[repeat * fresh.length + index]);
    return median(times) / (once[index] ?? Number.NaN);
  });
  return [
    figure(
      GROUP,
      "beside the first time, from the store",
      median(ratios),
      "x",
      0.5,
      `worst ${Math.max(...ratios).toFixed(2)}x; ${median([...once]).toFixed(1)} ms the first time, p50`,
    ),
    figure(GROUP, "p50", at(0.5), "ms", 50, detail),
    figure(GROUP, "p99", at(0.99), "ms", 50, `longest ${(sorted.at(-1) ?? Number.NaN).toFixed(1)} ms`),
  ];
}

/** Asked with `refresh`, what is fresh is fetched all the same, and what has changed is seen. @param {import("../lib/program.mjs").Program} platform @param {import("../lib/program.mjs").Program} reader */
async function refreshed(platform, reader) {
  const model = "division_4.stg_invoices_10";
  const before = await reader.tell("ask", SLOWEST, slowest());
  await platform.tell("addRun", 3, "finished", { [`model.${model}`]: 90_000 });
  const same = await reader.tell("ask", SLOWEST, slowest());
  await platform.tell("count");
  const { answer, ms } = await reader.tell("ask", SLOWEST, { ...slowest(), refresh: true });
  const { admin, discovery } = await platform.tell("count");
  const first = (/** @type {{ items: { model_id: string }[] }} */ { items }) => items[0]?.model_id;
  if (
    first(before.answer) === model ||
    first(same.answer) === model ||
    first(answer) !== model ||
    admin + discovery === 0
  )
    throw new Error(`refresh does not refresh: ${admin + discovery} requests, ${first(answer)}`);
  return figure(
    GROUP,
    "refresh: true, after one new run",
    admin + discovery,
    "requests",
    null,
    `${ms.toFixed(0)} ms; the run is seen`,
  );
}

/** Memory after some questions and after many more. @param {import("../lib/program.mjs").Program} platform @param {import("../lib/program.mjs").Program} reader @param {() => Promise<void>} expire */
async function level(platform, reader, expire) {
  const ask = async (/** @type {number} */ count) => {
    for (let done = 0; done < count; done += PER_TTL) {
      await platform.tell("addRun", (done / PER_TTL) % 12, "finished", {});
      await expire();
      await reader.tell("askMany", questions(), PER_TTL);
    }
  };
  await ask(WARM_UP);
  const marks = [await reader.tell("memory")];
  for (let done = 0; done < QUESTIONS; done += STEP) {
    await ask(STEP);
    marks.push(await reader.tell("memory"));
  }
  const told = (/** @type {"rss" | "heap"} */ part) =>
    `MB after ${WARM_UP} questions and then every ${STEP}: ${marks.map((mark) => (mark[part] / MEGABYTE).toFixed(0)).join(", ")}`;
  const rise = (/** @type {"rss" | "heap"} */ part) => (marks.at(-1)?.[part] ?? Number.NaN) / marks[0][part];
  const name = `after ${QUESTIONS} questions, beside ${WARM_UP}`;
  return [
    figure(GROUP, `memory ${name}`, rise("rss"), "x", 1.2, told("rss")),
    figure(GROUP, `heap ${name}`, rise("heap"), "x", 1.2, told("heap")),
  ];
}
