/** The trend of the demo, computed from its files by the formulas of docs/anomalies.md and by none of the product's code. */
import { builds, finishedRuns, type Invocation, type Model, type Result } from "../contract/records.ts";

export interface Expected {
  runs: number;
  failures: number;
  p50: number | null;
  p95: number | null;
  /** Folders of the runs that are anomalies. */
  anomalies: string[];
}

interface Point {
  at: number;
  seconds: number;
  run: Invocation;
}

const isRefresh = (run: Invocation) => run.folder.endsWith("-full-refresh");

/** Runs whose times say nothing of how long things take: full refreshes, unless a system cannot tell them. */
export type Apart = (run: Invocation) => boolean;
export const noneApart: Apart = () => false;

/** Linear between the two nearest, as `numpy.percentile` has it. */
export function percentile(values: readonly number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.trunc(place);
  const weight = place - below;
  return (sorted[below] ?? 0) * (1 - weight) + (sorted[below + 1] ?? 0) * weight;
}

const middle = (values: readonly number[]) => percentile(values, 0.5) ?? Number.NaN;
const weekday = (at: number) => new Date(at).getUTCDay();

/** True where this point is out of the ordinary beside the 42 before it. */
function isAnomaly(point: Point, earlier: readonly Point[]): boolean {
  const past = earlier.slice(-42);
  if (past.length < 7) return false;
  const log = (seconds: number) => Math.log(seconds < 0.01 ? 0.01 : seconds);
  const of = (points: readonly Point[]) => points.map((other) => log(other.seconds));
  let center = middle(of(past));
  let mad = Math.max(0.05, middle(of(past).map((value) => Math.abs(value - center))));
  const same = past.filter((other) => weekday(other.at) === weekday(point.at));
  const rest = past.filter((other) => weekday(other.at) !== weekday(point.at));
  if (same.length >= 4 && rest.length >= 4) {
    const days = [...new Set(past.map((other) => weekday(other.at)))];
    const distances = days.flatMap((day) => {
      const values = of(past.filter((other) => weekday(other.at) === day));
      return values.map((value) => Math.abs(value - middle(values)));
    });
    const own = Math.max(
      0.05,
      middle(distances) * Math.sqrt(past.length / Math.max(1, past.length - days.length)),
    );
    const error = 1.2533 * (own / 0.6745) * Math.sqrt(1 / same.length + 1 / rest.length);
    if (Math.abs(middle(of(same)) - middle(of(rest))) >= 3 * error) [center, mad] = [middle(of(same)), own];
  }
  const usual = Math.exp(center);
  const score = (0.6745 * (log(point.seconds) - center)) / mad;
  return score > 3.5 && point.seconds > 1.5 * usual && point.seconds - usual > 1;
}

function expected(
  counted: readonly Point[],
  all: readonly { at: number; bad: boolean }[],
  since: number,
  until: number,
): Expected {
  const within = (at: number) => at >= since && at < until;
  const times = counted.filter((point) => within(point.at)).map((point) => point.seconds);
  const ended = all.filter((one) => within(one.at));
  return {
    runs: ended.length,
    failures: ended.filter((one) => one.bad).length,
    p50: percentile(times, 0.5),
    p95: percentile(times, 0.95),
    anomalies: counted.flatMap((point, index) =>
      within(point.at) && isAnomaly(point, counted.slice(0, index)) ? [point.run.folder] : [],
    ),
  };
}

/** The trend of a model between two times. */
export function trendOfModel(
  model: Model,
  since: number,
  until: number,
  isApart: Apart = isRefresh,
): Expected {
  const results = [...model.results].reverse();
  const counted = results
    .filter((row) => row.status === "success" && !isApart(row.run))
    .map((row) => ({ at: row.at, seconds: row.runtime, run: row.run }));
  const ended = results
    .filter((row) => ["success", "error", "partial success"].includes(row.status))
    .map((row) => ({ at: row.at, bad: row.status !== "success" }));
  return expected(counted, ended, since, until);
}

const failed = (run: Invocation) =>
  run.results.some((row) => ["error", "fail", "partial success"].includes(row.status)) ||
  run.freshness.some((row) => ["error", "runtime error"].includes(row.status));

/** The trend of a job between two times; its runs are placed by their start. */
export function trendOfJob(job: string, since: number, until: number, isApart: Apart = isRefresh): Expected {
  const start = (run: Invocation) =>
    Date.parse(run.folder.replace(/^(.{10})T(..)(..)(..)Z.*$/, "$1T$2:$3:$4Z"));
  const runs = finishedRuns(job)
    .reverse()
    .map((run) => ({ at: start(run), seconds: run.elapsed, run }));
  const whole = runs.filter(({ run }) => !isApart(run));
  return expected(whole, endedRuns(job, start), since, until);
}

/** Also those that are no whole runs ended well or badly. */
function endedRuns(job: string, start: (run: Invocation) => number) {
  const all = [
    ...finishedRuns(job),
    ...builds.filter((run) => run.job === job && run.folder.endsWith("-retry")),
  ];
  return all.map((run) => ({ at: start(run), bad: failed(run) }));
}

/** A model's share of the model time of the jobs that build it. */
export function shareOfModel(model: Model, models: readonly Model[], since: number, until: number): number {
  const within = (row: Result) => row.at >= since && row.at < until;
  const jobs = new Set(model.results.filter(within).map((row) => row.run.job));
  const spent = (one: Model) =>
    one.results
      .filter(
        (row) => within(row) && row.status === "success" && jobs.has(row.run.job) && !isRefresh(row.run),
      )
      .reduce((sum, row) => sum + row.runtime, 0);
  return spent(model) / models.reduce((sum, one) => sum + spent(one), 0);
}
