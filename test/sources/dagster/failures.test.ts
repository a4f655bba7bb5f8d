/** What each way in which a deployment can fail becomes, one by one; and that none of them shows a secret. */
import { inspect } from "node:util";
import { graphqlSync } from "graphql";
import { describe, expect, it } from "vitest";
import { DagsterApi } from "../../../src/sources/dagster/api.ts";
import { INTROSPECTION } from "../../../src/sources/dagster/capabilities.ts";
import { failureOf as failureFor, type Told, vendorOf } from "../../../src/sources/dagster/failures.ts";
import { Transport, type TransportOptions } from "../../../src/sources/wire/transport.ts";
import { schemaOf } from "../../emulators/dagster/schema.ts";
import { failureOf, NOW, QuickClock, type Served, send, serve, WAITING } from "../dbt-cloud/served.ts";

const SECRET = "secret-of-a-header_0123456789";
const OSS: Told = { name: "Dagster at localhost:3000", isPlus: false, secrets: [SECRET] };
const PLUS: Told = { name: "Dagster+ at acme.dagster.cloud/prod", isPlus: true, secrets: [SECRET] };
const DOCUMENT = () => "query RunlensTest { runOrError { __typename } }";

/** Hints that name the variables of one kind of deployment, and none of the other. */
const OF_URL = /DAGSTER_GRAPHQL_URL/;
const OF_HEADERS = /DAGSTER_EXTRA_HEADERS/;
const OF_TOKEN = /DAGSTER_CLOUD_API_TOKEN/;
const OF_PLUS = /DAGSTER_CLOUD_ORGANIZATION and DAGSTER_CLOUD_DEPLOYMENT/;
const AGAIN = /Ask again in a minute/;
const UPDATE = /Update runlens/;

const schema = graphqlSync({ schema: schemaOf("1.13.27", false), source: INTROSPECTION });

function apiOf(
  { url }: Pick<Served, "url">,
  told: Told,
  options: Partial<TransportOptions> = {},
): DagsterApi {
  const vendor = vendorOf(told, { "X-Secret": SECRET });
  const transport = new Transport({ vendor, clock: new QuickClock(), fetch, random: () => 0, ...options });
  return new DagsterApi(transport, `${url}/graphql`, told);
}

/** A server that says what it has, and answers everything else as a test says. */
function serveAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Promise<Served> {
  return serve((request, response) => {
    if (request.body.includes("RunlensSchema")) send(response, 200, schema);
    else send(response, status, body, headers);
  });
}

async function failure(told: Told, status: number, body: unknown, headers: Record<string, string> = {}) {
  const served = await serveAnswer(status, body, headers);
  const api = apiOf(served, told);
  const error = await failureOf(
    api.ask(DOCUMENT, {}, WAITING).then((data) => api.memberOf(data, "runOrError", "Run")),
  );
  expect(error.message).toContain(told.name);
  const asked = served.seen.filter(({ body: text }) => text.includes("RunlensTest"));
  return { error, attempts: asked.length };
}

const member = (typename: string, more: object = {}) => ({
  data: { runOrError: { __typename: typename, ...more } },
});
const errors = (message: string, code?: string) => ({
  data: null,
  errors: [{ message, ...(code === undefined ? {} : { extensions: { code } }) }],
});
const MAINTENANCE = {
  maintenance: { message: "Dagster+ is down.", timeout: 3600, retry_interval: 30 },
};
const soon = new Date(NOW + 2000).toUTCString();

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

