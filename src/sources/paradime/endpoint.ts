/** Where a workspace answers, which one it is, and what lets the caller in. */
import { RunlensError } from "../../errors.ts";
import type { ParadimeOptions } from "./options.ts";

/** Secrets that begin so are tokens, which stand alone (vendor's own client). */
const WORKSPACE_TOKEN = "prdm_wsp_";
const COMPANY_TOKEN = "prdm_cmp_";
const WHERE_TO_LOOK = "Account settings, API keys";

/** The address as it is asked. Throws `CONFIG` for one that cannot be meant; what was written is not repeated. */
export function endpointOf({ endpoint }: Pick<ParadimeOptions, "endpoint">): URL {
  const url = URL.canParse(endpoint.trim()) ? new URL(endpoint.trim()) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw new RunlensError(
      "CONFIG",
      "PARADIME_API_ENDPOINT is not an address.",
      `Write it as Paradime shows it with the API key (${WHERE_TO_LOOK}), e.g. https://api.paradime.io/api/v1/abc123/graphql.`,
    );
  }
  if (url.protocol === "http:" && !isLoopback(url)) {
    throw new RunlensError(
      "CONFIG",
      "PARADIME_API_ENDPOINT would send the key unencrypted.",
      "Write https://; plain http is for this machine alone.",
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "") {
    throw new RunlensError(
      "CONFIG",
      "PARADIME_API_ENDPOINT holds more than an address.",
      "Leave user names, passwords and parameters out; the key goes into PARADIME_API_KEY and PARADIME_API_SECRET.",
    );
  }
  return url;
}

/** Whether a host is this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/** Identity of the source: system, host and workspace. Throws `CONFIG` as `endpointOf` does. */
export function sourceIdOf(options: Pick<ParadimeOptions, "endpoint" | "id" | "workspace">): string {
  const { host, pathname } = endpointOf(options);
  const opaque = pathname.replace(/^\/+api\/v\d+/, "").replace(/\/+(graphql\/*)?$/, "");
  const workspace = options.workspace === undefined ? "" : `/${options.workspace}`;
  return options.id ?? `paradime:${host}${opaque}${workspace}`;
}

/** The page of a run, where the host is the vendor's: `api.` and `app.` stand side by side. */
export function pageOfRun(endpoint: URL, runId: string): string | null {
  const app = /^api\.((?:[a-z0-9-]+\.)*paradime\.io)$/.exec(endpoint.hostname)?.[1];
  return app === undefined ? null : `https://app.${app}/bolt/run_id/${runId}`;
}

/** What lets the caller in; `secrets` stand in no message. */
export interface Credentials {
  headers: Readonly<Record<string, string>>;
  secrets: readonly string[];
}

/**
 * The headers of the two kinds of credentials: an API key with its secret, or a token. Throws `UNAUTHENTICATED` where
 * there is none, and `CONFIG` for what cannot be meant.
 */
export function credentialsOf({ apiKey, apiSecret, workspace }: ParadimeOptions): Credentials {
  const secret = headerValue("PARADIME_API_SECRET", apiSecret.replace(/^\s*bearer\s+/i, ""));
  if (secret === "") throw missing("PARADIME_API_SECRET");
  const place: Record<string, string> =
    workspace === undefined
      ? {}
      : { "X-Paradime-Workspace": headerValue("PARADIME_WORKSPACE_UID", workspace) };
  if (secret.startsWith(WORKSPACE_TOKEN) || secret.startsWith(COMPANY_TOKEN)) {
    if (secret.startsWith(COMPANY_TOKEN) && workspace === undefined) {
      throw new RunlensError(
        "CONFIG",
        "A token of the whole company does not say which workspace is meant.",
        "Set PARADIME_WORKSPACE_UID to the uid of the workspace.",
      );
    }
    return { headers: { authorization: `Bearer ${secret}`, ...place }, secrets: [secret] };
  }
  const key = headerValue("PARADIME_API_KEY", apiKey ?? "");
  if (key === "") throw missing("PARADIME_API_KEY");
  return { headers: { "X-API-KEY": key, "X-API-SECRET": secret, ...place }, secrets: [key, secret] };
}

/** Anything else cannot stand in a header, and the error of who tries would show it. */
function headerValue(variable: string, value: string): string {
  const bare = value.trim();
  if (/^[\x21-\x7e]*$/.test(bare)) return bare;
  throw new RunlensError(
    "CONFIG",
    `${variable} holds spaces or characters that no key has.`,
    "Copy it again, without line ends and quotes.",
  );
}

function missing(variable: string): RunlensError {
  return new RunlensError(
    "UNAUTHENTICATED",
    `There is no API key for Paradime: ${variable} is empty.`,
    `Set PARADIME_API_KEY and PARADIME_API_SECRET to a key of the workspace (${WHERE_TO_LOOK}).`,
  );
}
