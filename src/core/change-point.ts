/**
 * Since when a series of run times is on another level. docs/anomalies.md says why it is done so. Pure, like
 * `anomalies.ts`, with which it shares its logarithms and its guards.
 */
import { ANOMALY, level, medianError } from "./anomalies.ts";
import { median } from "./statistics.ts";

export const CHANGE = {
  /** Runs that each side needs. */
  fewest: 5,
  /**
   * The levels have to differ by so many times, and by `ANOMALY.seconds`. Less than for one run: a median of several
   * does not jump by chance.
   */
  ratio: 1.25,
  /** Standard errors of the difference of two medians that the shift has to be; high, because the split is chosen. */
  score: 4,
  /** Newest runs that are looked at. */
  most: 500,
} as const;

export interface ChangePoint {
  /** Place in the series of the first run on the new level. */
  index: number;
  /** Medians of the runs of both sides. */
  before_s: number;
  after_s: number;
  runs_before: number;
  runs_after: number;
  ratio: number;
  /**
   * `step`: two levels describe the series better than a line does. `drift`: it went steadily, and the place is where
   * two levels part best.
   */
  pattern: "step" | "drift";
}

/**
 * The last place from which on the run times (successes, oldest first) are on another level for good, up or down; null
 * where they are not. The split is the one with the least sum of absolute distances from the medians of its sides.
 */
export function changePoint(runtimes: readonly number[]): ChangePoint | null {
  const offset = Math.max(0, runtimes.length - CHANGE.most);
  let start = offset;
  let found: ChangePoint | null = null;
  // What has changed may have changed again since.
  for (;;) {
    const next = split(runtimes.slice(start));
    if (next === null) return found;
    found = { ...next, index: start + next.index };
    start = found.index;
  }
}

function split(runtimes: readonly number[]): ChangePoint | null {
  const levels = runtimes.map(level);
  const count = levels.length;
  const left = runningDistances(levels);
  const right = runningDistances([...levels].reverse()).reverse();
  let index = -1;
  let least = Number.POSITIVE_INFINITY;
  // Also where a side is too short: else its runs would be shared out between two levels that are none.
  for (let place = 1; place < count; place++) {
    const distance = (left[place - 1] ?? 0) + (right[place] ?? 0);
    if (distance < least) [index, least] = [place, distance];
  }
  if (index < CHANGE.fewest || count - index < CHANGE.fewest) return null;
  const sides = [levels.slice(0, index), levels.slice(index)] as const;
  const [from, to] = [median(sides[0]) ?? 0, median(sides[1]) ?? 0];
  const [before, after] = [Math.exp(from), Math.exp(to)];
  const residuals = [...sides[0].map((value) => value - from), ...sides[1].map((value) => value - to)];
  const deviation = Math.max(median(residuals.map(Math.abs)) ?? 0, ANOMALY.least_deviation);
  const error = medianError(deviation, index, count - index);
  const shift = Math.abs(to - from);
  if (shift < Math.log(CHANGE.ratio) || Math.abs(after - before) < ANOMALY.seconds) return null;
  if (shift < CHANGE.score * error) return null;
  // For good: what is newest has not gone back.
  const newest = median(levels.slice(-CHANGE.fewest)) ?? to;
  if (Math.abs(newest - from) < Math.abs(newest - to)) return null;
  return {
    index,
    before_s: before,
    after_s: after,
    runs_before: index,
    runs_after: count - index,
    ratio: after / before,
    pattern: least <= distancesFromLine(levels) ? "step" : "drift",
  };
}

/** For each beginning of the values, the sum of their absolute distances from its median. */
function runningDistances(values: readonly number[]): number[] {
  const sorted: number[] = [];
  return values.map((value) => {
    const place = sorted.findIndex((other) => other > value);
    sorted.splice(place === -1 ? sorted.length : place, 0, value);
    const middle = sorted[Math.floor(sorted.length / 2)] ?? 0;
    return sorted.reduce((total, other) => total + Math.abs(other - middle), 0);
  });
}

/** Sum of absolute distances from a line through the medians of the first and the last third (Tukey 1977). */
function distancesFromLine(levels: readonly number[]): number {
  const third = Math.max(1, Math.floor(levels.length / 3));
  const rise = (median(levels.slice(-third)) ?? 0) - (median(levels.slice(0, third)) ?? 0);
  const slope = levels.length > third ? rise / (levels.length - third) : 0;
  const flat = levels.map((value, index) => value - slope * index);
  const center = median(flat) ?? 0;
  return flat.reduce((total, value) => total + Math.abs(value - center), 0);
}
