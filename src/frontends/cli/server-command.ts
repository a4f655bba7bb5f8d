/** How a program on this machine starts this very installation as an MCP server. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  addressesOf,
  addressOf,
  type CloudConfig,
  type Config,
  type DagsterConfig,
  endpointOfWorkspace,
  type ParadimeConfig,
} from "../../config.ts";

/** Variables by name; null where the value is a secret, or may hold one, and is left to whoever starts the server. */
export type ServerEnvironment = Record<string, string | null>;

export interface ServerCommand {
  command: string;
  args: string[];
  env: ServerEnvironment;
}

/**
 * Absolute paths everywhere: desktop clients start elsewhere, without the shell's PATH. What came from a config file is
 * passed on as that file, with the names of the variables that it uses.
 */
export async function serverCommand(
  config: Config,
  script: string = process.argv[1] ?? "runlens",
): Promise<ServerCommand> {
  const isFile = /\.(ya?ml|json)$/.test(config.origins.sources) && existsSync(config.origins.sources);
  return {
    command: process.execPath,
    args: [resolve(script), "mcp", ...(isFile ? ["--config", config.origins.sources] : [])],
    env: isFile
      ? Object.fromEntries(config.fileVariables.map((name) => [name, null]))
      : await environmentOf(config),
  };
}

/** The variables of the sources; without any, the one that most people need. */
async function environmentOf({ sources }: Config): Promise<ServerEnvironment> {
  const account = sources.find((source) => source.type === "dbt-cloud");
  const paths = sources.flatMap((source) => (source.type === "artifacts" ? source.path : []));
  const deployment = sources.find((source) => source.type === "dagster");
  const workspace = sources.find((source) => source.type === "paradime");
  if (sources.length === 0) return { DBT_ARTIFACTS_PATH: "/path/to/dbt/target" };
  return {
    ...(account === undefined ? {} : await accountVariables(account)),
    ...(deployment === undefined ? {} : await deploymentVariables(deployment)),
    ...(workspace === undefined ? {} : await workspaceVariables(workspace)),
    ...(paths.length === 0 ? {} : { DBT_ARTIFACTS_PATH: paths.join(",") }),
  };
}

/** Addresses that the source would refuse are not repeated: they may hold a password, or be a token themselves. */
async function accountVariables(account: CloudConfig): Promise<ServerEnvironment> {
  const { account_id, host, admin_url, discovery_url } = account;
  const addresses = await addressesOf(account).catch(() => null);
  const shown = (address: string) => (addresses === null ? null : address);
  return {
    DBT_SERVICE_TOKEN: null,
    DBT_ACCOUNT_ID: /^\d+$/.test(account_id) ? account_id : null,
    ...(host === undefined ? {} : { DBT_HOST: shown(host) }),
    ...(admin_url === undefined ? {} : { DBT_ADMIN_URL: shown(admin_url) }),
    ...(discovery_url === undefined ? {} : { DBT_DISCOVERY_URL: shown(discovery_url) }),
  };
}

async function deploymentVariables(settings: DagsterConfig): Promise<ServerEnvironment> {
  const { url, organization, deployment, token, headers } = settings;
  // As it is asked, so without the parameters that somebody may have written behind it.
  const address = await addressOf(settings).catch(() => null);
  return {
    ...(url === undefined ? {} : { DAGSTER_GRAPHQL_URL: address }),
    ...(organization === undefined ? {} : { DAGSTER_CLOUD_ORGANIZATION: organization }),
    ...(deployment === undefined ? {} : { DAGSTER_CLOUD_DEPLOYMENT: deployment }),
    ...(token === undefined ? {} : { DAGSTER_CLOUD_API_TOKEN: null }),
    ...(headers === undefined ? {} : { DAGSTER_EXTRA_HEADERS: null }),
  };
}

async function workspaceVariables(settings: ParadimeConfig): Promise<ServerEnvironment> {
  const { api_key, workspace } = settings;
  return {
    PARADIME_API_ENDPOINT: await endpointOfWorkspace(settings).catch(() => null),
    ...(api_key === undefined ? {} : { PARADIME_API_KEY: null }),
    PARADIME_API_SECRET: null,
    ...(workspace === undefined ? {} : { PARADIME_WORKSPACE_UID: workspace }),
  };
}
