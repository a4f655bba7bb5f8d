/**
 * Whether a run took longer than it should have, by the runs before it alone. docs/anomalies.md has the formula, where
 * it comes from, and why each parameter is as it is. Pure: times in, verdicts out.
 */
import { groupBy, median } from "./statistics.ts";

/** One successful run, and the day on which people saw it run. */
export interface Timing {
  /** Epoch milliseconds. */
  at: number;
  runtime_s: number;
  /** 1 (Monday) to 7, in the time zone of the question; null where weekdays are not to be told apart. */
  weekday: number | null;
}

export const ANOMALY = {
  /** Runs before the judged one that say what is to be expected: six weeks of nights. */
  history: 42,
  /** With fewer there is no verdict. */
  fewest: 7,
  /** Modified z-scores from which on a run is a warning, or critical (Iglewicz and Hoaglin 1993: 3.5). */
  warning: 3.5,
  critical: 5,
  /** It also has to take so many times as long as expected, and so many seconds more. */
  ratio: 1.5,
  seconds: 1,
  /** The smallest deviation that is believed, in logarithms: about 5 % of the median. */
  least_deviation: 0.05,
  /** Shorter times are all the same: clocks and rounding tell them apart, not work. */
  shortest_s: 0.01,
  /** A weekday is expected to be as its own runs were where it has so many... */
  weekday_fewest: 4,
  /** ...and where its median is so many standard errors from that of the other days. */
  weekday_score: 3,
} as const;

/** Makes a median absolute deviation comparable to the standard deviation of normal values: 1 / 1.4826. */
const MODIFIED_Z = 0.6745;

export type Verdict = "normal" | "warning" | "critical";

/** A run held against those before it. */
export interface Judgement {
  verdict: Verdict;
  /** Runs that the expectation is made of. */
  n: number;
  /** Median of the runs before or, with `by_weekday`, of those on the same weekday. */
  expected_s: number;
  /** What would have passed as normal. */
  low_s: number;
  high_s: number;
  /** Times as long as expected. */
  ratio: number;
  /** Modified z-score of the logarithm. */
  score: number;
  by_weekday: boolean;
}

/** Logarithm of seconds, in which slowing down by half weighs the same for short and for long runs. */
export function level(runtime_s: number): number {
  return Math.log(Math.max(runtime_s, ANOMALY.shortest_s));
}

/** What is expected, and how far runs usually are from it; logarithms. */
interface Baseline {
  center: number;
  deviation: number;
}

/**
 * Judges one run by the newest of those `before` it (oldest first; the run itself must not be among them). Null where
 * they are too few to say anything. Only what took longer is an anomaly: a run that was quick has not cost anybody
 * time.
 */
export function judge(run: Timing, before: readonly Timing[]): Judgement | null {
  const history = before.slice(-ANOMALY.history);
  if (history.length < ANOMALY.fewest) return null;
  const all = baselineOf(history.map((past) => level(past.runtime_s)));
  const sameDay = weekdayBaseline(history, run.weekday);
  const { center, deviation } = sameDay ?? all;
  const expected = Math.exp(center);
  const reach = (ANOMALY.warning * deviation) / MODIFIED_Z;
  const high = Math.max(Math.exp(center + reach), expected * ANOMALY.ratio, expected + ANOMALY.seconds);
  const score = (MODIFIED_Z * (level(run.runtime_s) - center)) / deviation;
  const isSlow = run.runtime_s > high;
  return {
    verdict: !isSlow ? "normal" : score > ANOMALY.critical ? "critical" : "warning",
    n: history.length,
    expected_s: expected,
    low_s: Math.exp(center - reach),
    high_s: high,
    ratio: Math.max(run.runtime_s, ANOMALY.shortest_s) / expected,
    score,
    by_weekday: sameDay !== null,
  };
}

/** Median, and the median distance from it. */
function baselineOf(levels: readonly number[]): Baseline {
  const center = median(levels) ?? 0;
  const deviation = median(levels.map((value) => Math.abs(value - center))) ?? 0;
  return { center, deviation: Math.max(deviation, ANOMALY.least_deviation) };
}

/**
 * What is expected of a weekday that is not like the others: its own median, with the distances of all runs from the
 * medians of their weekdays, as one weekday alone has too few runs to say how far they vary. Null where it has too few
 * runs to be told from the others, or is like them.
 */
function weekdayBaseline(history: readonly Timing[], weekday: number | null): Baseline | null {
  if (weekday === null) return null;
  const groups = groupBy(history, (past) => past.weekday);
  const own = groups.get(weekday)?.map((past) => level(past.runtime_s)) ?? [];
  const others = history.filter((past) => past.weekday !== weekday).map((past) => level(past.runtime_s));
  if (own.length < ANOMALY.weekday_fewest || others.length < ANOMALY.weekday_fewest) return null;
  const distances = [...groups.values()].flatMap((group) => {
    const levels = group.map((past) => level(past.runtime_s));
    const center = median(levels) ?? 0;
    return levels.map((value) => Math.abs(value - center));
  });
  // Each median was fitted to the values it is held against: what is left over is too small by that much.
  const fitted = Math.sqrt(distances.length / Math.max(1, distances.length - groups.size));
  const deviation = Math.max((median(distances) ?? 0) * fitted, ANOMALY.least_deviation);
  const center = median(own) ?? 0;
  const error = medianError(deviation, own.length, others.length);
  const isLikeOthers = Math.abs(center - (median(others) ?? 0)) < ANOMALY.weekday_score * error;
  return isLikeOthers ? null : { center, deviation };
}

/**
 * Standard error of the difference of two medians of so many values, whose median absolute deviation is `deviation`:
 * that of a median is 1.2533 times that of a mean (as for normal values).
 */
export function medianError(deviation: number, left: number, right: number): number {
  return ((1.2533 * deviation) / MODIFIED_Z) * Math.sqrt(1 / left + 1 / right);
}

/** Runs over the line without a normal one between them, as one thing that happened. */
export interface Anomaly {
  /** Place in the series of the first run over the line, and of the slowest. */
  first: number;
  slowest: number;
  /** How many there were in a row. */
  runs: number;
  /** True where the newest run is one of them. */
  ongoing: boolean;
  /** The worse of the words of its runs. */
  verdict: Exclude<Verdict, "normal">;
  /** The first run, held against those before it: what was normal until then. */
  judgement: Judgement;
}

/** A series of runs, each from `from` on judged by those before it; oldest first. */
export interface Judged {
  /** By place in the series; null for those before `from` and where the history is too short. */
  judgements: (Judgement | null)[];
  /** Newest first. */
  anomalies: Anomaly[];
}

/** Judges a series, oldest first. */
export function judgeSeries(series: readonly Timing[], from = 0): Judged {
  const judgements = series.map((run, index) =>
    index < from ? null : judge(run, series.slice(Math.max(0, index - ANOMALY.history), index)),
  );
  const anomalies: Anomaly[] = [];
  let current: Anomaly | null = null;
  for (const [index, judgement] of judgements.entries()) {
    if (judgement === null || judgement.verdict === "normal") {
      current = null;
      continue;
    }
    const { verdict } = judgement;
    if (current === null) {
      current = { first: index, slowest: index, runs: 0, ongoing: false, verdict, judgement };
      anomalies.push(current);
    }
    current.runs++;
    current.ongoing = index === series.length - 1;
    if (verdict === "critical") current.verdict = verdict;
    const slowest = series[current.slowest]?.runtime_s ?? 0;
    if ((series[index]?.runtime_s ?? 0) > slowest) current.slowest = index;
  }
  return { judgements, anomalies: anomalies.reverse() };
}
