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
import type { FileSettings, SourceInput, SourceSettings } from "./config-file.ts";
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
import { RunlensError } from "./errors.ts";
import { LOG_LEVELS, type LogLevel } from "./log.ts";

/** Version of the package; the build fills it in. */
export const VERSION = process.env.RUNLENS_VERSION ?? "0.0.0";

/** Every environment variable that runlens reads. `.env.example` and the docs are made of this table. */
export const VARIABLES = [
  {
    name: "DBT_ARTIFACTS_PATH",
    example: "/path/to/dbt/target",
    meaning: `Folder of dbt artifacts (a target folder, or a tree of archived ones); several are separated by commas or by the character that separates paths in PATH.`,
    default: "./target, where there is one",
  },
  {
    name: "RUNLENS_STORE",
    example: ":memory:",
    meaning: "Folder of the store, or :memory: to keep nothing.",
    default: "the user's cache folder",
  },
  {
    name: "RUNLENS_CONFIG",
    example: "/path/to/runlens.yml",
    meaning: "Config file with several sources.",
    default: "./runlens.yml, ./runlens.yaml or ./runlens.json, where there is one",
  },
  {
    name: "DBT_CACHE_TTL",
    example: "300",
    meaning: "Seconds for which facts are fresh.",
    default: "300",
  },
  {
    name: "DBT_ENABLE_CACHING",
    example: "true",
    meaning: "false: every question fetches first.",
    default: "true",
  },
  {
    name: "DBT_DISCOVERY_LOG_LEVEL",
    example: "WARNING",
    meaning: `What is written to stderr: ${LOG_LEVELS.join(", ")}.`,
    default: "WARNING",
  },
] as const;

export const CONFIG_FILES = ["runlens.yml", "runlens.yaml", "runlens.json"] as const;

/** A source as configured, its paths absolute. */
export type SourceConfig = SourceSettings;

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
  /** Where each setting came from, for people. */
  origins: Record<"sources" | "store" | "cacheTtl" | "enableCaching" | "logLevel" | "now", string>;
  /** Where sources were looked for, for the error that there are none. */
  looked: string[];
}

/** What a caller may set; front ends fill it from their flags, the library from its options. */
export interface Flags {
  envFile?: string;
  config?: string;
  store?: string;
  artifacts?: readonly string[];
  /** The library's sources; with them neither `artifacts` nor anything further away counts. */
  sources?: readonly SourceInput[];
  demo?: boolean;
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
  const layers: Layer[] = [
    await flagLayer(flags, cwd),
    ...(named === undefined
      ? []
      : [{ ...(await fileLayer(named, all)), ...(demo === undefined ? {} : DEMO_ORIGIN) }]),
    ...(demo === undefined ? [] : [{ ...DEMO_ORIGIN, settings: { store: ":memory:" } }]),
    environmentLayer(all, cwd),
    ...(found === undefined ? [] : [await fileLayer(found, all)]),
    await defaultLayer(cwd),
  ];
  return merge(layers, looked(cwd, found ?? named));
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

async function flagLayer(flags: Flags, cwd: string): Promise<Layer> {
  const names: Partial<Record<keyof Config["origins"], string>> = {
    sources: "--artifacts",
    store: "--store",
  };
  return {
    origin: (setting) => names[setting] ?? "an option",
    settings: {
      sources: await givenSources(flags, cwd),
      store: flags.store === undefined ? undefined : toStore(flags.store, cwd),
      cacheTtl: flags.cacheTtl,
      enableCaching: flags.enableCaching,
    },
  };
}

async function givenSources(
  { sources, artifacts = [] }: Flags,
  cwd: string,
): Promise<SourceConfig[] | undefined> {
  if (sources !== undefined) {
    const { checkSources } = await import("./config-file.ts");
    return checkSources(sources).map((source) => absolute(source, cwd));
  }
  return artifacts.length === 0 ? undefined : [absolute({ type: "artifacts", path: [...artifacts] }, cwd)];
}

function absolute(source: SourceSettings, base: string): SourceConfig {
  return { ...source, path: source.path.map((path) => toPath(path, base)) };
}

function environmentLayer(environment: Environment, cwd: string): Layer {
  const names = {
    sources: "DBT_ARTIFACTS_PATH",
    store: "RUNLENS_STORE",
    cacheTtl: "DBT_CACHE_TTL",
    enableCaching: "DBT_ENABLE_CACHING",
    logLevel: "DBT_DISCOVERY_LOG_LEVEL",
    now: "the environment",
  };
  const artifacts = readText(environment, names.sources);
  const store = readText(environment, names.store);
  return {
    origin: (setting) => names[setting],
    settings: {
      sources:
        artifacts === undefined ? undefined : [{ type: "artifacts", path: splitPaths(artifacts, cwd) }],
      store: store === undefined ? undefined : toStore(store, cwd),
      cacheTtl: readSeconds(environment, names.cacheTtl),
      enableCaching: readBoolean(environment, names.enableCaching),
      logLevel: readLevel(environment, names.logLevel),
    },
  };
}

async function fileLayer(file: string, environment: Environment): Promise<Layer> {
  const { readConfigFile } = await import("./config-file.ts");
  const written: FileSettings = await readConfigFile(file, environment);
  const base = dirname(file);
  return {
    origin: () => file,
    settings: {
      sources: written.sources?.map((source) => absolute(source, base)),
      store: written.store === undefined ? undefined : toStore(written.store, base),
      cacheTtl: written.cache_ttl,
      enableCaching: written.enable_caching,
      logLevel: written.log_level,
      now: written.now === undefined ? undefined : Date.parse(written.now),
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

function merge(layers: readonly Layer[], lookedAt: string[]): Config {
  const origins: Config["origins"] = {
    sources: "nowhere",
    store: "default",
    cacheTtl: "default",
    enableCaching: "default",
    logLevel: "default",
    now: "the machine",
  };
  const pick = <Name extends keyof Layer["settings"]>(name: Name) => {
    for (const { settings, origin } of layers) {
      const value = settings[name];
      if (value === undefined) continue;
      origins[name] = origin(name);
      return value;
    }
    return undefined;
  };
  return {
    sources: pick("sources") ?? [],
    store: pick("store") ?? ":memory:",
    cacheTtl: pick("cacheTtl") ?? 300,
    enableCaching: pick("enableCaching") ?? true,
    logLevel: pick("logLevel") ?? "WARNING",
    now: pick("now") ?? null,
    origins,
    looked: lookedAt,
  };
}

function looked(cwd: string, file: string | undefined): string[] {
  const files = file === undefined ? CONFIG_FILES.map((name) => join(cwd, name)) : [file];
  return ["DBT_ARTIFACTS_PATH", "RUNLENS_CONFIG", ...files, join(cwd, "target")];
}

/** What to tell a caller where no source is configured. */
export function unconfigured(config: Config): RunlensError {
  return new RunlensError(
    "CONFIG",
    "No data is configured.",
    "Set DBT_ARTIFACTS_PATH to a folder of dbt artifacts (the target folder of a dbt project, as an absolute path), or list sources in runlens.yml. " +
      `Looked at ${config.looked.join(", ")}. \`runlens demo\` shows answers without any data of your own.`,
  );
}
