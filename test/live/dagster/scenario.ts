/** The runs that the tests look at: one for each way a run can begin, go on and end. */
import {
  backfill,
  backfilled,
  ended,
  type Launch,
  launch,
  launchRefused,
  materialize,
  reached,
  reexecuteFromFailure,
  reportMaterialization,
  terminate,
} from "./runs.ts";

/** Name of a run in the tests. */
export type RunName =
  | "quick"
  | "sameName"
  | "slow"
  | "failed"
  | "retried"
  | "gaveUp"
  | "dynamic"
  | "logged"
  | "noResource"
  | "stepCrashed"
  | "runCrashed"
  | "resumed"
  | "resumedParent"
  | "canceled"
  | "assets"
  | "someAssets"
  | "failedAssets"
  | "failedCheck"
  | "adHoc"
  | "observed"
  | "refused"
  | "queued"
  | "started";

/** All runs, or only a few that say whether a version is understood at all: they need no daemon. */
export type Extent = "all" | "few";

/** Makes a few of the runs, and waits until they have ended. */
export async function makeFewRuns(url: string): Promise<ReadonlyMap<RunName, string>> {
  const jobs: readonly [RunName, string][] = [
    ["quick", "count_boats"],
    ["slow", "survey_basin"],
    ["failed", "collect_fees"],
    ["retried", "fetch_forecast"],
    ["dynamic", "inspect_boats"],
    ["assets", "nightly_berths"],
  ];
  const runs = new Map<RunName, string>();
  await inPairs(
    jobs.map(([name, job]) => async () => {
      const tags = name === "quick" ? { "asked/by": "the harbour master" } : {};
      const id = await launch(url, { job, tags });
      runs.set(name, id);
      await ended(url, id);
    }),
  );
  return runs;
}

/** Makes the runs, and waits until those that end have ended. `raiseFlag` lets the job dress_ship succeed. */
export async function makeRuns(url: string, raiseFlag: () => void): Promise<ReadonlyMap<RunName, string>> {
  const runs = new Map<RunName, string>();
  const job = (name: string, more: Omit<Launch, "job"> = {}) => launch(url, { job: name, ...more });
  const wait = () =>
    job("wait_for_tide", { config: { ops: { await_high_water: { config: { seconds: 3_600 } } } } });
  const keep = async (name: RunName, launched: Promise<string>): Promise<string> => {
    const id = await launched;
    runs.set(name, id);
    return id;
  };
  const through = async (name: RunName, launched: Promise<string>): Promise<void> => {
    await ended(url, await keep(name, launched));
  };

  const partitions = await backfill(url, "berth_night", ["2026-01-03", "2026-01-04"]);
  await reportMaterialization(url, "almanac/tide_tables");
  const started = await keep("started", wait());
  const canceled = await keep("canceled", wait());
  await inPairs([
    () => through("stepCrashed", job("watch_radar")),
    () => through("runCrashed", job("test_power")),
    () => through("resumedParent", job("dress_ship")),
    () => through("quick", job("count_boats", { tags: { "asked/by": "the harbour master" } })),
    () => through("sameName", job("count_boats", { location: "quay" })),
    () => through("slow", job("survey_basin")),
    () => through("failed", job("collect_fees")),
    () => through("retried", job("fetch_forecast")),
    () => through("gaveUp", job("check_lighthouse")),
    () => through("dynamic", job("inspect_boats")),
    () => through("logged", job("keep_logbook")),
    () => through("noResource", job("open_lock")),
    () => through("assets", job("nightly_berths")),
    () => through("someAssets", job("nightly_berths", { assets: ["clean_bookings"] })),
    () => through("failedAssets", job("repairs")),
    () => through("failedCheck", job("audit")),
    () => through("adHoc", materialize(url, ["raw/berths", "raw/bookings"])),
    () => through("observed", materialize(url, ["almanac/weather"])),
  ]);
  raiseFlag();
  await through("resumed", reexecuteFromFailure(url, runs.get("resumedParent") ?? ""));
  await reached(url, canceled, "STARTED");
  await terminate(url, canceled);
  await ended(url, canceled);
  await keep("refused", launchRefused(url, { job: "count_boats", tags: { "harbour/berth": "none" } }));
  await keep("queued", job("count_boats", { tags: { "harbour/berth": "later" } }));
  await reached(url, started, "STARTED");
  await backfilled(url, partitions);
  return runs;
}

/** Does a list of things, two at a time: each starts a process of Python. */
async function inPairs(tasks: readonly (() => Promise<void>)[]): Promise<void> {
  const left = [...tasks];
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await next();
  };
  await Promise.all([work(), work()]);
}
