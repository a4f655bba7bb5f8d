import { once } from "node:events";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as z from "zod";
import { ERROR_CODES, RunlensError } from "../../../src/errors.ts";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { defineOperation } from "../../../src/operation.ts";
import { askFake, fakes, keptLog, waits } from "../fake.ts";

const { log, lines } = keptLog();

/** Fails with the code that it is asked for. */
const fail = defineOperation({
  name: "fail",
  path: "GET /failures/{code}",
  title: "Fail",
  summary: "Fails.",
  guidance: "Never call it.",
  input: z.strictObject({ code: z.enum(Object.keys(ERROR_CODES)), retry: z.number().optional() }),
  output: z.object({ ok: z.boolean() }),
  examples: [{ ask: "What breaks?", input: { code: "INTERNAL" } }],
  columns: ["ok"],
  handle: async ({ code, retry }) => {
    const known = Object.keys(ERROR_CODES).find((each) => each === code);
    // One of the table's own names.
    throw new RunlensError(known as keyof typeof ERROR_CODES, `It is ${code}.`, "Do something.", {
      ...(retry === undefined ? {} : { retryAfterS: retry }),
    });
  },
});

/** Gives back what it was sent, by POST. */
const echo = defineOperation({
  name: "echo",
  path: "POST /echo",
  title: "Echo",
  summary: "Echoes.",
  guidance: "Call it.",
  input: z.strictObject({ text: z.string(), params: z.array(z.string()).optional() }),
  output: z.object({ text: z.string(), params: z.array(z.string()) }),
  examples: [{ ask: "What?", input: { text: "hello" } }],
  columns: ["text"],
  handle: async ({ text, params = [] }) => ({ toJSON: () => ({ text, params }) }),
});

let server: HttpServer;
beforeAll(async () => {
  server = await startHttpServer({
    operations: [...fakes, fail, echo],
    resources: [],
    ask: askFake,
    askAbout: () => askFake,
    log,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
  });
});
afterAll(() => server.close());

const api = (path: string) => `${server.url}/api/v1${path}`;
const Failed = z.strictObject({
  error: z.strictObject({
    code: z.string(),
    message: z.string(),
    hint: z.string(),
    request_id: z.string().regex(/^[0-9a-f]{8}$/),
  }),
});

/** What the server refuses it with. */
async function refused(path: string, init?: RequestInit) {
  const response = await fetch(api(path), init);
  const { error } = Failed.parse(await response.json());
  expect(response.headers.get("x-request-id")).toBe(error.request_id);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("no-store");
  return { status: response.status, headers: response.headers, ...error };
}

/** A request whose answer stays as it comes over the wire. */
async function raw(path: string, options: { method?: string; headers?: Record<string, string> } = {}) {
  const sent = request(api(path), options).end();
  const [response] = await once(sent, "response");
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(parts) };
}

const post = (body: NonNullable<RequestInit["body"]>, type = "application/json"): RequestInit => ({
  method: "POST",
  headers: { "content-type": type },
  body,
});

