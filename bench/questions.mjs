/** Questions over 600,000 executions, new ones and repeated ones, beside the round trip of an empty tool. */
import { Client } from "./lib/client.mjs";
import { EMPTY_SERVER, largeEnvironment, RUNLENS } from "./lib/places.mjs";
import { median, timed } from "./lib/statistics.mjs";

/** Repetitions of each question that was asked before. */
const REPEATS = 4;

const TAGS = ["nightly", "hourly", "finance", "marketing", "operations", "people", "logistics", "critical"];
const MATERIALIZATIONS = [undefined, "table", "view", "incremental"];

/** Forty-eight inputs of `slowest_models` that differ in what they select. */
function inputs() {
  return Array.from({ length: 48 }, (_, index) => {
    const materialization = MATERIALIZATIONS[index % MATERIALIZATIONS.length];
    const tag = TAGS[Math.floor(index / MATERIALIZATIONS.length) % TAGS.length] ?? "nightly";
    return {
      last_n_runs: 10,
      slowest_n: 3 + (index % 5),
      ...(index % 3 === 0 ? {} : { tags: index % 3 === 1 ? [tag] : [tag, "critical"] }),
      ...(materialization === undefined ? {} : { materialization }),
      ...(index % 5 === 0 ? { min_runtime: 2 + index } : {}),
      ...(index % 7 === 0 ? { max_runtime: 100 + index } : {}),
    };
  });
}

/**
 * @param {number} count pairs
 * @param {string} store a folder with the large artifacts loaded
 * @returns {Promise<import("./lib/figures.mjs").Figure[]>}
 */
export async function questions(count, store) {
  const measured = [];
  for (let pair = 0; pair < count; pair++) measured.push(await session(store));
  const fresh = median(measured.map((session) => session.fresh));
  const empty = median(measured.map((session) => session.empty));
  const over = median(measured.map((session) => session.repeated - session.empty));
  const ratio = median(measured.map((session) => session.fresh / session.empty));
  const repeated = median(measured.map((session) => session.repeated));
  return [
    {
      group: "600,000 executions",
      name: "a new question, p50",
      value: fresh,
      unit: "ms",
      target: 30,
      detail: `empty tool ${empty.toFixed(2)} ms (${ratio.toFixed(0)} times)`,
    },
    {
      group: "600,000 executions",
      name: "the same again, p50 over an empty tool",
      value: over,
      unit: "ms",
      target: 1,
      detail: `${repeated.toFixed(2)} ms, empty tool ${empty.toFixed(2)} ms`,
    },
  ];
}

/** One process of each kind, asked in turns. @param {string} store */
async function session(store) {
  const runlens = new Client([RUNLENS, "mcp"], largeEnvironment(store));
  const floor = new Client([EMPTY_SERVER]);
  await Promise.all([runlens.initialize(), floor.initialize()]);
  const ask = (/** @type {object} */ input) => timed(() => runlens.call("slowest_models", input));
  const nothing = () => timed(() => floor.call("nothing", {}));
  // The first questions open the store and warm both processes; none of them is asked again.
  for (let warm = 1; warm <= 5; warm++) {
    await ask({ last_n_runs: warm });
    await nothing();
  }
  const fresh = [];
  const repeated = [];
  const empty = [];
  for (const input of inputs()) {
    fresh.push(await ask(input));
    empty.push(await nothing());
  }
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const input of inputs()) {
      repeated.push(await ask(input));
      empty.push(await nothing());
    }
  }
  await Promise.all([runlens.close(), floor.close()]);
  return { fresh: median(fresh), repeated: median(repeated), empty: median(empty) };
}
