/**
 * The composition root: from settings to something that can be asked. Everything heavy (the store, the sources,
 * YAML, time zones) is loaded by the first question, so that a server has started long before.
 */

import { delimiter } from "node:path";
import { LRUCache } from "lru-cache";
import type {
  ArtifactsConfig,
  CloudConfig,
  Config,
  DagsterConfig,
  ParadimeConfig,
  SourceConfig,
} from "./config.ts";
import { withoutUndefined } from "./config-values.ts";
import type { Account } from "./core/account.ts";
import type { Clock, Forgettable, Knowledge } from "./core/knowledge.ts";
import type { StandingFilter } from "./core/scope.ts";
import { cancelled, RunlensError } from "./errors.ts";
import type { Ask, AskOptions } from "./frontends/ask.ts";
import { cleanAnswer } from "./frontends/clean.ts";
import type { Log } from "./log.ts";
import type { IngestReport } from "./maintenance.ts";
import type { Probe, Source } from "./sources/source.ts";
import type { Store, StoreState } from "./store/port.ts";
import { systemClock } from "./sync/clock.ts";
import type { Sync } from "./sync/sync.ts";

export interface AppOptions {
  /** Asked once, by the first question. */
  config: () => Promise<Config>;
  log: Log;
  /**
   * `server` answers within a client's patience and may refresh behind; `cli` and `library` wait for what was
   * asked.
   */
  frontend: "cli" | "server" | "library";
  /** Instead of the machine's clock, or of the fixed one of the config file. */
  clock?: Clock;
  /** Choices of projects that every answer keeps to, beside those of the sources. */
  filters?: readonly StandingFilter[];
}

/** How one source stands, for `doctor`. */
export interface SourceProbe extends Probe {
  id: string;
  label: string;
}

export interface App {
  readonly ask: Ask;
  /**
   * The same for a caller who may see these projects alone (ids, names, or `source/id`): nothing that they are told
   * names another one. For null it is `ask`.
   */
  askAbout(projects: readonly string[] | null): Ask;
  readonly log: Log;
  /** What the library's objects ask; opens everything when first asked. */
  readonly knowledge: Knowledge;
  /** Choices of projects that every answer keeps to; those of the sources join them when they are opened. */
  readonly filters: readonly StandingFilter[];
  config(): Promise<Config>;
  forget(what: Forgettable): Promise<void>;
  /** Puts artifacts into the store for good; resolves once they are published. */
  ingest(paths: readonly string[], options: AskOptions): Promise<IngestReport>;
  /** Removes all that the store keeps. */
  removeStore(signal: AbortSignal): Promise<void>;
  /** How the store stands; `degraded` says why nothing could be written to it. */
  storeState(): Promise<StoreState>;
  probe(signal: AbortSignal): Promise<SourceProbe[]>;
  /** Ends all work; nothing can be asked afterwards. */
  close(): Promise<void>;
}

/** Everything that is open while a process answers. */
interface Engine {
  config: Config;
  store: Store;
  sources: readonly Source[];
  sync: Sync;
}

/** Choices of projects whose answers are remembered apart. */
const MOST_ACCOUNTS = 100;

/** How long a server makes its caller wait before it answers with what is there; clients give up after 60 s. */
const DEADLINE_MS = 45_000;

export function createApp(options: AppOptions): App {
  const filters = [...(options.filters ?? [])];
  let opening: Promise<Engine> | null = null;
  let closed = false;
  const open = (): Promise<Engine> => {
    if (closed) return Promise.reject(cancelled());
    opening ??= openEngine(options).then(
      (engine) => {
        filters.push(...filtersOf(engine));
        return engine;
      },
      (error: unknown) => {
        // The next question tries again: a folder may be there by then.
        opening = null;
        throw error;
      },
    );
    return opening;
  };
  const knowledge = lazyKnowledge(open, options.clock);
  const accounts = new LRUCache<string, Account>({ max: MOST_ACCOUNTS });
  const askAbout =
    (projects: readonly string[] | null): Ask =>
    async (operation, input, call) => {
      await open();
      const key = JSON.stringify(projects);
      let account = accounts.get(key);
      if (account === undefined) {
        account = await openAccount(knowledge, filters, projects);
        accounts.set(key, account);
      }
      return cleanAnswer(await operation.run(input, { account, ...call }));
    };
  return {
    log: options.log,
    knowledge,
    filters,
    ask: askAbout(null),
    askAbout,
    config: options.config,
    forget: async (what) => (await open()).sync.invalidate(what),
    ingest: async (paths, call) => ingestInto(await open(), paths, call),
    async removeStore(signal) {
      const { removeStore } = await import("./maintenance.ts");
      await removeStore((await options.config()).store, signal);
    },
    async storeState() {
      const { store } = await open();
      // The store finds out how it stands when it is used.
      (await store.snapshot()).release();
      const { whyNotWritable } = await import("./maintenance.ts");
      const { state } = store;
      if (state.mode === "memory") return state;
      return { ...state, degraded: await whyNotWritable(state.location) };
    },
    async probe(signal) {
      const { sources } = await open();
      return Promise.all(
        sources.map(async (source) => ({
          id: source.ref.id,
          label: source.label,
          ...(await source.probe(signal)),
        })),
      );
    },
    async close() {
      if (closed) return;
      closed = true;
      const engine = await opening?.catch(() => null);
      if (engine !== null && engine !== undefined) await closeEngine(engine);
    },
  };
}

