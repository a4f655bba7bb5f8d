/** The one place where failures of Paradime become codes of runlens, each with the next move. */
import { type Failure, networkCode, WireError } from "../wire/failure.ts";
import { type GraphqlError, quoted, sayingOf } from "../wire/upstream-text.ts";
import type { Vendor } from "../wire/vendor.ts";
import type { Credentials } from "./endpoint.ts";

const API = "Paradime's API";
const STORAGE = "Paradime's storage of artifacts";
const AGAIN = "Ask again in a minute.";
const CHECK_ENDPOINT =
  "Set PARADIME_API_ENDPOINT to the address that Paradime shows with the API key (it ends in /graphql).";
/** Where a 429 does not say how long to wait; the vendor publishes no limit. */
const COOLDOWN_MS = 30_000;

/** What the API says of a part of a question: other parts of it may have an answer. */
export class PartError extends WireError {}

/** The API, as the transport needs to know it. */
export function apiVendor({ headers, secrets }: Credentials): Vendor {
  return {
    name: "paradime",
    isTraced: true,
    perMinute: null,
    headers,
    cooldownMs: COOLDOWN_MS,
    failure: (failure) => apiFailure(failure, secrets),
  };
}

/** Where signed addresses lead: it gets no credentials, and of what it answers nothing is repeated. */
export function storageVendor(): Vendor {
  return {
    name: "paradime-storage",
    isTraced: false,
    perMinute: null,
    headers: {},
    cooldownMs: COOLDOWN_MS,
    failure: storageFailure,
  };
}

/** The error that a failure of the API is; `secrets` are kept out of it. */
export function apiFailure(failure: Failure, secrets: readonly string[]): WireError {
  switch (failure.kind) {
    case "status":
      return statusFailure(failure, secrets);
    case "graphql":
      return graphqlFailure(failure.errors, failure.until, secrets);
    case "redirect":
      return new WireError(
        "UPSTREAM",
        `${API} sends its callers on to ${safe(failure.to, secrets)}, where the key must not go.`,
        CHECK_ENDPOINT,
      );
    case "html":
      return new WireError(
        "UPSTREAM",
        `${API} answered with a web page, as a wrong address does.`,
        CHECK_ENDPOINT,
      );
    case "unreadable":
      return new WireError(
        "UPSTREAM",
        `${API} answered with ${failure.what}.`,
        `${AGAIN} If it stays, check PARADIME_API_ENDPOINT.`,
      );
    default:
      return commonFailure(
        API,
        failure,
        "Check the network and PARADIME_API_ENDPOINT; `runlens doctor` asks.",
      );
  }
}

function statusFailure(
  { status, body, until, retryAfterMs }: Extract<Failure, { kind: "status" }>,
  secrets: readonly string[],
): WireError {
  const { text, errors } = sayingOf(body);
  const why = because(text, secrets);
  if (status === 401) return unauthenticated(why);
  if (status === 403) return forbidden(why);
  if (status === 404) {
    return new WireError("NOT_FOUND", `${API} has no workspace at this address${why}.`, CHECK_ENDPOINT);
  }
  if (status === 429) return rateLimited(API, until, retryAfterMs);
  if (status >= 500) {
    return new WireError("UPSTREAM", `${API} failed with status ${status}${why}.`, AGAIN, {
      reason: "passing",
      retryAfterMs,
    });
  }
  // Servers answer a document that does not fit with status 400 and its errors.
  if (status === 400 && errors.length > 0) return graphqlFailure(errors, until, secrets);
  return new WireError(
    "UPSTREAM",
    `${API} refused the request with status ${status}${why}.`,
    "Update runlens, or report it with this text.",
  );
}

/** Errors of an answer with status 200: the vendor has no codes for them, so that the words decide. */
function graphqlFailure(
  errors: readonly GraphqlError[],
  until: string | null,
  secrets: readonly string[],
): WireError {
  const why = because(errors[0]?.message ?? "", secrets);
  const has = (pattern: RegExp) =>
    errors.some(({ message, code }) => pattern.test(`${code ?? ""} ${message}`));
  if (has(/cannot query field|unknown (argument|type|field)|GRAPHQL_VALIDATION|is not defined by type/i)) {
    return new WireError(
      "UPSTREAM",
      `${API} does not understand the question${why}.`,
      "Its schema is another than runlens knows: update runlens, or report it with this text.",
      { reason: "validation" },
    );
  }
  if (has(/complexity|too (many|large|deep)(?! requests)/i)) {
    return new PartError("TOO_LARGE", `${API} finds the question too large${why}.`, "Ask for fewer runs.");
  }
  if (
    has(
      /UNAUTHENTICATED|unauthenticated|invalid (api )?(key|token|credential)|(key|token) (has |is )?expired/i,
    )
  )
    return unauthenticated(why);
  if (has(/rate.?limit|too many requests/i)) return rateLimited(API, until, null);
  if (has(/FORBIDDEN|permission|not (authori[sz]ed|allowed)|capabilit|access denied/i)) return forbidden(why);
  if (has(/NOT_FOUND|not found|does not exist|no such|could not find/i)) {
    return new PartError(
      "NOT_FOUND",
      `${API} has nothing there${why}.`,
      "It may have been deleted; list_jobs and list_runs say what there is.",
    );
  }
  return new PartError("UPSTREAM", `${API} answered with an error${why}.`, AGAIN);
}

