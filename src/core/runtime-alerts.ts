/** What has become slow: the worst of it, as warnings. docs/anomalies.md says what makes an anomaly. */
import { duration } from "./alerts.ts";
import { judge, judgeSeries, type Timing } from "./anomalies.ts";
import type { Alert } from "./answers.ts";
import { changePoint } from "./change-point.ts";
import { Days } from "./days.ts";
import type { Recent } from "./recent-runtimes.ts";

/** Of models, and of jobs, so many are named: the ones that cost most. */
const MOST_NAMED = 3;
/** What costs less than this share of all models together is no alert. */
const LEAST_SHARE = 0.001;
/** What ran last, or changed, longer ago is no news. */
const NEWS_MS = 14 * 86_400_000;

interface Slowdown {
  alert: Alert;
  /** Seconds that it takes longer. */
  excess_s: number;
}

/**
 * Warnings about those whose last run took longer than it should have, and about those that are on a higher level for
 * good; `build_s` is what all of them together usually take.
 */
export function runtimeAlerts(recents: readonly Recent[], now: number, build_s: number): Alert[] {
  const days = new Days("UTC");
  return recents
    .flatMap((recent) => slowdown(recent, days, now) ?? [])
    .filter(({ excess_s }) => excess_s >= build_s * LEAST_SHARE)
    .sort((a, b) => b.excess_s - a.excess_s || a.alert.subject.localeCompare(b.alert.subject))
    .slice(0, MOST_NAMED)
    .map(({ alert }) => alert);
}

function slowdown({ subject, runtimes, moments }: Recent, days: Days, now: number): Slowdown | null {
  const series = moments
    .map((at, index): Timing => ({ at, runtime_s: runtimes[index] ?? 0, weekday: days.of(at).weekday }))
    .reverse();
  const last = series.at(-1);
  if (last === undefined || now - last.at > NEWS_MS) return null;
  const alertOf = (reason: string, since: number): Alert => ({
    severity: "warning",
    subject,
    reason,
    since: new Date(since).toISOString(),
    affected_models: 0,
  });
  const judgement = judge(last, series.slice(0, -1));
  if (judgement !== null && judgement.verdict !== "normal") {
    const { n, expected_s, high_s } = judgement;
    const streak = judgeSeries(series).anomalies[0];
    const reason = `last run took ${duration(last.runtime_s)}, expected ${duration(expected_s)} (at most ${duration(high_s)}, by ${n} runs before)`;
    const since = series[streak?.first ?? -1]?.at ?? last.at;
    return { alert: alertOf(reason, since), excess_s: last.runtime_s - expected_s };
  }
  const change = changePoint(series.map((run) => run.runtime_s));
  const first = change === null ? undefined : series[change.index];
  if (change === null || first === undefined || change.ratio < 1 || now - first.at > NEWS_MS) return null;
  const reason = `takes ${duration(change.after_s)} now, ${duration(change.before_s)} before (medians of ${change.runs_after} and ${change.runs_before} runs)`;
  return { alert: alertOf(reason, first.at), excess_s: change.after_s - change.before_s };
}
