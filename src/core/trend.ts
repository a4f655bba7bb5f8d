/** Run times of one thing over time, against the time before, and since when they are as they are. */
import type { FactKind } from "../sources/source.ts";
import { ANOMALY, type Judged, type Judgement, judgeSeries, type Timing } from "./anomalies.ts";
import { changePoint } from "./change-point.ts";
import { type Day, Days } from "./days.ts";
import { roundSeconds } from "./facts.ts";
import { type Inquiry, jobOnly } from "./inquiry.ts";
import { builds, daily, MOST_OBSERVED, type Observation, runsOfJob, runsOfProjects } from "./observations.ts";
import type { Item } from "./page.ts";
import type { TrendQuestion } from "./questions.ts";
import { groupBy, quantileSorted, sum } from "./statistics.ts";
import type {
  LatestRun,
  LevelChange,
  RuntimeTrend,
  TrendAnomaly,
  TrendPeriod,
  TrendPoint,
} from "./trend-answers.ts";
import { whatChanged } from "./trend-causes.ts";
import { shareOfJobs, shareOfProject } from "./trend-share.ts";
import { described, subjectOf, type TrendSubject, trendWindows, type Windows } from "./trend-subject.ts";
import type { TimeWindow } from "./window.ts";

const MOST_POINTS = 30;
const MOST_ANOMALIES = 10;

/** Facts with which the question begins; what it needs of the past it says when it knows the subject. */
export function trendFacts({ modelId }: TrendQuestion): FactKind[] {
  return modelId === undefined ? ["jobs", "runs"] : ["models", "jobs", "runs", "executions"];
}

/** Answers `get_runtime_trend`, without its note of origin. */
export async function runtimeTrend(inquiry: Inquiry<TrendQuestion>): Promise<Omit<RuntimeTrend, "source">> {
  const { facts, question } = inquiry;
  const windows = trendWindows(question, inquiry.askedAt);
  const subject = await subjectOf(inquiry);
  const days = new Days(question.timezone ?? "UTC");
  const window = { since: iso(windows.before), until: iso(windows.until) };
  const observed = await observe(inquiry, subject, window, days, windows);
  if (observed.filter((one) => one.at >= windows.before).length >= MOST_OBSERVED)
    facts.note(
      `Only the newest ${MOST_OBSERVED} of this time and the time before were looked at; narrow since and until.`,
    );
  const counted = observed.filter((one) => one.apart === null);
  const series = counted.map((one) => timing(one, days));
  const judged = judgeSeries(series, counted.filter((one) => one.at < windows.since).length);
  const within = observed.filter((one) => one.at >= windows.since);
  const before = observed.filter((one) => one.at >= windows.before && one.at < windows.since);
  const period = periodOf(within, windows.since, windows.until);
  const periodBefore = periodOf(before, windows.before, windows.since);
  const more = judged.anomalies.length - MOST_ANOMALIES;
  if (more > 0) facts.note(`${more} older anomalies are left out; narrow since and until to see them.`);
  const verdicts = new Map(counted.map((one, index) => [one, judged.judgements[index] ?? null]));
  const points = pointsOf(within, question.by ?? "day", verdicts, days);
  return {
    subject: described(inquiry, subject),
    period,
    before: periodBefore,
    change: changeOf(period, periodBefore),
    share: await shareOf(inquiry, subject, within, windows),
    latest: latestOf(counted, judged, windows.since),
    since_when: await levelChange(inquiry, subject, observed, windows),
    anomalies: anomaliesOf(counted, judged).slice(0, MOST_ANOMALIES),
    points: points.slice(-(question.limit ?? MOST_POINTS)),
    point_count: points.length,
  };
}

