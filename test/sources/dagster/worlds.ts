/** Small deployments for single cases, over the emulator's own. */
import { runIdOf } from "../../emulators/dagster/ids.ts";
import type { Asset, Job, Location, Run, Step, World } from "../../emulators/dagster/world.ts";
import { NOW } from "./bench.ts";

export const SECONDS = NOW / 1000;
const REPOSITORY = "__repository__";

export function asset(name: string, given: Partial<Asset> = {}): Asset {
  const key = name.split("/");
  return {
    key,
    group: "default",
    description: null,
    kinds: [],
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
    ...given,
  };
}

export const opJob = (name: string, ...ops: string[]): Job => ({
  name,
  description: null,
  tags: [],
  ops: ops.map((handle) => ({ handle, after: [] })),
  isAssetJob: false,
});

export const location = (name: string, assets: Asset[], jobs: Job[] = []): Location => ({
  name,
  loadError: null,
  updatedAt: SECONDS - 86_400,
  repositories: [{ name: REPOSITORY, jobs, assets, schedules: [], sensors: [] }],
});

/** The same location after its code can no longer be loaded. */
export const broken = ({ name, updatedAt }: Location): Location => ({
  name,
  updatedAt,
  repositories: [],
  loadError: { className: "ImportError", message: "no module", stack: [], cause: null },
});

/** A run of assets that took ten seconds each, and ended `hours` ago. */
export function runOfAssets(job: string, at: string | null, names: readonly string[], hours: number): Run {
  const end = SECONDS - hours * 3600;
  const steps = names.map((name, index): Step => {
    const endedAt = end - 10 * (names.length - index - 1);
    const key = name.split("/");
    return {
      key: key.join("__"),
      status: "SUCCESS",
      attempts: [{ startedAt: endedAt - 10, endedAt, failure: null }],
      plans: [key],
      materializations: [{ asset: key, at: endedAt, partition: null, metadata: [] }],
      checks: [],
      lines: [],
    };
  });
  const startedAt = end - 10 * names.length;
  return {
    id: runIdOf(`${job} ${hours}`),
    jobName: job,
    status: "SUCCESS",
    createdAt: startedAt - 5,
    startedAt,
    endedAt: end,
    updatedAt: end,
    tags: [],
    origin: at === null ? null : { location: at, repository: REPOSITORY },
    parentRunId: null,
    rootRunId: null,
    stepKeysToExecute: null,
    assetSelection: job.startsWith("__") ? names.map((name) => name.split("/")) : null,
    snapshotId: null,
    steps,
    failure: null,
  };
}

export function worldOf(locations: Location[], runs: Run[] = []): World {
  const world: World = {
    locations,
    runs,
    daemons: [],
    freshnessEvaluation: false,
    version: 0,
    touch() {
      world.version += 1;
    },
  };
  return world;
}
