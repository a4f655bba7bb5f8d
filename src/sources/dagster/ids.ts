/**
 * How the store names what a deployment has: `asset:<location>:<a/b>`, `external:…` for assets that Dagster does not
 * make itself, `op:<location>:<job>:<handle>`, `check:<location>:<a/b>:<name>`. `:` and `%` in a part are escaped.
 */
const part = (text: string): string => text.replaceAll("%", "%25").replaceAll(":", "%3A");

export const assetId = (location: string, key: string): string => `asset:${part(location)}:${part(key)}`;
export const externalId = (location: string, key: string): string =>
  `external:${part(location)}:${part(key)}`;
export const opId = (location: string, job: string, handle: string): string =>
  `op:${part(location)}:${part(job)}:${part(handle)}`;
export const checkId = (location: string, key: string, name: string): string =>
  `check:${part(location)}:${part(key)}:${part(name)}`;

/** The step without what a dynamic output adds: `op[x]` is one run of `op`. */
export const handleOf = (stepKey: string): string => stepKey.replace(/\[[^\]]*\]/g, "");

/** What a dynamic output adds to a step: `x` of `op[x]`; null where it is no dynamic step. */
export const mappingOf = (stepKey: string): string | null => /\[([^\]]*)\]$/.exec(stepKey)?.[1] ?? null;

/**
 * Runs that were made for a selection, and not of a job that somebody defined: `__ASSET_JOB` (1.6: `__ASSET_JOB_0`) of
 * the webserver and of automations, `__ephemeral_asset_job__` of `dagster.materialize`.
 */
export const isAdHocJob = (name: string): boolean =>
  name.startsWith("__ASSET_JOB") || name === "__ephemeral_asset_job__";
