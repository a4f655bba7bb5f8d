/** What each fault of a deployment must become: what is said, the next move, and how often it is tried. */
import type { ErrorCode } from "../../../src/errors.ts";
import type { Fault } from "../../emulators/dagster/faults.ts";

export interface FaultCase extends Fault {
  code: ErrorCode;
  message: RegExp;
  /** The next move. */
  hint: RegExp;
  /** How often one request is sent. */
  attempts: number;
}

const URL = /DAGSTER_GRAPHQL_URL/;
const CREDENTIALS = /DAGSTER_EXTRA_HEADERS.*DAGSTER_CLOUD_API_TOKEN/;
const PROXY = /DAGSTER_EXTRA_HEADERS/;
const AGAIN = /Ask again in a minute/;
const ONCE = { attempts: 1 };
const RETRIED = { attempts: 3 };

const passing = (kind: "409" | "500" | "502" | "503" | "504"): FaultCase => ({
  kind,
  code: "UPSTREAM",
  message: new RegExp(`failed with status ${kind}`),
  hint: AGAIN,
  ...RETRIED,
});

export const FAULTS: readonly FaultCase[] = [
  { kind: "401", code: "UNAUTHENTICATED", message: /refuses the credentials/, hint: CREDENTIALS, ...ONCE },
  { kind: "403", code: "FORBIDDEN", message: /does not allow this/, hint: PROXY, ...ONCE },
  { kind: "404", code: "NOT_FOUND", message: /has no GraphQL endpoint there/, hint: URL, ...ONCE },
  {
    kind: "429",
    code: "RATE_LIMITED",
    message: /no more requests until 2026-11-18T\d\d:\d\d:30.000Z/,
    hint: /Ask again after 2026-11-18T\d\d:\d\d:30.000Z/,
    ...ONCE,
  },
  {
    kind: "unauthenticated",
    code: "UNAUTHENTICATED",
    message: /refuses the credentials \(Unauthorized\)/,
    hint: CREDENTIALS,
    ...ONCE,
  },
  { kind: "unauthorized", code: "UNAUTHENTICATED", message: /\(Unauthorized\)/, hint: CREDENTIALS, ...ONCE },
  passing("409"),
  passing("500"),
  passing("502"),
  passing("503"),
  passing("504"),
  // It says itself to come back in half a minute, which is longer than anybody is made to wait.
  { kind: "maintenance", code: "UPSTREAM", message: /under maintenance/, hint: AGAIN, ...ONCE },
  { kind: "html", code: "UPSTREAM", message: /a web page/, hint: URL, ...ONCE },
  { kind: "not-json", code: "UPSTREAM", message: /not JSON/, hint: URL, ...ONCE },
  {
    kind: "python-error",
    code: "UPSTREAM",
    message: /failed inside \(OperationalError: connection to the storage was lost\)/,
    hint: /log of the webserver/,
    ...ONCE,
  },
  {
    kind: "exception",
    code: "UPSTREAM",
    message: /\(connection to the storage was lost\)/,
    hint: AGAIN,
    ...ONCE,
  },
  { kind: "slow", code: "TIMEOUT", message: /did not answer within 30 s/, hint: AGAIN, ...RETRIED },
  { kind: "cut", code: "UPSTREAM", message: /could not be reached/, hint: URL, ...RETRIED },
  { kind: "reset", code: "UPSTREAM", message: /could not be reached: ECONNRESET/, hint: URL, ...RETRIED },
];