async function openEngine(options: AppOptions): Promise<Engine> {
  const config = await options.config();
  options.log.setLevel(config.logLevel);
  const [{ createSync }, { openStore }, { unconfigured }] = await Promise.all([
    import("./sync/sync.ts"),
    import("./store/open.ts"),
    import("./config.ts"),
  ]);
  const clock = options.clock ?? clockOf(config);
  const sources = await Promise.all(config.sources.map((source) => openSource(source, clock)));
  refuseDoubles(sources);
  const store = await openStore({
    address: config.store,
    sourceIds: sources.map((source) => source.ref.id),
    warn: (reason) => options.log.warning(`the store cannot be used, answers come from memory: ${reason}`),
  });
  const sync = createSync({
    store,
    sources,
    clock,
    ttl_s: config.cacheTtl,
    caching: config.enableCaching,
    deadline_ms: options.frontend === "server" ? DEADLINE_MS : null,
    alwaysWait: options.frontend !== "server",
    unconfigured: () => unconfigured(config),
    warn: (message) => options.log.warning(message),
  });
  return { config, store, sources, sync };
}

/** Two sources of one identity would take turns to overwrite each other's facts. */
function refuseDoubles(sources: readonly Source[]): void {
  const ids = sources.map((source) => source.ref.id);
  const double = ids.find((id, index) => ids.indexOf(id) !== index);
  if (double === undefined) return;
  throw new RunlensError(
    "CONFIG",
    `Two of the configured sources are the same: ${double}.`,
    "Leave one of them out, or give each an id of its own.",
  );
}

async function openAccount(
  knowledge: Knowledge,
  filters: readonly StandingFilter[],
  projects: readonly string[] | null,
): Promise<Account> {
  const [{ Account }, { discreet }] = await Promise.all([
    import("./core/account.ts"),
    import("./core/discreet.ts"),
  ]);
  if (projects === null) return new Account(knowledge, { filters });
  // A choice of no project means none here, and all of them in a question.
  const projectIds = projects.length > 0 ? projects : [NO_PROJECT];
  return new Account(discreet(knowledge, projectIds), {
    filters: [...filters, { projectIds }],
    isDiscreet: true,
  });
}

/** No system calls a project so. */
const NO_PROJECT = "\u0000";

async function closeEngine({ sync, sources, store }: Engine): Promise<void> {
  await sync.close();
  await Promise.allSettled(sources.map((source) => source.close()));
  await store.close();
}

/** Reads the paths as a part of the configured source that they belong to. */
async function ingestInto(engine: Engine, paths: readonly string[], call: AskOptions): Promise<IngestReport> {
  const { ingest, ownerOf } = await import("./maintenance.ts");
  const { Ledger } = await import("./sync/ledger.ts");
  const configured = engine.config.sources;
  const owner = await ownerOf(paths, configured);
  const identity = owner === null ? undefined : engine.sources[configured.indexOf(owner)]?.ref.id;
  const source = await openArtifacts({ ...(owner ?? { type: "artifacts" }), path: [...paths] }, identity);
  try {
    const ledger = new Ledger(engine.store);
    const report = await ingest(source, engine.store, {
      ...call,
      now: () => engine.sync.clock.now(),
      entries: (prefix) => ledger.entries(source.ref.id, prefix),
    });
    if (owner !== null) return report;
    const note = `No source of artifacts is configured yet: set DBT_ARTIFACTS_PATH=${paths.join(delimiter)} to ask about what was stored.`;
    return { ...report, notes: [...report.notes, note] };
  } finally {
    await source.close();
  }
}

