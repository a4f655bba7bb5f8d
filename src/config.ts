/**
 * The settings, and where each came from. This is the only place that reads `process.env`.
 *
 * What is named nearer wins: flags, then a config file named by a flag, then environment variables, then the
 * config file that was found or named by `RUNLENS_CONFIG`, then defaults.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import { ACCOUNT_VARIABLES, type CloudOptions, readCloud } from "./config-cloud.ts";
import { DEPLOYMENT_VARIABLES, readDagster } from "./config-dagster.ts";
import type {
  ArtifactsSettings,
  CloudSettings,
  DagsterSettings,
  ParadimeSettings,
  SourceInput,
  SourceSettings,
} from "./config-file.ts";
import { readParadime, WORKSPACE_VARIABLES } from "./config-paradime.ts";
import { mergeServer, readServer, type ServerSettings, serverOf } from "./config-server.ts";
import {
  type Environment,
  readBoolean,
  readLevel,
  readSeconds,
  readText,
  splitPaths,
  toPath,
  toStore,
} from "./config-values.ts";
import { VARIABLES } from "./config-variables.ts";
import { RunlensError } from "./errors.ts";
import type { LogLevel } from "./log.ts";

export { addressesOf } from "./config-cloud.ts";
export { addressOf } from "./config-dagster.ts";
export { endpointOfWorkspace } from "./config-paradime.ts";
export type { ServerSettings } from "./config-server.ts";

/** Version of the package; the build fills it in. */
export const VERSION = process.env.RUNLENS_VERSION ?? "0.0.0";

export const CONFIG_FILES = ["runlens.yml", "runlens.yaml", "runlens.json"] as const;

/** A source as configured, its paths absolute. */
export type SourceConfig = SourceSettings;
export type ArtifactsConfig = ArtifactsSettings;
export type CloudConfig = CloudSettings;
export type DagsterConfig = DagsterSettings;
export type ParadimeConfig = ParadimeSettings;

export interface Config {
  sources: SourceConfig[];
  /** Absolute folder, or `:memory:`. */
  store: string;
  /** Seconds. */
  cacheTtl: number;
  enableCaching: boolean;
  logLevel: LogLevel;
  /** The fixed time of the clock in epoch milliseconds; null where it runs. */
  now: number | null;
  /** What the server over HTTP is told; each of its settings from the nearest place that has it. */
  server: ServerSettings;
  /** Where each setting came from, for people. */
  origins: Record<"sources" | "store" | "cacheTtl" | "enableCaching" | "logLevel" | "now" | "server", string>;
  /** Where sources were looked for, for the error that there are none. */
  looked: string[];
  /** Names of the variables that the config file takes values from. */
  fileVariables: string[];
}

/** What a caller may set; front ends fill it from their flags, the library from its options. */
export interface Flags {
  envFile?: string;
  config?: string;
  store?: string;
  artifacts?: readonly string[];
  /** The library's account of dbt Cloud; what it leaves out is read from the variables. */
  cloud?: CloudOptions;
  /** The library's sources; with them neither `artifacts` and `cloud` nor anything further away counts. */
  sources?: readonly SourceInput[];
  demo?: boolean;
  /** File of API keys. */
  keys?: string;
  cacheTtl?: number;
  enableCaching?: boolean;
}

/** One place that settings come from; what it does not say is undefined. */
interface Layer {
  origin: (setting: keyof Config["origins"]) => string;
  settings: {
    sources?: SourceConfig[] | undefined;
    store?: string | undefined;
    cacheTtl?: number | undefined;
    enableCaching?: boolean | undefined;
    logLevel?: LogLevel | undefined;
    now?: number | undefined;
    server?: ServerSettings | undefined;
  };
}

/** Root of the package, from `src/` as from `dist/`. */
const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/** Answers name the demo, not the place where the package happens to lie. */
const DEMO_ORIGIN: Pick<Layer, "origin"> = { origin: () => "the demo" };

/** Resolves the settings. Rejects with `CONFIG`, naming the variable, file or key that is wrong. */
export async function loadConfig(
  flags: Flags = {},
  environment: Environment = process.env,
  cwd: string = process.cwd(),
): Promise<Config> {
  const all = withEnvFile(flags, environment, cwd);
  await refuseUnknown(all);
  const demo = flags.demo === true ? join(PACKAGE, "demo", "runlens.yml") : undefined;
  const named = demo ?? (flags.config === undefined ? undefined : resolve(cwd, flags.config));
  const found = named === undefined ? findFile(all, cwd) : undefined;
  const path = named ?? found;
  const file = path === undefined ? null : await fileLayer(path, all);
  const layers: Layer[] = [
    await flagLayer(flags, all, cwd),
    ...(file === null || named === undefined
      ? []
      : [demo === undefined ? file : { ...file, ...DEMO_ORIGIN }]),
    ...(demo === undefined ? [] : [{ ...DEMO_ORIGIN, settings: { store: ":memory:" } }]),
    environmentLayer(all, cwd, file?.variables ?? []),
    ...(file === null || named !== undefined ? [] : [file]),
    await defaultLayer(cwd),
  ];
  return { ...merge(layers), looked: looked(cwd, path), fileVariables: file?.variables ?? [] };
}

