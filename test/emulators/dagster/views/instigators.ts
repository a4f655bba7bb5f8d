/** Schedules and sensors, their state and their ticks. */

import { hexOf } from "../ids.ts";
import type { Location, Repository, Schedule, Sensor, Tick } from "../world.ts";
import { runView } from "./runs.ts";
import { errorView, type Serving, type View } from "./view.ts";

interface TickArgs {
  dayRange?: number | null;
  dayOffset?: number | null;
  limit?: number | null;
  /** `<tick id>:<epoch seconds>`. */
  cursor?: string | null;
  statuses?: readonly string[] | null;
  /** Epoch seconds. */
  beforeTimestamp?: number | null;
  afterTimestamp?: number | null;
}

const DAY = 86_400;
/** Newer servers give no more ticks at once. */
const MAX_TICKS = 1000;

export function scheduleView(
  serving: Serving,
  location: Location,
  repository: Repository,
  schedule: Schedule,
): View {
  const { name, cron, timezone, jobName } = schedule;
  return {
    __typename: "Schedule",
    id: idOf(location, repository, name),
    name,
    cronSchedule: cron,
    pipelineName: jobName,
    executionTimezone: timezone,
    mode: "default",
    description: null,
    solidSelection: [],
    defaultStatus: "STOPPED",
    canReset: false,
    owners: [],
    tags: [],
    metadataEntries: [],
    scheduleState: () => stateView(serving, { location, repository, of: schedule, type: "SCHEDULE" }),
  };
}

export function sensorView(
  serving: Serving,
  location: Location,
  repository: Repository,
  sensor: Sensor,
): View {
  const { name, jobNames, minimumInterval } = sensor;
  return {
    __typename: "Sensor",
    id: idOf(location, repository, name),
    jobOriginId: hexOf(name, 40),
    name,
    sensorType: "STANDARD",
    minIntervalSeconds: minimumInterval,
    description: null,
    defaultStatus: "STOPPED",
    canReset: false,
    hasCursorUpdatePermissions: true,
    owners: [],
    tags: [],
    metadataEntries: [],
    targets: jobNames.map((pipelineName) => ({ pipelineName, mode: "default", solidSelection: null })),
    sensorState: () => stateView(serving, { location, repository, of: sensor, type: "SENSOR" }),
  };
}

interface Instigator {
  location: Location;
  repository: Repository;
  of: Schedule | Sensor;
  type: "SCHEDULE" | "SENSOR";
}

/** A schedule or a sensor by its name; null where the location has none of it. */
export function findInstigator(
  { world }: Serving,
  place: { name: string; repositoryName: string; repositoryLocationName: string },
): Instigator | null {
  const location = world.locations.find(({ name }) => name === place.repositoryLocationName);
  const repository = location?.repositories.find(({ name }) => name === place.repositoryName);
  if (location === undefined || repository === undefined) return null;
  const schedule = repository.schedules.find(({ name }) => name === place.name);
  if (schedule !== undefined) return { location, repository, of: schedule, type: "SCHEDULE" };
  const sensor = repository.sensors.find(({ name }) => name === place.name);
  return sensor === undefined ? null : { location, repository, of: sensor, type: "SENSOR" };
}

export function stateView(serving: Serving, { location, repository, of, type }: Instigator): View {
  return {
    __typename: "InstigationState",
    id: idOf(location, repository, of.name),
    selectorId: hexOf(`${location.name} ${repository.name} ${of.name}`, 40),
    name: of.name,
    instigationType: type,
    status: of.status,
    repositoryName: repository.name,
    repositoryLocationName: location.name,
    runningCount: of.status === "RUNNING" ? 1 : 0,
    hasStartPermission: true,
    hasStopPermission: true,
    nextTick: null,
    ticks: (args: TickArgs) => ticksOf(serving, of.ticks, args).map((one) => tickView(serving, one, type)),
  };
}

/** Newest first. */
function ticksOf({ now }: Serving, ticks: readonly Tick[], args: TickArgs): Tick[] {
  const { dayRange, dayOffset, limit, cursor, statuses } = args;
  const offset = dayOffset ? now - dayOffset * DAY : null;
  const before = args.beforeTimestamp ?? offset ?? (cursor ? Number(cursor.split(":").at(-1)) : null);
  const after = args.afterTimestamp ?? (dayRange ? now - (dayRange + (dayOffset ?? 0)) * DAY : null);
  return ticks
    .filter(({ at }) => (before === null || at < before) && (after === null || at > after))
    .filter(({ status }) => !statuses || statuses.length === 0 || statuses.includes(status))
    .sort((one, other) => other.at - one.at)
    .slice(0, Math.min(limit ?? MAX_TICKS, MAX_TICKS));
}

function tickView(serving: Serving, tick: Tick, instigationType: string): View {
  const { id, status, at, endedAt, runIds, failure, skipReason } = tick;
  return {
    __typename: "InstigationTick",
    id,
    tickId: id,
    status,
    timestamp: at,
    endTimestamp: endedAt,
    runIds,
    runKeys: [],
    originRunIds: [],
    skipReason,
    cursor: null,
    logKey: null,
    instigationType,
    error: errorView(failure),
    requestedAssetKeys: [],
    requestedAssetMaterializationCount: 0,
    requestedJobRunCount: runIds.length,
    autoMaterializeAssetEvaluationId: null,
    dynamicPartitionsRequestResults: [],
    runs: () =>
      runIds.flatMap((runId) => {
        const run = serving.history.run(runId);
        return run === null ? [] : [runView(serving, run)];
      }),
  };
}

function idOf(location: Location, repository: Repository, name: string): string {
  return hexOf(`${location.name} ${repository.name} ${name}`, 40);
}
