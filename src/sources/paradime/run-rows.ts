/** Runs of Bolt as rows. */
import type { RunKind, RunStatus } from "../../core/vocabulary.ts";
import type { RunRow, RunUnit, SourceRef } from "../../store/units.ts";
import type { Place } from "../visit/place.ts";
import type { WireRun } from "./wire.ts";

/** The states of the vendor's client, and the forms that its pages show. */
const STATUSES: Readonly<Record<string, RunStatus>> = {
  PENDING: "queued",
  DEPLOYING: "queued",
  STARTING: "queued",
  RUNNING: "running",
  SUCCESS: "success",
  ERROR: "failure",
  FAILED: "failure",
  CANCELED: "cancelled",
  CANCELLED: "cancelled",
  // The schedule was due while its last run still went on.
  SKIPPED: "cancelled",
};

/** Words that say no more than ours. */
const PLAIN: ReadonlySet<string> = new Set(["RUNNING", "SUCCESS", "FAILED", "CANCELED", "CANCELLED"]);

export function statusOf(state: string): RunStatus {
  return STATUSES[state.toUpperCase()] ?? "unknown";
}

/** True once nothing of a run changes any more. A state that is new says nothing: its end does. */
export function isOver({ state, ended_at }: Pick<WireRun, "state" | "ended_at">): boolean {
  const status = statusOf(state);
  return status === "unknown" ? ended_at !== null : status !== "queued" && status !== "running";
}

/** True of a run in the store whose results may be read. */
export function isFinished({ status, ended_at }: Pick<RunRow, "status" | "ended_at">): boolean {
  return ended_at !== null && status !== "queued" && status !== "running";
}

/** True of a run that ended before it began. */
export function isUnstarted(run: WireRun): boolean {
  return isOver(run) && (run.started_at === null || /^skipped$/i.test(run.state));
}

/** What part of its schedule a run did: a retry has a run before it, whose failed commands it repeats. */
function kindOf(run: WireRun): RunKind {
  if (isUnstarted(run)) return "unstarted";
  return run.parent_run_id === null ? "full" : "retry";
}

/** Why a run began, in the words that all systems share. Who began it is not told on: that may be a person's name. */
function triggerOf({ actor, parent_run_id, pull_request, is_chained }: WireRun): string | null {
  if (is_chained) return "job_completion";
  if (parent_run_id !== null) return "retry";
  if (pull_request !== null) return "pull_request";
  if (actor === null) return null;
  if (/^(scheduler?|cron|bolt|system)\b/i.test(actor)) return "schedule";
  return /\bapi\b/i.test(actor) ? "api" : "manual";
}

/** `page` is the address of the run's page, null where it is not known. */
export function runRow(run: WireRun, page: string | null): RunRow {
  const kind = kindOf(run);
  return {
    run_id: run.run_id,
    derived: false,
    status: statusOf(run.state),
    raw_status: PLAIN.has(run.state.toUpperCase()) || run.state === "" ? null : run.state,
    queued_at: null,
    started_at: kind === "unstarted" ? null : run.started_at,
    ended_at: run.ended_at ?? (kind === "unstarted" ? run.started_at : null),
    trigger: triggerOf(run),
    commit_sha: run.commit,
    branch: run.branch,
    url: page,
    error_message: null,
    // It has none.
    results_read: kind === "unstarted",
    kind,
  };
}

export function runUnit(source: SourceRef, place: Place, run: WireRun, page: string | null): RunUnit {
  return { kind: "run", source, ...place, run: runRow(run, page) };
}
