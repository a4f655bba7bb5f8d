/** dbt Cloud as environment variables and the library's options name it. */
import type { CloudSettings } from "./config-file.ts";
import { type Environment, readText } from "./config-values.ts";
import { RunlensError } from "./errors.ts";
import type { DbtCloudOptions } from "./sources/dbt-cloud/options.ts";

/** What a program says of an account; each goes before the variable of its meaning. */
export interface CloudOptions {
  /** `DBT_SERVICE_TOKEN`. */
  token?: string;
  /** `DBT_ACCOUNT_ID`. */
  accountId?: string | number;
  /** `DBT_HOST`. */
  host?: string;
  /** `DBT_ADMIN_URL`. */
  adminUrl?: string;
  /** `DBT_DISCOVERY_URL`. */
  discoveryUrl?: string;
}

/** What makes a source of an account; the other variables only say where it lies. */
export const ACCOUNT_VARIABLES = ["DBT_SERVICE_TOKEN", "DBT_ACCOUNT_ID"] as const;

/**
 * The account that options and variables describe together; null where there are no options, and no variable has a
 * token or an account. Throws `CONFIG` with the variable that is missing.
 */
export function readCloud(environment: Environment, options: CloudOptions = {}): CloudSettings | null {
  const value = (option: keyof CloudOptions, variable: string) =>
    filled(options[option]) ?? readText(environment, variable);
  const token = value("token", "DBT_SERVICE_TOKEN");
  const account = value("accountId", "DBT_ACCOUNT_ID");
  if (token === undefined && account === undefined && Object.keys(options).length === 0) return null;
  if (token === undefined) {
    throw missing("DBT_SERVICE_TOKEN", "a service token or personal access token of the account");
  }
  if (account === undefined) {
    throw missing(
      "DBT_ACCOUNT_ID",
      "the number that follows /deploy/ in the addresses of the account's pages",
    );
  }
  const host = value("host", "DBT_HOST");
  const admin = value("adminUrl", "DBT_ADMIN_URL");
  const discovery = value("discoveryUrl", "DBT_DISCOVERY_URL");
  return {
    type: "dbt-cloud",
    token,
    account_id: account,
    ...(host === undefined ? {} : { host }),
    ...(admin === undefined ? {} : { admin_url: admin }),
    ...(discovery === undefined ? {} : { discovery_url: discovery }),
  };
}

/** The account as its source takes it. */
export function sourceOptions(account: CloudSettings): Omit<DbtCloudOptions, "clock" | "fetch"> {
  const { token, account_id, host, admin_url, discovery_url, id, project_filter } = account;
  return {
    token,
    accountId: account_id,
    ...(host === undefined ? {} : { host }),
    ...(admin_url === undefined ? {} : { adminUrl: admin_url }),
    ...(discovery_url === undefined ? {} : { discoveryUrl: discovery_url }),
    ...(id === undefined ? {} : { id }),
    ...(project_filter === undefined ? {} : { projectFilter: project_filter }),
  };
}

/** Where the two APIs of an account lie. Rejects with `CONFIG` for a host or address that cannot be meant. */
export async function addressesOf(account: CloudSettings): Promise<{ admin: string; discovery: string }> {
  const { endpointsOf } = await import("./sources/dbt-cloud/hosts.ts");
  return endpointsOf(sourceOptions(account));
}

/** An option without a value is one that was left out, as with variables. */
function filled(option: string | number | undefined): string | undefined {
  const text = String(option ?? "").trim();
  return text === "" ? undefined : text;
}

function missing(variable: string, meaning: string): RunlensError {
  return new RunlensError(
    "CONFIG",
    `dbt Cloud is configured by half: ${variable} is missing.`,
    `Set ${variable} to ${meaning}.`,
  );
}
