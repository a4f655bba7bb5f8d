/** Runs of a deployment as rows. */
import type { RunKind, RunStatus } from "../../core/vocabulary.ts";
import type { RunRow, RunUnit, SourceRef } from "../../store/units.ts";
import type { Place } from "../visit/place.ts";
import { isAdHocJob } from "./ids.ts";
import type { WireRun } from "./wire-run.ts";

/** The words of the schema's `RunStatus`; what is neither finished nor begun waits. */
const STATUSES: Readonly<Record<string, RunStatus>> = {
  QUEUED: "queued",
  NOT_STARTED: "queued",
  STARTING: "queued",
  MANAGED: "running",
  STARTED: "running",
  CANCELING: "running",
  SUCCESS: "success",
  FAILURE: "failure",
  CANCELED: "cancelled",
};

/** Words that say no more than ours. */
const PLAIN: ReadonlySet<string> = new Set(["QUEUED", "STARTED", "SUCCESS", "FAILURE", "CANCELED"]);

export function statusOf(word: string): RunStatus {
  return STATUSES[word] ?? "unknown";
}

/** True once nothing of a run changes any more. A word that is not known says so only together with an end. */
export function isFinished({ status, ended_at }: Pick<RunRow, "status" | "ended_at">): boolean {
  if (status === "unknown") return ended_at !== null;
  return status !== "queued" && status !== "running";
}

/**
 * What part of its job a run did. One that ended before it began has its start at its end; a repetition that begins
 * where another failed has only some steps, and is a part whether it says that it is a repetition or not.
 */
export function kindOf(run: WireRun): RunKind {
  const { started_at, ended_at, tags } = run;
  if (
    ended_at !== null &&
    (started_at === null || started_at >= ended_at) &&
    isFinished({ status: statusOf(run.status), ended_at })
  )
    return "unstarted";
  const isRepetition = run.parent_run_id !== null || tags.has("dagster/parent_run_id");
  if (isRepetition && (run.is_selection || tags.get("dagster/is_resume_retry") === "true")) return "retry";
  if (tags.has("dagster/backfill")) return "backfill";
  if (isAdHocJob(run.job_name)) return "ad_hoc";
  return run.is_selection ? "partial" : "full";
}

/** Why a run began, in the words that all systems share. */
export function triggerOf({ tags, parent_run_id }: WireRun): string {
  if (tags.has("dagster/schedule_name")) return "schedule";
  if (tags.has("dagster/auto_materialize") || tags.has("dagster/from_automation_condition"))
    return "automation";
  if (tags.has("dagster/sensor_name")) return "sensor";
  if (tags.has("dagster/backfill")) return "backfill";
  if (tags.has("dagster/retry_number")) return "retry";
  return parent_run_id === null ? "manual" : "retry";
}

export function runRow(run: WireRun, pages: string, resultsRead: boolean): RunRow {
  const { run_id, created_at, started_at, ended_at, tags } = run;
  const status = statusOf(run.status);
  const kind = kindOf(run);
  return {
    run_id,
    derived: false,
    status,
    raw_status: PLAIN.has(run.status) ? null : run.status,
    queued_at: created_at,
    // It never began, whatever the deployment puts there.
    started_at: kind === "unstarted" ? null : started_at,
    ended_at,
    trigger: triggerOf(run),
    commit_sha: tags.get("dagster/git_commit_hash") ?? tags.get("commit_hash") ?? null,
    branch: tags.get("dagster/git_branch") ?? tags.get("branch") ?? null,
    url: `${pages}/runs/${run_id}`,
    error_message: null,
    results_read: resultsRead,
    kind,
  };
}

export function runUnit(
  source: SourceRef,
  place: Place,
  run: WireRun,
  pages: string,
  resultsRead = false,
): RunUnit {
  return { kind: "run", source, ...place, run: runRow(run, pages, resultsRead) };
}
