/** A Paradime workspace as environment variables and the library's options name it. */
import type { ParadimeSettings } from "./config-file.ts";
import { type Environment, readText, withoutUndefined } from "./config-values.ts";
import { RunlensError } from "./errors.ts";
import type { ParadimeOptions } from "./sources/paradime/options.ts";

/** What makes a source of a workspace. */
export const WORKSPACE_VARIABLES = [
  "PARADIME_API_ENDPOINT",
  "PARADIME_API_KEY",
  "PARADIME_API_SECRET",
] as const;

/**
 * The workspace that the variables describe; null where none of `WORKSPACE_VARIABLES` is set. Throws `CONFIG` with the
 * variable that is missing; whether the secret needs a key beside it is the source's to say.
 */
export function readParadime(environment: Environment): ParadimeSettings | null {
  const value = (name: string) => readText(environment, name);
  if (WORKSPACE_VARIABLES.every((name) => value(name) === undefined)) return null;
  const endpoint = value("PARADIME_API_ENDPOINT");
  const secret = value("PARADIME_API_SECRET");
  if (endpoint === undefined) {
    throw missing("PARADIME_API_ENDPOINT", "the API endpoint that the workspace's settings show");
  }
  if (secret === undefined) throw missing("PARADIME_API_SECRET", "the secret of an API key of the workspace");
  return {
    type: "paradime",
    endpoint,
    api_secret: secret,
    ...withoutUndefined({
      api_key: value("PARADIME_API_KEY"),
      workspace: value("PARADIME_WORKSPACE_UID"),
    }),
  };
}

/** The workspace as its source takes it. */
export function workspaceOptions(settings: ParadimeSettings): Omit<ParadimeOptions, "clock" | "fetch"> {
  const { endpoint, api_key, api_secret, workspace, id, project_filter } = settings;
  return {
    endpoint,
    apiSecret: api_secret,
    ...withoutUndefined({ apiKey: api_key, workspace, id, projectFilter: project_filter }),
  };
}

/** Where a workspace answers. Rejects with `CONFIG` for an address that cannot be meant. */
export async function endpointOfWorkspace(settings: ParadimeSettings): Promise<string> {
  const { endpointOf } = await import("./sources/paradime/endpoint.ts");
  return endpointOf(settings).href;
}

function missing(variable: string, meaning: string): RunlensError {
  return new RunlensError(
    "CONFIG",
    `Paradime is configured by half: ${variable} is missing.`,
    `Set ${variable} to ${meaning}.`,
  );
}
