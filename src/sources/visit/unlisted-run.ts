import type { RunStatus } from "../../core/vocabulary.ts";
import type { RunRow } from "../../store/units.ts";

/** A run that only its results tell of: whatever the list says of it stands. */
export function unlistedRun(runId: string): RunRow {
  const status: RunStatus = "unknown";
  return {
    run_id: runId,
    derived: true,
    status,
    raw_status: null,
    queued_at: null,
    started_at: null,
    ended_at: null,
    trigger: null,
    commit_sha: null,
    branch: null,
    url: null,
    error_message: null,
    results_read: false,
    kind: "full",
  };
}
