/** The config file: YAML (JSON is YAML too), read strictly, with `${VARIABLE}` filled in from the environment. */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import * as z from "zod";
import type { Environment } from "./config-values.ts";
import { nearest } from "./core/nearest.ts";
import { RunlensError } from "./errors.ts";
import { LOG_LEVELS } from "./log.ts";

/** Types of sources that this version can read. */
export const SOURCE_TYPES = ["artifacts"] as const;

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

const Source = z.strictObject({
  type: z.enum(SOURCE_TYPES),
  path: texts,
  id: text.optional(),
  environment: text.optional(),
  project_id: text.optional(),
  jobs: z.array(Job).optional(),
  project_filter: ProjectFilter.optional(),
});

const File = z.strictObject({
  sources: z.array(Source).optional(),
  store: text.optional(),
  cache_ttl: z.number().min(0).optional(),
  enable_caching: z.boolean().optional(),
  log_level: z.enum(LOG_LEVELS).optional(),
  now: z.iso.datetime({ offset: true }).optional(),
});

export type SourceSettings = z.output<typeof Source>;
/** A source as it is written in a config file, or given to the library. */
export type SourceInput = z.input<typeof Source>;
export type FileSettings = z.infer<typeof File>;

/**
 * Reads and checks a config file. Every failure is `CONFIG` and names the file and the key: unreadable, no
 * YAML, an unknown key (with the known ones, nearest first), a wrong value, a variable that is not set.
 */
export async function readConfigFile(file: string, environment: Environment): Promise<FileSettings> {
  const content = await readText(file);
  let written: unknown;
  try {
    written = parse(content) ?? {};
  } catch (cause) {
    const where = cause instanceof Error ? cause.message.split("\n")[0] : "unreadable";
    throw new RunlensError("CONFIG", `${file} is no valid YAML: ${where}`, "Correct the file.", { cause });
  }
  const parsed = File.safeParse(expand(written, environment, file));
  if (parsed.success) return parsed.data;
  throw describe(file, telling(parsed.error.issues), written);
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

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
}

/** Fills in `${NAME}` everywhere; the value of a variable is never shown. */
function expand(value: unknown, environment: Environment, file: string): unknown {
  if (typeof value === "string") {
    return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
      const filled = environment[name];
      if (filled !== undefined && filled !== "") return filled;
      throw new RunlensError(
        "CONFIG",
        `${file} uses \${${name}}, which is not set.`,
        `Set the variable ${name}.`,
      );
    });
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, environment, file));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, expand(item, environment, file)]),
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
    const known = knownKeys(issue.path);
    return new RunlensError("CONFIG", `${file}: unknown key "${key}" in ${where}.`, knownNames(key, known));
  }
  const type = at(written, issue?.path ?? []);
  if (issue?.path.at(-1) === "type") {
    const types = SOURCE_TYPES.join(", ");
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

function knownKeys(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(File.shape);
  if (path.includes("jobs")) return Object.keys(Job.shape);
  return Object.keys(path.includes("project_filter") ? ProjectFilter.shape : Source.shape);
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let inner = value;
  for (const key of path)
    inner = typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined;
  return inner;
}
