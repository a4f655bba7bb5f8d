/**
 * What real artifacts do not show, in a code location of its own: runs that wait, go on, crashed or never began,
 * retries and dynamic steps, partitions and backfills, ad-hoc and partial runs, ticks that fail, a location that does
 * not load, a daemon that is down.
 */
import { EXTRA_RUNS, EXTRAS_LOCATION, extraRuns, PARTITIONS, REPOSITORY } from "./extra-runs.ts";
import type { Asset, Job, Location, Schedule, Sensor, World } from "./world.ts";

const HOUR = 3600;

/** `now` is epoch milliseconds: what goes on now is set by it. */
export function addExtras(world: World, now: number): void {
  const seconds = now / 1000;
  world.locations.push(operations(seconds), {
    name: "broken",
    repositories: [],
    updatedAt: seconds - 5 * HOUR,
    loadError: {
      className: "ModuleNotFoundError",
      message: "No module named 'warehouse_client'",
      stack: ['  File "/code/broken.py", line 1, in <module>\n    import warehouse_client\n'],
      cause: null,
    },
  });
  world.runs.push(...extraRuns(seconds));
  world.daemons.push({
    type: "QUEUED_RUN_COORDINATOR",
    required: true,
    healthy: false,
    lastHeartbeatAt: seconds - 2 * HOUR,
    errors: [{ className: "ConnectionError", message: "the storage did not answer", stack: [], cause: null }],
  });
  world.touch();
}

function operations(now: number): Location {
  return {
    name: EXTRAS_LOCATION,
    loadError: null,
    updatedAt: now - 24 * HOUR,
    repositories: [
      { name: REPOSITORY, jobs: JOBS, assets: ASSETS, schedules: [schedule(now)], sensors: [sensor(now)] },
    ],
  };
}

const JOBS: readonly Job[] = [
  {
    name: "sync_stations",
    description: "Copies the stations of each city.",
    tags: [{ key: "team", value: "ops" }],
    isAssetJob: false,
    ops: [
      { handle: "list_cities", after: [] },
      { handle: "load", after: ["list_cities"] },
      { handle: "load.fetch", after: [] },
      { handle: "load.store", after: ["load.fetch"] },
    ],
  },
  // The same name as a job of the other location.
  { name: "nightly", description: null, tags: [], isAssetJob: false, ops: [{ handle: "vacuum", after: [] }] },
  {
    name: "__ASSET_JOB",
    description: null,
    tags: [],
    isAssetJob: true,
    ops: [
      { handle: "events_daily", after: [] },
      { handle: "weather__forecast", after: [] },
    ],
  },
];

const asset = (key: string[], rest: Partial<Asset>): Asset => ({
  key,
  group: "operations",
  description: null,
  kinds: ["python"],
  tags: [],
  metadata: [],
  parents: [],
  jobNames: ["__ASSET_JOB"],
  opNames: [key.join("__")],
  isMaterializable: true,
  isObservable: false,
  checks: [],
  partitions: null,
  freshness: null,
  stale: null,
  ...rest,
});

const ASSETS: readonly Asset[] = [
  asset(["events_daily"], { partitions: PARTITIONS }),
  asset(["weather", "forecast"], {
    parents: [["events_daily"]],
    freshness: { failWindow: 86_400, warnWindow: 43_200, status: "WARNING", lastMaterializedAt: null },
    stale: { status: "STALE", reason: "has a new code version" },
    checks: [{ name: "never_ran", description: null, blocking: false }],
  }),
];

function schedule(now: number): Schedule {
  const tick = (age: number) => ({
    id: String(100 - age),
    at: now - age * HOUR,
    endedAt: now - age * HOUR + 1,
    skipReason: null,
  });
  return {
    name: "sync_schedule",
    cron: "0 * * * *",
    timezone: "Europe/Oslo",
    jobName: "sync_stations",
    status: "RUNNING",
    ticks: [
      {
        ...tick(1),
        status: "FAILURE",
        runIds: [],
        failure: { className: "KeyError", message: "'cities'", stack: [], cause: null },
      },
      { ...tick(2), status: "SUCCESS", runIds: [EXTRA_RUNS.canceled], failure: null },
    ],
  };
}

function sensor(now: number): Sensor {
  return {
    name: "new_files",
    jobNames: ["sync_stations"],
    status: "RUNNING",
    minimumInterval: 30,
    ticks: [
      {
        id: "7",
        status: "SKIPPED",
        at: now - 30,
        endedAt: now - 29,
        runIds: [],
        failure: null,
        skipReason: "no new files",
      },
    ],
  };
}
