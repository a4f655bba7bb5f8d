/** The one place where failures of the wire become codes of runlens, each with the next move. */
import { type Failure, networkCode, WireError } from "../wire/failure.ts";
import { type GraphqlError, quoted, sayingOf } from "../wire/upstream-text.ts";
import type { Vendor } from "../wire/vendor.ts";

export type Api = "admin" | "discovery";

const NAMES: Readonly<Record<Api, string>> = {
  admin: "dbt Cloud's Admin API",
  discovery: "dbt Cloud's Discovery API",
};

/** What the token must be allowed to do, as the vendor names it. */
const PERMISSIONS: Readonly<Record<Api, string>> = {
  admin: "a permission set that reads jobs and runs, e.g. Job Viewer, Account Viewer or Read-only",
  discovery: "the permission set Metadata Only or a wider one, on a plan with the Discovery API",
};

/** Where each API is configured apart from the host. */
const URL_VARIABLES: Readonly<Record<Api, string>> = {
  admin: "DBT_ADMIN_URL",
  discovery: "DBT_DISCOVERY_URL",
};

const AGAIN = "Ask again in a minute.";
const ACCESS_URLS = "the access URL of the account (Account settings, Access URLs)";

/** Requests a minute that the vendor allows (rate limits, June 2026). */
const RATES: Readonly<Record<Api, number>> = { admin: 5000, discovery: 500 };
/** After a 429 nothing is answered for so long (rate limits); no header is promised that says so. */
const COOLDOWN_MS = 5 * 60_000;

/** One of the two APIs, as the transport needs to know it. */
export function vendorOf(api: Api, token: string): Vendor {
  return {
    name: `dbt-cloud-${api}`,
    isTraced: true,
    perMinute: RATES[api],
    headers: { authorization: `Bearer ${token}` },
    cooldownMs: COOLDOWN_MS,
    failure: (failure) => failureOf(api, failure, token),
  };
}

/** The error that a failure is; `token` is kept out of it. */
function failureOf(api: Api, failure: Failure, token: string): WireError {
  const name = NAMES[api];
  switch (failure.kind) {
    case "status":
      return statusFailure(api, failure, token);
    case "graphql":
      return graphqlFailure(failure.errors, failure.until, token);
    case "cooling":
      return rateLimited(api, failure.until);
    case "timeout":
      return new WireError("TIMEOUT", `${name} did not answer within ${failure.seconds} s.`, AGAIN, {
        reason: "passing",
      });
    case "network":
      return networkFailure(api, failure.cause);
    case "redirect":
      return new WireError(
        "UPSTREAM",
        `${name} sends its callers on to ${quoted(failure.to, token)}, where the token must not go.`,
        `Set DBT_HOST (or ${URL_VARIABLES[api]}) to ${ACCESS_URLS}.`,
      );
    case "html":
      return new WireError(
        "UPSTREAM",
        `${name} answered with a web page, as a wrong host does.`,
        `Set DBT_HOST (or ${URL_VARIABLES[api]}) to ${ACCESS_URLS}.`,
      );
    case "too large":
      return new WireError(
        "TOO_LARGE",
        `An answer of ${name} is larger than ${failure.megabytes} MB.`,
        "Ask for less, e.g. for one project or for fewer runs.",
      );
    case "unreadable":
      return new WireError(
        "UPSTREAM",
        `${name} answered with ${failure.what}.`,
        `${AGAIN} If it stays, check DBT_HOST and ${URL_VARIABLES[api]}.`,
      );
  }
}

function statusFailure(
  api: Api,
  { status, body, until, retryAfterMs }: Extract<Failure, { kind: "status" }>,
  token: string,
): WireError {
  const name = NAMES[api];
  const { text, errors } = sayingOf(body);
  const why = because(text, token);
  if (status === 401) return unauthenticated(api, why);
  if (status === 403) return forbidden(api, why);
  if (status === 404) return notFound(api, why);
  if (status === 429) return rateLimited(api, until);
  if (status >= 500) {
    return new WireError("UPSTREAM", `${name} failed with status ${status}${why}.`, AGAIN, {
      reason: "passing",
      retryAfterMs,
    });
  }
  if (status === 400 && api === "discovery") {
    const classes = classesOf(errors);
    return classes.complexity ? tooComplex(why) : invalid(why);
  }
  return new WireError(
    "UPSTREAM",
    `${name} refused the request with status ${status}${why}.`,
    "Update runlens, or report it with this text.",
  );
}

