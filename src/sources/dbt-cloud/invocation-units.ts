/** Results of Discovery, which come by node, as invocations of dbt. */
import type { FreshnessColumns, InvocationRow, InvocationUnit, SourceRef } from "../../store/units.ts";
import { type Command, commandOf, freshnessCommand } from "../dbt/commands.ts";
import { Results, resultRow } from "../dbt/run-results.ts";
import { FAILED_RESULTS, runStatus } from "../dbt/statuses.ts";
import { orNull } from "../dbt/times.ts";
import { freshnessColumns, type RowOf, type Words } from "../visit/columns.ts";
import type { Place } from "../visit/place.ts";
import { unlistedRun } from "../visit/unlisted-run.ts";
import type { Result } from "./result-rows.ts";

type FreshnessRow = RowOf<FreshnessColumns>;

/** What was found of one run. */
export interface RunResults {
  place: Place;
  runId: string;
  results: readonly Result[];
  freshness: readonly FreshnessRow[];
}

/** How far these results are all there are. */
export interface Extent {
  /** All results of the run, else those of some nodes. */
  complete: boolean;
  /** The last results of nodes, without the command that they came from. */
  standIn: boolean;
}

/** Names the invocation whose id the platform does not tell: one for each run and kind. */
function standInId(runId: string, kind: InvocationRow["kind"]): string {
  return `dbt-cloud run ${runId} ${kind}`;
}

/**
 * A unit for each command that the results are of. Seeds and snapshots come without the id of their command: they go
 * with the command that ended at the same time, else with the only one that there is. Exposures come without a time
 * too, and go with the last one.
 */
export function invocationUnits(
  source: SourceRef,
  found: RunResults,
  extent: Extent,
  words: Words,
): InvocationUnit[] {
  return [
    ...[...groupsOf(found, extent)].map(([id, results]) =>
      resultsUnit(source, found, extent, id, results, words),
    ),
    ...freshnessUnits(source, found, extent, words),
  ];
}

function groupsOf({ runId, results }: RunResults, { standIn }: Extent): Map<string, Result[]> {
  const known = standIn ? [] : results.filter(({ invocation_id }) => invocation_id !== null);
  const byTime = new Map(known.map(({ generated_at, invocation_id }) => [generated_at, invocation_id]));
  const ids = new Set(known.map(({ invocation_id }) => invocation_id));
  const only = ids.size === 1 ? [...ids][0] : null;
  const last = known.reduce<Result | null>(
    (newest, one) => (newest === null || one.generated_at > newest.generated_at ? one : newest),
    null,
  );
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const told = standIn
      ? null
      : (result.invocation_id ?? byTime.get(result.generated_at) ?? only ?? untimed(result, last));
    const id = told ?? standInId(runId, "results");
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [result]);
    else group.push(result);
  }
  return groups;
}

/** The command that a result without any time is taken to be of. */
function untimed({ generated_at }: Result, last: Result | null): string | null {
  return Number.isNaN(generated_at) ? (last?.invocation_id ?? null) : null;
}

function resultsUnit(
  source: SourceRef,
  { place, runId }: RunResults,
  { complete, standIn }: Extent,
  invocationId: string,
  group: readonly Result[],
  words: Words,
): InvocationUnit {
  const endedAt = latest(group.map(({ generated_at }) => generated_at)) ?? 0;
  const elapsed = latest(group.map(({ elapsed }) => elapsed)) ?? Number.NaN;
  const results = new Results(words);
  for (const { result, status } of group) results.add(resultRow(result, endedAt, false), status);
  const args = group.find((result) => result.args !== null)?.args ?? null;
  // Without arguments the results tell a test from a build; both count for what they are.
  const command = standIn
    ? { ...commandOf({}, results.statuses), builds: true, tests: true }
    : commandOf(args ?? {}, results.statuses);
  return {
    ...unitOf(source, place, runId),
    invocation: {
      ...invocationRow(runId, invocationId, command, { endedAt, elapsed, hasFailed: results.hasFailed }),
      kind: "results",
      complete,
      stand_in: standIn || (!complete && invocationId === standInId(runId, "results")),
    },
    executions: results.executions(command),
    freshness: null,
  };
}

function freshnessUnits(
  source: SourceRef,
  { place, runId, freshness }: RunResults,
  extent: Extent,
  words: Words,
): InvocationUnit[] {
  if (freshness.length === 0) return [];
  const columns = freshnessColumns(words);
  for (const row of freshness) columns.add(row);
  const endedAt = latest(freshness.map((row) => row.snapshotted_at)) ?? 0;
  const hasFailed = freshness.some((row) => FAILED_RESULTS.has(row.status ?? ""));
  return [
    {
      ...unitOf(source, place, runId),
      invocation: {
        ...invocationRow(runId, standInId(runId, "freshness"), freshnessCommand(), {
          endedAt,
          elapsed: Number.NaN,
          hasFailed,
        }),
        kind: "freshness",
        complete: extent.complete,
        stand_in: !extent.complete,
      },
      executions: null,
      freshness: columns.finish(),
    },
  ];
}

/** The largest of what is a number. */
function latest(values: readonly number[]): number | undefined {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b));
}

function invocationRow(
  runId: string,
  invocationId: string,
  command: Command,
  ended: { endedAt: number; elapsed: number; hasFailed: boolean },
): Omit<InvocationRow, "kind" | "complete" | "stand_in"> {
  const { endedAt, elapsed, hasFailed } = ended;
  return {
    invocation_id: invocationId,
    command: command.word,
    command_line: command.line,
    builds: command.builds,
    tests: command.tests,
    full_refresh: command.fullRefresh,
    status: runStatus(hasFailed),
    started_at: orNull(endedAt - elapsed * 1e6),
    ended_at: endedAt,
    elapsed_s: orNull(elapsed),
    dbt_version: null,
    location: `dbt-cloud:run/${runId}`,
  };
}

function unitOf(
  source: SourceRef,
  place: Place,
  runId: string,
): Omit<InvocationUnit, "invocation" | "executions" | "freshness"> {
  return { kind: "invocation", source, ...place, run: unlistedRun(runId) };
}
