/** The config file: YAML (JSON is YAML too), read strictly, with `${VARIABLE}` filled in from the environment. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";
import type { Environment } from "./config-values.ts";
import { nearest } from "./core/nearest.ts";
import { RunlensError } from "./errors.ts";
import { LOG_LEVELS } from "./log.ts";

const text = z.string().min(1);
const texts = z.union([text.transform((one) => [one]), z.array(text).min(1)]);

const Job = z.strictObject({
  id: text,
  name: text.optional(),
  /** Command lines that belong to this job; `*` stands for anything. */
  match: texts,
  schedule: text.optional(),
});

const ProjectFilter = z.strictObject({
  project_ids: z.array(text).min(1),
  include_or_exclude: z.enum(["include", "exclude"]).default("include"),
});

const Artifacts = z.strictObject({
  type: z.literal("artifacts"),
  path: texts,
  id: text.optional(),
  environment: text.optional(),
  project_id: text.optional(),
  jobs: z.array(Job).optional(),
  project_filter: ProjectFilter.optional(),
});

const DbtCloud = z.strictObject({
  type: z.literal("dbt-cloud"),
  token: text,
  account_id: z.union([text, z.int().positive().transform(String)], {
    error: "the number of an account is needed",
  }),
  host: text.optional(),
  admin_url: text.optional(),
  discovery_url: text.optional(),
  id: text.optional(),
  project_filter: ProjectFilter.optional(),
});

const Dagster = z.strictObject({
  type: z.literal("dagster"),
  /** Of the webserver or of its GraphQL endpoint. */
  url: text.optional(),
  organization: text.optional(),
  deployment: text.optional(),
  token: text.optional(),
  headers: z.record(text, text).optional(),
  environment: text.optional(),
  id: text.optional(),
  project_filter: ProjectFilter.optional(),
});

const Paradime = z.strictObject({
  type: z.literal("paradime"),
  endpoint: text,
  api_key: text.optional(),
  api_secret: text,
  /** Uid, for a token of the whole company. */
  workspace: text.optional(),
  id: text.optional(),
  project_filter: ProjectFilter.optional(),
});

const Source = z.discriminatedUnion("type", [Artifacts, DbtCloud, Dagster, Paradime]);

/** The keys of each type of source that this version can read. */
const SOURCE_KEYS: Readonly<Record<string, string[]>> = {
  artifacts: Object.keys(Artifacts.shape),
  "dbt-cloud": Object.keys(DbtCloud.shape),
  dagster: Object.keys(Dagster.shape),
  paradime: Object.keys(Paradime.shape),
};

const OAuth = z.strictObject({
  issuer: text,
  audience: z.union([text, z.array(text).min(1)]).optional(),
  jwks_uri: text.optional(),
  /** Claim of a token with the projects that its bearer may see. */
  projects_claim: text.optional(),
  per_minute: z.int().min(1).optional(),
});

const Server = z.strictObject({
  /** File of API keys. */
  keys: text.optional(),
  public_url: text.optional(),
  /** File of the audit log. */
  audit: text.optional(),
  oauth: OAuth.optional(),
});

const File = z.strictObject({
  sources: z.array(Source).optional(),
  store: text.optional(),
  cache_ttl: z.number().min(0).optional(),
  enable_caching: z.boolean().optional(),
  log_level: z.enum(LOG_LEVELS).optional(),
  now: z.iso.datetime({ offset: true }).optional(),
  server: Server.optional(),
});

export type ArtifactsSettings = z.output<typeof Artifacts>;
export type CloudSettings = z.output<typeof DbtCloud>;
export type DagsterSettings = z.output<typeof Dagster>;
export type ParadimeSettings = z.output<typeof Paradime>;
export type SourceSettings = z.output<typeof Source>;
/** A source as it is written in a config file, or given to the library. */
export type SourceInput = z.input<typeof Source>;
/** The section `server` as it is written. */
export type ServerInput = z.infer<typeof Server>;
export type FileSettings = z.infer<typeof File>;

export interface ReadFile {
  settings: FileSettings;
  /** Names of the variables that it takes values from. */
  variables: string[];
}

/**
 * Reads and checks a config file. Every failure is `CONFIG` and names the file and the key: unreadable, no
 * YAML, an unknown key (with the known ones, nearest first), a wrong value, a variable that is not set, a token
 * that is written out.
 */
export async function readConfigFile(file: string, environment: Environment): Promise<ReadFile> {
  const content = await readText(file);
  let written: unknown;
  try {
    written = parse(content) ?? {};
  } catch (error) {
    // The lines that the parser shows below its message, also in the log, may have a token in them.
    const where = error instanceof Error ? error.message.split("\n")[0] : "unreadable";
    throw new RunlensError("CONFIG", `${file} is no valid YAML: ${where}`, "Correct the file.");
  }
  const variables = new Set<string>();
  const parsed = File.safeParse(expand(written, environment, file, variables));
  if (!parsed.success) throw describe(file, telling(parsed.error.issues), written);
  refuseTokens(file, written);
  return { settings: parsed.data, variables: [...variables] };
}

