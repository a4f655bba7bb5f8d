/** Runs and their steps in the shape of the Admin API. */
import { apiTime } from "../times.ts";
import type { Run, RunStatus, Step } from "../world.ts";
import { clockDuration, wordDuration, wordTime } from "./humanized.ts";
import { environmentRow, jobRow } from "./rows.ts";
import type { View } from "./view.ts";

const STATUS: Readonly<Record<RunStatus, string>> = {
  1: "Queued",
  2: "Starting",
  3: "Running",
  10: "Success",
  20: "Error",
  30: "Cancelled",
};

/** Of a longer debug log the rest is only shown to those who ask for all of it. */
const TRUNCATED_LINES = 1000;

export function runRow(run: Run, view: View, related: ReadonlySet<string>): object {
  const { now } = view;
  const { status, createdAt, startedAt, finishedAt } = run;
  const durations = {
    duration: (finishedAt ?? now) - createdAt,
    queued_duration: (startedAt ?? finishedAt ?? now) - createdAt,
    run_duration: startedAt === null ? 0 : (finishedAt ?? now) - startedAt,
  };
  const has = (path: string) => run.steps.some((step) => step.paths.includes(path));
  const saved = run.steps.some((step) => step.paths.length > 0);
  const isOver = status >= 10;
  return {
    id: run.id,
    trigger_id: run.id,
    account_id: view.accountId,
    environment_id: run.environmentId,
    project_id: run.projectId,
    job_definition_id: run.jobId,
    job_id: run.jobId,
    status,
    status_humanized: STATUS[status],
    status_message: run.statusMessage,
    dbt_version: run.dbtVersion,
    git_branch: run.gitBranch,
    git_sha: run.gitSha,
    owner_thread_id: null,
    executed_by_thread_id: startedAt === null ? null : `dbt-run-${run.id}-84vsp`,
    deferring_run_id: null,
    artifacts_saved: saved,
    artifact_s3_path: saved ? `prod/runs/${run.id}/artifacts/target` : null,
    has_docs_generated: has("catalog.json"),
    has_sources_generated: has("sources.json"),
    notifications_sent: isOver,
    blocked_by: status === 1 ? blockers(run, view) : [],
    scribe_enabled: true,
    created_at: apiTime(createdAt, " "),
    updated_at: apiTime(finishedAt ?? startedAt ?? createdAt, " "),
    dequeued_at: apiTime(run.dequeuedAt, " "),
    started_at: apiTime(startedAt, " "),
    finished_at: apiTime(finishedAt, " "),
    last_checked_at: null,
    last_heartbeat_at: null,
    should_start_at: null,
    in_progress: !isOver,
    // Recorded as null of a run that waits.
    is_running: status === 3 ? true : null,
    is_complete: isOver,
    is_success: status === 10,
    is_error: status === 20,
    is_cancelled: status === 30,
    ...Object.fromEntries(
      Object.entries(durations).flatMap(([name, ms]) => [
        [name, clockDuration(ms)],
        [`${name}_humanized`, wordDuration(ms)],
      ]),
    ),
    created_at_humanized: wordTime(createdAt, now),
    finished_at_humanized: wordTime(finishedAt, now),
    retrying_run_id: run.retryingRunId,
    ...retries(run, view),
    deprecation: { count: 0 },
    href: `${view.appUrl}/deploy/${view.accountId}/projects/${run.projectId}/runs/${run.id}/`,
    used_repo_cache: null,
    audit: null,
    trigger: related.has("trigger") ? triggerRow(run) : null,
    job: related.has("job") ? relatedJob(run, view) : null,
    environment: related.has("environment") ? relatedEnvironment(run, view) : null,
    repository: null,
    // The last first: nothing promises that they are in the order of their indexes.
    run_steps: stepsShown(related)
      ? run.steps.map((step) => stepRow(step, run, view, related)).reverse()
      : [],
    ...(related.has("run_retries") && {
      run_retries: view.runs.filter((one) => one.retryingRunId === run.id).map((one) => one.id),
    }),
  };
}

/** The whole debug logs are part of the steps: who asks for them is shown the steps. */
function stepsShown(related: ReadonlySet<string>): boolean {
  return related.has("run_steps") || related.has("debug_logs");
}

function blockers(run: Run, { runs }: View): number[] {
  const isRunning = (one: Run) => one.projectId === run.projectId && (one.status === 2 || one.status === 3);
  return runs.filter(isRunning).map((one) => one.id);
}

function retries(run: Run, { runs }: View) {
  const isNewest = !runs.some((one) => one.jobId === run.jobId && one.id > run.id);
  const hasResults = run.steps.some((step) => step.paths.includes("run_results.json"));
  const reason =
    run.status !== 20
      ? "RETRY_NOT_FAILED_RUN"
      : !isNewest
        ? "RETRY_NOT_LATEST_RUN"
        : !hasResults
          ? "RETRY_NO_RUN_RESULTS"
          : null;
  return { can_retry: reason === null, retry_not_supported_reason: reason };
}

function triggerRow(run: Run): object {
  return {
    id: run.id,
    cause: run.cause,
    cause_category: run.causeCategory,
    job_definition_id: run.jobId,
    git_branch: run.gitBranch,
    git_sha: null,
    schema_override: null,
    steps_override: run.stepsOverride ?? null,
    threads_override: null,
    target_name_override: null,
    generate_docs_override: null,
    timeout_seconds_override: null,
    dbt_version_override: null,
    github_pull_request_id: null,
    created_at: apiTime(run.createdAt, " "),
  };
}

function relatedJob(run: Run, view: View): object | null {
  const job = view.jobs.find((one) => one.id === run.jobId);
  return job === undefined ? null : jobRow(job, view, new Set());
}

function relatedEnvironment(run: Run, view: View): object | null {
  const environment = view.environments.find((one) => one.id === run.environmentId);
  return environment === undefined ? null : environmentRow(environment, view, new Set());
}

export function stepRow(step: Step, run: Run, view: View, related: ReadonlySet<string>): object {
  const { id, startedAt, finishedAt, status } = step;
  const lasted = startedAt === null ? 0 : (finishedAt ?? view.now) - startedAt;
  const debugLogs = step.debugLogs;
  const command = step.command ?? /^Invoke dbt with `(.*)`$/.exec(step.name)?.[1] ?? null;
  const at = { created_at: apiTime(run.createdAt, " "), updated_at: apiTime(finishedAt ?? startedAt, " ") };
  return {
    id,
    run_id: run.id,
    account_id: view.accountId,
    index: step.index,
    status,
    status_humanized: STATUS[status],
    status_color: { 10: "#0d9c5a", 20: "#d92d20" }[status as number] ?? "#667085",
    name: step.name,
    logs: step.logs,
    debug_logs: related.has("debug_logs") ? debugLogs : null,
    truncated_debug_logs: debugLogs.split("\n").slice(-TRUNCATED_LINES).join("\n"),
    log_path: `prod/runs/${run.id}/steps/${id}/logs`,
    debug_log_path: `prod/runs/${run.id}/steps/${id}/debug`,
    started_at: apiTime(startedAt, " "),
    finished_at: apiTime(finishedAt, " "),
    ...at,
    duration: clockDuration(lasted),
    duration_humanized: wordDuration(lasted),
    run_step_command: command === null ? null : { run_step_id: id, dbt_command: command },
    run_step_invocation: { run_step_id: id, run_id: run.id },
  };
}
