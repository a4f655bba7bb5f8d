/** Connections that fail, refusals for the rate, and what happens when a server does not say what it has. */
import { describe, expect, it } from "vitest";
import { failureOf, NOW, QuickClock, send, serve, WAITING } from "../dbt-cloud/served.ts";
import {
  AGAIN,
  apiOf,
  asked,
  DOCUMENT,
  errors,
  failure,
  looks,
  member,
  OF_PLUS,
  OF_URL,
  OSS,
  PLUS,
  SCHEMA,
  SECRET,
  serveAfter,
  serveAnswer,
} from "./answering.ts";

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

  // Not yet: who has not been sent when the refusal comes is refused at once, and does not wait.
  it("is waited for by all where it is short", async () => {
    let refusals = 1;
    const served = await serveAfter((_request, response) => {
      if (refusals-- > 0) send(response, 429, "", { "retry-after": new Date(NOW + 2000).toUTCString() });
      else send(response, 200, member("Run"));
    });
    const clock = new QuickClock();
    const api = apiOf(served, OSS, { clock });
    await api.capabilities(WAITING);
    // More than are asked at once: some have not been sent when the refusal comes.
    const all = await Promise.all(Array.from({ length: 20 }, () => api.ask(DOCUMENT, {}, WAITING)));
    expect(all.every((data) => "runOrError" in data)).toBe(true);
    expect(clock.sleeps.every((ms) => ms <= 2000)).toBe(true);
  });
});

describe("a connection that fails", () => {
  it.each([
    [OSS, OF_URL],
    [PLUS, OF_PLUS],
  ])("is reset, cut off or refused: $name", async (told, hint) => {
    const reset = await serveAfter((_request, response) => void response.socket?.destroy());
    const cut = await serveAfter((_request, response) => {
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

  it("is tried once only where there is no such host", async () => {
    let sent = 0;
    const nowhere = Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    const api = apiOf({ url: "http://127.0.0.1:1" }, OSS, {
      fetch: () => {
        sent += 1;
        return Promise.reject(new TypeError("fetch failed", { cause: nowhere }));
      },
    });
    const error = await failureOf(api.ask(DOCUMENT, {}, WAITING));
    expect(error.message).toContain("ENOTFOUND");
    expect(sent).toBe(1);
  });

  it("takes too long", async () => {
    const served = await serveAfter(() => undefined);
    const error = await failureOf(apiOf(served, OSS, { timeoutMs: 50 }).ask(DOCUMENT, {}, WAITING));
    expect([error.code, asked(served)]).toEqual(["TIMEOUT", 3]);
    expect(error.message).toContain("did not answer within 0.05 s");
    expect(error.hint).toMatch(AGAIN);
  });

  it.each([
    [OSS, /DAGSTER_GRAPHQL_URL.*DAGSTER_EXTRA_HEADERS/],
    [PLUS, OF_PLUS],
  ])("is sent on to a page to log in at, where the secrets are not sent: $name", async (told, hint) => {
    const elsewhere = await serve((_request, response) => send(response, 200, SCHEMA));
    const served = await serveAfter((_request, response) =>
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
      send(response, 200, request.body.includes("RunlensSchema") ? SCHEMA : member("Run"));
    });
    expect(await apiOf(served, OSS).ask(DOCUMENT, {}, WAITING)).toEqual(member("Run").data);
  });

  it("brings more than is read into memory", async () => {
    const served = await serveAfter((_request, response) => send(response, 200, "x".repeat(10_000)));
    // The introspection is about as long as that.
    const api = apiOf(served, OSS, { mostBytes: JSON.stringify(SCHEMA).length });
    const large = await serveAfter((_request, response) => send(response, 200, "x".repeat(1_000_000)));
    expect((await failureOf(api.ask(DOCUMENT, {}, WAITING))).code).toBe("UPSTREAM");
    const error = await failureOf(
      apiOf(large, OSS, { mostBytes: JSON.stringify(SCHEMA).length }).ask(DOCUMENT, {}, WAITING),
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
    expect([asked(served), looks(served) > 0]).toEqual([0, true]);
  });

  it("is asked once for all questions, and again after it failed", async () => {
    let fails = true;
    const served = await serve((request, response) => {
      if (fails) return send(response, 403, "");
      send(response, 200, request.body.includes("RunlensSchema") ? SCHEMA : member("Run"));
    });
    const api = apiOf(served, OSS);
    expect((await failureOf(api.ask(DOCUMENT, {}, WAITING))).code).toBe("FORBIDDEN");
    fails = false;
    await Promise.all([api.ask(DOCUMENT, {}, WAITING), api.ask(DOCUMENT, {}, WAITING)]);
    expect(looks(served)).toBe(2);
  });

  it.each([
    ["Cannot query field 'kinds' on type 'AssetNode'.", 2],
    ["Unknown argument 'limit' on field 'Run.assetSelection'.", 2],
    ["Unknown type 'AssetKeyInput'.", 2],
    ["Fields 'assetKey' conflict because they return conflicting types", 2],
    ["Field 'limit' is not defined by type 'RunsFilter'.", 2],
    ["the storage is gone", 1],
  ])("is looked at anew after a document was not understood: %s", async (message, times) => {
    const served = await serveAnswer(400, errors(message));
    const error = await failureOf(apiOf(served, OSS).ask(DOCUMENT, {}, WAITING));
    expect(error.code).toBe("UPSTREAM");
    if (times === 2) expect(`${error.message} ${error.hint}`).toMatch(/does not understand.*update runlens/);
    expect(looks(served)).toBe(times);
  });
});