/** Checks sources that were given by a program. `CONFIG` where they are wrong. */
export function checkSources(sources: readonly SourceInput[]): SourceSettings[] {
  const given = { sources };
  const parsed = File.safeParse(given);
  if (parsed.success) return parsed.data.sources ?? [];
  throw describe("The option sources", telling(parsed.error.issues), given);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new RunlensError(
      "CONFIG",
      `The config file ${file} cannot be read (${codeOf(cause)}).`,
      "Correct --config or RUNLENS_CONFIG, or make the file readable.",
      { cause },
    );
  }
}

/** Files are shared and find their way into repositories: a secret stands in one only as a variable. */
function refuseTokens(file: string, written: unknown): void {
  const sources = at(written, ["sources"]);
  for (const [index, source] of Array.isArray(sources) ? sources.entries() : []) {
    const headers = Object.entries(objectAt(source, "headers")).filter(([name]) => SECRET_HEADERS.test(name));
    const keys = Object.keys(SECRET_KEYS);
    const secrets = [
      ...keys.map((key) => [key, at(source, [key])] as const),
      ...headers.map(([name, value]) => [`headers.${name}`, value] as const),
    ];
    for (const [key, secret] of secrets) {
      if (secret === undefined || /^\s*((bearer|token|basic)\s+)?\$\{\w+\}\s*$/i.test(String(secret)))
        continue;
      const isDagster = at(source, ["type"]) === "dagster" && key === "token";
      const variable = isDagster ? "DAGSTER_CLOUD_API_TOKEN" : (SECRET_KEYS[key] ?? "A_VARIABLE");
      throw new RunlensError(
        "CONFIG",
        `${file}: sources.${index}.${key} is written out.`,
        `Write ${key}: "\${${variable}}" and set that variable; if others can read the file, make a new one.`,
      );
    }
  }
}

/** Keys of a source that let somebody in, and the variables that usually hold them. */
const SECRET_KEYS: Readonly<Record<string, string>> = {
  token: "DBT_SERVICE_TOKEN",
  api_key: "PARADIME_API_KEY",
  api_secret: "PARADIME_API_SECRET",
};

/** Headers that let somebody in. */
const SECRET_HEADERS = /auth|token|secret|key|cookie|password/i;

function objectAt(value: unknown, key: string): Record<string, unknown> {
  const inner = at(value, [key]);
  return typeof inner === "object" && inner !== null ? { ...inner } : {};
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}

/** Fills in `${NAME}` everywhere and adds the names to `used`; the value of a variable is never shown. */
function expand(value: unknown, environment: Environment, file: string, used: Set<string>): unknown {
  if (typeof value === "string") {
    return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      used.add(name);
      const filled = environment[name];
      if (filled !== undefined && filled !== "") return filled;
      throw new RunlensError(
        "CONFIG",
        `${file} uses \${${name}}, which is not set.`,
        `Set the variable ${name}.`,
      );
    });
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, environment, file, used));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expand(item, environment, file, used)]),
  );
}

/** An unknown type has keys of its own, and a misspelt key is often why another one is missing: these come first. */
function telling(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  return (
    issues.find((issue) => issue.path.at(-1) === "type") ??
    issues.find((issue) => issue.code === "unrecognized_keys") ??
    issues[0]
  );
}

function describe(file: string, issue: z.core.$ZodIssue | undefined, written: unknown): RunlensError {
  const where = issue?.path.map(String).join(".") || "the file";
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    const known = knownKeys(issue.path, written);
    return new RunlensError("CONFIG", `${file}: unknown key "${key}" in ${where}.`, knownNames(key, known));
  }
  if (issue?.path.at(-1) === "type") {
    const type = at(written, issue.path);
    const types = Object.keys(SOURCE_KEYS).join(", ");
    const message = `${file}: the source type ${JSON.stringify(type) ?? "(none)"} is not supported by this version.`;
    return new RunlensError("CONFIG", message, `Known types: ${types}.`);
  }
  return new RunlensError(
    "CONFIG",
    `${file}: ${where} is not valid: ${issue?.message ?? "unreadable"}.`,
    "Correct the file.",
  );
}

/** `Known: ...`, what looks most like `name` first. */
export function knownNames(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return `Known: ${[...near, ...known.filter((other) => !near.includes(other))].join(", ")}.`;
}

function knownKeys(path: readonly PropertyKey[], written: unknown): string[] {
  if (path.length === 0) return Object.keys(File.shape);
  if (path[0] === "server") return Object.keys((path.length === 1 ? Server : OAuth).shape);
  if (path.includes("jobs")) return Object.keys(Job.shape);
  if (path.includes("project_filter")) return Object.keys(ProjectFilter.shape);
  return SOURCE_KEYS[String(at(written, [...path, "type"]))] ?? [];
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const key of path)
    inner = typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined;
  return inner;
}
