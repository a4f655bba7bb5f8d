/** The steps of runs, as a deployment tells them of many runs at once. */
import { groupBy } from "../visit/groups.ts";
import { numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { keyOf, objectsOf } from "./api.ts";
import { STEPS_DOCUMENT } from "./documents.ts";
import type { DagsterVisit } from "./visit.ts";
import { microsOf, type WireRun, wireRun } from "./wire-run.ts";

/** Runs of one request: the server reads the log of each. */
export const RUNS_AT_ONCE = 10;

/** Times are epoch microseconds. */
export interface Attempt {
  started_at: number | null;
  ended_at: number | null;
}

/** An asset that a step made; times are epoch microseconds. */
export interface Materialization {
  key: string;
  partition: string | null;
  at: number;
  /** What dagster-dbt says of one model among many that one step built. */
  runtime_s: number | null;
  rows: number | null;
}

export interface Step {
  key: string;
  /** `SUCCESS`, `FAILURE`, `SKIPPED` or `IN_PROGRESS`; null where the server cannot tell. */
  status: string | null;
  /** The last one ended as the step did; one without an end where it has not ended, or its process died. */
  attempts: Attempt[];
  made: Materialization[];
}

/** A run with its steps. */
export interface RunSteps {
  run: WireRun;
  steps: Step[];
  /** Assets that were asked for; null for all of the job. */
  selection: string[] | null;
  /** Checks that were to be evaluated, `a/b` and name; null where the version does not tell. */
  checks: { key: string; name: string }[] | null;
}

/** Runs with their steps, up to `RUNS_AT_ONCE`; those that are gone are left out. */
export async function stepsOf(visit: DagsterVisit, ids: readonly string[]): Promise<RunSteps[]> {
  const variables = { ids, limit: ids.length };
  const data = await visit.api.ask(STEPS_DOCUMENT, variables, visit.context.signal);
  const results = objectsOf(visit.api.memberOf(data, "runsOrError", "Runs").results);
  return results.flatMap((found) => {
    const run = wireRun(found);
    if (run === null) return [];
    return [
      {
        run,
        steps: stepsIn(found),
        selection: selectionOf(found.selected),
        checks: Array.isArray(found.assetChecks) ? objectsOf(found.assetChecks).flatMap(checkOf) : null,
      },
    ];
  });
}

/** The steps of a run, each with what it made. */
function stepsIn(found: WireObject): Step[] {
  const made = groupBy(objectsOf(found.assetMaterializations), ({ stepKey }) => textOf(stepKey));
  return objectsOf(found.stepStats).flatMap((step) => {
    const key = textOf(step.stepKey);
    if (key === null) return [];
    return [
      stepOf(
        key,
        step,
        (made.get(key) ?? []).flatMap((one) => materializationOf(one) ?? []),
      ),
    ];
  });
}

/** An empty selection is none: runs that were made within a process have it. */
function selectionOf(selected: unknown): string[] | null {
  const keys = objectsOf(selected).flatMap((key) => keyOf(key) ?? []);
  return keys.length === 0 ? null : keys;
}

function checkOf({ name, assetKey }: WireObject): { key: string; name: string }[] {
  const [key, text] = [keyOf(assetKey), textOf(name)];
  return key === null || text === null ? [] : [{ key, name: text }];
}

function stepOf(key: string, found: WireObject, made: Materialization[]): Step {
  const status = textOf(found.status);
  const ended = objectsOf(found.attempts).map(attemptOf);
  // The server lists what has ended: of a step that is tried once more it does not say since when.
  const open = status === "IN_PROGRESS" ? [{ started_at: null, ended_at: null }] : [];
  return { key, status, attempts: ended.length > 0 ? [...ended, ...open] : [attemptOf(found)], made };
}

function attemptOf({ startTime, endTime }: WireObject): Attempt {
  return { started_at: microsOf(startTime), ended_at: microsOf(endTime) };
}

/** Null for one without an asset, as ops could write before there were assets. */
function materializationOf(found: WireObject): Materialization | null {
  const key = keyOf(found.assetKey);
  const at = numberOf(found.timestamp);
  if (key === null || Number.isNaN(at)) return null;
  const entries = new Map(objectsOf(found.metadataEntries).map((entry) => [textOf(entry.label), entry]));
  const duration = numberOf(objectOf(entries.get("Execution Duration")).floatValue);
  const rows = numberOf(objectOf(entries.get("dagster/row_count")).intValue);
  return {
    key,
    partition: textOf(found.partition),
    // Epoch milliseconds as text, unlike all other times.
    at: Math.round(at * 1000),
    runtime_s: Number.isNaN(duration) ? null : duration,
    rows: Number.isNaN(rows) ? null : rows,
  };
}
