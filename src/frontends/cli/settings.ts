/** The settings as resolved, for `doctor`; of a secret only that it is there. */
import { addressesOf, type CloudConfig, type Config } from "../../config.ts";
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
    sources.map((source, index) => (source.type === "dbt-cloud" ? accountSettings(source, index) : [])),
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
  ];
}

function summaryOf(source: Config["sources"][number]): string {
  return source.type === "artifacts"
    ? `artifacts in ${source.path.join(", ")}`
    : `dbt-cloud account ${digits(source.account_id)}`;
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

/** Of a long token its end, which tells it from others and opens nothing. */
function masked(token: string): string {
  const length = token.length;
  return length < 24 ? "set" : `set, ends in ${token.slice(-4)}`;
}
