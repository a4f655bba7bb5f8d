/** What ran in a run, as executions of assets, ops and checks. */
import type { ExecutionStatus, TestStatus } from "../../core/vocabulary.ts";
import type { ExecutionColumns, InvocationUnit, SourceRef } from "../../store/units.ts";
import { executionColumns, type RowOf, type Words } from "../visit/columns.ts";
import { groupBy } from "../visit/groups.ts";
import type { Place } from "../visit/place.ts";
import type { CheckResult } from "./checks.ts";
import { assetId, checkId, handleOf, isAdHocJob, mappingOf, opId } from "./ids.ts";
import type { Names } from "./names.ts";
import { isFinished, runRow, statusOf } from "./run-rows.ts";
import type { Attempt, Materialization, RunSteps, Step } from "./steps.ts";
import type { WireRun } from "./wire-run.ts";
import type { Words as WhyFailed } from "./words.ts";

type Row = RowOf<ExecutionColumns>;

/** The words of the schema's `StepEventStatus`. */
const STEP_STATUSES: Readonly<Record<string, ExecutionStatus>> = {
  SUCCESS: "success",
  FAILURE: "error",
  SKIPPED: "skipped",
  IN_PROGRESS: "running",
};

/** What is known of a run beside its steps. */
export interface RunFindings extends WhyFailed {
  checks: readonly CheckResult[];
}

/** A run with everything that ran in it. Complete once the run has ended. */
export function resultsUnit(
  source: SourceRef,
  place: Place,
  found: RunSteps,
  { checks, why, skipped }: RunFindings,
  context: { names: Names; pages: string; now: number },
  words: Words,
): InvocationUnit {
  const { run } = found;
  const executions = executionColumns(words);
  const location = place.project.project_id;
  for (const row of stepRows(found, location, context.names, { why, skipped })) executions.add(row);
  const ran = new Set(found.steps.filter(({ status }) => status !== "SKIPPED").map(({ key }) => key));
  for (const check of checks) {
    const row = checkRow(check, location, why, ran);
    if (row !== null) executions.add(row);
  }
  const status = statusOf(run.status);
  const complete = isFinished({ status, ended_at: run.ended_at });
  const ended = run.ended_at ?? run.updated_at ?? context.now * 1000;
  return {
    kind: "invocation",
    source,
    ...place,
    run: { ...runRow(run, context.pages, complete), error_message: why.get("") ?? null },
    invocation: {
      invocation_id: run.run_id,
      kind: "results",
      command: "execute",
      command_line: commandOf(found),
      builds: true,
      tests: true,
      full_refresh: false,
      complete,
      stand_in: false,
      status,
      started_at: run.started_at,
      ended_at: ended,
      elapsed_s: run.started_at === null ? null : (ended - run.started_at) / 1e6,
      dbt_version: null,
      location: `dagster:run/${run.run_id}`,
    },
    executions: executions.finish(),
    freshness: null,
  };
}

/** What the run was asked to do; a long selection is counted. */
function commandOf({ run, selection }: RunSteps): string {
  const what = selection === null || selection.length === 0 ? null : listed(selection);
  if (isAdHocJob(run.job_name)) return `execute ${what ?? "assets"}`;
  return what === null ? `execute ${run.job_name}` : `execute ${run.job_name} for ${what}`;
}

const listed = (keys: readonly string[]): string =>
  keys.length <= 3 ? keys.join(", ") : `${keys.slice(0, 3).join(", ")} and ${keys.length - 3} more`;

function* stepRows(
  found: RunSteps,
  location: string,
  names: Names,
  { why, skipped }: WhyFailed,
): Generator<Row> {
  const { run, selection } = found;
  const partition = run.tags.get("dagster/partition") ?? null;
  // What did not run has no statistics.
  const unrun = [...skipped].map((key): Step => ({ key, status: "SKIPPED", attempts: [NO_TIMES], made: [] }));
  for (const told of [...found.steps, ...unrun]) {
    const step = asEnded(told, run);
    if (step === null) continue;
    const base = handleOf(step.key);
    const message = why.get(step.key) ?? (step === told ? null : (why.get("") ?? null));
    if (names.isOp(location, run.job_name, base)) {
      const node = opId(location, run.job_name, base);
      // The step of a dynamic output is one of several of the same op.
      yield* attemptRows(node, step, { message, partition: mappingOf(step.key) ?? partition });
      continue;
    }
    const made = groupBy(step.made, ({ key }) => key);
    for (const [key, parts] of made) yield* madeRows(assetId(location, key), step, parts, made.size);
    if (step.status === "SUCCESS") continue;
    const meant = names
      .assetsOf(location, base)
      .filter((key) => selection === null || selection.includes(key));
    for (const key of meant) {
      if (!made.has(key)) yield* attemptRows(assetId(location, key), step, { message, partition });
    }
  }
}

const NO_TIMES: Attempt = { started_at: null, ended_at: null };

/**
 * The step as it stands once its run has ended: one that still goes on then has lost its process; null for one that
 * was only stopped with the run, which is no failure of its own.
 */
