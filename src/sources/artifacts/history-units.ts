/** Invocations of dbt 2's local history as units, the same as those of `run_results.json`. */
import { dirname } from "node:path";
import type { InvocationUnit } from "../../store/units.ts";
import { commandOf } from "../dbt/commands.ts";
import { Results, resultRow } from "../dbt/run-results.ts";
import { isObject, textOf, type WireObject } from "../wire/loose.ts";
import { type HistoryInvocation, historyArgs } from "./history.ts";
import { invocationUnit } from "./invocations.ts";
import type { Read, Reading } from "./reading.ts";

/** Units of `invocations`, whose rows of the history in `folder` are given as JSON. */
export function readHistory(
  folder: string,
  invocations: readonly HistoryInvocation[],
  rows: readonly string[],
  reading: Reading,
): Read<InvocationUnit>[] {
  const byId = new Map(
    invocations.map((invocation) => [invocation.id, { invocation, results: new Results(reading.words) }]),
  );
  for (const text of rows) {
    const row = rowOf(text);
    const found = byId.get(textOf(row?.invocation_id) ?? "");
    if (row === null || found === undefined) continue;
    const { invocation, results } = found;
    const status = textOf(row.status);
    const isDbt2 = !invocation.dbtVersion?.startsWith("1.");
    if (status === null || textOf(row.unique_id) === null) results.dropped++;
    else results.add(resultRow(row, invocation.endedAt, isDbt2), status);
  }
  return [...byId.values()].map(({ invocation, results }) => unitOf(folder, invocation, results, reading));
}

/** A row with the JSON in its cells read as well. */
function rowOf(text: string): WireObject | null {
  const row = jsonOf(text);
  if (!isObject(row)) return null;
  return { ...row, timing: jsonOf(row.timing), adapter_response: jsonOf(row.adapter_response) };
}

function jsonOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

function unitOf(
  folder: string,
  invocation: HistoryInvocation,
  results: Results,
  reading: Reading,
): Read<InvocationUnit> {
  const { id, endedAt, elapsed, dbtVersion, env } = invocation;
  const command = commandOf(historyArgs(invocation), results.statuses);
  const metadata = { invocation_id: id, dbt_version: dbtVersion, env };
  // The folder `metadata` lies where the manifest does, which tells the project.
  const file = { path: dirname(folder), changedAt: endedAt, metadata };
  const unit = invocationUnit(file, reading, {
    kind: "results",
    metadata,
    command,
    packages: results.packages,
    generatedAt: endedAt,
    elapsed,
    hasFailed: results.hasFailed || invocation.failed,
    project:
      invocation.project === null ? null : { project: invocation.project, adapter: invocation.adapter },
  });
  unit.executions = results.executions(command);
  return { unit, rows: results.rows, dropped: results.dropped };
}
