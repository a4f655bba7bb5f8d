import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { RunlensError } from "../../../src/errors.ts";
import { quoted } from "../../../src/sources/wire/upstream-text.ts";
import { adminOf, discoveryOf, failureOf, QuickClock, send, serve, TOKEN, WAITING } from "./served.ts";

const QUERY = "query Probe { __typename }";
const COMPLEXITY = {
  message:
    "Error: This query exceeds the complexity limit. Consider breaking it up into separate queries or limiting to necessary fields.",
  extensions: { code: "COMPLEXITY_EXCEEDED" },
};

type Headers = Record<string, string>;

async function adminFailure(status: number, body: unknown, headers: Headers = {}): Promise<RunlensError> {
  const served = await serve((_request, response) => send(response, status, body, headers));
  return failureOf(adminOf(served).run("1", {}, WAITING));
}

async function discoveryFailure(status: number, body: unknown, headers: Headers = {}): Promise<RunlensError> {
  const served = await serve((_request, response) => send(response, status, body, headers));
  return failureOf(discoveryOf(served).query(QUERY, {}, WAITING));
}

function refused(code: number, message: string): unknown {
  return {
    status: { code, is_success: false, user_message: message, developer_message: null },
    data: null,
  };
}

const errors = (message: string, code?: string) => ({
  errors: [{ message, ...(code === undefined ? {} : { extensions: { code } }) }],
  data: null,
});

describe("the Admin API", () => {
  it.each([
    [401, refused(401, "Invalid token."), "UNAUTHENTICATED", "Invalid token", "DBT_SERVICE_TOKEN"],
    [
      403,
      refused(403, "Access denied: Token is not scoped to account."),
      "FORBIDDEN",
      "Token is not scoped to account",
      "DBT_ACCOUNT_ID",
    ],
    [403, refused(403, "Insufficient permissions"), "FORBIDDEN", "Insufficient permissions", "Job Viewer"],
    [404, refused(404, "The requested resource was not found."), "NOT_FOUND", "not found", "list_runs"],
    [429, refused(429, "Too many requests."), "RATE_LIMITED", "2026-11-20T06:05:00.000Z", "Ask again after"],
    [400, refused(400, "limit must be at most 100"), "UPSTREAM", "limit must be at most 100", "Update"],
    [500, refused(500, "Internal server error"), "UPSTREAM", "status 500", "Ask again"],
    [502, "<html>Bad gateway</html>", "UPSTREAM", "status 502", "Ask again"],
    // The status may stand in the envelope alone.
    [200, refused(401, "Invalid token."), "UNAUTHENTICATED", "Invalid token", "DBT_SERVICE_TOKEN"],
    [200, refused(403, "Insufficient permissions"), "FORBIDDEN", "Insufficient", "permission set"],
    [200, refused(429, "Too many requests."), "RATE_LIMITED", "2026-11-20T06:05:00.000Z", "Ask again after"],
    [200, "<!doctype html><title>dbt Cloud</title>", "UPSTREAM", "web page", "Access URLs"],
    [200, "no json", "UPSTREAM", "not JSON", "DBT_HOST"],
    [200, "[1]", "UPSTREAM", "no envelope", "DBT_HOST"],
    [200, { status: { code: 200, is_success: true } }, "UPSTREAM", "envelope without data", "DBT_HOST"],
    [200, { data: { status: 10 } }, "UPSTREAM", "no run", "DBT_HOST"],
  ])("%i %o", async (status, body, code, message, hint) => {
    const error = await adminFailure(status, body);
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(error.hint).toContain(hint);
    expect(error.message).toContain("dbt Cloud's Admin API");
  });

  it("takes a web page for one by its type too", async () => {
    const error = await adminFailure(200, "not found", { "content-type": "text/html; charset=utf-8" });
    expect(error.message).toContain("web page");
  });

  it("is not asked again after a refusal in the envelope", async () => {
    const served = await serve((_request, response) =>
      send(response, 200, refused(429, "Too many requests.")),
    );
    const admin = adminOf(served);
    await failureOf(admin.run("1", {}, WAITING));
    expect((await failureOf(admin.run("1", {}, WAITING))).code).toBe("RATE_LIMITED");
    expect([served.seen.length, admin.requests]).toEqual([1, 1]);
  });
});

