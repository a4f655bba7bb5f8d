/** What to see to in the running of things: jobs, runs that are stuck, and the systems themselves. */
import sql, { raw } from "sql-template-tag";
import { bySeverity, duration } from "./alerts.ts";
import type { Alert } from "./answers.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import { firstLine } from "./health.ts";
import { buildsModels, PLACED_AT } from "./job-facts.ts";
import type { Scope } from "./scope.ts";
import { groupBy } from "./statistics.ts";
import { usualRuntimes } from "./usual.ts";
import type { AlertSeverity, ConditionKind, RunKind, RunStatus } from "./vocabulary.ts";

/** A job that usually runs every so often is late when twice that has passed. */
const LATE_FACTOR = 2;
/** A run that goes on is stuck at twice the median, when that is also this many seconds more. */
const STUCK_FACTOR = 2;
const STUCK_SECONDS = 60;
/** Seconds after which it is stuck where no usual run time is known. */
const STUCK_AT_LAST = 24 * 3600;
/** Seconds that a run may wait for its start. */
const LONGEST_QUEUE = 3600;
/** How many runs a rhythm is read from. */
const RHYTHM_RUNS = 10;

type JobState = {
  job_key: number;
  name: string;
  last_status: RunStatus;
  last_kind: RunKind;
  last_error: string | null;
  last_started_at: string;
  last_ended_at: string | null;
  failing_since: string | null;
  failures_in_row: number;
  usual_gap_s: number | null;
};

/**
 * Jobs whose last run failed (where `failures` says so) and jobs that have fallen
 * silent. Runs of any kind may fail; how long a job takes and how often it runs is said by its full runs alone.
 */
export async function jobAlerts(
  facts: Facts,
  jobKeys: readonly number[],
  failures: boolean,
): Promise<Alert[]> {
  const jobs = await facts.rows<JobState>(sql`
    WITH begun AS (
      SELECT r.*, coalesce(r.started_at, CASE WHEN r.kind = 'unstarted' THEN ${raw(PLACED_AT)} END) AS begun_at
      FROM runs r WHERE ${amongKeys("r.job_key", jobKeys)}),
    placed AS (
      SELECT b.*, row_number() OVER (PARTITION BY b.job_key ORDER BY b.begun_at DESC) AS position
      FROM begun b WHERE b.begun_at IS NOT NULL),
    good AS (SELECT job_key, max(begun_at) AS last_good_at FROM placed WHERE status = 'success' GROUP BY job_key),
    failing AS (
      SELECT p.job_key, min(p.begun_at) AS failing_since, count(*) AS failures_in_row
      FROM placed p LEFT JOIN good g USING (job_key)
      WHERE p.status = 'failure' AND (g.last_good_at IS NULL OR p.begun_at > g.last_good_at) GROUP BY p.job_key),
    gaps AS (
      SELECT p.job_key, epoch(p.begun_at) - epoch(lag(p.begun_at) OVER (PARTITION BY p.job_key ORDER BY p.begun_at)) AS gap_s
      FROM placed p WHERE p.kind = 'full'
      QUALIFY row_number() OVER (PARTITION BY p.job_key ORDER BY p.begun_at DESC) <= ${RHYTHM_RUNS}),
    rhythm AS (SELECT job_key, median(gap_s) AS usual_gap_s FROM gaps GROUP BY job_key HAVING count(gap_s) >= 3)
    SELECT p.job_key, j.name, p.status AS last_status, p.kind AS last_kind, p.error_message AS last_error, p.begun_at AS last_started_at,
           p.ended_at AS last_ended_at, f.failing_since,
           coalesce(f.failures_in_row, 0) AS failures_in_row, h.usual_gap_s
    FROM placed p JOIN jobs j USING (job_key) LEFT JOIN failing f USING (job_key) LEFT JOIN rhythm h USING (job_key)
    WHERE p.position = 1 ORDER BY j.name`);
  return jobs.flatMap((job) => [...(failures ? failedJob(job) : []), ...silentJob(job, facts.now)]);
}

function failedJob(job: JobState): Alert[] {
  if (job.last_status !== "failure") return [];
  const times = job.failures_in_row > 1;
  const failed = times ? `job failed ${job.failures_in_row} times in a row` : "last run of the job failed";
  const unstarted = times ? ", the last time before it started" : " before it started";
  const why = firstLine(job.last_error);
  const reason = `${failed}${job.last_kind === "unstarted" ? unstarted : ""}${why === null ? "" : `: ${why}`}`;
  return [{ severity: "critical", subject: job.name, reason, since: job.failing_since, affected_models: 0 }];
}