function withEnvFile(flags: Flags, environment: Environment, cwd: string): Environment {
  if (flags.envFile === undefined) return environment;
  const file = resolve(cwd, flags.envFile);
  try {
    return { ...parseEnv(readFileSync(file, "utf8")), ...environment };
  } catch (cause) {
    throw new RunlensError("CONFIG", `The file ${file} cannot be read.`, "Correct --env-file.", { cause });
  }
}

async function refuseUnknown(environment: Environment): Promise<void> {
  const known = VARIABLES.map((variable): string => variable.name).filter((name) =>
    name.startsWith("RUNLENS_"),
  );
  const unknown = Object.keys(environment).find(
    (name) => name.startsWith("RUNLENS_") && !known.includes(name),
  );
  if (unknown === undefined) return;
  const { knownNames } = await import("./config-file.ts");
  throw new RunlensError("CONFIG", `Unknown variable ${unknown}.`, knownNames(unknown, known));
}

function findFile(environment: Environment, cwd: string): string | undefined {
  const named = readText(environment, "RUNLENS_CONFIG");
  if (named !== undefined) return toPath(named, cwd);
  return CONFIG_FILES.map((name) => join(cwd, name)).find((file) => existsSync(file));
}

async function flagLayer(flags: Flags, environment: Environment, cwd: string): Promise<Layer> {
  const names: Partial<Record<keyof Config["origins"], string>> = {
    sources: flags.sources === undefined && flags.cloud === undefined ? "--artifacts" : "an option",
    store: "--store",
    server: "--keys",
  };
  return {
    origin: (setting) => names[setting] ?? "an option",
    settings: {
      sources: await givenSources(flags, environment, cwd),
      store: flags.store === undefined ? undefined : toStore(flags.store, cwd),
      cacheTtl: flags.cacheTtl,
      enableCaching: flags.enableCaching,
      server: flags.keys === undefined ? undefined : { keys: toPath(flags.keys, cwd) },
    },
  };
}

async function givenSources(
  { sources, cloud, artifacts = [] }: Flags,
  environment: Environment,
  cwd: string,
): Promise<SourceConfig[] | undefined> {
  if (sources !== undefined) {
    const { checkSources } = await import("./config-file.ts");
    return checkSources(sources).map((source) => absolute(source, cwd));
  }
  const account = cloud === undefined ? null : readCloud(environment, cloud);
  return listed(
    account,
    artifacts.length === 0 ? null : { type: "artifacts", path: toPaths(artifacts, cwd) },
  );
}

/** The sources that there are; undefined where there is none, so that something further away may name some. */
function listed(...sources: (SourceConfig | null)[]): SourceConfig[] | undefined {
  const those = sources.filter((source) => source !== null);
  return those.length === 0 ? undefined : those;
}

function absolute(source: SourceSettings, base: string): SourceConfig {
  return source.type === "artifacts" ? { ...source, path: toPaths(source.path, base) } : source;
}

function toPaths(paths: readonly string[], base: string): string[] {
  return paths.map((path) => toPath(path, base));
}

/** `taken` are variables that the config file uses: what it makes of them is not made a second time. */
function environmentLayer(environment: Environment, cwd: string, taken: readonly string[]): Layer {
  const isTaken = (names: readonly string[]) => names.some((name) => taken.includes(name));
  const names = {
    store: "RUNLENS_STORE",
    cacheTtl: "DBT_CACHE_TTL",
    enableCaching: "DBT_ENABLE_CACHING",
    logLevel: "DBT_DISCOVERY_LOG_LEVEL",
    now: "the environment",
    server: "the environment",
  };
  // Asked only where nothing nearer names sources: half an account does not keep the demo from starting.
  const account = () => (isTaken(ACCOUNT_VARIABLES) ? null : readCloud(environment));
  const deployment = () => (isTaken(DEPLOYMENT_VARIABLES) ? null : readDagster(environment));
  const workspace = () => (isTaken(WORKSPACE_VARIABLES) ? null : readParadime(environment));
  const artifacts = (): ArtifactsConfig | null => {
    const paths = readText(environment, "DBT_ARTIFACTS_PATH");
    return paths === undefined ? null : { type: "artifacts", path: splitPaths(paths, cwd) };
  };
  const store = readText(environment, names.store);
  return {
    origin(setting) {
      if (setting !== "sources") return names[setting];
      const dagster = deployment();
      const used = [
        account() && "DBT_SERVICE_TOKEN",
        dagster && (dagster.url === undefined ? "DAGSTER_CLOUD_ORGANIZATION" : "DAGSTER_GRAPHQL_URL"),
        workspace() && "PARADIME_API_ENDPOINT",
        artifacts() && "DBT_ARTIFACTS_PATH",
      ];
      return used.filter((name) => name !== null).join(", ");
    },
    settings: {
      get sources() {
        return listed(account(), deployment(), workspace(), artifacts());
      },
      store: store === undefined ? undefined : toStore(store, cwd),
      cacheTtl: readSeconds(environment, names.cacheTtl),
      enableCaching: readBoolean(environment, names.enableCaching),
      logLevel: readLevel(environment, names.logLevel),
      server: readServer(environment, cwd),
    },
  };
}

