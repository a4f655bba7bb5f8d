/** Run times as they are met in practice, made up from a seed, with slow runs planted at known places. */
import { Random } from "../generator/random.mjs";

const RUNS = 75;
/** Nothing is planted before: every rule needs a history. */
const FIRST = 30;
const DAY_MS = 86_400_000;
const BEGIN = Date.UTC(2026, 0, 5);

/**
 * @typedef {{ at: number, runtime_s: number, weekday: number }} Timing
 * @typedef {"slow" | "normal" | "either"} Label `either`: right both ways, such as the second run after a lasting change
 * @typedef {{ kind: string, timings: Timing[], labels: Label[] }} Series
 */

/**
 * What the run times of a kind do: seconds of run `index` before noise, the noise, and the chance of a planted run.
 * @type {Record<string, { shape: (index: number, base: number) => number, noise: number, base?: [number, number], planted?: number }>}
 */
const KINDS = {
  steady: { shape: (_, base) => base, noise: 0.12 },
  uneven: { shape: (_, base) => base, noise: 0.3 },
  "slower on Mondays": { shape: (index, base) => (index % 7 === 0 ? base * 3 : base), noise: 0.12 },
  "short at weekends": { shape: (index, base) => (index % 7 >= 5 ? base / 4 : base), noise: 0.12 },
  growing: { shape: (index, base) => base * (1 + index / 50), noise: 0.12 },
  "slower for good": { shape: (index, base) => (index < 50 ? base : base * 2.2), noise: 0.12, planted: 0 },
  "had bad days": {
    shape: (index, base) => (index % 9 === 4 && index < FIRST ? base * 8 : base),
    noise: 0.15,
  },
  "shorter than a second": { shape: (_, base) => base, noise: 0.6, base: [0.02, 0.3], planted: 0 },
};

export const KIND_NAMES = Object.keys(KINDS);

/** @param {number} seed @param {number} count series of each kind @returns {Series[]} */
export function makeSeries(seed, count) {
  const random = new Random(seed);
  return Object.entries(KINDS).flatMap(([kind, rule]) =>
    Array.from({ length: count }, () => series(random, kind, rule)),
  );
}

/** @param {Random} random @param {string} kind @param {(typeof KINDS)[string]} rule @returns {Series} */
function series(random, kind, { shape, noise, base: [low, high] = [4, 900], planted = 0.05 }) {
  const base = low * (high / low) ** random.next();
  /** @type {Label[]} */
  const labels = [];
  const timings = Array.from({ length: RUNS }, (_, index) => {
    const isPlanted = index >= FIRST && random.chance(planted);
    const usual = random.uneven(shape(index, base), noise);
    // A planted run takes two to six times as long.
    const runtime_s = isPlanted ? usual * (2 + 4 * random.next()) : usual;
    const changed = kind === "slower for good" && index >= 50;
    labels.push(isPlanted || (changed && index === 50) ? "slow" : changed ? "either" : "normal");
    return { at: BEGIN + index * DAY_MS, runtime_s, weekday: (index % 7) + 1 };
  });
  return { kind, timings, labels };
}