describe("a refusal for the rate", () => {
  it.each([
    ["without a time, for half a minute", {}, 30, 1],
    ["with seconds", { "retry-after": "45" }, 45, 1],
    ["with a date", { "retry-after": new Date(NOW + 60_000).toUTCString() }, 60, 1],
    ["with a time that is over", { "retry-after": new Date(NOW - 60_000).toUTCString() }, 30, 1],
    // The others fall into pauses: the second and third attempt are refused again.
    ["with few seconds, which are waited", { "retry-after": "2" }, 2 + 2 + 2, 3],
  ] as const)("%s", async (_, headers, seconds, attempts) => {
    const found = await failure(OSS, 429, "Too Many Requests", headers);
    const until = new Date(NOW + seconds * 1000).toISOString();
    expect([found.error.code, found.attempts]).toEqual(["RATE_LIMITED", attempts]);
    expect(found.error.message).toContain(`no more requests until ${until}`);
    expect(found.error.hint).toContain(`Ask again after ${until}`);
  });

  it("keeps everybody from asking until it is over", async () => {
    const clock = new QuickClock();
    const served = await serveAnswer(429, "Too Many Requests");
    const api = apiOf(served, OSS, { clock });
    const ask = () => failureOf(api.ask(DOCUMENT, {}, WAITING));
    expect((await ask()).code).toBe("RATE_LIMITED");
    const sent = served.seen.length;
    expect((await ask()).message).toContain(new Date(NOW + 30_000).toISOString());
    expect(served.seen.length).toBe(sent);
    clock.time += 30_000;
    await ask();
    expect(served.seen.length).toBe(sent + 1);
  });

  it("is over for all who wait, once the time that it named has passed", async () => {
    let refusals = 1;
    const served = await serve((request, response) => {
      if (request.body.includes("RunlensSchema")) return send(response, 200, schema);
      if (refusals-- > 0) return send(response, 429, "", { "retry-after": soon });
      send(response, 200, member("Run"));
    });
    const clock = new QuickClock();
    const data = await apiOf(served, OSS, { clock }).ask(DOCUMENT, {}, WAITING);
    expect(data).toEqual(member("Run").data);
    expect(clock.sleeps).toEqual([2000]);
  });
});

describe("a connection that fails", () => {
  /** After the introspection, as the test says. */
  const broken = (handler: Parameters<typeof serve>[0]) =>
    serve((request, response, count) => {
      if (request.body.includes("RunlensSchema")) send(response, 200, schema);
      else return handler(request, response, count);
    });
  const asked = ({ seen }: Served) => seen.filter(({ body }) => body.includes("RunlensTest")).length;

  it.each([
    [OSS, OF_URL],
    [PLUS, OF_PLUS],
  ])("is reset, cut off or refused: $name", async (told, hint) => {
    const reset = await broken((_request, response) => void response.socket?.destroy());
    const cut = await broken((_request, response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"data":', () => response.destroy());
    });
    for (const served of [reset, cut]) {
      const error = await failureOf(apiOf(served, told).ask(DOCUMENT, {}, WAITING));
      expect([error.code, error.message]).toEqual([
        "UPSTREAM",
        expect.stringContaining("could not be reached"),
      ]);
      expect(error.hint).toMatch(hint);
      expect(asked(served)).toBe(3);
    }
    const nobody = await failureOf(apiOf({ url: "http://127.0.0.1:1" }, told).ask(DOCUMENT, {}, WAITING));
    expect(nobody.hint).toMatch(hint);
  });

  it("is tried once only where it is to no known host", async () => {
    let sent = 0;
    const unknown = Object.assign(new TypeError("fetch failed"), { cause: { code: "ENOTFOUND" } });
    const api = apiOf({ url: "http://127.0.0.1:1" }, OSS, {
      fetch: () => {
        sent += 1;
        return Promise.reject(
          Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(), unknown.cause) }),
        );
      },
    });
    const error = await failureOf(api.ask(DOCUMENT, {}, WAITING));
    expect(error.message).toContain("ENOTFOUND");
    expect(sent).toBe(1);
  });

  it("takes too long", async () => {
    const served = await broken(() => undefined);
    const error = await failureOf(apiOf(served, OSS, { timeoutMs: 50 }).ask(DOCUMENT, {}, WAITING));
    expect([error.code, asked(served)]).toEqual(["TIMEOUT", 3]);
    expect(error.message).toContain("did not answer within 0.05 s");
    expect(error.hint).toMatch(AGAIN);
  });

  it.each([
    [OSS, /DAGSTER_GRAPHQL_URL.*DAGSTER_EXTRA_HEADERS/],
    [PLUS, OF_PLUS],
  ])("is sent on to a page to log in at, where the secrets are not sent: $name", async (told, hint) => {
    const elsewhere = await serve((_request, response) => send(response, 200, schema));
    const served = await broken((_request, response) =>
      send(response, 302, "", { location: `${elsewhere.url}/login?to=${SECRET}` }),
    );
    const error = await failureOf(apiOf(served, told).ask(DOCUMENT, {}, WAITING));
    expect([error.code, error.message]).toEqual([
      "UPSTREAM",
      expect.stringContaining(`on to ${elsewhere.url}`),
    ]);
    expect(error.hint).toMatch(hint);
    expect([asked(served), elsewhere.seen.length]).toEqual([1, 0]);
  });

  it("is followed to another path of its own host", async () => {
    const served = await serve((request, response) => {
      if (request.path === "/graphql") return send(response, 307, "", { location: "/dagster/graphql" });
      send(response, 200, request.body.includes("RunlensSchema") ? schema : member("Run"));
    });
    expect(await apiOf(served, OSS).ask(DOCUMENT, {}, WAITING)).toEqual(member("Run").data);
  });

  it("brings more than is read into memory", async () => {
    const served = await broken((_request, response) => send(response, 200, "x".repeat(10_000)));
    // The introspection is about as long as that.
    const api = apiOf(served, OSS, { mostBytes: JSON.stringify(schema).length });
    const large = await broken((_request, response) => send(response, 200, "x".repeat(1_000_000)));
    expect((await failureOf(api.ask(DOCUMENT, {}, WAITING))).code).toBe("UPSTREAM");
    const error = await failureOf(
      apiOf(large, OSS, { mostBytes: JSON.stringify(schema).length }).ask(DOCUMENT, {}, WAITING),
    );
    expect(error.code).toBe("TOO_LARGE");
  });
});

