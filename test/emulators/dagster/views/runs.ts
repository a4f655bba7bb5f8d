/** Runs: the list with its filters and cursor, one run, its statistics and those of its steps. */
import type { Run, RunStatus, Step, Tag } from "../world.ts";
import { assetView } from "./assets.ts";
import { type EventArgs, eventConnection, materializationView } from "./events.ts";
import { captured, keyView, type Serving, tagViews, type View } from "./view.ts";

/** Times are epoch seconds. */
export interface RunsFilter {
  runIds?: readonly (string | null)[] | null;
  pipelineName?: string | null;
  tags?: readonly Tag[] | null;
  statuses?: readonly RunStatus[] | null;
  snapshotId?: string | null;
  updatedAfter?: number | null;
  updatedBefore?: number | null;
  createdBefore?: number | null;
  createdAfter?: number | null;
}

export interface RunsArgs {
  filter?: RunsFilter | null;
  /** Id of the last run of the page before. */
  cursor?: string | null;
  limit?: number | null;
}

/** Runs of a page, newest created first; all that there are without a limit. */
export function listRuns({ history }: Serving, { filter, cursor, limit }: RunsArgs): Run[] {
  const matching = filter ? history.runs.filter((run) => matches(run, filter)) : [...history.runs];
  // After a run that is not there, there is nothing.
  const place = cursor ? (history.order.get(cursor) ?? -1) : Number.POSITIVE_INFINITY;
  const older = matching.filter(({ id }) => (history.order.get(id) ?? 0) < place);
  // A limit of 0 is none.
  return older.slice(0, limit || undefined);
}

export function countRuns({ history }: Serving, filter: RunsFilter | null | undefined): number {
  return filter ? history.runs.filter((run) => matches(run, filter)).length : history.runs.length;
}

/** An empty list is no filter, as in Python; each tag must be there, also the hidden ones. */
function matches(run: Run, filter: RunsFilter): boolean {
  const { runIds, pipelineName, tags, statuses, snapshotId } = filter;
  if (runIds && runIds.length > 0 && !runIds.includes(run.id)) return false;
  if (pipelineName && run.jobName !== pipelineName) return false;
  if (statuses && statuses.length > 0 && !statuses.includes(run.status)) return false;
  if (snapshotId && run.snapshotId !== snapshotId) return false;
  if (filter.updatedAfter && !(run.updatedAt > filter.updatedAfter)) return false;
  if (filter.updatedBefore && !(run.updatedAt < filter.updatedBefore)) return false;
  if (filter.createdBefore && !(run.createdAt < filter.createdBefore)) return false;
  if (filter.createdAfter && !(run.createdAt > filter.createdAfter)) return false;
  return matchesTags(run, tags ?? []);
}

/** Of several values of one key the last counts. */
function matchesTags(run: Run, tags: readonly Tag[]): boolean {
  const wanted = new Map(tags.map(({ key, value }) => [key, value]));
  return [...wanted].every(([key, value]) => run.tags.some((tag) => tag.key === key && tag.value === value));
}

const UNSTARTED: readonly RunStatus[] = ["QUEUED", "NOT_STARTED", "MANAGED", "STARTING"];