async function fileLayer(file: string, environment: Environment): Promise<Layer & { variables: string[] }> {
  const { readConfigFile } = await import("./config-file.ts");
  const { settings: written, variables } = await readConfigFile(file, environment);
  const base = dirname(file);
  return {
    variables,
    origin: () => file,
    settings: {
      sources: written.sources?.map((source) => absolute(source, base)),
      store: written.store === undefined ? undefined : toStore(written.store, base),
      cacheTtl: written.cache_ttl,
      enableCaching: written.enable_caching,
      logLevel: written.log_level,
      now: written.now === undefined ? undefined : Date.parse(written.now),
      server:
        written.server === undefined
          ? undefined
          : serverOf(written.server, base, (key) => `${file}: server.${key}`),
    },
  };
}

async function defaultLayer(cwd: string): Promise<Layer> {
  const { default: envPaths } = await import("env-paths");
  const target = join(cwd, "target");
  return {
    origin: (setting) => (setting === "sources" ? "./target" : "default"),
    settings: {
      sources: existsSync(target) ? [{ type: "artifacts", path: [target] }] : undefined,
      store: envPaths("runlens", { suffix: "" }).cache,
      cacheTtl: 300,
      enableCaching: true,
      logLevel: "WARNING",
    },
  };
}

function merge(layers: readonly Layer[]): Omit<Config, "looked" | "fileVariables"> {
  const origins: Config["origins"] = {
    sources: "nowhere",
    store: "default",
    cacheTtl: "default",
    enableCaching: "default",
    logLevel: "default",
    now: "the machine",
    server: "default",
  };
  const pick = <Name extends Exclude<keyof Config["origins"], "server">>(name: Name) => {
    for (const { settings, origin } of layers) {
      const value = settings[name];
      if (value === undefined) continue;
      origins[name] = origin(name);
      return value;
    }
    return undefined;
  };
  const told = layers.filter(({ settings }) => settings.server !== undefined);
  if (told.length > 0) origins.server = told.map(({ origin }) => origin("server")).join(", ");
  return {
    sources: pick("sources") ?? [],
    store: pick("store") ?? ":memory:",
    cacheTtl: pick("cacheTtl") ?? 300,
    enableCaching: pick("enableCaching") ?? true,
    logLevel: pick("logLevel") ?? "WARNING",
    now: pick("now") ?? null,
    server: mergeServer(told.map(({ settings }) => settings.server)),
    origins,
  };
}

function looked(cwd: string, file: string | undefined): string[] {
  const files = file === undefined ? CONFIG_FILES.map((name) => join(cwd, name)) : [file];
  return [
    "DBT_SERVICE_TOKEN",
    "DAGSTER_GRAPHQL_URL",
    "PARADIME_API_ENDPOINT",
    "DBT_ARTIFACTS_PATH",
    "RUNLENS_CONFIG",
    ...files,
    join(cwd, "target"),
  ];
}

/** What to tell a caller where no source is configured. */
export function unconfigured(config: Config): RunlensError {
  return new RunlensError(
    "CONFIG",
    "No data is configured.",
    "Set DBT_ARTIFACTS_PATH to a folder of dbt artifacts (the target folder of a dbt project, as an absolute path), or DBT_SERVICE_TOKEN and DBT_ACCOUNT_ID to read dbt Cloud, or DAGSTER_GRAPHQL_URL to read Dagster, or PARADIME_API_ENDPOINT and PARADIME_API_SECRET to read Paradime, or list sources in runlens.yml. " +
      `Looked at ${config.looked.join(", ")}. \`runlens demo\` shows answers without any data of your own.`,
  );
}
