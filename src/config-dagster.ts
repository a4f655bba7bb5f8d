/** A Dagster deployment as environment variables and the library's options name it. */
import type { DagsterSettings } from "./config-file.ts";
import { type Environment, readText, withoutUndefined } from "./config-values.ts";
import { RunlensError } from "./errors.ts";
import type { DagsterOptions } from "./sources/dagster/options.ts";

/** What makes a source of a deployment; the other variables only say more of it. */
export const DEPLOYMENT_VARIABLES = [
  "DAGSTER_GRAPHQL_URL",
  "DAGSTER_CLOUD_ORGANIZATION",
  "DAGSTER_CLOUD_API_TOKEN",
] as const;

/** What each variable of Dagster+ is, for people who have not set it. */
const OF_PLUS = {
  DAGSTER_CLOUD_ORGANIZATION: "the first part of the address of its pages, ORG.dagster.cloud",
  DAGSTER_CLOUD_DEPLOYMENT: "the deployment in that address, e.g. prod",
  DAGSTER_CLOUD_API_TOKEN: "a user token (Organization settings, Tokens)",
} as const;

/**
 * The deployment that the variables describe; null where none of `DEPLOYMENT_VARIABLES` is set. Throws `CONFIG` with
 * the variable that is missing.
 */
export function readDagster(environment: Environment): DagsterSettings | null {
  const value = (name: string) => readText(environment, name);
  if (DEPLOYMENT_VARIABLES.every((name) => value(name) === undefined)) return null;
  const url = value("DAGSTER_GRAPHQL_URL");
  for (const [name, meaning] of url === undefined ? Object.entries(OF_PLUS) : []) {
    if (value(name) === undefined) throw missing(name, meaning);
  }
  const settings = {
    url,
    organization: value("DAGSTER_CLOUD_ORGANIZATION"),
    deployment: value("DAGSTER_CLOUD_DEPLOYMENT"),
    token: value("DAGSTER_CLOUD_API_TOKEN"),
    headers: headersOf(value("DAGSTER_EXTRA_HEADERS")),
  };
  return { type: "dagster", ...withoutUndefined(settings) };
}

/** The deployment as its source takes it. */
export function deploymentOptions(settings: DagsterSettings): Omit<DagsterOptions, "clock" | "fetch"> {
  const { type: _, project_filter: projectFilter, ...rest } = settings;
  return withoutUndefined({ ...rest, projectFilter });
}

/** Where a deployment answers. Rejects with `CONFIG` for an address that cannot be meant. */
export async function addressOf(settings: DagsterSettings): Promise<string> {
  const { addressesOf } = await import("./sources/dagster/addresses.ts");
  return addressesOf(deploymentOptions(settings)).graphql;
}

/** Headers as a JSON object of texts. */
function headersOf(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  const headers = parsed(text);
  if (typeof headers === "object" && headers !== null && !Array.isArray(headers)) {
    const entries = Object.entries(headers).map(([name, value]): [string, unknown] => [name, value]);
    if (entries.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
      return Object.fromEntries(entries);
    }
  }
  // What it says is not shown: it is made of secrets.
  throw new RunlensError(
    "CONFIG",
    "DAGSTER_EXTRA_HEADERS is no JSON object of texts.",
    'Write it like {"CF-Access-Client-Id": "…", "CF-Access-Client-Secret": "…"}.',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function missing(variable: string, meaning: string): RunlensError {
  return new RunlensError(
    "CONFIG",
    `Dagster+ is configured by half: ${variable} is missing.`,
    `Set ${variable} to ${meaning}; for a webserver of your own set DAGSTER_GRAPHQL_URL instead.`,
  );
}