/** No text of the answer: such pages repeat the address, which is a secret. */
function storageFailure(failure: Failure): WireError {
  if (failure.kind === "status") {
    const { status, until, retryAfterMs } = failure;
    if (status === 403 || status === 401 || status === 400) {
      return new WireError("FORBIDDEN", `${STORAGE} refuses the address of an artifact.`, AGAIN);
    }
    if (status === 404 || status === 410) {
      return artifactGone();
    }
    if (status === 429) return rateLimited(STORAGE, until, retryAfterMs);
    const isPassing = status >= 500;
    return new WireError("UPSTREAM", `${STORAGE} failed with status ${status}.`, AGAIN, {
      ...(isPassing && { reason: "passing" as const }),
      retryAfterMs,
    });
  }
  if (failure.kind === "redirect") {
    return new WireError("UPSTREAM", `${STORAGE} sends its callers on to another host.`, AGAIN);
  }
  if (failure.kind === "html" || failure.kind === "unreadable" || failure.kind === "graphql") {
    return new WireError("UPSTREAM", `${STORAGE} answered with something else than an artifact.`, AGAIN);
  }
  return commonFailure(
    STORAGE,
    failure,
    "Check the network: artifacts are fetched from another host than the API.",
  );
}

/** An artifact was deleted, or nothing leads to it. */
export function artifactGone(): WireError {
  return new WireError("NOT_FOUND", `${STORAGE} does not have an artifact any more.`, AGAIN);
}

/** The address of an artifact is none that may be followed. */
export function storageRefusal(): WireError {
  return new WireError(
    "UPSTREAM",
    `${API} gave an address for an artifact that is not safe to follow.`,
    "Report it to Paradime: artifacts belong behind https.",
  );
}

/** What any host can do. */
function commonFailure(
  name: string,
  failure: Extract<Failure, { kind: "cooling" | "timeout" | "network" | "too large" }>,
  network: string,
): WireError {
  switch (failure.kind) {
    case "cooling":
      return rateLimited(name, failure.until, null);
    case "timeout":
      return new WireError("TIMEOUT", `${name} did not answer within ${failure.seconds} s.`, AGAIN, {
        reason: "passing",
      });
    case "too large":
      return tooLarge(name, failure.megabytes);
    case "network": {
      const code = networkCode(failure.cause);
      const message = `${name} could not be reached: ${code}.`;
      // Neither an unknown name nor a wrong certificate goes away by itself. The cause stays behind: it may name the address.
      if (code === "ENOTFOUND" || /CERT|SIGNATURE/.test(code)) {
        return new WireError("UPSTREAM", message, name === API ? CHECK_ENDPOINT : network);
      }
      return new WireError("UPSTREAM", message, network, { reason: "passing" });
    }
  }
}

function tooLarge(name: string, megabytes: number): WireError {
  return new WireError(
    "TOO_LARGE",
    `An answer of ${name} is larger than ${megabytes} MB.`,
    "Ask for fewer runs, or for one run's events at a time.",
  );
}

/** The error of an artifact without an end. */
export function artifactTooLarge(megabytes: number): WireError {
  return tooLarge(STORAGE, megabytes);
}

/** The answer of the API is not what its schema says. */
export function unreadable(what: string): WireError {
  return apiFailure({ kind: "unreadable", what }, []);
}

/** Secrets go before the text is cut, which could leave a part of one; the longest first, which may hold another. */
function safe(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.toSorted((one, other) => other.length - one.length);
  return quoted(
    longestFirst.reduce((left, secret) => left.replaceAll(secret, "***"), text),
    "",
  );
}

function because(text: string, secrets: readonly string[]): string {
  const [line = ""] = text.trim().split("\n");
  const said = safe(line, secrets).replace(/[.\s]+$/, "");
  return said === "" ? "" : ` (${said})`;
}

function unauthenticated(why: string): WireError {
  return new WireError(
    "UNAUTHENTICATED",
    `${API} refuses the key${why}.`,
    "Set PARADIME_API_KEY and PARADIME_API_SECRET to a valid key of this workspace, and PARADIME_API_ENDPOINT to the address shown with it; keys may have a lifetime.",
  );
}

function forbidden(why: string): WireError {
  return new WireError(
    "FORBIDDEN",
    `${API} does not allow this${why}.`,
    "The key needs the capability Bolt schedules metadata viewer (or admin), and the workspace a plan with the Bolt API.",
  );
}

function rateLimited(name: string, until: string | null, retryAfterMs: number | null): WireError {
  return new WireError(
    "RATE_LIMITED",
    `${name} allows no more requests ${until === null ? "for now" : `until ${until}`}.`,
    `Ask again ${until === null ? "in a minute" : `after ${until}`}; until then what was fetched earlier is answered.`,
    // Who says how long to wait is asked again then; the transport waits for a few seconds only.
    retryAfterMs === null ? {} : { reason: "passing", retryAfterMs },
  );
}
