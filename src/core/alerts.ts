/** What to see to first: each trouble once, with since when and how much hangs on it. */
import sql from "sql-template-tag";
import type { Alert } from "./answers.ts";
import { amongKeys, type Facts } from "./facts.ts";
import { describe, fails, firstLine, rows } from "./health.ts";
import type { HealthPicture, ModelState, SourceState, TestState } from "./health-facts.ts";
import type { UsualRow } from "./job-facts.ts";

/** A job that usually runs every so often is late when twice that has passed. */
const LATE_FACTOR = 2;
/** A run is far longer than usual at twice the median, when that is also this many seconds more. */
const LONG_FACTOR = 2;
const LONG_SECONDS = 10;
/** How many runs a rhythm is read from. */
const RHYTHM_RUNS = 10;

/** What is judged in one look: models, the tests on them, and the sources that feed them. */
export interface Subjects {
  models: readonly ModelState[];
  tests: readonly TestState[];
  sources: readonly SourceState[];
}

/** Troubles of models, tests and sources. */
export function dataAlerts(picture: HealthPicture, subjects: Subjects, now: number): Alert[] {
  return [
    ...subjects.models.flatMap((model) => modelAlert(picture, model)),
    ...subjects.tests.flatMap((test) => testAlert(picture, test)),
    ...subjects.sources.flatMap((source) => sourceAlert(picture, source, now)),
  ];
}

function modelAlert(picture: HealthPicture, model: ModelState): Alert[] {
  if (model.last_status !== "error" && model.last_status !== "partial_success") return [];
  return [
    {
      severity: model.last_status === "error" ? "critical" : "warning",
      subject: model.model_id,
      reason: `model ${model.last_status === "error" ? "fails" : "fails in part"}: ${firstLine(model.message) ?? "no message"}`,
      since: model.failing_since,
      affected_models: picture.affected(model.node_key),
    },
  ];
}

function testAlert(picture: HealthPicture, test: TestState): Alert[] {
  const failing = fails(test);
  if (!failing && test.status !== "warn" && test.status !== "fail") return [];
  const about = test.attached_key === null ? undefined : picture.models.get(test.attached_key);
  const subject = about === undefined ? "test" : `test on ${about.model_id}`;
  return [
    {
      severity: failing ? "critical" : "warning",
      subject: test.name,
      reason: `${subject} ${failing ? describe(test) : `warns${rows(test)}`}`,
      since: test.failing_since,
      // The tested model itself is wrong as well.
      affected_models: about === undefined ? 0 : picture.affected(about.node_key) + 1,
    },
  ];
}

function sourceAlert(picture: HealthPicture, source: SourceState, now: number): Alert[] {
  if (source.status === "pass" || source.status === "unchecked") return [];
  return [
    {
      severity: source.status === "error" ? "critical" : "warning",
      subject: source.name,
      reason: staleness(source, now),
      since: source.stale_since,
      affected_models: picture.affected(source.node_key),
    },
  ];
}

function staleness(source: SourceState, now: number): string {
  if (source.status === "runtime_error") {
    return `freshness could not be checked: ${firstLine(source.message) ?? "no message"}`;
  }
  const loaded = source.max_loaded_at;
  if (loaded === null)
    return `source is stale: ${firstLine(source.message) ?? "its newest row is not known"}`;
  const limit = source.status === "warn" ? source.warn_after_s : source.error_after_s;
  const bound = limit === null ? "" : `; ${source.status} after ${duration(limit)}`;
  return `source is stale: newest row ${moment(loaded)}, ${duration((now - Date.parse(loaded)) / 1000)} old${bound}`;
}

type JobState = {
  job_key: number;
  name: string;
  last_status: string;
  last_started_at: string;
  last_runtime_s: number | null;
  last_ended_at: string | null;
  failing_since: string | null;
  failures_in_row: number;
  usual_gap_s: number | null;
};

