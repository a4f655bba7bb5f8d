/** The settings as resolved, for `doctor`; of a secret only that it is there. */
import {
  addressesOf,
  addressOf,
  type CloudConfig,
  type Config,
  type DagsterConfig,
  endpointOfWorkspace,
  type ParadimeConfig,
} from "../../config.ts";
import { RunlensError } from "../../errors.ts";

export interface Setting {
  name: string;
  value: string;
  /** Where it came from. */
  from: string;
}

export async function settingsOf(config: Config): Promise<Setting[]> {
  const { origins, sources } = config;
  const details = await Promise.all(
    sources.map((source, index) => {
      if (source.type === "dbt-cloud") return accountSettings(source, index);
      if (source.type === "paradime") return workspaceSettings(source, index);
      return source.type === "dagster" ? deploymentSettings(source, index) : [];
    }),
  );
  return [
    { name: "sources", value: sources.map(summaryOf).join("; ") || "none", from: origins.sources },
    ...details.flat().map((detail) => ({ ...detail, from: origins.sources })),
    { name: "store", value: config.store, from: origins.store },
    { name: "cache_ttl_s", value: String(config.cacheTtl), from: origins.cacheTtl },
    { name: "enable_caching", value: String(config.enableCaching), from: origins.enableCaching },
    { name: "log_level", value: config.logLevel, from: origins.logLevel },
    {
      name: "now",
      value: config.now === null ? "the machine's clock" : new Date(config.now).toISOString(),
      from: origins.now,
    },
    ...serverSettings(config.server).map((setting) => ({ ...setting, from: origins.server })),
  ];
}

/** Where the keys are, and not what they are: the file has their hashes alone. */
function serverSettings({ keys, publicUrl, audit, oauth }: Config["server"]): Omit<Setting, "from">[] {
  const told = {
    keys,
    public_url: publicUrl,
    audit,
    "oauth.issuer": oauth?.issuer,
    "oauth.audience": oauth?.audience.join(", "),
    "oauth.jwks_uri": oauth?.jwksUri,
    "oauth.projects_claim": oauth?.projectsClaim,
  };
  return Object.entries(told).flatMap(([name, value]) =>
    value === undefined || value === "" ? [] : [{ name: `server.${name}`, value }],
  );
}

function summaryOf(source: Config["sources"][number]): string {
  switch (source.type) {
    case "artifacts":
      return `artifacts in ${source.path.join(", ")}`;
    case "dbt-cloud":
      return `dbt-cloud account ${digits(source.account_id)}`;
    case "dagster":
      return "dagster";
    case "paradime":
      return "paradime";
  }
}

/** A token in the place of the number is not shown. */
function digits(accountId: string): string {
  return /^\d+$/.test(accountId) ? accountId : "(not a number)";
}

async function accountSettings(account: CloudConfig, index: number): Promise<Omit<Setting, "from">[]> {
  const { admin, discovery } = await addressesOf(account).catch((error: unknown) => {
    if (!(error instanceof RunlensError)) throw error;
    return { admin: `none: ${error.message}`, discovery: `none: ${error.message}` };
  });
  const prefix = `sources.${index}`;
  return [
    { name: `${prefix}.token`, value: masked(account.token) },
    { name: `${prefix}.admin_url`, value: admin },
    { name: `${prefix}.discovery_url`, value: discovery },
  ];
}

async function deploymentSettings(
  deployment: DagsterConfig,
  index: number,
): Promise<Omit<Setting, "from">[]> {
  const { token, headers = {} } = deployment;
  const url = await addressOf(deployment).catch((error: unknown) => {
    if (!(error instanceof RunlensError)) throw error;
    return `none: ${error.message}`;
  });
  const prefix = `sources.${index}`;
  const names = Object.keys(headers);
  return [
    { name: `${prefix}.url`, value: url },
    { name: `${prefix}.token`, value: token === undefined ? "none" : masked(token) },
    ...(names.length === 0 ? [] : [{ name: `${prefix}.headers`, value: `${names.join(", ")}: set` }]),
  ];
}

async function workspaceSettings(workspace: ParadimeConfig, index: number): Promise<Omit<Setting, "from">[]> {
  const { api_key, api_secret } = workspace;
  const endpoint = await endpointOfWorkspace(workspace).catch((error: unknown) => {
    if (!(error instanceof RunlensError)) throw error;
    return `none: ${error.message}`;
  });
  const prefix = `sources.${index}`;
  return [
    { name: `${prefix}.endpoint`, value: endpoint },
    { name: `${prefix}.api_key`, value: api_key === undefined ? "none" : masked(api_key) },
    { name: `${prefix}.api_secret`, value: masked(api_secret) },
  ];
}

/** Of a long token its end, which tells it from others and opens nothing. */
function masked(token: string): string {
  const length = token.length;
  return length < 24 ? "set" : `set, ends in ${token.slice(-4)}`;
}
