/** What each answer that is none becomes, one by one; and that none of it shows a secret. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { failureOf as failureFor } from "../../../src/sources/dagster/failures.ts";
import { failureOf, WAITING } from "../dbt-cloud/served.ts";
import {
  AGAIN,
  apiOf,
  DOCUMENT,
  errors,
  failure,
  member,
  OF_PLUS,
  OF_URL,
  OSS,
  PLUS,
  SECRET,
} from "./answering.ts";

const OF_HEADERS = /DAGSTER_EXTRA_HEADERS/;
const OF_TOKEN = /DAGSTER_CLOUD_API_TOKEN/;
const UPDATE = /Update runlens/;

const MAINTENANCE = {
  maintenance: { message: "Dagster+ is down.", timeout: 3600, retry_interval: 30 },
};

describe.each([OSS, PLUS])("$name", (told) => {
  const isPlus = told === PLUS;
  const where = isPlus ? OF_PLUS : OF_URL;
  const credentials = isPlus ? OF_TOKEN : OF_HEADERS;

  it.each([
    // Statuses, with what the service, a proxy or a gateway says beside them.
    [401, "Unauthorized", "UNAUTHENTICATED", "refuses the credentials", credentials, 1],
    [403, "Forbidden", "FORBIDDEN", "does not allow this", credentials, 1],
    [403, errors("Not on this floor"), "FORBIDDEN", "(Not on this floor)", credentials, 1],
    [404, "Not Found", "NOT_FOUND", "has no GraphQL endpoint there", where, 1],
    [409, "Conflict", "UPSTREAM", "failed with status 409", AGAIN, 3],
    [500, "Internal Server Error", "UPSTREAM", "failed with status 500", AGAIN, 3],
    [502, "<html>Bad gateway</html>", "UPSTREAM", "failed with status 502", AGAIN, 3],
    [503, "<html>Unavailable</html>", "UPSTREAM", "failed with status 503", AGAIN, 3],
    [504, "<html>Time-out</html>", "UPSTREAM", "failed with status 504", AGAIN, 3],
    [413, { message: "too long" }, "UPSTREAM", "refused the request with status 413 (too long)", UPDATE, 1],
    // Bodies before statuses: what the status says is nothing beside what GraphQL says.
    [
      500,
      member("PythonError", { message: "boom\n", className: "ValueError" }),
      "UPSTREAM",
      "failed inside (ValueError: boom)",
      /log of the webserver/,
      1,
    ],
    [500, errors("boom"), "UPSTREAM", "answered with an error (boom)", AGAIN, 1],
    [400, errors("Something odd"), "UPSTREAM", "answered with an error (Something odd)", AGAIN, 1],
    // Refusals among the errors of an answer.
    [
      200,
      errors("Unauthorized", "UNAUTHENTICATED"),
      "UNAUTHENTICATED",
      "refuses the credentials (Unauthorized)",
      credentials,
      1,
    ],
    [200, errors("Invalid token"), "UNAUTHENTICATED", "(Invalid token)", credentials, 1],
    [200, errors("no", "FORBIDDEN"), "FORBIDDEN", "does not allow this (no)", credentials, 1],
    [200, { data: null, errors: [{}] }, "UPSTREAM", "(no reason given)", AGAIN, 1],
    [200, { data: { runOrError: null }, errors: [{ message: "boom" }] }, "UPSTREAM", "(boom)", AGAIN, 1],
    // Members of unions.
    [
      200,
      member("RunNotFoundError", { message: "Pipeline run x could not be found." }),
      "NOT_FOUND",
      "has nothing there (Pipeline run x could not be found)",
      /list_runs/,
      1,
    ],
    [200, member("PipelineNotFoundError", { message: "gone" }), "NOT_FOUND", "(gone)", /list_jobs/, 1],
    [
      200,
      member("UnauthorizedError", { message: "Authorization failed" }),
      "UNAUTHENTICATED",
      "(Authorization failed)",
      credentials,
      1,
    ],
    [
      200,
      member("SomethingNewError", { message: "odd" }),
      "UPSTREAM",
      "answered SomethingNewError (odd)",
      UPDATE,
      1,
    ],
    [
      200,
      member("InvalidStepError", { invalidStepKey: "x" }),
      "UPSTREAM",
      "answered InvalidStepError.",
      UPDATE,
      1,
    ],
    [200, { data: { runOrError: "text" } }, "UPSTREAM", "answered with no runOrError", where, 1],
    // What is no answer of a GraphQL server.
    [200, MAINTENANCE, "UPSTREAM", "is under maintenance (Dagster+ is down)", AGAIN, 1],
    [503, MAINTENANCE, "UPSTREAM", "is under maintenance (Dagster+ is down)", AGAIN, 1],
    [200, "<!doctype html><title>Dagster</title>", "UPSTREAM", "answered with a web page", where, 1],
    [200, "upstream connect error", "UPSTREAM", "something that is not JSON", where, 1],
    [200, '{"data": {"runOrError":', "UPSTREAM", "something that is not JSON", where, 1],
    [200, {}, "UPSTREAM", "neither data nor errors", where, 1],
    [200, "[]", "UPSTREAM", "neither data nor errors", where, 1],
    [200, "", "UPSTREAM", "something that is not JSON", where, 1],
  ] as const)("%i %j is %s", async (status, body, code, message, hint, attempts) => {
    const found = await failure(told, status, body);
    expect([found.error.code, found.error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(found.error.hint).toMatch(hint);
    expect(found.attempts).toBe(attempts);
  });
});

describe("no failure", () => {
  const echo = `your key ${SECRET} is\u0007 bad\u001b[31m, ${SECRET}`;
  /** Where the text is cut in the middle of the secret. */
  const long = `${"x".repeat(195)}${SECRET}`;

  it.each([echo, long])("shows a secret, whole or in part: %j", async (text) => {
    const all = [
      (await failure(OSS, 401, { message: text })).error,
      (await failure(OSS, 400, errors(text))).error,
      (await failure(OSS, 200, errors(text))).error,
      (await failure(OSS, 200, errors(`UNAUTHENTICATED ${text}`))).error,
      (await failure(OSS, 500, member("PythonError", { message: text, className: SECRET }))).error,
      (await failure(OSS, 200, member(SECRET, { message: text }))).error,
      (await failure(OSS, 200, { maintenance: { message: text } })).error,
      (await failure(OSS, 200, `${SECRET} {`)).error,
      failureFor(OSS, { kind: "redirect", to: `https://${SECRET}.example` }),
      await failureOf(apiOf({ url: "http://127.0.0.1:1" }, OSS).ask(DOCUMENT, { echo }, WAITING)),
    ];
    for (const error of all) {
      const shown = inspect(error, { depth: 10, showHidden: true, maxStringLength: null });
      expect(shown).not.toContain(SECRET.slice(0, 5));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    }
  });

  it("is long, whatever the other side says", async () => {
    const { error } = await failure(OSS, 500, member("PythonError", { message: "x".repeat(100_000) }));
    expect(error.message.length).toBeLessThan(400);
  });
});