/** Everything seen in the window, oldest first, and as much of what was before as judging it takes. */
async function observe(
  inquiry: Inquiry<TrendQuestion>,
  subject: TrendSubject,
  window: TimeWindow,
  days: Days,
  windows: Windows,
): Promise<Observation[]> {
  const { facts, scope } = inquiry;
  if (subject.kind === "model") {
    const { node_key, environment_key } = subject.model;
    const only = subject.job === null ? {} : jobOnly(subject.job);
    await inquiry.needsExecutions({
      ...inquiry.selection(2 * ANOMALY.history),
      filter: {},
      environmentKeys: [environment_key],
      nodeKeys: [node_key],
      includeRemoved: true,
      window,
      ...only,
    });
    return builds(facts, { node_key, environment_key, ...only }, window);
  }
  const since = window.since === null ? {} : { since: Date.parse(window.since) };
  if (subject.kind === "job") {
    await inquiry.needsJobs([subject.job.job_key], since, ["runs"]);
    return runsOfJob(facts, subject.job.job_key, window);
  }
  inquiry.needs({ facts: ["runs"], ...since });
  return daily(await runsOfProjects(facts, scope, window), days, windows);
}

function timing(one: Observation, days: Days): Timing {
  return { at: one.at, runtime_s: one.runtime_s ?? 0, weekday: days.of(one.at).weekday };
}

/** The figures of some observations. */
function figures(observed: readonly Observation[]) {
  const runs = sum(observed.map((one) => one.runs));
  const failures = sum(observed.map((one) => one.failures));
  const spent = observed.flatMap((one) => one.runtime_s ?? []);
  const times = observed
    .flatMap((one) => (one.apart === null && one.runtime_s !== null ? [one.runtime_s] : []))
    .sort((a, b) => a - b);
  return {
    runs,
    failures,
    success_rate: runs === 0 ? null : Math.round((1 - failures / runs) * 1000) / 1000,
    p50_s: roundSeconds(quantileSorted(times, 0.5)),
    p95_s: roundSeconds(quantileSorted(times, 0.95)),
    total_s: spent.length === 0 ? null : roundSeconds(sum(spent)),
  };
}

function periodOf(observed: readonly Observation[], since: number, until: number): TrendPeriod {
  const apart = groupBy(
    observed.flatMap((one) => one.apart ?? []),
    (reason) => reason,
  );
  return {
    since: iso(since),
    until: iso(until),
    ...figures(observed),
    runs_counted: observed.filter((one) => one.apart === null).length,
    not_counted: Object.fromEntries([...apart].sort().map(([reason, times]) => [reason, times.length])),
  };
}

function changeOf(period: TrendPeriod, before: TrendPeriod): RuntimeTrend["change"] {
  if (period.p50_s === null || before.p50_s === null) return null;
  return {
    ratio: before.p50_s === 0 ? null : hundredths(period.p50_s / before.p50_s),
    difference_s: roundSeconds(period.p50_s - before.p50_s) ?? 0,
  };
}

/** Days or runs in the order of time. */
function pointsOf(
  observed: readonly Observation[],
  by: "day" | "run",
  verdicts: ReadonlyMap<Observation, Judgement | null>,
  days: Days,
): TrendPoint[] {
  const groups = groupBy(observed, (one): Day | number | null =>
    by === "day" ? days.of(one.at) : one.run_key,
  );
  return [...groups].map(([key, group]) => {
    const words = group.map((one) => verdicts.get(one)?.verdict);
    const anomaly = (["critical", "warning"] as const).find((word) => words.includes(word));
    const [first] = group;
    const named = typeof key === "object" && key !== null ? { date: key.date } : runIdOf(first);
    return {
      ...named,
      ...(by === "run" ? { at: iso(first?.at ?? 0) } : {}),
      ...figures(group),
      ...(group.some((one) => one.full_refresh) ? { full_refresh: true } : {}),
      ...(anomaly === undefined ? {} : { anomaly }),
    };
  });
}

async function shareOf(
  inquiry: Inquiry<TrendQuestion>,
  subject: TrendSubject,
  observed: readonly Observation[],
  { since, until }: Windows,
): Promise<RuntimeTrend["share"]> {
  const window = { since: iso(since), until: iso(until) };
  if (subject.kind === "project") return null;
  if (subject.kind === "job") return shareOfProject(inquiry.facts, inquiry.scope, subject.job, window);
  const jobKeys = [...new Set(observed.flatMap((one) => one.job_key ?? []))];
  return shareOfJobs(inquiry.facts, subject.model.node_key, jobKeys, window);
}

