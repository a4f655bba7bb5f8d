/** The one place where failures of a Dagster deployment become codes of runlens, each with the next move. */
import { type Failure, networkCode, WireError } from "../wire/failure.ts";
import { isObject, numberOf, objectOf, textOf } from "../wire/loose.ts";
import { type GraphqlError, quoted, sayingOf } from "../wire/upstream-text.ts";
import type { Vendor } from "../wire/vendor.ts";

/** A member of a union that is an error, instead of what was asked for. */
export interface MemberFailure {
  kind: "member";
  typename: string;
  message: string;
}

/** What a failure of this deployment may say, and must not. */
export interface Told {
  /** What people call it, e.g. `Dagster at localhost:3000`. */
  name: string;
  isPlus: boolean;
  /** The token and the values of extra headers, which never stand in a message. */
  secrets: readonly string[];
}

const AGAIN = "Ask again in a minute.";
/** Where a 429 does not say how long to wait; the vendor publishes no limit. */
const COOLDOWN_MS = 30_000;
/** A 429 that asks for no longer than this is waited out by all requests. */
const LONGEST_WAIT_MS = 10_000;
/** Statuses that the vendor's own client tries again, beside 5xx. */
const PASSING: ReadonlySet<number> = new Set([409, 502, 503, 504]);

/** A deployment, as the transport needs to know it. */
export function vendorOf(told: Told, headers: Readonly<Record<string, string>>): Vendor {
  return {
    name: "dagster",
    isTraced: true,
    perMinute: null,
    headers,
    cooldownMs: COOLDOWN_MS,
    longestWaitMs: LONGEST_WAIT_MS,
    // A webserver answers 500 with all the data where one resolver failed, and 400 where a document is wrong.
    isAnswer: (status, body) => (status === 500 || status === 400) && isGraphql(body),
    failure: (failure) => failureOf(told, failure),
  };
}

function isGraphql(body: string): boolean {
  const json = parsed(body);
  return isObject(json) && (isObject(json.data) || Array.isArray(json.errors));
}

/** The error that a failure is. */
export function failureOf(told: Told, failure: Failure | MemberFailure): WireError {
  const { name } = told;
  switch (failure.kind) {
    case "member":
      return memberFailure(told, failure);
    case "status":
      return statusFailure(told, failure);
    case "graphql":
      return graphqlFailure(told, failure.errors);
    case "cooling":
      return rateLimited(name, failure.until);
    case "timeout":
      return new WireError("TIMEOUT", `${name} did not answer within ${failure.seconds} s.`, AGAIN, {
        reason: "passing",
      });
    case "network":
      return networkFailure(told, failure.cause);
    case "redirect":
      return new WireError(
        "UPSTREAM",
        `${name} sends its callers on to ${safe(failure.to, told)}, where credentials must not go.`,
        told.isPlus
          ? checkPlus()
          : "Set DAGSTER_GRAPHQL_URL to the address that it sends to, or what a proxy before it asks for into DAGSTER_EXTRA_HEADERS.",
      );
    case "html":
      return new WireError(
        "UPSTREAM",
        `${name} answered with a web page, not as a GraphQL endpoint does.`,
        told.isPlus
          ? checkPlus()
          : "Set DAGSTER_GRAPHQL_URL to the address that ends in /graphql, and check what a proxy before it asks for (DAGSTER_EXTRA_HEADERS).",
      );
    case "too large":
      return new WireError(
        "TOO_LARGE",
        `An answer of ${name} is larger than ${failure.megabytes} MB.`,
        "Ask for fewer runs or assets.",
      );
    case "unreadable":
      return new WireError(
        "UPSTREAM",
        `${name} answered with ${failure.what}.`,
        told.isPlus
          ? `${AGAIN} If it stays: ${checkPlus()}`
          : `${AGAIN} If it stays, check DAGSTER_GRAPHQL_URL.`,
      );
  }
}

/** Members of unions that say what is not there; `PipelineRunNotFoundError` is only their interface. */
const ABSENT = /NotFoundError$/;
const REFUSED: ReadonlySet<string> = new Set(["UnauthorizedError"]);

function memberFailure(told: Told, { typename, message }: MemberFailure): WireError {
  const why = because(message, told);
  if (ABSENT.test(typename)) {
    return new WireError(
      "NOT_FOUND",
      `${told.name} has nothing there${why}.`,
      "It may have been deleted; list_projects, list_jobs and list_runs say what there is.",
    );
  }
  if (REFUSED.has(typename)) return unauthenticated(told, why);
  if (typename === "PythonError") {
    return new WireError(
      "UPSTREAM",
      `${told.name} failed inside${why}.`,
      `${AGAIN} The log of the webserver has the rest.`,
    );
  }
  return new WireError(
    "UPSTREAM",
    `${told.name} answered ${safe(typename, told)}${why}.`,
    "Update runlens, or report it with this text.",
  );
}

