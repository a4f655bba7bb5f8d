/** What it takes to see that an account has changed, or that it has not. An answer without the change is a failure. */
import { figure } from "../lib/figures.mjs";
import { openReader, SLOWEST, slowest, TTL_S } from "./session.mjs";

const GROUP = "dbt Cloud, everything known";
/** A model that takes little time, of the first project. */
const QUICK = "division_1.stg_invoices_10";
const RENAMED = "Division of Riders";

/** @param {Record<string, number>} operations */
function told(operations) {
  const parts = Object.entries(operations).map(([name, count]) => (count === 1 ? name : `${count} ${name}`));
  return parts.length === 0 ? "nothing sent" : parts.join(", ");
}

/**
 * @param {import("../lib/program.mjs").Program} platform
 * @param {string} store with the answer to `slowest()` in it
 * @returns {Promise<import("../lib/figures.mjs").Figure[]>}
 */
export async function changes(platform, store) {
  const reader = await openReader(platform, store);
  try {
    return await changesSeen(platform, reader);
  } finally {
    await reader.close();
  }
}

/** @param {import("../lib/program.mjs").Program} platform @param {import("../lib/program.mjs").Program} reader */
async function changesSeen(platform, reader) {
  const advance = async (/** @type {number} */ ms) => {
    await platform.tell("advance", ms);
    await reader.tell("advance", ms);
  };
  const expire = () => advance(TTL_S * 1000 + 1);
  const ask = async (/** @type {string} */ method = SLOWEST, /** @type {object} */ question = slowest()) => {
    await platform.tell("count");
    const { answer, ms } = await reader.tell("ask", method, question);
    const { admin, discovery, refused, operations } = await platform.tell("count");
    if (answer.source.complete !== true || refused > 0) throw new Error(JSON.stringify(answer.source));
    return { answer, requests: admin + discovery, detail: `${told(operations)}; ${ms.toFixed(0)} ms` };
  };
  /** @type {import("../lib/figures.mjs").Figure[]} */
  const figures = [];
  const add = (
    /** @type {string} */ name,
    /** @type {number} */ most,
    /** @type {Awaited<ReturnType<typeof ask>>} */ { requests, detail },
    /** @type {boolean} */ isSeen,
  ) => {
    // An answer without the change is no answer: no number of requests is small enough for it.
    figures.push(
      isSeen
        ? figure(GROUP, name, requests, "requests", most, detail)
        : figure(GROUP, name, Number.NaN, "requests", most, `NOT SEEN, ${requests} requests: ${detail}`),
    );
  };
  const top = (/** @type {{ answer: { items: { model_id: string }[] } }} */ { answer }) =>
    answer.items[0]?.model_id;
  const average = (/** @type {{ answer: { items: { average_runtime_s: number }[] } }} */ { answer }) =>
    answer.items[0]?.average_runtime_s ?? 0;

  // Whatever came between the first answer and this is old by now: this one begins anew.
  await expire();
  const known = await ask();
  add("within the TTL", 0, await ask(), true);
  await expire();
  const unchanged = await ask();
  add("after the TTL, nothing new", 2, unchanged, top(unchanged) === top(known));

  await platform.tell("addRun", 0, "finished", { [`model.${QUICK}`]: 2000 });
  await expire();
  const afterRun = await ask();
  add("one new run", 5, afterRun, top(afterRun) === QUICK);

  // Each adds a tenth of what it takes to the average over ten runs.
  await platform.tell("addRun", 0, "finished", { [`model.${QUICK}`]: 3000 });
  await platform.tell("addRun", 0, "finished", { [`model.${QUICK}`]: 4000 });
  await expire();
  const afterTwo = await ask();
  const rise = average(afterTwo) - average(afterRun);
  add("two new runs", 7, afterTwo, Math.abs(rise - 700) < 5);

  const running = await platform.tell("addRun", 0, "running", {});
  await expire();
  await ask();
  await platform.tell("addRun", 0, "finished", {});
  await expire();
  const meanwhile = await ask();
  const jump = await platform.tell("finishRun", running, { [`model.${QUICK}`]: 5000 });
  await reader.tell("advance", jump);
  await expire();
  const ended = await ask();
  add("a run that began before others and ended after them", 5, ended, average(ended) > average(meanwhile));

  const before = await ask("getJobs", { limit: 100 });
  const jobId = String(await platform.tell("deleteJob", 1));
  await expire();
  const withoutJob = await ask("getJobs", { limit: 100 });
  const has = (/** @type {typeof before} */ { answer }) =>
    answer.items.some((/** @type {{ job_id: string }} */ job) => job.job_id === jobId);
  add("a deleted job", 5, withoutJob, has(before) && !has(withoutJob));

  await platform.tell("renameProject", 2, RENAMED);
  await expire();
  const renamed = await ask("getProjects", { limit: 100 });
  const isNamed = renamed.answer.items.some((/** @type {{ name: string }} */ one) => one.name === RENAMED);
  add("a renamed project", 5, renamed, isNamed);

  await platform.tell("removeModel", `model.${QUICK}`);
  await platform.tell("addRun", 0, "finished", {});
  await expire();
  const removed = await ask();
  const isGone = removed.answer.items.every(
    (/** @type {{ model_id: string }} */ { model_id }) => model_id !== QUICK,
  );
  add("a removed model", 7, removed, isGone && removed.answer.items.length === 5);
  return figures;
}