export function runView(serving: Serving, run: Run): View {
  const { id, jobName, status, createdAt, endedAt, updatedAt, steps: _, ...others } = run;
  return {
    __typename: "Run",
    id,
    runId: id,
    status,
    runStatus: status,
    jobName,
    pipelineName: jobName,
    mode: "default",
    creationTime: createdAt,
    startTime: startTime(run),
    endTime: endedAt,
    updateTime: updatedAt,
    tags: tagViews(run.tags.filter(({ key }) => !key.startsWith(".dagster/"))),
    parentRunId: others.parentRunId,
    rootRunId: others.rootRunId,
    repositoryOrigin: origin(run),
    pipelineSnapshotId: run.snapshotId,
    parentPipelineSnapshotId: null,
    pipeline: { __typename: "UnknownPipeline", name: jobName, solidSelection: null },
    solidSelection: null,
    resolvedOpSelection: null,
    stepKeysToExecute: run.stepKeysToExecute,
    runConfigYaml: "{}\n",
    runConfig: {},
    canTerminate: status === "QUEUED" || status === "STARTED",
    hasTerminatePermission: true,
    hasReExecutePermission: true,
    hasDeletePermission: true,
    hasConcurrencyKeySlots: false,
    hasUnconstrainedRootNodes: true,
    hasRunMetricsEnabled: false,
    externalJobSource: null,
    allPools: null,
    rootConcurrencyKeys: null,
    assetSelection: ({ limit }: { limit?: number | null }) =>
      run.assetSelection?.slice(0, limit ?? undefined).map(keyView) ?? null,
    assetSelectionCount: run.assetSelection?.length ?? 0,
    assetCheckSelection: null,
    assetCheckSelectionCount: 0,
    assetChecks: () =>
      run.steps.flatMap(({ checks }) =>
        checks.map(({ asset, check }) => ({ name: check, assetKey: keyView(asset) })),
      ),
    assets: () => plannedAssets(run).map((key) => assetView(serving, key)),
    assetMaterializations: () =>
      run.steps.flatMap(({ key, materializations }) =>
        materializations.map((one) => materializationView(serving, run, one, key)),
      ),
    stats: () => captured(serving, () => statsView(run)),
    stepStats: () =>
      run.steps.filter((step) => step.status !== null).map((step) => stepStatsView(serving, run, step)),
    eventConnection: (args: EventArgs) => eventConnection(serving, run, args),
  };
}

/** Where a run failed before it started, Dagster shows its end as its start. */
function startTime({ status, startedAt, endedAt }: Run): number | null {
  return startedAt ?? (UNSTARTED.includes(status) ? null : endedAt);
}

function origin({ origin: of }: Run): View | null {
  if (of === null) return null;
  const { location, repository } = of;
  return {
    id: `${repository}@${location}`,
    repositoryName: repository,
    repositoryLocationName: location,
    repositoryLocationMetadata: [],
  };
}

function plannedAssets({ steps }: Run) {
  const keys = steps.flatMap(({ plans }) => plans);
  return keys.filter((key, place) => keys.findIndex((other) => other.join("/") === key.join("/")) === place);
}

/** Counts of events, as Dagster's own. */
function statsView(run: Run): View {
  const having = (status: Step["status"]) => run.steps.filter((step) => step.status === status).length;
  const queued = run.origin !== null && !["NOT_STARTED", "MANAGED"].includes(run.status);
  const launched = queued && (run.status === "STARTING" || !UNSTARTED.includes(run.status));
  return {
    __typename: "RunStatsSnapshot",
    id: `stats-${run.id}`,
    runId: run.id,
    stepsSucceeded: having("SUCCESS"),
    stepsFailed: having("FAILURE"),
    materializations: run.steps.reduce((sum, step) => sum + step.materializations.length, 0),
    expectations: 0,
    enqueuedTime: queued ? run.createdAt : null,
    launchTime: launched ? (run.startedAt ?? run.endedAt) : null,
    startTime: run.startedAt,
    endTime: run.endedAt,
  };
}

export function stepStatsView(serving: Serving, run: Run, step: Step): View {
  const { key, status, attempts } = step;
  const last = attempts.at(-1);
  return {
    __typename: "RunStepStats",
    runId: run.id,
    stepKey: key,
    status,
    // A step that was skipped has only an end.
    startTime: status === "SKIPPED" ? null : (attempts[0]?.startedAt ?? null),
    endTime: last?.endedAt ?? null,
    attempts: attempts
      .filter(({ endedAt }) => endedAt !== null)
      .map(({ startedAt, endedAt }) => ({ startTime: startedAt, endTime: endedAt })),
    markers: [],
    expectationResults: [],
    materializations: () => step.materializations.map((one) => materializationView(serving, run, one, key)),
  };
}
