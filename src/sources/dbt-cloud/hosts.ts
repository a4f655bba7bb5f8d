/**
 * Where the two APIs of an account lie, and which account it is. The rules are those of the vendor's documents:
 * without an account prefix Discovery is `metadata.` before the host, with one `metadata` is the second label.
 */
import { RunlensError } from "../../errors.ts";
import type { DbtCloudOptions } from "./options.ts";

/** North America, where no other host is named. */
export const DEFAULT_HOST = "cloud.getdbt.com";

export interface Endpoints {
  /** Without a slash at its end, e.g. `https://cloud.getdbt.com`. */
  admin: string;
  /** E.g. `https://metadata.cloud.getdbt.com/graphql`. */
  discovery: string;
}

/** The label of one API in a host, and the account's prefix before it. */
const API_LABEL = /^((?!metadata\.|semantic-layer\.)[^.]+\.)?(metadata|semantic-layer)\./;
const WHERE_TO_LOOK = "Account settings, Access URLs";

/**
 * Resolves both addresses; an explicit URL overrides what the host tells. Throws `CONFIG` for a host or URL that
 * cannot be meant.
 */
export function endpointsOf({
  host,
  adminUrl,
  discoveryUrl,
}: Pick<DbtCloudOptions, "host" | "adminUrl" | "discoveryUrl">): Endpoints {
  const explicit = adminUrl === undefined ? null : urlOf("DBT_ADMIN_URL", adminUrl);
  const discovery = discoveryUrl === undefined ? null : urlOf("DBT_DISCOVERY_URL", discoveryUrl);
  const named = addressOfAccount(host, explicit, discovery);
  return {
    admin: explicit === null ? named.origin : withoutApiPath(explicit),
    discovery: discovery === null ? discoveryOf(named) : graphqlUrl(discovery),
  };
}

/** A token must not go to another account's region because only one of the two addresses was named. */
function addressOfAccount(host: string | undefined, admin: URL | null, discovery: URL | null): URL {
  if (host !== undefined) return addressOf("DBT_HOST", host);
  if (admin !== null) return admin;
  if (discovery === null) return addressOf("DBT_HOST", DEFAULT_HOST);
  if (isLoopback(discovery)) return new URL(discovery.origin);
  const account = discovery.host.replace(API_LABEL, "$1");
  if (account !== discovery.host) return new URL(`${discovery.protocol}//${account}`);
  throw new RunlensError(
    "CONFIG",
    "DBT_DISCOVERY_URL does not tell where the account's other API is.",
    `Set DBT_HOST too, to the host of the account (${WHERE_TO_LOOK}).`,
  );
}

/** `ab123.us1.dbt.com` becomes `ab123.metadata.us1.dbt.com`, `emea.dbt.com` becomes `metadata.emea.dbt.com`. */
function discoveryOf(address: URL): string {
  // A host of this machine, such as an emulator, has no names below it.
  if (isLoopback(address)) return `${address.origin}/graphql`;
  const labels = address.host.split(".");
  const hasPrefix = address.hostname.endsWith(".dbt.com") && labels.length > 3;
  labels.splice(hasPrefix ? 1 : 0, 0, "metadata");
  return `${address.protocol}//${labels.join(".")}/graphql`;
}

/** A host as people write it: with or without scheme, slash and the path of a page. */
function addressOf(variable: string, text: string): URL {
  const bare = text.trim();
  const scheme = /^(localhost|127\.|\[::1\])/.test(bare) ? "http" : "https";
  const url = urlOf(variable, /^[a-z][a-z0-9+.-]*:\/\//i.test(bare) ? bare : `${scheme}://${bare}`);
  const account = url.host.replace(API_LABEL, "$1");
  if (account !== url.host) {
    throw new RunlensError(
      "CONFIG",
      `${variable} ${url.host} is the host of one API, not of the account.`,
      `Write ${account}; both APIs are found from it.`,
    );
  }
  if (!url.hostname.includes(".") && !isLoopback(url)) throw notAnAddress(variable);
  return url;
}

function urlOf(variable: string, text: string): URL {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") throw notAnAddress(variable);
  if (url.protocol === "http:" && !isLoopback(url)) {
    throw new RunlensError(
      "CONFIG",
      `${variable} would send the token unencrypted.`,
      "Write https://; plain http is for this machine alone.",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new RunlensError(
      "CONFIG",
      `${variable} holds more than an address.`,
      "Leave user names, passwords and parameters out; the token goes into DBT_SERVICE_TOKEN.",
    );
  }
  return url;
}

/** What was written is not repeated: it may be a token in the wrong place. */
function notAnAddress(variable: string): RunlensError {
  return new RunlensError(
    "CONFIG",
    `${variable} is not the address of a host.`,
    `Write it as the account shows it (${WHERE_TO_LOOK}), e.g. ${
      variable === "DBT_HOST" ? "cloud.getdbt.com or ab123.us1.dbt.com" : "https://ab123.us1.dbt.com"
    }.`,
  );
}

function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** The paths of the API are added by whoever asks. */
function withoutApiPath(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+(api(\/v\d+)?\/*)?$/, "");
}

function graphqlUrl(url: URL): string {
  return url.pathname === "/" ? `${url.origin}/graphql` : `${url.origin}${url.pathname}`;
}

/** The token alone; both APIs take it after either word. Throws where it cannot be one. */
export function bareToken(token: string): string {
  const bare = token.trim().replace(/^(bearer|token)(\s+|$)/i, "");
  if (bare === "") {
    throw new RunlensError(
      "UNAUTHENTICATED",
      "There is no token for dbt Cloud.",
      "Set DBT_SERVICE_TOKEN to a service token or personal access token of the account.",
    );
  }
  // Anything else cannot stand in a header, and the error of who tries would show it.
  if (!/^[\x21-\x7e]+$/.test(bare)) {
    throw new RunlensError(
      "CONFIG",
      "DBT_SERVICE_TOKEN holds spaces or characters that no token has.",
      "Copy the token again, without line ends and quotes.",
    );
  }
  return bare;
}

/** The account's number. Throws `CONFIG` for what is none. */
function accountOf(accountId: string): string {
  if (/^\d+$/.test(accountId)) return accountId;
  throw new RunlensError(
    "CONFIG",
    "DBT_ACCOUNT_ID is not the number of an account.",
    "Write the number that follows /deploy/ or /accounts/ in the addresses of the account's pages.",
  );
}

/** Identity of the source: system, host and account. Throws `CONFIG` for what cannot be meant. */
export function sourceIdOf(options: DbtCloudOptions): string {
  const account = accountOf(options.accountId);
  return options.id ?? `dbt-cloud:${new URL(endpointsOf(options).admin).host}/${account}`;
}