/** What reads a system is loaded only where a source of it is configured. */
function openSource(source: SourceConfig, clock: Clock): Promise<Source> {
  switch (source.type) {
    case "artifacts":
      return openArtifacts(source);
    case "dbt-cloud":
      return openCloud(source, clock);
    case "dagster":
      return openDagster(source, clock);
    case "paradime":
      return openParadime(source, clock);
  }
}

async function openArtifacts(source: ArtifactsConfig, identity = source.id): Promise<Source> {
  const { createArtifactsSource } = await import("./sources/artifacts/source.ts");
  const { path, environment, project_id, jobs, project_filter } = source;
  return createArtifactsSource({
    paths: path,
    ...(identity === undefined ? {} : { id: identity }),
    ...(environment === undefined ? {} : { environment }),
    ...(project_id === undefined ? {} : { projectId: project_id }),
    ...(jobs === undefined ? {} : { jobs: jobs.map(withoutUndefined) }),
    ...(project_filter === undefined ? {} : { projectFilter: project_filter }),
  });
}

async function openCloud(account: CloudConfig, clock: Clock): Promise<Source> {
  const [{ createDbtCloudSource }, { sourceOptions }] = await Promise.all([
    import("./sources/dbt-cloud/source.ts"),
    import("./config-cloud.ts"),
  ]);
  return createDbtCloudSource({ ...sourceOptions(account), clock });
}

async function openDagster(deployment: DagsterConfig, clock: Clock): Promise<Source> {
  const [{ createDagsterSource }, { deploymentOptions }] = await Promise.all([
    import("./sources/dagster/source.ts"),
    import("./config-dagster.ts"),
  ]);
  return createDagsterSource({ ...deploymentOptions(deployment), clock });
}

async function openParadime(workspace: ParadimeConfig, clock: Clock): Promise<Source> {
  const [{ createParadimeSource }, { workspaceOptions }] = await Promise.all([
    import("./sources/paradime/source.ts"),
    import("./config-paradime.ts"),
  ]);
  return createParadimeSource({ ...workspaceOptions(workspace), clock });
}

/** The machine's clock, or one that stands still at the configured time. */
function clockOf({ now }: Config): Clock {
  const clock = systemClock();
  return now === null ? clock : { ...clock, now: () => now };
}

/** The standing filters of the sources, which also hold for facts that came into the store without them. */
function filtersOf({ config, sources }: Engine): StandingFilter[] {
  return config.sources.flatMap(({ project_filter: filter }, index) => {
    const sourceId = sources[index]?.ref.id;
    if (filter === undefined || sourceId === undefined) return [];
    const { project_ids, include_or_exclude } = filter;
    return [{ sourceId, projectIds: project_ids, includeOrExclude: include_or_exclude }];
  });
}

/** What every answer has to say about the configuration. */
function notesOf({ now, origins }: Config): string[] {
  if (now === null) return [];
  const time = new Date(now).toISOString();
  return [`The clock stands at ${time}, as ${origins.now} says: ages and windows are counted from then.`];
}

/**
 * The core's port, which opens everything with the first question, and adds to every answer what has to be
 * said of the configuration. Only `sources` and the clock are asked without waiting; before the first question
 * there are no sources, and the clock is the machine's.
 */
function lazyKnowledge(open: () => Promise<Engine>, clock: Clock | undefined): Knowledge {
  let engine: Engine | null = null;
  const machine = systemClock();
  const opened = async () => {
    engine ??= await open();
    return engine;
  };
  return {
    async ready() {
      await opened();
    },
    async view(need, options) {
      const { sync, config } = await opened();
      const view = await sync.view(need, options);
      return { ...view, notes: [...(clock === undefined ? notesOf(config) : []), ...view.notes] };
    },
    code: async (...given) => (await opened()).sync.code(...given),
    log: async (...given) => (await opened()).sync.log(...given),
    events: async (...given) => (await opened()).sync.events(...given),
    invalidate: async (what) => (await opened()).sync.invalidate(what),
    sources: () => engine?.sync.sources() ?? [],
    clock: {
      now: () => (engine?.sync.clock ?? clock ?? machine).now(),
      sleep: async (ms, signal) => (await opened()).sync.clock.sleep(ms, signal),
    },
  };
}