describe("an operation", () => {
  it("answers at its path, asked by the query", async () => {
    const response = await fetch(api("/rows?limit=2&tags=a,b&tags=c"));
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await response.json()).toMatchObject({
      returned: 2,
      items: [{ tags: ["a,b", "c"] }, { tags: ["a,b", "c"] }],
    });
  });

  it.each([
    ["raw%2Fberths", "raw/berths"],
    ["a%20b", "a b"],
    ["100%25", "100%"],
    ["%252F", "%2F"],
    ["%C3%BC", "ü"],
    ["a+b", "a+b"],
    ["a%3Fb%23c", "a?b#c"],
    ["%zz", "%zz"],
  ])("takes %s in its path as %s", async (encoded, id) => {
    const response = await fetch(api(`/rows/${encoded}`));
    expect(await response.json()).toMatchObject({ row_id: id });
  });

  it("is not mistaken for a thing of that name, and the other way round", async () => {
    const response = await fetch(api("/runs/latest/events"));
    expect(await response.json()).toMatchObject({ items: [{ run_id: "latest" }, {}] });
    expect(await refused("/rows/1/2")).toMatchObject({ status: 404, code: "NOT_FOUND" });
  });

  it.each([
    ["/rows?limit=many", "limit of list_rows is not valid"],
    ["/rows?limit=0", "limit of list_rows is not valid"],
    ["/rows?refresh=yes", "refresh of list_rows is not valid"],
    ["/rows?status=success,late", "status.1 of list_rows is not valid"],
    ["/rows?tags=", "tags.0 of list_rows is not valid"],
    ["/rows?limits=3", 'Unknown argument "limits" for list_rows.'],
    ["/rows?__proto__=3", 'Unknown argument "__proto__" for list_rows.'],
    ["/rows?limit=1&limit=2", "limit is given 2 times."],
    ["/rows/7?row_id=7", "row_id stands in the path and in the query."],
    ["/rows/7?row_id=8", "row_id stands in the path and in the query."],
  ])("refuses %s", async (path, message) => {
    const failed = await refused(path);
    expect(failed).toMatchObject({ status: 400, code: "INVALID_INPUT" });
    expect(failed.message).toContain(message);
  });

  it.each(Object.entries(ERROR_CODES))("says %s with its status", async (code, { status }) => {
    expect(await refused(`/failures/${code}`)).toMatchObject({ status, code });
  });

  it("says after how many seconds to ask again, in whole ones", async () => {
    const { headers } = await refused("/failures/RATE_LIMITED?retry=1.2");
    expect(headers.get("retry-after")).toBe("2");
    expect((await refused("/failures/RATE_LIMITED")).headers.has("retry-after")).toBe(false);
  });

  it("keeps a defect's detail in the log, under the id of the answer", async () => {
    const failed = await refused("/explode");
    expect(failed).toMatchObject({ status: 500, code: "INTERNAL" });
    expect(JSON.stringify(failed)).not.toContain("hunter2");
    expect(lines.find((line) => line.includes(`[${failed.request_id}]`))).toContain("hunter2");
  });

  it("stops when its caller goes away", async () => {
    const before = waits.aborted;
    const controller = new AbortController();
    const asked = fetch(api("/wait"), { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    await expect(asked).rejects.toThrow();
    await vi.waitFor(() => expect(waits.aborted).toBe(before + 1));
  });
});

describe("an answer", () => {
  it("is not sent again to who has it", async () => {
    const first = await fetch(api("/rows/7"));
    const tag = first.headers.get("etag") ?? "";
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    expect(first.headers.get("cache-control")).toBe("private, no-cache");
    expect(first.headers.get("vary")).toContain("Authorization");
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, "*"]) {
      const again = await raw("/rows/7", { headers: { "if-none-match": known } });
      expect([again.status, again.body.length]).toEqual([304, 0]);
      expect(again.headers).toMatchObject({ etag: tag, "cache-control": "private, no-cache" });
      expect(again.headers["x-request-id"]).toMatch(/^[0-9a-f]{8}$/);
    }
    for (const [path, known] of [
      ["/rows/8", tag],
      ["/rows/7", '"other"'],
    ] as const) {
      expect((await raw(path, { headers: { "if-none-match": known } })).status).toBe(200);
    }
  });

  it("is compressed where it is large and the client can read it", async () => {
    const gzip = { "accept-encoding": "gzip, br" };
    const [small, large, plain] = await Promise.all([
      raw("/rows/7", { headers: gzip }),
      raw("/rows?limit=100", { headers: gzip }),
      raw("/rows?limit=100"),
    ]);
    expect(small.headers["content-encoding"]).toBeUndefined();
    expect(small.headers["content-length"]).toBe(String(small.body.length));
    expect(large.headers["content-encoding"]).toBe("gzip");
    expect(large.headers.vary).toBe("Authorization, X-API-Key, Accept-Encoding");
    expect(large.body.length).toBeLessThan(plain.body.length / 5);
    // What is not byte for byte the same has a weak tag, by which it is known all the same.
    expect(large.headers.etag).toBe(`W/${plain.headers.etag}`);
    const known = { ...gzip, "if-none-match": String(large.headers.etag) };
    expect((await raw("/rows?limit=100", { headers: known })).status).toBe(304);
    expect(await (await fetch(api("/rows?limit=100"))).json()).toEqual(JSON.parse(plain.body.toString()));
  });

  it("may be left by its reader in the middle, compressed or not", async () => {
    for (const encoding of ["gzip", "identity"]) {
      for (let time = 0; time < 20; time++) {
        const sent = request(api("/rows?limit=500&last_n_runs=1000"), {
          headers: { "accept-encoding": encoding },
        });
        sent.end();
        const [response] = await once(sent, "response");
        await once(response, "readable");
        response.destroy();
      }
    }
    expect((await fetch(api("/rows?limit=1"))).status).toBe(200);
    expect(lines.filter((line) => /unhandled|premature|INVALID_STATE/i.test(line))).toEqual([]);
  });

  it("has the head that it would have, for who asks for that alone", async () => {
    const got = await raw("/rows?limit=3");
    const head = await raw("/rows?limit=3", { method: "HEAD" });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    for (const name of ["content-type", "content-length", "etag", "link", "cache-control"])
      expect([name, head.headers[name]]).toEqual([name, got.headers[name]]);
    expect((await raw("/rows/missing", { method: "HEAD" })).status).toBe(404);
  });
});

