/** The configuration that makes an MCP client start this very installation. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { CloudConfig, Config, DagsterConfig, ParadimeConfig } from "../../config.ts";

export interface ClientConfiguration {
  mcpServers: { runlens: { command: string; args: string[]; env: Record<string, string> } };
}

/**
 * Absolute paths everywhere: desktop clients start elsewhere, without the shell's PATH. What came from a config
 * file is passed on as that file. A token is named and never shown: clients that know `${NAME}` fill it in, and
 * with others runlens says what to set.
 */
export function clientConfiguration(
  config: Config,
  script: string = process.argv[1] ?? "runlens",
): ClientConfiguration {
  const isFile = /\.(ya?ml|json)$/.test(config.origins.sources) && existsSync(config.origins.sources);
  return {
    mcpServers: {
      runlens: {
        command: process.execPath,
        args: [resolve(script), "mcp", ...(isFile ? ["--config", config.origins.sources] : [])],
        env: isFile
          ? Object.fromEntries(config.fileVariables.map((name) => [name, placeholder(name)]))
          : environmentOf(config),
      },
    },
  };
}

/** The variables of the sources; without any, the one that most people need. */
function environmentOf({ sources }: Config): Record<string, string> {
  const account = sources.find((source) => source.type === "dbt-cloud");
  const paths = sources.flatMap((source) => (source.type === "artifacts" ? source.path : []));
  const deployment = sources.find((source) => source.type === "dagster");
  const workspace = sources.find((source) => source.type === "paradime");
  if (sources.length === 0) return { DBT_ARTIFACTS_PATH: "/path/to/dbt/target" };
  return {
    ...(account === undefined ? {} : accountVariables(account)),
    ...(deployment === undefined ? {} : deploymentVariables(deployment)),
    ...(workspace === undefined ? {} : workspaceVariables(workspace)),
    ...(paths.length === 0 ? {} : { DBT_ARTIFACTS_PATH: paths.join(",") }),
  };
}

function accountVariables({
  account_id,
  host,
  admin_url,
  discovery_url,
}: CloudConfig): Record<string, string> {
  return {
    DBT_SERVICE_TOKEN: placeholder("DBT_SERVICE_TOKEN"),
    DBT_ACCOUNT_ID: account_id,
    ...(host === undefined ? {} : { DBT_HOST: host }),
    ...(admin_url === undefined ? {} : { DBT_ADMIN_URL: admin_url }),
    ...(discovery_url === undefined ? {} : { DBT_DISCOVERY_URL: discovery_url }),
  };
}

function deploymentVariables({
  url,
  organization,
  deployment,
  token,
  headers,
}: DagsterConfig): Record<string, string> {
  return {
    ...(url === undefined ? {} : { DAGSTER_GRAPHQL_URL: url }),
    ...(organization === undefined ? {} : { DAGSTER_CLOUD_ORGANIZATION: organization }),
    ...(deployment === undefined ? {} : { DAGSTER_CLOUD_DEPLOYMENT: deployment }),
    ...(token === undefined ? {} : { DAGSTER_CLOUD_API_TOKEN: placeholder("DAGSTER_CLOUD_API_TOKEN") }),
    ...(headers === undefined ? {} : { DAGSTER_EXTRA_HEADERS: placeholder("DAGSTER_EXTRA_HEADERS") }),
  };
}

function workspaceVariables({ endpoint, api_key, workspace }: ParadimeConfig): Record<string, string> {
  return {
    PARADIME_API_ENDPOINT: endpoint,
    ...(api_key === undefined ? {} : { PARADIME_API_KEY: placeholder("PARADIME_API_KEY") }),
    PARADIME_API_SECRET: placeholder("PARADIME_API_SECRET"),
    ...(workspace === undefined ? {} : { PARADIME_WORKSPACE_UID: workspace }),
  };
}

function placeholder(name: string): string {
  return `\${${name}}`;
}
