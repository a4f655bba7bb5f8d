/** The environment that an artifact is of: what the platform calls it, else dbt's target. */
import { dirname } from "node:path";
import type { EnvironmentType } from "../../core/vocabulary.ts";
import type { EnvironmentRow } from "../../store/units.ts";
import { nearestInTime } from "../dbt/times.ts";
import { labelOf, type WireObject } from "../wire/loose.ts";
import type { ResultsHead } from "./memory.ts";

/** The name where an artifact and the configuration say nothing. */
export const DEFAULT_ENVIRONMENT = "default";

const TYPES: readonly [RegExp, EnvironmentType][] = [
  // Said first: "not production" is none.
  [/^(non|not|no)[-_ ]?(prod|live)/, "other"],
  [/^(prod|prd|production|live)\d*$|^default$/, "production"],
  [/^(stag|uat|preprod|pre-prod|pre_prod)/, "staging"],
  [/^(dev|local|sandbox)/, "development"],
];

/** What kind of environment a name means. */
export function environmentType(name: string): EnvironmentType {
  const lower = name.toLowerCase();
  for (const part of [lower, ...lower.split(/[^a-z0-9]+/)]) {
    const found = TYPES.find(([pattern]) => pattern.test(part));
    if (found) return found[1];
  }
  return "other";
}

function platformType(word: string | null, name: string): EnvironmentType {
  const lower = word?.toLowerCase();
  if (lower === "prod" || lower === "production") return "production";
  if (lower === "staging") return "staging";
  if (lower === "dev" || lower === "development") return "development";
  return environmentType(name);
}

/** The environment that the platform says, in `metadata.env`; null where it says none. */
export function platformEnvironment(env: WireObject): EnvironmentRow | null {
  const id = labelOf(env.DBT_CLOUD_ENVIRONMENT_ID);
  const name = labelOf(env.DBT_CLOUD_ENVIRONMENT_NAME);
  const known = id ?? name;
  if (known === null) return null;
  const type = platformType(labelOf(env.DBT_CLOUD_ENVIRONMENT_TYPE), name ?? known);
  return { environment_id: known, name: name ?? known, type };
}

/** The environment of an invocation with this target; null where nothing says one. */
export function saidEnvironment(
  env: WireObject,
  target: string | null,
  configured: string | null,
): EnvironmentRow | null {
  const name = target ?? configured;
  return platformEnvironment(env) ?? (name === null ? null : environmentNamed(name));
}

export function environmentNamed(name: string): EnvironmentRow {
  return { environment_id: name, name, type: environmentType(name) };
}

/**
 * The environments that results were of. `sources.json` does not say how dbt was called, so that its
 * environment is that of the results beside it, else the one that its project has, and of several the
 * production.
 */
export class Environments {
  readonly #heads: ResultsHead[];

  constructor(heads: readonly ResultsHead[]) {
    this.#heads = [...heads];
  }

  add(head: ResultsHead): void {
    this.#heads.push(head);
  }

  /** The environment of a `sources.json` at `path` that was written at `at`. */
  of(projectId: string, path: string, at: number): EnvironmentRow {
    const own = this.#heads.filter((head) => head.project_id === projectId);
    const beside = own.filter((head) => dirname(head.path) === dirname(path));
    const named = own.filter(({ environment }) => environment.environment_id !== DEFAULT_ENVIRONMENT);
    const production = named.filter(({ environment }) => environment.type === "production");
    for (const heads of [beside, production, named]) {
      const head = nearestInTime(heads, at);
      if (head !== null) return head.environment;
    }
    return environmentNamed(DEFAULT_ENVIRONMENT);
  }
}
