/** Runs as the store knows them: what has ended, and whose results have been read. */
import type { Row } from "../../store/port.ts";
import type { RunRow, RunUnit, SourceRef } from "../../store/units.ts";
import type { Place } from "./place.ts";
import type { Visit } from "./visit.ts";

/** A run of the list; times are epoch microseconds. */
export type KnownRun = Row &
  Omit<RunRow, "derived"> & { job_id: string | null; project_id: string; environment_id: string };

const COLUMNS = `SELECT r.run_id, j.job_id, p.project_id, e.environment_id, r.status, r.raw_status,
    epoch_us(r.queued_at) AS queued_at, epoch_us(r.started_at) AS started_at, epoch_us(r.ended_at) AS ended_at,
    r."trigger", r.commit_sha, r.branch, r.url, r.error_message, r.results_read, r.kind
  FROM stored_runs r JOIN stored_sources s USING (source_key)
  JOIN stored_projects p ON p.project_key = r.project_key
  JOIN stored_environments e ON e.environment_key = r.environment_key
  LEFT JOIN stored_jobs j ON j.job_key = r.job_key
  WHERE s.source_id = ? AND NOT r.derived`;

/** Runs of an environment that began and have ended, newest first; only those that ended after `since`. */
export function endedRuns(visit: Visit, environmentId: string, since = 0): Promise<KnownRun[]> {
  return visit.rows<KnownRun>(
    `${COLUMNS} AND e.environment_id = ? AND r.status NOT IN ('running', 'queued') AND r.started_at IS NOT NULL
       AND epoch_us(r.ended_at) > ? ORDER BY r.ended_at DESC, r.run_id`,
    [environmentId, since],
  );
}

/** Runs of a job, newest first, ended or not. */
export function runsOfJob(visit: Visit, jobId: string): Promise<KnownRun[]> {
  return visit.rows<KnownRun>(
    `${COLUMNS} AND j.job_id = ? ORDER BY coalesce(r.started_at, r.queued_at) DESC, r.run_id`,
    [jobId],
  );
}

/** The runs of these ids. */
export function runsById(visit: Visit, ids: readonly string[]): Promise<KnownRun[]> {
  return visit.rows<KnownRun>(`${COLUMNS} AND r.run_id IN (SELECT unnest(?::VARCHAR[]))`, [ids]);
}

/** The run as it is known, with its results read. */
export function readRun(source: SourceRef, place: Place, run: KnownRun): RunUnit {
  const { run_id, status, raw_status, queued_at, started_at, ended_at } = run;
  const { trigger, commit_sha, branch, url, error_message, kind } = run;
  return {
    kind: "run",
    source,
    ...place,
    run: {
      run_id,
      derived: false,
      status,
      raw_status,
      queued_at,
      started_at,
      ended_at,
      trigger,
      commit_sha,
      branch,
      url,
      error_message,
      results_read: true,
      kind,
    },
  };
}

/**
 * The newest runs, job by job, among which each job has `successes` of its own that did the whole job: every model
 * that it builds has that many successful executions in them.
 */
export function lastOfEachJob(runs: readonly KnownRun[], successes: number): KnownRun[] {
  const found = new Map<string, number>();
  return runs.filter(({ project_id, job_id, status, kind }) => {
    // Jobs of two projects may have one name.
    const job = JSON.stringify([project_id, job_id]);
    const count = found.get(job) ?? 0;
    if (count >= successes) return false;
    if (status === "success" && kind === "full") found.set(job, count + 1);
    return true;
  });
}