describe("what a server has", () => {
  it("is an error where it does not say so, and no guess", async () => {
    const refused = errors("GraphQL introspection is not allowed");
    const served = await serve((_request, response) => send(response, 400, refused));
    const error = await failureOf(apiOf(served, OSS).ask(DOCUMENT, {}, WAITING));
    expect([error.code, error.message]).toEqual([
      "UPSTREAM",
      expect.stringContaining("introspection is not allowed"),
    ]);
    expect(served.seen.every(({ body }) => body.includes("RunlensSchema"))).toBe(true);
  });

  it("is asked once for all questions, and again after it failed", async () => {
    let fails = true;
    const served = await serve((request, response) => {
      if (fails) return send(response, 403, "");
      send(response, 200, request.body.includes("RunlensSchema") ? schema : member("Run"));
    });
    const api = apiOf(served, OSS);
    expect((await failureOf(api.ask(DOCUMENT, {}, WAITING))).code).toBe("FORBIDDEN");
    fails = false;
    await Promise.all([api.ask(DOCUMENT, {}, WAITING), api.ask(DOCUMENT, {}, WAITING)]);
    const looks = served.seen.filter(({ body }) => body.includes("RunlensSchema"));
    expect(looks).toHaveLength(2);
  });

  it.each([
    ["Cannot query field 'kinds' on type 'AssetNode'.", 2],
    ["Unknown argument 'limit' on field 'Run.assetSelection'.", 2],
    ["Unknown type 'AssetKeyInput'.", 2],
    ["Fields 'assetKey' conflict because they return conflicting types", 2],
    ["Field 'limit' is not defined by type 'RunsFilter'.", 2],
    ["the storage is gone", 1],
  ])("is looked at anew after a document was not understood: %s", async (message, looks) => {
    const served = await serveAnswer(400, errors(message));
    const error = await failureOf(apiOf(served, OSS).ask(DOCUMENT, {}, WAITING));
    expect(error.code).toBe("UPSTREAM");
    if (looks === 2) expect(`${error.message} ${error.hint}`).toMatch(/does not understand.*update runlens/);
    expect(served.seen.filter(({ body }) => body.includes("RunlensSchema"))).toHaveLength(looks);
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
