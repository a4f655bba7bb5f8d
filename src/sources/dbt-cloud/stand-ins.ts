/** The latest state of nodes as results that stand in for those of the commands, run by run. */
import type { FreshnessColumns, InvocationUnit } from "../../store/units.ts";
import { microsOf } from "../dbt/times.ts";
import type { RowOf, Words } from "../visit/columns.ts";
import type { Place } from "../visit/place.ts";
import { isObject, labelOf, numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import type { Applied } from "./discovery.ts";
import { invocationUnits, type RunResults } from "./invocation-units.ts";
import { freshnessRowOf, type Result } from "./result-rows.ts";
import type { CloudVisit } from "./visit.ts";

/** Results by run, with the job that the run was of. */
class ByRun {
  readonly #runs = new Map<
    string,
    { job: string | null; results: Result[]; freshness: RowOf<FreshnessColumns>[] }
  >();

  of(run: string, job: string | null) {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const fresh = { job, results: [], freshness: [] };
    this.#runs.set(run, fresh);
    return fresh;
  }

  *found(visit: CloudVisit, place: Pick<Place, "project" | "environment">): Generator<RunResults> {
    for (const [runId, { job, results, freshness }] of this.#runs) {
      const where = visit.account.placeOf({
        project_id: place.project.project_id,
        environment_id: place.environment.environment_id,
        job_id: job,
      });
      if (where !== null) yield { place: where, runId, results, freshness };
    }
  }
}

/** Units of the latest state of an environment. */
export function standIns(
  visit: CloudVisit,
  place: Pick<Place, "project" | "environment">,
  applied: Applied,
  words: Words,
): InvocationUnit[] {
  const runs = new ByRun();
  for (const node of [...applied.models, ...applied.seeds, ...applied.snapshots]) addBuild(runs, node);
  for (const node of applied.tests) addTest(runs, node);
  for (const node of applied.sources) addFreshness(runs, node);
  return [...runs.found(visit, place)].flatMap((found) =>
    invocationUnits(visit.platform.ref, found, { complete: false, standIn: true }, words),
  );
}

/**
 * `executionInfo` mixes two runs (vendor's documents): times are those of the last success, status and error those
 * of the last attempt. They are two results, and only a success has times.
 */
function addBuild(runs: ByRun, node: WireObject): void {
  const info = node.executionInfo;
  if (!isObject(info)) return;
  const succeeded = labelOf(info.lastSuccessRunId);
  const last = labelOf(info.lastRunId);
  if (succeeded !== null) {
    const job = labelOf(info.lastSuccessJobDefinitionId);
    runs.of(succeeded, job).results.push(result(node, "success", info.runGeneratedAt, info));
  }
  const word = textOf(info.lastRunStatus);
  if (last === null || word === null || last === succeeded) return;
  runs
    .of(last, labelOf(info.lastJobDefinitionId))
    .results.push(result(node, word, info.lastRunGeneratedAt, { error: info.lastRunError }));
}

/** A test is as it came out last; its times belong to that only where it passed then. */
function addTest(runs: ByRun, node: WireObject): void {
  const info = objectOf(node.executionInfo);
  const last = labelOf(info.lastRunId);
  const word = textOf(info.lastRunStatus);
  if (last === null || word === null) return;
  const isSame = last === labelOf(info.lastSuccessRunId);
  const times = isSame ? info : {};
  const more = { ...times, error: info.lastRunError, failures: info.lastRunFailures };
  runs
    .of(last, labelOf(info.lastJobDefinitionId))
    .results.push(result(node, word, info.lastRunGeneratedAt, more));
}

function addFreshness(runs: ByRun, node: WireObject): void {
  const freshness = objectOf(node.freshness);
  const run = labelOf(freshness.freshnessRunId);
  const row = freshnessRowOf({ ...freshness, uniqueId: node.uniqueId });
  if (run === null || row === null) return;
  runs.of(run, labelOf(freshness.freshnessJobDefinitionId)).freshness.push(row);
}

function result(node: WireObject, status: string, generatedAt: unknown, times: WireObject): Result {
  return {
    result: {
      unique_id: node.uniqueId,
      status,
      execution_time: times.executionTime,
      message: times.error,
      failures: times.failures,
      timing: [
        { name: "compile", started_at: times.compileStartedAt, completed_at: times.compileCompletedAt },
        { name: "execute", started_at: times.executeStartedAt, completed_at: times.executeCompletedAt },
      ],
    },
    status,
    invocation_id: null,
    generated_at: microsOf(generatedAt),
    elapsed: numberOf(times.runElapsedTime),
    args: null,
  };
}