/** Discovery tells most failures in the messages of an answer with status 200. */
function graphqlFailure(errors: readonly GraphqlError[], until: string | null, token: string): WireError {
  const why = because(errors[0]?.message ?? "", token);
  const classes = classesOf(errors);
  if (classes.complexity) return tooComplex(why);
  if (classes.validation) return invalid(why);
  if (classes.token) return unauthenticated("discovery", why);
  if (classes.rate) return rateLimited("discovery", until);
  if (classes.permission) return forbidden("discovery", why);
  if (classes.absent) return notFound("discovery", why);
  return new WireError("UPSTREAM", `${NAMES.discovery} answered with an error${why}.`, AGAIN);
}

/** What errors are about. Codes of the server come first; where there is none, the words decide. */
function classesOf(errors: readonly GraphqlError[]) {
  const has = (pattern: RegExp) =>
    errors.some(({ message, code }) => pattern.test(`${code ?? ""} ${message}`));
  return {
    complexity: has(/COMPLEXITY_EXCEEDED|complexity limit/i),
    validation: has(/GRAPHQL_(VALIDATION|PARSE)_FAILED|BAD_USER_INPUT|cannot query field|unknown argument/i),
    token: has(/UNAUTHENTICATED|no token|invalid token|token (is )?(expired|invalid)/i),
    rate: has(/rate.?limit|too many requests/i),
    permission: has(/FORBIDDEN|permission|not authorized|unauthorized|access denied/i),
    absent: has(/NOT_FOUND|not found|does not exist|no such/i),
  };
}

function because(text: string, token: string): string {
  const said = quoted(text, token).replace(/[.\s]+$/, "");
  return said === "" ? "" : ` (${said})`;
}

function unauthenticated(api: Api, why: string): WireError {
  return new WireError(
    "UNAUTHENTICATED",
    `${NAMES[api]} refuses the token${why}.`,
    "Set DBT_SERVICE_TOKEN to a valid service token or personal access token of the account, and DBT_HOST to the host where it was made.",
  );
}

function forbidden(api: Api, why: string): WireError {
  const account =
    api === "admin"
      ? "Check DBT_ACCOUNT_ID, since a wrong account is refused in the same way, and whether"
      : "Check whether";
  return new WireError(
    "FORBIDDEN",
    `${NAMES[api]} does not allow this${why}.`,
    `${account} the token has ${PERMISSIONS[api]}.`,
  );
}

function notFound(api: Api, why: string): WireError {
  return new WireError(
    "NOT_FOUND",
    `${NAMES[api]} has nothing there${why}.`,
    "It may be gone, or hidden from this token; list_projects, list_jobs and list_runs say what there is.",
  );
}

function rateLimited(api: Api, until: string | null): WireError {
  return new WireError(
    "RATE_LIMITED",
    `${NAMES[api]} allows no more requests until ${until ?? "its cooldown of five minutes is over"}.`,
    `Ask again ${until === null ? "in five minutes" : `after ${until}`}; until then what was fetched earlier is answered.`,
  );
}

function tooComplex(why: string): WireError {
  return new WireError(
    "TOO_LARGE",
    `${NAMES.discovery} finds the question too complex${why}.`,
    "Ask for fewer runs or models.",
    { reason: "complexity" },
  );
}

function invalid(why: string): WireError {
  return new WireError(
    "UPSTREAM",
    `${NAMES.discovery} does not understand the question${why}.`,
    "Its schema is another than runlens knows: update runlens, or report it with this text.",
    { reason: "validation" },
  );
}

function networkFailure(api: Api, cause: unknown): WireError {
  const code = networkCode(cause);
  const message = `${NAMES[api]} could not be reached: ${code}.`;
  // Neither an unknown name nor a wrong certificate goes away by itself.
  if (code === "ENOTFOUND" || /CERT|SIGNATURE/.test(code)) {
    return new WireError(
      "UPSTREAM",
      message,
      `The host is probably wrong: set DBT_HOST (or ${URL_VARIABLES[api]}) to ${ACCESS_URLS}.`,
      { cause },
    );
  }
  return new WireError(
    "UPSTREAM",
    message,
    "Check the network and DBT_HOST; `runlens doctor` asks both APIs.",
    { reason: "passing", cause },
  );
}

/** The API does not take the token: its plan or its permission sets are without it. */
export function isRefusal(error: unknown): boolean {
  return error instanceof WireError && (error.code === "FORBIDDEN" || error.code === "UNAUTHENTICATED");
}
