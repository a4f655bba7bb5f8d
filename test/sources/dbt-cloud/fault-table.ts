/** What each fault of the platform must become: by whom it is noticed, what is said, and how often it is tried. */
import type { ErrorCode } from "../../../src/errors.ts";
import type { Api, FaultKind } from "../../emulators/dbt-cloud/faults.ts";

export interface FaultCase {
  kind: FaultKind;
  api: Api;
  code: ErrorCode;
  /** What the message must hold, beside the name of the API. */
  message: RegExp;
  /** The next move. */
  hint: RegExp;
  /** How often one request is sent. */
  attempts: number;
}

const TOKEN = /DBT_SERVICE_TOKEN.*DBT_HOST/;
const HOST = /DBT_HOST.*Access URLs/;
const AGAIN = /Ask again in a minute/;
const NETWORK = /network and DBT_HOST.*runlens doctor/;
const ADMIN_PERMISSION = /DBT_ACCOUNT_ID.*Job Viewer, Account Viewer or Read-only/;
const DISCOVERY_PERMISSION = /Metadata Only.*plan with the Discovery API/;
const ONCE = { attempts: 1 };
const RETRIED = { attempts: 3 };

const ofBoth = (api: Api): FaultCase[] => [
  { kind: "401", api, code: "UNAUTHENTICATED", message: /refuses the token/, hint: TOKEN, ...ONCE },
  {
    kind: "403",
    api,
    code: "FORBIDDEN",
    message: /does not allow this/,
    hint: api === "admin" ? ADMIN_PERMISSION : DISCOVERY_PERMISSION,
    ...ONCE,
  },
  {
    kind: "404",
    api,
    code: "NOT_FOUND",
    message: /has nothing there/,
    hint: /hidden from this token/,
    ...ONCE,
  },
  {
    kind: "429",
    api,
    code: "RATE_LIMITED",
    message: /no more requests until 2026-11-18T07:\d\d:00.000Z/,
    hint: /Ask again after 2026-11-18T07:\d\d:00.000Z/,
    ...ONCE,
  },
  {
    kind: "500",
    api,
    code: "UPSTREAM",
    message: /status 500 \(Internal server error\)/,
    hint: AGAIN,
    ...RETRIED,
  },
  { kind: "502", api, code: "UPSTREAM", message: /status 502/, hint: AGAIN, ...RETRIED },
  { kind: "503", api, code: "UPSTREAM", message: /status 503/, hint: AGAIN, ...RETRIED },
  { kind: "html", api, code: "UPSTREAM", message: /web page, as a wrong host/, hint: HOST, ...ONCE },
  {
    kind: "errors-in-200",
    api,
    code: "FORBIDDEN",
    message: /does not allow this/,
    hint: api === "admin" ? ADMIN_PERMISSION : DISCOVERY_PERMISSION,
    ...ONCE,
  },
  { kind: "slow", api, code: "TIMEOUT", message: /did not answer within 30 s/, hint: AGAIN, ...RETRIED },
  { kind: "cut", api, code: "UPSTREAM", message: /could not be reached/, hint: NETWORK, ...RETRIED },
  {
    kind: "reset",
    api,
    code: "UPSTREAM",
    message: /could not be reached: ECONNRESET/,
    hint: NETWORK,
    ...RETRIED,
  },
];

export const FAULTS: readonly FaultCase[] = [
  ...ofBoth("admin"),
  ...ofBoth("discovery"),
  {
    kind: "partial",
    api: "discovery",
    code: "UPSTREAM",
    message: /answered with an error \(Internal server error\)/,
    hint: AGAIN,
    ...ONCE,
  },
  {
    kind: "complexity",
    api: "discovery",
    code: "TOO_LARGE",
    message: /too complex/,
    hint: /fewer runs or models/,
    ...ONCE,
  },
];

/** Discovery refuses the token: the artifacts of runs answer what they can. */
export const isRefusal = ({ api, code }: FaultCase) =>
  api === "discovery" && (code === "UNAUTHENTICATED" || code === "FORBIDDEN");

/** Faults that are the answer; `REFUSALS` are those that artifacts make up for. */
export const FAILURES = FAULTS.filter((fault) => !isRefusal(fault));
export const REFUSALS = FAULTS.filter(isRefusal);

export const NAMES: Readonly<Record<Api, string>> = {
  admin: "dbt Cloud's Admin API",
  discovery: "dbt Cloud's Discovery API",
};