/** Newest first; run, time and ratio are of the slowest run, all else of the first. */
function anomaliesOf(counted: readonly Observation[], judged: Judged): TrendAnomaly[] {
  return judged.anomalies.flatMap((anomaly) => {
    const [first, slowest] = [counted[anomaly.first], counted[anomaly.slowest]];
    if (first === undefined || slowest === undefined || slowest.runtime_s === null) return [];
    return [
      {
        severity: anomaly.verdict,
        since: iso(first.at),
        runs: anomaly.runs,
        ongoing: anomaly.ongoing,
        ...runIdOf(slowest),
        at: iso(slowest.at),
        runtime_s: roundSeconds(slowest.runtime_s) ?? 0,
        ...expectation(anomaly.judgement),
        ratio: hundredths(slowest.runtime_s / anomaly.judgement.expected_s),
      },
    ];
  });
}

function latestOf(counted: readonly Observation[], judged: Judged, since: number): LatestRun | null {
  const newest = counted.at(-1);
  if (newest === undefined || newest.at < since || newest.runtime_s === null) return null;
  const judgement = judged.judgements.at(-1) ?? null;
  const told = { ...runIdOf(newest), at: iso(newest.at), runtime_s: roundSeconds(newest.runtime_s) ?? 0 };
  if (judgement !== null) return { ...told, verdict: judgement.verdict, ...expectation(judgement) };
  const n = counted.length - 1;
  return { ...told, verdict: `insufficient history (n = ${n}, needed ${ANOMALY.fewest})` };
}

async function levelChange(
  inquiry: Inquiry<TrendQuestion>,
  subject: TrendSubject,
  observed: readonly Observation[],
  windows: Windows,
): Promise<LevelChange | null> {
  const looked = observed.filter((one) => one.at >= windows.before);
  const counted = looked.filter((one) => one.apart === null);
  const change = changePoint(counted.map((one) => one.runtime_s ?? 0));
  const first = change === null ? undefined : counted[change.index];
  if (change === null || first === undefined) return null;
  const { pattern, before_s, after_s, ratio, runs_before, runs_after } = change;
  const sides = {
    before: counted.slice(change.index - runs_before, change.index),
    after: counted.slice(change.index),
    between: looked.filter((one) => one.at < first.at && one.at > (counted[change.index - 1]?.at ?? 0)),
  };
  return {
    at: iso(first.at),
    ...runIdOf(first),
    pattern,
    before_s: roundSeconds(before_s) ?? 0,
    after_s: roundSeconds(after_s) ?? 0,
    ratio: hundredths(ratio),
    runs_before,
    runs_after,
    changes: await whatChanged(inquiry, subject, sides, windows),
  };
}

function expectation(judgement: Judgement) {
  return {
    n: judgement.n,
    expected_s: roundSeconds(judgement.expected_s) ?? 0,
    expected_low_s: roundSeconds(judgement.low_s) ?? 0,
    expected_high_s: roundSeconds(judgement.high_s) ?? 0,
    ratio: hundredths(judgement.ratio),
    score: hundredths(judgement.score),
  };
}

const iso = (at: number): string => new Date(at).toISOString();
const hundredths = (value: number): number => Math.round(value * 100) / 100;
const runIdOf = (one: Observation | undefined): { run_id?: string } =>
  one === undefined || one.run_id === null ? {} : { run_id: one.run_id };

/** The answer of `getRuntimeTrend`. */
export class Trend implements Item {
  readonly #facts: RuntimeTrend;

  constructor(facts: RuntimeTrend) {
    this.#facts = facts;
  }

  /** Days or runs, oldest first. */
  get points(): TrendPoint[] {
    return this.#facts.points;
  }
  /** Newest first. */
  get anomalies(): TrendAnomaly[] {
    return this.#facts.anomalies;
  }
  /** Null where the run time is on the level on which it was. */
  get sinceWhen(): LevelChange | null {
    return this.#facts.since_when;
  }

  toJSON(): RuntimeTrend {
    return this.#facts;
  }
}