function silentJob(job: JobState, now: number): Alert[] {
  const silence = (now - Date.parse(job.last_started_at)) / 1000;
  if (job.usual_gap_s === null || silence < job.usual_gap_s * LATE_FACTOR) return [];
  const reason = `job has not run for ${duration(silence)}, usually every ${duration(job.usual_gap_s)}`;
  return [{ severity: "warning", subject: job.name, reason, since: job.last_ended_at, affected_models: 0 }];
}

type OpenRun = {
  run_id: string;
  job_key: number | null;
  job: string | null;
  is_running: boolean;
  since: string;
};

/**
 * Runs that go on far longer than usual, and runs that wait too long for their start: of each job the oldest, with
 * how many more there are. Also of jobs that no list has; with `models` only of jobs that build such.
 */
export async function stuckRunAlerts(
  facts: Facts,
  scope: Scope,
  models: ModelSelection | null,
): Promise<Alert[]> {
  const open = await facts.rows<OpenRun>(sql`
    SELECT r.run_id, r.job_key, j.name AS job, r.started_at IS NOT NULL AS is_running,
           coalesce(r.started_at, r.queued_at) AS since
    FROM runs r LEFT JOIN jobs j ON j.job_key = r.job_key
    WHERE ${all([
      raw("r.status IN ('running', 'queued') AND coalesce(r.started_at, r.queued_at) IS NOT NULL"),
      amongKeys("r.project_key", scope.projectKeys),
      sql`(r.environment_key IS NULL OR ${amongKeys("r.environment_key", scope.environmentKeys)})`,
      buildsModels("r.job_key", models),
    ])}
    ORDER BY since, r.run_id`);
  if (open.length === 0) return [];
  const jobKeys = [...new Set(open.flatMap((run) => run.job_key ?? []))];
  const usual = new Map(
    (await usualRuntimes(facts, jobKeys, { newest: 0 })).map((row) => [row.job_key, row.usual_runtime_s]),
  );
  const stuck = open.flatMap((run) => {
    const seconds = (facts.now - Date.parse(run.since)) / 1000;
    const usually = run.job_key === null ? undefined : usual.get(run.job_key);
    return isStuck(run, seconds, usually) ? [{ ...run, seconds, usually }] : [];
  });
  const ofJob = groupBy(stuck, (run) => `${run.job_key ?? run.run_id} ${run.is_running}`);
  return [...ofJob.values()].flatMap(([oldest, ...others]): Alert[] => {
    if (oldest === undefined) return [];
    const { run_id, is_running, seconds, usually } = oldest;
    const usualWords = is_running && usually !== undefined ? `, usually ${duration(usually)}` : "";
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return [
      {
        severity: "warning",
        subject: oldest.job ?? run_id,
        reason: `run ${run_id} has been ${is_running ? "running" : "queued"} for ${duration(seconds)}${usualWords}${more}`,
        since: oldest.since,
        affected_models: 0,
      },
    ];
  });
}

function isStuck(run: OpenRun, seconds: number, usual: number | undefined): boolean {
  if (!run.is_running) return seconds > LONGEST_QUEUE;
  if (usual === undefined) return seconds >= STUCK_AT_LAST;
  return seconds >= usual * STUCK_FACTOR && seconds - usual >= STUCK_SECONDS;
}

type Condition = {
  kind: ConditionKind;
  subject: string;
  severity: AlertSeverity;
  message: string;
  since: string | null;
};

/** What is wrong with the systems themselves, by its kind, as far as it concerns the projects asked about. */
export async function conditionAlerts(facts: Facts, scope: Scope): Promise<Map<ConditionKind, Alert[]>> {
  const conditions = await facts.rows<Condition>(sql`
    SELECT c.kind, c.subject, c.severity, c.message, c.since FROM conditions c
    WHERE c.project_key IS NULL OR ${amongKeys("c.project_key", scope.projectKeys)}
    ORDER BY c.kind, c.subject, c.message`);
  const alertOf = ({ kind, subject, severity, message, since }: Condition): Alert => ({
    severity,
    subject,
    reason: `${kind.replace("_", " ")} in trouble: ${firstLine(message) ?? "no message"}`,
    since,
    affected_models: 0,
  });
  const byKind = groupBy(conditions, ({ kind }) => kind);
  return new Map([...byKind].map(([kind, group]) => [kind, group.map(alertOf).sort(bySeverity)]));
}