describe("a list", () => {
  it("is walked by its links alone, each row once", async () => {
    const seen: string[] = [];
    let address: string | null = api("/rows?limit=120&tags=owner%3A%20ops%2C%20eu&tags=b");
    for (let pages = 0; address !== null; pages++) {
      expect(pages).toBeLessThan(10);
      const response: Response = await fetch(address);
      const page = z
        .object({ items: z.array(z.object({ model_id: z.string(), tags: z.array(z.string()) })) })
        .parse(await response.json());
      for (const { model_id, tags } of page.items) {
        seen.push(model_id);
        expect(tags).toEqual(["owner: ops, eu", "b"]);
      }
      const next = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
      address = next === undefined ? null : new URL(next, address).href;
    }
    expect(seen).toEqual(Array.from({ length: 500 }, (_, index) => `shop.model_${index}`));
  });

  it("says where it begins, and has no links where it is whole", async () => {
    const middle = (await fetch(api("/rows?cursor=5&limit=2"))).headers.get("link");
    expect(middle).toBe('</api/v1/rows?limit=2&cursor=7>; rel="next", </api/v1/rows?limit=2>; rel="first"');
    expect((await fetch(api("/rows?limit=500"))).headers.has("link")).toBe(false);
    expect((await fetch(api("/rows/7"))).headers.has("link")).toBe(false);
  });
});

describe("a question by POST", () => {
  it("stands in the body", async () => {
    const response = await fetch(
      api("/echo"),
      post('{"text":"a","params":["ü"]}', "application/json; charset=utf-8"),
    );
    expect(await response.json()).toEqual({ text: "a", params: ["ü"] });
    expect(response.headers.has("etag")).toBe(false);
    expect(response.headers.get("cache-control")).toBe("private, no-cache");
  });

  it.each([
    ["is no JSON", post("{"), "not JSON"],
    ["is nothing", post(""), "not JSON"],
    ["is no object", post("[1]"), "no JSON object"],
    ["is null", post("null"), "no JSON object"],
    ["is a form", post("text=a", "application/x-www-form-urlencoded"), "not said to be application/json"],
    ["is no UTF-8", post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])), "not JSON in UTF-8"],
    ["has what is unknown", post('{"text":"a","bogus":1}'), 'Unknown argument "bogus"'],
    [
      "would change the prototype",
      post('{"text":"a","__proto__":{"params":[]}}'),
      'Unknown argument "__proto__"',
    ],
    ["lacks what is needed", post("{}"), "echo needs text."],
  ])("is refused where the body %s", async (_, init, message) => {
    const failed = await refused("/echo", init);
    expect(failed).toMatchObject({ status: 400, code: "INVALID_INPUT" });
    expect(failed.message).toContain(message);
  });

  it("is refused where arguments stand in the address", async () => {
    expect((await refused("/echo?text=a", post("{}"))).message).toContain("text stands in the address");
  });

  it("is refused where it is too large", async () => {
    const failed = await refused("/echo", post(JSON.stringify({ text: "x".repeat(201_000) })));
    expect(failed).toMatchObject({ status: 413, code: "TOO_LARGE" });
  });
});

describe("a path", () => {
  it("that is none is 404 with the hint where things are", async () => {
    for (const path of ["/nothing", "/rows/", "/", "", "/rows/7/x", "//rows"]) {
      expect([path, await refused(path)]).toMatchObject([
        path,
        { status: 404, code: "NOT_FOUND", hint: expect.stringContaining("/openapi.json") },
      ]);
    }
  });

  it.each([
    ["DELETE", "/rows", "GET, HEAD, OPTIONS"],
    ["POST", "/rows/7", "GET, HEAD, OPTIONS"],
    ["POST", `/rows/${"7".repeat(3000)}`, "GET, HEAD, OPTIONS"],
    ["PATCH", "/account", "GET, HEAD, OPTIONS"],
    ["GET", "/echo", "POST, OPTIONS"],
  ])("refuses %s of %s and says what it takes", async (method, path, allowed) => {
    const failed = await refused(path, { method });
    expect(failed).toMatchObject({ status: 405, code: "INVALID_INPUT" });
    expect(failed.headers.get("allow")).toBe(allowed);
    const asked = await raw(path, { method: "OPTIONS" });
    expect([asked.status, asked.headers.allow]).toEqual([204, allowed]);
  });

  it("for who asks says who they are, and what they may ask", async () => {
    const response = await fetch(api("/account"));
    expect(await response.json()).toEqual({
      name: "local",
      role: "admin",
      projects: null,
      version: "1.2.3",
      operations: [...fakes, fail, echo].map(({ name }) => name),
    });
  });
});