function statusFailure(
  told: Told,
  { status, body, until, retryAfterMs }: Extract<Failure, { kind: "status" }>,
): WireError {
  const { name } = told;
  const maintenance = maintenanceOf(body);
  if (maintenance !== null) return underMaintenance(told, maintenance, retryAfterMs);
  const why = because(sayingOf(body).text, told);
  if (status === 401) return unauthenticated(told, why);
  if (status === 403) return forbidden(told, why);
  if (status === 404) {
    return new WireError(
      "NOT_FOUND",
      `${name} has no GraphQL endpoint there${why}.`,
      told.isPlus
        ? checkPlus()
        : "Set DAGSTER_GRAPHQL_URL to the address of the webserver, with its path prefix where it has one.",
    );
  }
  if (status === 429) {
    const error = rateLimited(name, until);
    // Who says how long to wait is asked again then; the transport waits for a few seconds only.
    return retryAfterMs === null
      ? error
      : new WireError(error.code, error.message, error.hint, { reason: "passing", retryAfterMs });
  }
  if (status >= 500 || PASSING.has(status)) {
    return new WireError("UPSTREAM", `${name} failed with status ${status}${why}.`, AGAIN, {
      reason: "passing",
      retryAfterMs,
    });
  }
  return new WireError(
    "UPSTREAM",
    `${name} refused the request with status ${status}${why}.`,
    "Update runlens, or report it with this text.",
  );
}

/** Errors beside the data, which is where Dagster+ puts what is not a member of a union. */
function graphqlFailure(told: Told, errors: readonly GraphqlError[]): WireError {
  const why = because(errors[0]?.message ?? "", told);
  const has = (pattern: RegExp) =>
    errors.some(({ message, code }) => pattern.test(`${code ?? ""} ${message}`));
  if (has(/UNAUTHENTICATED|UnauthorizedError|invalid token/i)) return unauthenticated(told, why);
  if (has(/FORBIDDEN|permission/i)) return forbidden(told, why);
  if (
    has(
      /cannot query field|unknown (argument|type|field)|fields? .* conflict|GRAPHQL_VALIDATION|is not defined by type/i,
    )
  ) {
    return new WireError(
      "UPSTREAM",
      `${told.name} does not understand the question${why}.`,
      "Its version is another than runlens knows: update runlens, or report it with this text.",
      { reason: "validation" },
    );
  }
  return new WireError("UPSTREAM", `${told.name} answered with an error${why}.`, AGAIN);
}

interface Maintenance {
  message: string;
  retryMs: number | null;
}

/** Dagster+ under maintenance answers `{"maintenance": {message, timeout, retry_interval}}`, in seconds. */
export function maintenanceOf(body: string): Maintenance | null {
  const json = parsed(body);
  if (!isObject(json) || !isObject(json.maintenance)) return null;
  const { message, retry_interval } = objectOf(json.maintenance);
  const seconds = numberOf(retry_interval);
  return { message: textOf(message) ?? "", retryMs: Number.isNaN(seconds) ? null : seconds * 1000 };
}

export function underMaintenance(
  told: Told,
  { message, retryMs }: Maintenance,
  retryAfterMs: number | null = null,
): WireError {
  return new WireError("UPSTREAM", `${told.name} is under maintenance${because(message, told)}.`, AGAIN, {
    reason: "passing",
    retryAfterMs: retryAfterMs ?? retryMs,
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/** Secrets go before the text is cut, which could leave a part of one; the longest first, which may hold another. */
function safe(text: string, { secrets }: Told): string {
  const longestFirst = secrets.toSorted((one, other) => other.length - one.length);
  return quoted(
    longestFirst.reduce((left, secret) => left.replaceAll(secret, "***"), text),
    "",
  );
}

function because(text: string, told: Told): string {
  const [line = ""] = text.trim().split("\n");
  const said = safe(line, told).replace(/[.\s]+$/, "");
  return said === "" ? "" : ` (${said})`;
}

function checkPlus(): string {
  return "Set DAGSTER_CLOUD_ORGANIZATION and DAGSTER_CLOUD_DEPLOYMENT as they stand in the address of its pages, or DAGSTER_GRAPHQL_URL to all of it.";
}

function unauthenticated(told: Told, why: string): WireError {
  return new WireError(
    "UNAUTHENTICATED",
    `${told.name} refuses the credentials${why}.`,
    told.isPlus
      ? "Set DAGSTER_CLOUD_API_TOKEN to a valid user token of the organization (an agent token does not do), and check DAGSTER_CLOUD_DEPLOYMENT."
      : "A proxy before it wants credentials: put its headers into DAGSTER_EXTRA_HEADERS; for Dagster+ set DAGSTER_CLOUD_API_TOKEN.",
  );
}

function forbidden(told: Told, why: string): WireError {
  return new WireError(
    "FORBIDDEN",
    `${told.name} does not allow this${why}.`,
    told.isPlus
      ? "The user of DAGSTER_CLOUD_API_TOKEN needs the role Viewer or more in this deployment."
      : "Check what the proxy before it allows (DAGSTER_EXTRA_HEADERS).",
  );
}

function rateLimited(name: string, until: string | null): WireError {
  return new WireError(
    "RATE_LIMITED",
    `${name} allows no more requests ${until === null ? "for now" : `until ${until}`}.`,
    `Ask again ${until === null ? "in a minute" : `after ${until}`}; until then what was fetched earlier is answered.`,
  );
}

function networkFailure(told: Told, cause: unknown): WireError {
  const code = networkCode(cause);
  const message = `${told.name} could not be reached: ${code}.`;
  const where = told.isPlus
    ? checkPlus()
    : "Check that the webserver runs and that DAGSTER_GRAPHQL_URL is its address; `runlens doctor` asks it.";
  // Neither an unknown name nor a wrong certificate goes away by itself.
  if (code === "ENOTFOUND" || /CERT|SIGNATURE/.test(code))
    return new WireError("UPSTREAM", message, where, { cause });
  return new WireError("UPSTREAM", message, where, { reason: "passing", cause });
}
