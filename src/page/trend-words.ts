/** What a run-time trend says, in sentences. */
import type { Cause, RuntimeTrend, TrendAnomaly, TrendPoint } from "../core/trend-answers.ts";
import { counted, day, duration, moment } from "./words.ts";

/** How long it takes now, and against the same stretch of time before. */
export function summaryOf({ period, before, change }: RuntimeTrend): string {
  if (period.p50_s === null) return "No run in this time has a run time that counts.";
  const median = `The median run takes ${duration(period.p50_s)}`;
  const most = `19 of 20 take at most ${duration(period.p95_s)}`;
  const counts = [
    counted(period.runs_counted, "run"),
    ...(period.failures === 0 ? [] : [`${counted(period.failures, "failure")} besides`]),
  ];
  const now = `${median}, ${most} (${counts.join(", ")}).`;
  if (change === null || change.ratio === null) return now;
  return `${now} In the same time before, the median was ${duration(before.p50_s)}: ${compared(change.ratio)}.`;
}

function compared(ratio: number): string {
  if (ratio >= 1.05) return `${ratio.toFixed(1)}× as long now`;
  if (ratio <= 0.95) return `${Math.round((1 - ratio) * 100)}% shorter now`;
  return "much the same";
}

/** Since when it is on another level; null where it is not. */
export function sinceWhen({ since_when }: RuntimeTrend): string | null {
  if (since_when === null) return null;
  const { at, before_s, after_s, runs_before, runs_after, pattern } = since_when;
  const slower = after_s >= before_s ? "Slower" : "Faster";
  const how = pattern === "step" ? "at once" : "little by little";
  return `${slower} since ${moment(at)} UTC, ${how}: ${duration(after_s)} now, ${duration(before_s)} before (medians of ${runs_after} and ${runs_before} runs).`;
}

const WHAT: Readonly<Record<Cause["what"], string>> = {
  code: "Code",
  materialization: "Materialization",
  upstream: "Upstream code",
  commit: "Commit",
  branch: "Branch",
  rows: "Rows",
  bytes: "Bytes",
  full_refresh: "Full refresh",
  runtime: "Run time",
};

/** One thing that changed then. */
export function causeText({ what, subject, from, to, at }: Cause): string {
  const value = (it: string | number) =>
    typeof it === "number" ? (what === "runtime" ? duration(it) : it.toLocaleString("en-GB")) : it;
  const values =
    what === "full_refresh" || to === null
      ? ""
      : `: ${from === null ? "" : `${value(from)} to `}${value(to)}`;
  const of = subject === undefined ? "" : ` of ${subject}`;
  const when = at === undefined ? "" : ` (${moment(at)})`;
  return `${WHAT[what]}${of}${values}${when}`;
}

export function anomalyText({
  severity,
  since,
  runs,
  ongoing,
  runtime_s,
  ...expected
}: TrendAnomaly): string {
  const range = `${duration(expected.expected_low_s)} to ${duration(expected.expected_high_s)}`;
  const word = severity === "critical" ? "Critical" : "Warning";
  const length = runs === 1 ? "" : ` and ${counted(runs - 1, "run")} after it`;
  const end = ongoing ? ", still so" : "";
  return `${word}: ${duration(runtime_s)} on ${moment(since)} UTC${length}${end}; expected was ${range}.`;
}

/** A point in one line, for whoever points at it. */
export function pointText(point: TrendPoint): string {
  const when =
    point.date === undefined
      ? `${moment(point.at ?? "")} UTC`
      : `${day(point.date)}, ${counted(point.runs, "run")}`;
  const spread =
    point.p95_s === point.p50_s
      ? duration(point.p50_s)
      : `p50 ${duration(point.p50_s)}, p95 ${duration(point.p95_s)}`;
  const notes = [
    ...(point.failures > 0 ? [`${counted(point.failures, "failure")}`] : []),
    ...(point.full_refresh === true ? ["full refresh"] : []),
    ...(point.anomaly === undefined ? [] : [`anomaly (${point.anomaly})`]),
  ];
  return [`${when}: ${point.p50_s === null ? "no time that counts" : spread}`, ...notes].join(", ");
}
