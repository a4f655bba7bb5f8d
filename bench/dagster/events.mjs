/** The failures in a long log, found as runlens finds them and as the upstream command does, in turns. */
import { figure } from "../lib/figures.mjs";
import { newFolder, removeFolder } from "../lib/places.mjs";
import { median, pairs } from "../lib/statistics.mjs";
import { asUpstream } from "./as-upstream.mjs";
import { openReader, SIZE } from "./session.mjs";

const TYPE = "STEP_FAILURE";
const THOUSANDS = `${SIZE.events.toLocaleString("en-US")} events`;

/**
 * @param {import("../lib/program.mjs").Program} platform @param {number} count pairs
 * @returns {Promise<import("../lib/figures.mjs").Figure[]>}
 */
export async function events(platform, count) {
  const { urls, runs } = await platform.tell("describe");
  const late = await sides(platform, count, urls.logs, runs.late);
  const slow = await sides(platform, count, urls.slowLogs, runs.late);
  const early = await sides(platform, count, urls.logs, runs.early);
  const slowEarly = await sides(platform, count, urls.slowLogs, runs.early);
  const group = `Dagster, ${THOUSANDS}`;
  const waits = `${SIZE.latencyMs} ms an answer`;
  const [first] = late;
  if (first === undefined) throw new Error("nothing was measured");
  const { ours, theirs } = first;
  return [
    figure(
      group,
      "requests for failures at the end",
      ours.requests,
      "requests",
      SIZE.events / 1000 + 1,
      `finds all ${ours.found}; the upstream command's way stops after ${theirs.requests}, has looked at ${theirs.scanned} events and found ${theirs.found}`,
    ),
    figure(
      group,
      "requests per event looked at, beside the upstream command's way",
      ours.requests / ours.scanned / (theirs.requests / theirs.scanned),
      "x",
      0.01,
      `one for ${perRequest(ours)} events, upstream one for ${perRequest(theirs)}`,
    ),
    ...[
      { name: "time per event looked at", those: late },
      { name: `time per event looked at, ${waits}`, those: slow },
    ].map(({ name, those }) => rates(group, `${name}, beside the upstream command's way`, those)),
    ...[
      { name: "failures where upstream finds them too: time beside it", those: early },
      { name: `failures where upstream finds them too, ${waits}: time beside it`, those: slowEarly },
    ].map(({ name, those }) => times(group, name, those)),
  ];
}

/** @typedef {{ ms: number, requests: number, scanned: number, found: number }} Side */

/** @param {Side} side */
const perRequest = ({ scanned, requests }) => Math.round(scanned / requests).toLocaleString("en-US");

/** @param {string} group @param {string} name @param {{ ours: Side, theirs: Side }[]} those */
function rates(group, name, those) {
  const rate = (/** @type {Side} */ { scanned, ms }) => (scanned / ms) * 1000;
  const told = (/** @type {"ours" | "theirs"} */ side) =>
    `${Math.round(median(those.map((pair) => rate(pair[side])))).toLocaleString("en-US")} events/s`;
  const whole = (median(those.map(({ ours }) => ours.ms)) / 1000).toFixed(1);
  return figure(
    group,
    name,
    median(those.map(({ ours, theirs }) => rate(theirs) / rate(ours))),
    "x",
    1,
    `${told("ours")}, upstream ${told("theirs")}; the whole log in ${whole} s`,
  );
}

/** @param {string} group @param {string} name @param {{ ours: Side, theirs: Side }[]} those */
function times(group, name, those) {
  const told = (/** @type {"ours" | "theirs"} */ side) => {
    const ms = median(those.map((pair) => pair[side].ms));
    return `${ms.toFixed(0)} ms and ${those[0]?.[side].requests} requests`;
  };
  return figure(
    group,
    name,
    median(those.map(({ ours, theirs }) => ours.ms / theirs.ms)),
    "x",
    1,
    `${told("ours")}, upstream ${told("theirs")}; both find ${those[0]?.ours.found}`,
  );
}

/** @param {import("../lib/program.mjs").Program} platform @param {number} count @param {string} url @param {string} run */
async function sides(platform, count, url, run) {
  const measured = await pairs(
    count,
    () => asRunlens(platform, url, run),
    async () => {
      const { found, ...rest } = await asUpstream({ url, run, type: TYPE, limit: SIZE.failures });
      return { ...rest, steps: found.map(({ stepKey }) => stepKey) };
    },
  );
  return measured.map(({ one, other }) => {
    if (one.steps.length !== SIZE.failures) throw new Error(`not all failures: ${JSON.stringify(one)}`);
    // What the other way finds has to be the same events.
    if (other.steps.some((step, index) => step !== one.steps[index]))
      throw new Error(`the two ways differ: ${JSON.stringify([one.steps, other.steps])}`);
    return {
      ours: { ...one, found: one.steps.length },
      theirs: { ...other, found: other.steps.length },
    };
  });
}

/**
 * A process of its own each time, because pages of a run that has ended are kept in memory. It knows that the run is
 * there, and nothing of its log.
 * @param {import("../lib/program.mjs").Program} platform @param {string} url @param {string} run
 */
async function asRunlens(platform, url, run) {
  const store = newFolder();
  const reader = openReader(url, store);
  try {
    await reader.tell("ask", "getRuns", { limit: 1 });
    await platform.tell("count");
    const question = { runId: run, eventType: [TYPE], limit: SIZE.failures };
    const { answer, ms } = await reader.tell("ask", "getRunEvents", question);
    const { requests, failed } = await platform.tell("count");
    if (failed > 0) throw new Error(`${failed} requests failed`);
    const steps = answer.items.map((/** @type {{ step_key: string }} */ { step_key }) => step_key);
    return { ms, requests, scanned: answer.scanned, steps };
  } finally {
    await reader.close();
    removeFolder(store);
  }
}