/** Jobs whose last run failed (where `failures` says so) or took far longer than usual, and jobs that have fallen silent. */
export async function jobAlerts(
  facts: Facts,
  jobKeys: readonly number[],
  usual: readonly UsualRow[],
  failures: boolean,
): Promise<Alert[]> {
  const jobs = await facts.rows<JobState>(sql`
    WITH placed AS (
      SELECT r.*, row_number() OVER (PARTITION BY r.job_key ORDER BY r.started_at DESC) AS position,
             epoch(r.started_at) - epoch(lag(r.started_at) OVER (PARTITION BY r.job_key ORDER BY r.started_at)) AS gap_s
      FROM runs r WHERE ${amongKeys("r.job_key", jobKeys)} AND r.started_at IS NOT NULL),
    good AS (SELECT job_key, max(started_at) AS last_good_at FROM placed WHERE status = 'success' GROUP BY job_key),
    failing AS (
      SELECT p.job_key, min(p.started_at) AS failing_since, count(*) AS failures_in_row
      FROM placed p LEFT JOIN good g USING (job_key)
      WHERE p.status = 'failure' AND (g.last_good_at IS NULL OR p.started_at > g.last_good_at) GROUP BY p.job_key),
    rhythm AS (SELECT job_key, median(gap_s) AS usual_gap_s FROM placed WHERE position <= ${RHYTHM_RUNS} GROUP BY job_key
               HAVING count(gap_s) >= 3)
    SELECT p.job_key, j.name, p.status AS last_status, p.started_at AS last_started_at, p.runtime_s AS last_runtime_s,
           p.ended_at AS last_ended_at, f.failing_since, coalesce(f.failures_in_row, 0) AS failures_in_row, h.usual_gap_s
    FROM placed p JOIN jobs j USING (job_key) LEFT JOIN failing f USING (job_key) LEFT JOIN rhythm h USING (job_key)
    WHERE p.position = 1 ORDER BY j.name`);
  const usualByJob = new Map(usual.map((row) => [row.job_key, row.usual_runtime_s]));
  return jobs.flatMap((job) => [
    ...(failures ? failedJob(job) : []),
    ...slowJob(job, usualByJob.get(job.job_key)),
    ...silentJob(job, facts.now),
  ]);
}

function failedJob(job: JobState): Alert[] {
  if (job.last_status !== "failure") return [];
  const reason =
    job.failures_in_row > 1
      ? `job failed ${job.failures_in_row} times in a row`
      : "last run of the job failed";
  return [{ severity: "critical", subject: job.name, reason, since: job.failing_since, affected_models: 0 }];
}

function slowJob(job: JobState, usual: number | undefined): Alert[] {
  if (usual === undefined || job.last_runtime_s === null) return [];
  if (job.last_runtime_s < usual * LONG_FACTOR || job.last_runtime_s - usual < LONG_SECONDS) return [];
  const reason = `last run of the job took ${duration(job.last_runtime_s)}, usually ${duration(usual)}`;
  return [{ severity: "warning", subject: job.name, reason, since: job.last_started_at, affected_models: 0 }];
}

function silentJob(job: JobState, now: number): Alert[] {
  const silence = (now - Date.parse(job.last_started_at)) / 1000;
  if (job.usual_gap_s === null || silence < job.usual_gap_s * LATE_FACTOR) return [];
  const reason = `job has not run for ${duration(silence)}, usually every ${duration(job.usual_gap_s)}`;
  return [{ severity: "warning", subject: job.name, reason, since: job.last_ended_at, affected_models: 0 }];
}

/** Worst first, then what most hangs on, then what has lasted longest. */
export function bySeverity(a: Alert, b: Alert): number {
  if (a.severity !== b.severity) return a.severity === "critical" ? -1 : 1;
  return (
    b.affected_models - a.affected_models ||
    (a.since ?? "").localeCompare(b.since ?? "") ||
    a.subject.localeCompare(b.subject)
  );
}

/** One alert as a sentence. */
export function sentence(alert: Alert): string {
  const since = alert.since === null ? "" : ` Since ${moment(alert.since)}.`;
  const affected =
    alert.affected_models === 0
      ? ""
      : ` ${alert.affected_models} ${alert.affected_models === 1 ? "model is" : "models are"} affected.`;
  return `${alert.subject}: ${alert.reason.replace(/\.$/, "")}.${since}${affected}`;
}

/** A time for people, to the minute. */
function moment(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

/** Seconds for people: `3d 4h`, `12m 41s`, `4.2s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds * 10) / 10}s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor((whole % 86_400) / 3600), "h"],
    [Math.floor((whole % 3600) / 60), "m"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(" ");
}
