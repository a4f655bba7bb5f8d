/** A real Dagster: its webserver over an instance in a folder of its own, in which runs of every kind were made. */
import { accessSync, constants, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listAt, objectAt } from "../places.ts";
import { ask } from "./graphql.ts";
import { type Installation, PROJECT, program } from "./installation.ts";
import { type Extent, makeFewRuns, makeRuns, type RunName } from "./scenario.ts";
import { freePort, type Service, startService, until } from "./service.ts";

export interface Dagster {
  installation: Installation;
  /** Where the webserver listens, without a path. */
  url: string;
  /** The instance's folder. */
  home: string;
  /** Ids of the runs that were made through the webserver. */
  runs: ReadonlyMap<RunName, string>;
  /** Stops all that runs, and removes the folder. */
  close(): Promise<void>;
}

export interface DagsterOptions {
  /** Chosen by the system if it is 0. */
  port?: number;
  extent?: Extent;
}

/** Builds it from nothing but the installed packages; a minute or two, half of one for few runs. */
export async function openDagster(
  installation: Installation,
  { port = 0, extent = "all" }: DagsterOptions = {},
): Promise<Dagster> {
  const home = mkdtempSync(join(fastFolder(), "runlens-dagster-"));
  const services: Service[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
    rmSync(home, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    copyFileSync(join(PROJECT, "dagster.yaml"), join(home, "dagster.yaml"));
    const start = (name: string, args: readonly string[]): Service => {
      const service = startService(program(installation, name), args, {
        cwd: PROJECT,
        env: environment(home),
      });
      services.push(service);
      return service;
    };
    const workspace = ["--workspace", installation.workspace];
    const chosen = port === 0 ? await freePort() : port;
    const url = `http://127.0.0.1:${chosen}`;
    const webserver = start("dagster-webserver", ["-h", "127.0.0.1", "-p", String(chosen), ...workspace]);
    // The first process that opens an instance creates its tables: the others wait for it.
    await loaded(url, webserver);
    if (extent === "few") return { installation, url, home, runs: await makeFewRuns(url), close };
    const daemon = start("dagster-daemon", ["run", ...workspace]);
    const [runs] = await Promise.all([
      makeRuns(url, () => writeFileSync(join(home, "flag"), "")),
      finished(start("python", ["history.py", installation.harbour])),
    ]);
    await ticked(url, daemon);
    if (installation.judgesFreshness) await judged(url);
    await daemon.stop();
    await finished(start("python", ["silence.py"]));
    return { installation, url, home, runs, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Nothing of this process's environment but where programs are; the instance's folder is the home, too. */
function environment(home: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    TZ: "UTC",
    DAGSTER_HOME: home,
    DAGSTER_DISABLE_TELEMETRY: "1",
    FRESHNESS_DAEMON_INTERVAL_SECONDS: "5",
    PYTHONPATH: PROJECT,
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONWARNINGS: "ignore",
  };
}

/** A folder in memory where there is one: SQLite waits for the disk at every event. */
function fastFolder(): string {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm";
  } catch {
    return tmpdir();
  }
}

/** Waits until the webserver answers and has tried to load every code location. */
function loaded(url: string, webserver: Service): Promise<true> {
  return until(
    async () => {
      if (webserver.hasEnded()) throw new Error(`the webserver has ended: ${webserver.said()}`);
      const answer = await ask(url, LOCATIONS).catch(() => null);
      if (answer === null) return null;
      const entries = listAt(objectAt(answer, "workspaceOrError"), "locationEntries");
      return entries.every(({ loadStatus }) => loadStatus === "LOADED") || null;
    },
    90,
    () => `the webserver does not answer: ${webserver.said()}`,
  );
}

const LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus } } } }";

/** Waits until every schedule and sensor that runs has had its turn. */
function ticked(url: string, daemon: Service): Promise<true> {
  return until(
    async () => {
      if (daemon.hasEnded()) throw new Error(`the daemon has ended: ${daemon.said()}`);
      const repository = objectAt(await ask(url, TICKS), "repositoryOrError");
      const states = [
        ...listAt(repository, "schedules").map((schedule) => objectAt(schedule, "scheduleState")),
        ...listAt(repository, "sensors").map((sensor) => objectAt(sensor, "sensorState")),
      ].filter(({ status }) => status === "RUNNING");
      return states.every((state) => listAt(state, "ticks").some(hasEnded)) || null;
    },
    90,
    () => `not every schedule and sensor had a tick: ${daemon.said()}`,
  );
}

const hasEnded = ({ status }: Record<string, unknown>): boolean => status !== "STARTED";

const TICKS = `{ repositoryOrError(
  repositorySelector: { repositoryName: "__repository__", repositoryLocationName: "harbour" }
) { ... on Repository {
  schedules { scheduleState { status ticks(limit: 2) { status } } }
  sensors { sensorState { status ticks(limit: 2) { status } } } } } }`;

/** Waits until what was made a minute ago is no longer fresh. */
function judged(url: string): Promise<true> {
  return until(
    async () => {
      const assets = listAt(await ask(url, FRESHNESS), "assetNodes");
      const words = assets.map((asset) => objectAt(asset, "freshnessStatusInfo").freshnessStatus);
      return words.every((word) => word === "DEGRADED" || word === "WARNING") || null;
    },
    90,
    () => "what was made a minute ago is still fresh",
  );
}

const FRESHNESS = `{ assetNodes(assetKeys: [{ path: ["fuel_sales"] }, { path: ["water_sales"] }]) {
  freshnessStatusInfo { freshnessStatus } } }`;

async function finished(service: Service): Promise<void> {
  await until(
    async () => service.hasEnded() || null,
    120,
    () => `does not end: ${service.said()}`,
  );
  if (service.exitCode() !== 0) throw new Error(`ended with ${service.exitCode()}: ${service.said()}`);
}
