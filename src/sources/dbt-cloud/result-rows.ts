/**
 * Rows of Discovery as results of dbt: the platform serves what `run_results.json` and `sources.json` said, under
 * other names, so that one reading of results serves both.
 */
import type { FreshnessColumns } from "../../store/units.ts";
import { criteriaOf } from "../dbt/freshness.ts";
import { freshnessStatus } from "../dbt/statuses.ts";
import { microsOf } from "../dbt/times.ts";
import type { RowOf } from "../visit/columns.ts";
import { isObject, numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";

/** A row in the form of `run_results.json`, and the command that it belongs to. */
export interface Result {
  /** For `resultRow`. */
  result: WireObject;
  status: string;
  invocation_id: string | null;
  /** When its command ended, epoch microseconds; NaN where unknown. */
  generated_at: number;
  /** Seconds of its command, NaN where unknown. */
  elapsed: number;
  /** Arguments of its command, where the platform tells them. */
  args: WireObject | null;
}

/**
 * Executions of a model, seed or snapshot in one run: `runResults` has each of them where the node was built more
 * than once. Rows of nodes that were not selected have no status.
 */
export function executionsOf(row: WireObject): Result[] {
  const each = Array.isArray(row.runResults) ? row.runResults.filter(isObject) : [];
  const rows = each.length > 0 ? each : [row];
  return rows.flatMap((one) => {
    const status = one.skip === true ? (textOf(one.status) ?? "skipped") : textOf(one.status);
    return status === null ? [] : [resultOf({ ...one, uniqueId: row.uniqueId }, status, null)];
  });
}

/**
 * The result of a data test: `state` is the outcome, `status` the number of failing rows or the word ERROR (vendor's
 * field descriptions). Null where the run did not have the test.
 */
export function testResultOf(row: WireObject): Result | null {
  const said = textOf(row.state) ?? wordOf(row);
  if (said === null) return null;
  const failures = numberOf(row.status);
  return resultOf(row, said.toLowerCase(), said === "pass" && Number.isNaN(failures) ? 0 : failures);
}

function wordOf(row: WireObject): string | null {
  if (row.skip === true) return "skipped";
  if (row.fail === true) return "fail";
  if (row.warn === true) return "warn";
  return textOf(row.status)?.toLowerCase() === "error" ? "error" : null;
}

function resultOf(row: WireObject, status: string, failures: number | null): Result {
  return {
    result: {
      unique_id: row.uniqueId,
      status,
      thread_id: row.threadId ?? row.thread_id,
      execution_time: row.executionTime,
      message: row.error,
      failures,
      timing: [
        { name: "compile", started_at: row.compileStartedAt, completed_at: row.compileCompletedAt },
        { name: "execute", started_at: row.executeStartedAt, completed_at: row.executeCompletedAt },
      ],
    },
    status,
    invocation_id: textOf(row.invocationId),
    generated_at: microsOf(row.runGeneratedAt),
    elapsed: numberOf(row.runElapsedTime),
    args: argsOf(row.args),
  };
}

function argsOf(text: unknown): WireObject | null {
  if (typeof text !== "string") return null;
  try {
    const args: unknown = JSON.parse(text);
    return isObject(args) ? args : null;
  } catch {
    return null;
  }
}

/**
 * What a run found of a source's freshness; null where nobody looked: `state` may say `pass` all the same (vendor's
 * own sample), so that `freshnessChecked` decides.
 */
export function freshnessRowOf(row: WireObject): RowOf<FreshnessColumns> | null {
  const word = textOf(row.state) ?? textOf(row.freshnessStatus);
  if (word === null || row.freshnessChecked === false) return null;
  const { status, raw } = freshnessStatus(word);
  const { warnAfter, errorAfter } = objectOf(row.criteria);
  const criteria = criteriaOf({ warn_after: warnAfter, error_after: errorAfter });
  const loadedAt = microsOf(row.maxLoadedAt);
  const seenAt = microsOf(row.snapshottedAt);
  const age = numberOf(row.maxLoadedAtTimeAgoInS);
  return {
    node: textOf(row.uniqueId),
    status,
    raw_status: raw,
    message: null,
    max_loaded_at: loadedAt,
    snapshotted_at: seenAt,
    age_s: Number.isNaN(age) ? (seenAt - loadedAt) / 1e6 : age,
    warn_after_s: criteria.warn,
    error_after_s: criteria.error,
  };
}
