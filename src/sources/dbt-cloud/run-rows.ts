/** Runs of the Admin API as rows. */
import type { RunStatus } from "../../core/vocabulary.ts";
import type { RunRow, RunUnit, SourceRef } from "../../store/units.ts";
import type { Place } from "../visit/place.ts";
import { type Pages, pageOf } from "./hierarchy.ts";
import type { CloudRun } from "./wire.ts";

/** The platform's numbers (OpenAPI description, v2). A run that hits its time limit is cancelled there too. */
const STATUSES: Readonly<Record<number, RunStatus>> = {
  1: "queued",
  2: "running",
  3: "running",
  10: "success",
  20: "failure",
  30: "cancelled",
};

/** Why a run began, in the words that all systems share. */
const TRIGGERS: Readonly<Record<string, string>> = {
  scheduled: "schedule",
  ui: "manual",
  "job completion": "job_completion",
};

export function statusOf(status: number | null): RunStatus {
  return status === null ? "unknown" : (STATUSES[status] ?? "unknown");
}

/** True once nothing of a run changes any more. */
export function isFinished(status: RunStatus): boolean {
  return status !== "queued" && status !== "running";
}

/** Times come from the timestamps: the platform's durations are cut to seconds and may count the queue. */
export function runRow(run: CloudRun, pages: Pages, resultsRead: boolean): RunRow {
  const status = statusOf(run.status);
  const word = run.status_humanized;
  const category = run.trigger?.cause_category ?? null;
  return {
    run_id: run.id,
    derived: false,
    status,
    raw_status: word === null || word.toLowerCase() === status ? null : word,
    queued_at: run.created_at,
    started_at: run.started_at,
    ended_at: run.finished_at,
    trigger: category === null ? null : (TRIGGERS[category] ?? category),
    commit_sha: run.git_sha,
    branch: run.git_branch,
    url: run.href ?? pageOf(pages, `projects/${run.project_id}/runs/${run.id}`),
    error_message: run.status_message,
    results_read: resultsRead,
    kind: run.retrying_run_id === null ? "full" : "retry",
  };
}

export function runUnit(
  source: SourceRef,
  place: Place,
  run: CloudRun,
  pages: Pages,
  resultsRead = false,
): RunUnit {
  return { kind: "run", source, ...place, run: runRow(run, pages, resultsRead) };
}
