/** Finds the runs of the scenario again in a server that has them, whoever has started it. */
import { listAt, objectAt } from "../places.ts";
import { ask } from "./graphql.ts";
import type { RunName } from "./scenario.ts";

/** Beside the runs of the scenario those of the daemon, and those that were made without the webserver. */
export type NamedRun =
  | RunName
  | "partition"
  | "failedPartition"
  | "scheduled"
  | "sensed"
  | "inProcess"
  | "inProcessAssets"
  | "neverStarted";

interface Found {
  id: string;
  job: string;
  status: string;
  /** Code location; null for a run without the webserver. */
  location: string | null;
  tags: ReadonlyMap<string, string>;
  assets: readonly string[];
  isRepetition: boolean;
}

const RUNS = `{ runsOrError(limit: 500) { ... on Runs { results {
  runId jobName status parentRunId tags { key value } assetSelection { path }
  repositoryOrigin { repositoryLocationName } } } } }`;

const byJob = (job: string) => (run: Found) => run.job === job && run.location === "harbour";
const tagged = (key: string, value: string) => (run: Found) => run.tags.get(key) === value;
const adHoc = (asset: string) => (run: Found) =>
  run.job.startsWith("__ASSET_JOB") && run.assets.includes(asset);

/** What tells each run from all others; of several that it fits the newest is meant. */
const SIGNS: Record<NamedRun, (run: Found) => boolean> = {
  quick: tagged("asked/by", "the harbour master"),
  sameName: (run) => run.location === "quay",
  slow: byJob("survey_basin"),
  failed: byJob("collect_fees"),
  retried: byJob("fetch_forecast"),
  gaveUp: byJob("check_lighthouse"),
  dynamic: byJob("inspect_boats"),
  logged: byJob("keep_logbook"),
  noResource: byJob("open_lock"),
  stepCrashed: byJob("watch_radar"),
  runCrashed: byJob("test_power"),
  resumed: (run) => run.job === "dress_ship" && run.isRepetition,
  resumedParent: (run) => run.job === "dress_ship" && !run.isRepetition,
  canceled: (run) => run.status === "CANCELED",
  assets: (run) => run.job === "nightly_berths" && run.assets.length === 0,
  someAssets: (run) => run.job === "nightly_berths" && run.assets.length > 0,
  failedAssets: byJob("repairs"),
  failedCheck: byJob("audit"),
  adHoc: adHoc("raw/berths"),
  observed: adHoc("almanac/weather"),
  refused: tagged("harbour/berth", "none"),
  queued: tagged("harbour/berth", "later"),
  started: (run) => run.job === "wait_for_tide" && run.status === "STARTED",
  partition: (run) => run.tags.has("dagster/backfill") && run.status === "SUCCESS",
  failedPartition: (run) => run.tags.has("dagster/backfill") && run.status === "FAILURE",
  // A tick may still be under way when its daemon is stopped.
  scheduled: (run) => run.tags.get("dagster/schedule_name") === "every_minute" && run.status === "SUCCESS",
  sensed: tagged("dagster/sensor_name", "buoy"),
  inProcess: (run) => run.job === "survey_basin" && run.location === null,
  inProcessAssets: (run) => run.job === "__ephemeral_asset_job__" && run.status === "SUCCESS",
  neverStarted: (run) => run.status === "NOT_STARTED",
};

// The keys are those of SIGNS, which Object.keys makes texts of.
export const RUN_NAMES = Object.keys(SIGNS) as NamedRun[];

/** Ids by name; those that the server does not have are left out. */
export async function namedRuns(url: string): Promise<ReadonlyMap<NamedRun, string>> {
  const runs = listAt(objectAt(await ask(url, RUNS), "runsOrError"), "results").map(foundOf);
  return new Map(
    RUN_NAMES.flatMap((name): [NamedRun, string][] => {
      const run = runs.find(SIGNS[name]);
      return run === undefined ? [] : [[name, run.id]];
    }),
  );
}

function foundOf(run: Record<string, unknown>): Found {
  const { runId, jobName, status, parentRunId, assetSelection, repositoryOrigin } = run;
  const assets = Array.isArray(assetSelection) ? listAt(run, "assetSelection") : [];
  return {
    id: String(runId),
    job: String(jobName),
    status: String(status),
    location: repositoryOrigin === null ? null : String(objectAt(repositoryOrigin).repositoryLocationName),
    tags: new Map(listAt(run, "tags").map(({ key, value }) => [String(key), String(value)])),
    assets: assets.map(({ path }) => (Array.isArray(path) ? path.join("/") : "")),
    isRepetition: parentRunId !== null,
  };
}
