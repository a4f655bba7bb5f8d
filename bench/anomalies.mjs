/**
 * Slow runs found among made-up series and in the demo, beside the plain z-score; and trends over a million executions.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { demoModels, heldAgainstPlanted } from "./anomalies/demo.mjs";
import { plainScore } from "./anomalies/plain-score.mjs";
import { KIND_NAMES, makeSeries } from "./anomalies/series.mjs";
import { figure } from "./lib/figures.mjs";
import { bundle } from "./lib/places.mjs";

/** Not the seed by which the parameters of the rule were chosen. */
const SEED = 2026;
/** Series of each kind. */
const SERIES = 200;
/** Runs at the beginning of a series, by which others are judged. */
const HISTORY = 30;

/** @typedef {(timings: readonly import("./anomalies/series.mjs").Timing[]) => boolean[]} Rule */
/** @typedef {{ hits: number, missed: number, wrong: number, runs: number }} Tally */

/** @returns {Promise<{ figures: import("./lib/figures.mjs").Figure[], kinds: string[][] }>} */
export async function anomalies() {
  const { judgeSeries, changePoint } = await import(await bundle("anomalies/rules.mjs", "rules.mjs"));
  /** @type {Record<string, Rule>} */
  const rules = {
    runlens: (timings) =>
      judgeSeries(timings).judgements.map(
        (/** @type {{ verdict: string } | null} */ judgement) =>
          judgement !== null && judgement.verdict !== "normal",
      ),
    "z-score": (timings) => plainScore(timings.map(seconds), { ownIncluded: true }),
    "z-score of others": (timings) => plainScore(timings.map(seconds), { ownIncluded: false }),
  };
  const made = makeSeries(SEED, SERIES);
  const tallies = Object.entries(rules).map(([name, rule]) => ({ name, byKind: held(made, rule) }));
  const kinds = KIND_NAMES.map((kind) => [
    kind,
    ...tallies.flatMap(({ byKind }) => {
      const tally = byKind.get(kind) ?? none();
      return [
        percent(precision(tally)),
        percent(recall(tally)),
        ((1000 * tally.wrong) / tally.runs).toFixed(1),
      ];
    }),
  ]);
  const totals = tallies.map(({ name, byKind }) => ({ name, ...total([...byKind.values()]) }));
  const [own, ...others] = totals.map((tally) => ({
    name: tally.name,
    precision: precision(tally),
    recall: recall(tally),
  }));
  if (own === undefined) throw new Error("no rule was measured");
  const beside = (/** @type {"precision" | "recall"} */ what) =>
    others.map((other) => `${other.name} ${percent(1 - other[what])}`).join(", ");
  return {
    figures: [
      figure(
        "anomalies",
        "false alarms among what is found",
        100 * (1 - own.precision),
        "%",
        5,
        beside("precision"),
      ),
      figure(
        "anomalies",
        "planted slow runs that are missed",
        100 * (1 - own.recall),
        "%",
        10,
        beside("recall"),
      ),
      ...ofDemo(rules, changePoint),
      ...(await overAMillion()),
    ],
    kinds: [
      ["series", ...tallies.flatMap(({ name }) => [`${name}: precision`, "recall", "wrong in 1,000"])],
      ...kinds,
    ],
  };
}

const seconds = (/** @type {{ runtime_s: number }} */ timing) => timing.runtime_s;
/** @returns {Tally} */
const none = () => ({ hits: 0, missed: 0, wrong: 0, runs: 0 });
const precision = (/** @type {Tally} */ { hits, wrong }) => hits / (hits + wrong);
const recall = (/** @type {Tally} */ { hits, missed }) => hits / (hits + missed);
const percent = (/** @type {number} */ share) => (Number.isNaN(share) ? "" : `${(100 * share).toFixed(1)} %`);

/** What a rule makes of the series, by their kind. @param {readonly import("./anomalies/series.mjs").Series[]} made @param {Rule} rule */
function held(made, rule) {
  /** @type {Map<string, Tally>} */
  const byKind = new Map();
  for (const { kind, timings, labels } of made) {
    const tally = byKind.get(kind) ?? none();
    byKind.set(kind, tally);
    for (const [index, isFound] of rule(timings).entries()) {
      if (index < HISTORY || labels[index] === "either") continue;
      tally.runs++;
      if (labels[index] === "slow") tally[isFound ? "hits" : "missed"]++;
      else if (isFound) tally.wrong++;
    }
  }
  return byKind;
}

/** @param {readonly Tally[]} tallies */
function total(tallies) {
  const sum = none();
  for (const tally of tallies) {
    for (const key of /** @type {(keyof Tally)[]} */ (Object.keys(sum))) sum[key] += tally[key];
  }
  return sum;
}

/** @param {Record<string, Rule>} rules @param {(runtimes: number[]) => { index: number, ratio: number } | null} changePoint */
function ofDemo(rules, changePoint) {
  const models = demoModels();
  const found = Object.entries(rules).map(([name, rule]) => {
    const runs = models.flatMap((model) => {
      // Only runlens knows what a full refresh is.
      const kept = model.timings.map((_, index) => name !== "runlens" || !model.refreshes[index]);
      const days = model.days.filter((_, index) => kept[index]);
      const verdicts = rule(model.timings.filter((_, index) => kept[index]));
      return days.filter((_, index) => verdicts[index]).map((day) => `${model.name} ${day}`);
    });
    return { name, ...heldAgainstPlanted(runs, "slow") };
  });
  const levels = models.flatMap((model) => {
    const usual = model.timings.map((_, index) => index).filter((index) => !model.refreshes[index]);
    const change = changePoint(usual.map((index) => model.timings[index]?.runtime_s ?? 0));
    return change === null ? [] : [`${model.name} ${model.days[usual[change.index] ?? 0]}`];
  });
  const level = heldAgainstPlanted(levels, "level");
  const [own, ...others] = found;
  if (own === undefined) throw new Error("no rule was measured");
  const runs = models.reduce((sum, model) => sum + model.timings.length, 0);
  const beside = others
    .map((other) => `${other.name}: ${other.found} found, ${other.wrong} wrong`)
    .join("; ");
  return [
    figure(
      "anomalies",
      "demo: wrong or missed slow runs",
      own.wrong + own.planted - own.found,
      "runs",
      0,
      `of ${runs}, ${own.planted} planted; ${beside}`,
    ),
    figure(
      "anomalies",
      "demo: wrong or missed changes of level",
      level.wrong + level.planted - level.found,
      "models",
      0,
      `of ${models.length} models, ${level.planted} planted`,
    ),
  ];
}

/** Questions to a million executions, in a process of its own, beside the workers of the build. */
async function overAMillion() {
  const program = await bundle("anomalies/million.mjs", "dist/million.mjs");
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  /** @type {Record<string, number>} */
  const measured = JSON.parse(stdout);
  return ["model", "job", "project"].map((kind) =>
    figure(
      "1,000,000 executions",
      `trend of a ${kind}, p50`,
      measured[kind] ?? Number.NaN,
      "ms",
      50,
      "new questions, by the library",
    ),
  );
}
