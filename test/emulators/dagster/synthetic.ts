/**
 * A made-up deployment of any size: op jobs, an asset job over a chain of assets, runs of them all. The same options
 * give the same world. `extras.ts` adds the rare cases, `largeRun` a run of very many events.
 */
import { runIdOf } from "./ids.ts";
import { type LargeRunOptions, largeRun } from "./large-run.ts";
import type { Asset, Job, Location, Run, Step, World } from "./world.ts";

export interface SyntheticOptions {
  /** Epoch milliseconds: the newest runs ended shortly before. */
  now: number;
  /** Of each job, one an hour. */
  runs?: number;
  jobs?: number;
  assets?: number;
  /** Adds a run of the first job with so many events, the newest of all. */
  events?: number;
  /** Where in that log steps fail. */
  failuresAt?: readonly number[];
}

export const LOCATION = "synthetic";
export const REPOSITORY = "__repository__";
const ORIGIN = { location: LOCATION, repository: REPOSITORY };
const STEPS = ["fetch", "clean", "store"] as const;
const HOUR = 3600;

export function syntheticWorld(options: SyntheticOptions): World {
  const { now, runs = 20, jobs = 3, assets = 12, events, failuresAt = [] } = options;
  const seconds = now / 1000;
  const names = Array.from({ length: jobs }, (_, index) => `job_${index + 1}`);
  const keys = Array.from({ length: assets }, (_, index) => `asset_${index + 1}`);
  const world: World = {
    locations: [locationOf(names, keys, seconds)],
    runs: Array.from({ length: runs }, (_, age) =>
      [...names, ...(assets > 0 ? ["assets_job"] : [])].map((name, place) =>
        runOf(name, place, age, name === "assets_job" ? keys : null, seconds - (age + 1) * HOUR),
      ),
    ).flat(),
    daemons: ["SENSOR", "SCHEDULER", "BACKFILL", "QUEUED_RUN_COORDINATOR"].map((type) => ({
      type,
      required: true,
      healthy: true,
      lastHeartbeatAt: seconds - 5,
      errors: [],
    })),
    freshnessEvaluation: false,
    version: 0,
    touch() {
      world.version += 1;
    },
  };
  if (events !== undefined) world.runs.push(largeRunOf(names[0] ?? "", { events, failuresAt }, seconds));
  return world;
}

function largeRunOf(jobName: string, size: Pick<LargeRunOptions, "events" | "failuresAt">, now: number): Run {
  const pace = 1200 / size.events;
  return largeRun({ jobName, origin: ORIGIN, ...size, pace, createdAt: now - 1800 });
}

function locationOf(jobs: readonly string[], assets: readonly string[], now: number): Location {
  const asset = (name: string, index: number): Asset => ({
    key: [name],
    group: "default",
    description: null,
    kinds: ["python"],
    tags: [],
    metadata: [],
    parents: index === 0 ? [] : [[assets[index - 1] ?? ""]],
    jobNames: ["__ASSET_JOB", "assets_job"],
    opNames: [name],
    isMaterializable: true,
    isObservable: false,
    checks: [{ name: "has_rows", description: null, blocking: false }],
    partitions: null,
    freshness: null,
    stale: null,
  });
  const opJob = (name: string): Job => ({
    name,
    description: null,
    tags: [],
    ops: STEPS.map((handle, index) => ({ handle, after: index === 0 ? [] : [STEPS[index - 1] ?? ""] })),
    isAssetJob: false,
  });
  const assetJob = (name: string): Job => ({
    name,
    description: null,
    tags: [],
    ops: assets.map((handle, index) => ({ handle, after: index === 0 ? [] : [assets[index - 1] ?? ""] })),
    isAssetJob: true,
  });
  return {
    name: LOCATION,
    loadError: null,
    updatedAt: now - 24 * HOUR,
    repositories: [
      {
        name: REPOSITORY,
        jobs: [
          ...jobs.map(opJob),
          ...(assets.length > 0 ? [assetJob("assets_job"), assetJob("__ASSET_JOB")] : []),
        ],
        assets: assets.map(asset),
        schedules: [],
        sensors: [],
      },
    ],
  };
}

/** One run; every seventh of a job fails at its last step. */
function runOf(
  name: string,
  place: number,
  age: number,
  assets: readonly string[] | null,
  createdAt: number,
): Run {
  const startedAt = createdAt + 4 + place;
  const failed = age % 7 === 6;
  const steps: Step[] = [];
  let at = startedAt + 1;
  const keys = assets ?? STEPS;
  for (const [index, key] of keys.entries()) {
    const duration = 2 + ((index * 7 + place * 3 + age) % 11);
    steps.push(
      stepOf(key, at, duration, { asset: assets !== null, failed: failed && index === keys.length - 1 }),
    );
    at += duration;
  }
  return {
    id: runIdOf(`${name} ${age}`),
    jobName: name,
    status: failed ? "FAILURE" : "SUCCESS",
    createdAt,
    startedAt,
    endedAt: at + 1,
    updatedAt: at + 1,
    tags: [{ key: ".dagster/repository", value: `${REPOSITORY}@${LOCATION}` }],
    origin: ORIGIN,
    parentRunId: null,
    rootRunId: null,
    stepKeysToExecute: null,
    assetSelection: null,
    snapshotId: null,
    steps,
    failure: null,
  };
}

function stepOf(
  key: string,
  startedAt: number,
  duration: number,
  how: { asset: boolean; failed: boolean },
): Step {
  const endedAt = startedAt + duration;
  const made = how.asset && !how.failed;
  const failure = {
    className: "ValueError",
    message: "no rows",
    stack: ['  File "/code/assets.py", line 3\n'],
    cause: null,
  };
  return {
    key,
    status: how.failed ? "FAILURE" : "SUCCESS",
    attempts: [{ startedAt, endedAt, failure: how.failed ? failure : null }],
    plans: how.asset ? [[key]] : [],
    materializations: made ? [{ asset: [key], at: endedAt, partition: null, metadata: [] }] : [],
    checks: made
      ? [
          {
            asset: [key],
            check: "has_rows",
            at: endedAt,
            passed: true,
            severity: "ERROR",
            description: null,
            metadata: [],
          },
        ]
      : [],
    lines: [{ at: startedAt + 1, level: "INFO", message: `working on ${key}` }],
  };
}