function asEnded(step: Step, run: WireRun): Step | null {
  if (run.ended_at === null) return step;
  if (step.status === "IN_PROGRESS") {
    const attempts = step.attempts.map((attempt) => ({
      ...attempt,
      ended_at: attempt.ended_at ?? run.ended_at,
    }));
    return run.status === "CANCELED" ? null : { ...step, status: "FAILURE", attempts };
  }
  const ended = step.attempts.at(-1)?.ended_at ?? null;
  const isStopped = run.status === "CANCELED" && step.status === "FAILURE";
  return isStopped && (ended === null || run.ended_at - ended < STOPPED_WITHIN_US) ? null : step;
}

/** A run that is stopped waits so long for its steps to end. */
const STOPPED_WITHIN_US = 60_000_000;

/**
 * Rows of an asset that a step made, of one partition or of several at once. A step can build several assets: where
 * they say how long each took, that is their time; else it is that of the step.
 */
function* madeRows(
  node: string,
  step: Step,
  parts: readonly Materialization[],
  assets: number,
): Generator<Row> {
  const rows = parts.reduce<number | null>(
    (sum, part) => (part.rows === null ? sum : (sum ?? 0) + part.rows),
    null,
  );
  const partition = partitionsOf(parts);
  const [one] = parts;
  if (one !== undefined && one.runtime_s !== null && assets > 1) {
    yield timedRow(node, one.at, one.runtime_s, { partition, rows });
    return;
  }
  yield* attemptRows(node, { ...step, status: "SUCCESS" }, { message: null, partition, rows });
}

/** Several partitions that one step built are one execution: `2026-01-01…2026-01-31 (31)`. */
function partitionsOf(parts: readonly Materialization[]): string | null {
  const names = [...new Set(parts.flatMap(({ partition }) => partition ?? []))].sort();
  const [first, last] = [names[0], names.at(-1)];
  if (first === undefined || names.length === 1) return first ?? null;
  return `${first}…${last} (${names.length})`;
}

/** A row for each attempt; all but the last have failed, and were tried again. */
function* attemptRows(
  node: string,
  { status, attempts }: Pick<Step, "status" | "attempts">,
  more: { message: string | null; partition: string | null; rows?: number | null },
): Generator<Row> {
  const known = STEP_STATUSES[status ?? ""] ?? "unknown";
  for (const [index, attempt] of attempts.entries()) {
    const isLast = index === attempts.length - 1;
    yield {
      ...rowOf(node, attempt),
      status: isLast ? known : "error",
      raw_status: isLast ? (known === "unknown" ? status : null) : "UP_FOR_RETRY",
      message: isLast ? more.message : null,
      partition: more.partition,
      rows_affected: isLast ? (more.rows ?? Number.NaN) : Number.NaN,
      attempt: index + 1,
    };
  }
}

function timedRow(
  node: string,
  at: number,
  runtime_s: number,
  more: { partition: string | null; rows: number | null },
): Row {
  const attempt = { started_at: at - runtime_s * 1e6, ended_at: at };
  return {
    ...rowOf(node, attempt),
    runtime_s,
    partition: more.partition,
    rows_affected: more.rows ?? Number.NaN,
  };
}

function rowOf(node: string, { started_at, ended_at }: Attempt): Row {
  const [start, end] = [started_at ?? Number.NaN, ended_at ?? Number.NaN];
  return {
    node,
    status: "success",
    raw_status: null,
    thread: null,
    message: null,
    partition: null,
    recorded_at: Number.isNaN(end) ? start : end,
    started_at: start,
    ended_at: end,
    runtime_s: (end - start) / 1e6,
    compile_s: Number.NaN,
    execute_s: Number.NaN,
    failures: Number.NaN,
    rows_affected: Number.NaN,
    bytes_processed: Number.NaN,
    attempt: 1,
  };
}

/** Null for a check that has not come to a result. `ran` are the steps that were run at all. */
function checkRow(
  check: CheckResult,
  location: string,
  why: ReadonlyMap<string, string>,
  ran: ReadonlySet<string>,
): Row | null {
  const isUnrun = check.step_key !== null && !ran.has(check.step_key);
  const status = checkStatus(check, isUnrun);
  if (status === null) return null;
  const at = check.at ?? Number.NaN;
  return {
    ...rowOf(checkId(location, check.key, check.name), { started_at: null, ended_at: at }),
    status,
    raw_status: status === "unknown" ? check.status : null,
    message: check.description ?? (check.step_key === null ? null : (why.get(check.step_key) ?? null)),
    partition: check.partition,
    recorded_at: at,
    failures: check.failures ?? Number.NaN,
  };
}

/**
 * A failure with severity WARN warns. `EXECUTION_FAILED` could not be evaluated: it raised, or what comes before it
 * failed and it was not run.
 */
function checkStatus({ status, severity }: CheckResult, isUnrun: boolean): TestStatus | null {
  switch (status) {
    case "SUCCEEDED":
      return "pass";
    case "FAILED":
      return severity === "WARN" ? "warn" : "fail";
    case "EXECUTION_FAILED":
      return isUnrun ? "skipped" : "error";
    case "SKIPPED":
      return "skipped";
    case "IN_PROGRESS":
      return null;
    default:
      return "unknown";
  }
}