describe("the Discovery API", () => {
  it.each([
    [401, errors("Unauthorized"), "UNAUTHENTICATED", null, "DBT_SERVICE_TOKEN"],
    [403, errors("Forbidden"), "FORBIDDEN", null, "Metadata Only"],
    [404, "", "NOT_FOUND", null, "gone"],
    [429, "", "RATE_LIMITED", null, "2026-11-20T06:05:00.000Z"],
    [500, errors("boom"), "UPSTREAM", "passing", "Ask again"],
    [
      400,
      errors('Cannot query field "x" on type "Y".', "GRAPHQL_VALIDATION_FAILED"),
      "UPSTREAM",
      "validation",
      "runlens",
    ],
    [400, errors("Unknown argument first"), "UPSTREAM", "validation", "runlens"],
    [400, { errors: [COMPLEXITY] }, "TOO_LARGE", "complexity", "fewer"],
    [200, { errors: [COMPLEXITY], data: null }, "TOO_LARGE", "complexity", "fewer"],
    [200, errors("No token was provided."), "UNAUTHENTICATED", null, "DBT_SERVICE_TOKEN"],
    [200, errors("Query rate limit exceeded"), "RATE_LIMITED", null, "2026-11-20T06:05:00.000Z"],
    [200, errors("Too many requests, slow down"), "RATE_LIMITED", null, "2026-11-20T06:05:00.000Z"],
    [200, errors("You do not have permission to perform this action"), "FORBIDDEN", null, "Metadata Only"],
    [200, errors("Environment 1 not found"), "NOT_FOUND", null, "hidden from this token"],
    [200, errors("Something odd"), "UPSTREAM", null, "Ask again"],
    [200, { errors: [{ text: 1 }, null] }, "UPSTREAM", null, "Ask again"],
    [200, { errors: { message: "No token was provided." } }, "UNAUTHENTICATED", null, "DBT_SERVICE_TOKEN"],
    // A field that is null because of an error is no data.
    [200, { data: { job: null }, errors: [{ message: "permission denied" }] }, "FORBIDDEN", null, "token"],
    [200, {}, "UPSTREAM", null, "DBT_DISCOVERY_URL"],
    [200, { data: null }, "UPSTREAM", null, "DBT_DISCOVERY_URL"],
    [200, { data: {} }, "UPSTREAM", null, "DBT_DISCOVERY_URL"],
    [200, "[]", "UPSTREAM", null, "DBT_DISCOVERY_URL"],
    [200, "<html><body>dbt</body></html>", "UPSTREAM", null, "Access URLs"],
    [200, '{"data": {"job":', "UPSTREAM", null, "DBT_DISCOVERY_URL"],
    [200, "", "UPSTREAM", null, "DBT_DISCOVERY_URL"],
  ])("%i %o", async (status, body, code, reason, hint) => {
    const error = await discoveryFailure(status, body);
    expect(error).toMatchObject({ code, reason });
    expect(error.hint).toContain(hint);
    expect(error.message).toContain("dbt Cloud's Discovery API");
  });

  it("keeps what it has where a part failed", async () => {
    const body = {
      data: { environment: { applied: null } },
      errors: [{ message: "timed out", path: ["environment"] }],
    };
    const served = await serve((_request, response) => send(response, 200, body));
    expect(await discoveryOf(served).query(QUERY, {}, WAITING)).toEqual({
      data: { environment: { applied: null } },
      errors: [{ message: "timed out", code: null }],
    });
  });

  it("takes a field that is null for an answer", async () => {
    const served = await serve((_request, response) => send(response, 200, { data: { job: null } }));
    expect((await discoveryOf(served).query(QUERY, {}, WAITING)).data).toEqual({ job: null });
  });

  it("reads an answer whatever type it has", async () => {
    const served = await serve((_request, response) =>
      send(response, 200, { data: { __typename: "Query" } }, { "content-type": "text/plain" }),
    );
    expect((await discoveryOf(served).query(QUERY, {}, WAITING)).data).toEqual({ __typename: "Query" });
  });

  it("is left alone for five minutes after a refusal in a body", async () => {
    const clock = new QuickClock();
    const served = await serve((_request, response) => send(response, 200, errors("rate limit reached")));
    const discovery = discoveryOf(served, { clock });
    await failureOf(discovery.query(QUERY, {}, WAITING));
    await failureOf(discovery.query(QUERY, {}, WAITING));
    expect(served.seen).toHaveLength(1);
    clock.time += 300_000;
    await failureOf(discovery.query(QUERY, {}, WAITING));
    expect(served.seen).toHaveLength(2);
  });
});

describe("no failure", () => {
  const echo = `your token ${TOKEN} is\u0007 bad\u001b[31m, ${TOKEN}`;

  it("shows the token, wherever it is looked for", async () => {
    const all = [
      await adminFailure(401, refused(401, echo)),
      await adminFailure(400, refused(400, echo)),
      await adminFailure(302, "", { location: `https://elsewhere.example/${TOKEN}` }),
      await discoveryFailure(400, errors(echo)),
      await discoveryFailure(200, errors(echo)),
      await discoveryFailure(200, errors(`No token was provided. ${echo}`)),
      await discoveryFailure(200, `${TOKEN} {`),
      await failureOf(discoveryOf({ url: "http://127.0.0.1:1", seen: [] }).query(QUERY, { echo }, WAITING)),
    ];
    for (const error of all) {
      const shown = inspect(error, { depth: 10, showHidden: true, maxStringLength: null });
      expect(shown).not.toContain(TOKEN);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(error.message).not.toMatch(/[\u0000-\u001f]/);
    }
  });

  it("is long, whatever the other side says", async () => {
    const error = await adminFailure(400, refused(400, "x".repeat(100_000)));
    expect(error.message.length).toBeLessThan(400);
  });
});

describe("quoted", () => {
  it("is one short line without what hides or reorders text", () => {
    expect(quoted("a\r\n\tb\u202ec\u200bd", "")).toBe("a b c d");
    expect(quoted("x secret y", "secret")).toBe("x *** y");
    expect(quoted("🧱".repeat(300), "")).toBe(`${"🧱".repeat(200)}…`);
  });
});
