/** Whatever is sent to the server, it refuses it in a known form, soon, and goes on answering. */
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isRecord } from "../../../src/frontends/clean.ts";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { askFake, fakes, keptLog, listRows } from "../fake.ts";

const SEED = 20261118;
/** Milliseconds in which every answer has to begin. */
const PATIENCE_MS = 5_000;
/** Milliseconds after which a stream that goes on counts as answered. */
const STREAM_MS = 250;

const { log, lines } = keptLog();
let server: HttpServer;
let good: Sent[];

interface Sent {
  headers: Record<string, string>;
  body: string | Uint8Array;
}

beforeAll(async () => {
  server = await startHttpServer({
    // One of them waits for ever, which is what it is for.
    operations: fakes.filter(({ name }) => name !== "wait"),
    resources: [],
    ask: askFake,
    askAbout: () => askFake,
    log,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
  });
  good = [...(await spoken("2026-07-28")), ...(await spoken("legacy"))];
});
afterAll(() => server.close());

/** What a client of that generation says as it connects, lists and calls. */
async function spoken(protocol: "2026-07-28" | "legacy"): Promise<Sent[]> {
  const said: Sent[] = [];
  const mode = protocol === "legacy" ? protocol : { pin: protocol };
  const client = new Client({ name: "t", version: "1" }, { versionNegotiation: { mode } });
  const transport = new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), {
    fetch: (url, init) => {
      const headers = Object.fromEntries(new Headers(init?.headers));
      if (typeof init?.body === "string") said.push({ headers, body: init.body });
      return fetch(url, init);
    },
  });
  await client.connect(transport);
  await client.listTools();
  await client.callTool({ name: "list_rows", arguments: { limit: 2, tags: ["a"] } });
  await client.callTool({ name: "get_row", arguments: { row_id: "7" } });
  await client.close();
  return said;
}

interface Answer {
  status: number;
  type: string;
  text: string;
}

async function send(path: string, { headers, body }: Sent, method = "POST"): Promise<Answer> {
  const request: RequestInit = { method, headers, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (method !== "GET") request.body = body;
  const response = await fetch(`${server.url}${path}`, request);
  const type = response.headers.get("content-type") ?? "";
  return { status: response.status, type, text: await textOf(response) };
}

/** All of it, or what came until a stream seems not to end by itself. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response.text();
  const reader = response.body?.getReader();
  const late = new Promise<null>((resolve) => setTimeout(resolve, STREAM_MS, null).unref());
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const part = await Promise.race([reader?.read(), late]);
    if (part === null || part === undefined || part.done) break;
    text += decoder.decode(part.value, { stream: true });
  }
  await reader?.cancel();
  return text;
}

/** Holds an answer against the forms that there are: JSON-RPC, our error, or nothing. */
function checkForm({ status, type, text }: Answer): void {
  expect(status).toBeGreaterThanOrEqual(200);
  expect(status).toBeLessThan(500);
  expect(text).not.toMatch(/\n\s+at |node_modules|hunter2/);
  const messages = type.startsWith("text/event-stream")
    ? [...text.matchAll(/^data: (.+)$/gm)].map((match) => match[1] ?? "")
    : text === ""
      ? []
      : [text];
  for (const message of messages) {
    const parsed: unknown = JSON.parse(message);
    for (const one of [parsed].flat()) expect(isRpc(one) || isOurs(one)).toBe(true);
  }
}

const isRpc = (value: unknown) => isRecord(value) && value.jsonrpc === "2.0";
const isOurs = (value: unknown) =>
  isRecord(value) && isRecord(value.error) && typeof value.error.hint === "string";

/** A question of each generation that has to be answered, whatever was sent before. */
async function expectAnswers(): Promise<void> {
  for (const question of good.filter(({ body }) => String(body).includes('"get_row"'))) {
    const { status, text } = await send("/mcp", question);
    expect(status).toBe(200);
    expect(text).toContain("raw_sql");
  }
}

/** Values that have been trouble elsewhere. */
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    null,
    -0,
    1e308,
    Number.MAX_SAFE_INTEGER + 1,
    "",
    "\u0000",
    "\ud800",
    "__proto__",
    "x".repeat(20_000),
    [],
    {},
    [[]],
    "2026-07-28",
    "1900-01-01",
    "tools/call",
  ),
);

/** A place in a message, as a number each for how deep and which. */
const place = fc.array(fc.nat(7), { minLength: 1, maxLength: 4 });

/** The message with one of its parts, at that place, replaced or left out. */
function changed(
  value: unknown,
  [index = 0, ...rest]: readonly number[],
  part: unknown,
  drop: boolean,
): unknown {
  if (!isRecord(value) || Object.keys(value).length === 0) return part;
  const keys = Object.keys(value);
  const key = keys[index % keys.length] ?? "";
  if (rest.length === 0 && drop)
    return Object.fromEntries(keys.filter((each) => each !== key).map((each) => [each, value[each]]));
  return { ...value, [key]: rest.length === 0 ? part : changed(value[key], rest, part, drop) };
}

const from = fc.nat(100).map((index) => good[index % good.length] ?? { headers: {}, body: "" });

/** A message of a real client, changed in one to three places. */
const mutated = fc
  .tuple(from, fc.array(fc.tuple(place, odd, fc.boolean()), { minLength: 1, maxLength: 3 }))
  .map(([{ headers, body }, changes]) => ({
    headers,
    body: JSON.stringify(
      changes.reduce<unknown>(
        (message, [at, part, drop]) => changed(message, at, part, drop),
        JSON.parse(String(body)),
      ),
    ),
  }));

/** A good call of a tool, of either generation, with arguments of which some may be ones that it knows. */
const argued = fc
  .tuple(
    fc.boolean(),
    fc.oneof(
      fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(listRows.input.shape)), fc.string()), odd, {
        maxKeys: 4,
        noNullPrototype: false,
      }),
      odd,
    ),
  )
  .map(([newer, given]) => {
    const calls = good.filter(({ body }) => String(body).includes('"list_rows"'));
    const { headers, body } = calls[newer ? 0 : 1] ?? { headers: {}, body: "{}" };
    const message: unknown = JSON.parse(String(body));
    const params = isRecord(message) && isRecord(message.params) ? message.params : {};
    const told = { ...(isRecord(message) ? message : {}), params: { ...params, arguments: given } };
    return { headers, body: JSON.stringify(told) };
  });

/** Several in one, some of which may be no messages. */
const batch = fc
  .tuple(
    from,
    fc.array(
      fc.oneof(
        mutated.map(({ body }) => body),
        fc.json({ maxDepth: 2 }),
      ),
      { maxLength: 6 },
    ),
  )
  .map(([{ headers }, bodies]) => ({ headers, body: `[${bodies.join()}]` }));

/** Text that JSON allows, or nearly, and that objects cannot hold. */
const text = fc.constantFrom(
  "",
  "null",
  "{",
  '{"jsonrpc":"2.0","id":1,"method":"tools/list","__proto__":{"method":"tools/call"}}',
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"get_row","arguments":{"__proto__":{"row_id":"1"}}}}',
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"constructor","arguments":{}}}',
  '{"jsonrpc":"2.0","id":1e400,"method":"tools/list"}',
  '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping","method":"tools/list"}',
  `{"jsonrpc":"2.0","id":${"9".repeat(400)},"method":"ping"}`,
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}}`,
  "[".repeat(200_000),
  `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  `[${Array.from({ length: 2_000 }, (_, id) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`).join()}]`,
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  // JSON but for one byte that UTF-8 has not.
  fc.constantFrom(0x80, 0xc0, 0xff).map((byte) => {
    const message = Buffer.from('{"jsonrpc":"2.0","id":"_","method":"tools/list"}');
    message[message.indexOf("_")] = byte;
    return new Uint8Array(message);
  }),
);
const unstructured = fc
  .tuple(from, fc.oneof(text, bytes, fc.json()))
  .map(([{ headers }, body]) => ({ headers, body }));

/** The same with headers that a client would not send. */
const misled = fc
  .tuple(
    fc.oneof(from, mutated),
    fc.record(
      {
        "content-type": fc.constantFrom(
          "text/plain",
          "",
          "application/json; charset=latin1",
          "multipart/form-data",
          "application/jsonp",
        ),
        accept: fc.constantFrom("", "text/html", "application/json", "text/event-stream", "*/*"),
        "mcp-protocol-version": fc.constantFrom(
          "",
          "1900-01-01",
          "2025-06-18",
          "2026-07-28",
          "2025-11-25",
          "x".repeat(500),
        ),
        "mcp-method": fc.constantFrom("", "ping", "tools/call", "=?base64?4oKs?="),
        "mcp-name": fc.constantFrom("", "list_rows", "%00"),
        "mcp-session-id": fc.constantFrom("", "1", "../../etc/passwd"),
        "last-event-id": fc.constantFrom("", "0", "-1"),
        "content-encoding": fc.constantFrom("gzip", "br", "identity"),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([{ headers, body }, others]) => ({ headers: { ...headers, ...others }, body }));

it.each<[string, fc.Arbitrary<Sent>, number]>([
  ["a changed message", mutated, 250],
  ["odd arguments", argued, 250],
  ["a batch", batch, 80],
  ["what is no message", unstructured, 150],
  ["misleading headers", misled, 200],
])("MCP refuses or answers %s, and goes on", async (_, sent, numRuns) => {
  await fc.assert(
    fc.asyncProperty(sent, async (one) => {
      checkForm(await send("/mcp", one));
      await expectAnswers();
    }),
    { seed: SEED, numRuns },
  );
  expect(lines.filter((line) => line.includes("ERROR") && !line.includes("hunter2"))).toEqual([]);
});

it("other methods of MCP's address are refused", async () => {
  for (const method of ["GET", "DELETE", "PUT", "PATCH", "OPTIONS"]) {
    const headers = { accept: "application/json, text/event-stream", "mcp-session-id": "1" };
    const answer = await send("/mcp", { headers, body: "{}" }, method);
    checkForm(answer);
    expect([method, answer.status]).toEqual([method, 405]);
  }
});

it("any address of the REST API is answered or refused in a known form", async () => {
  const segment = fc.oneof(
    fc.constantFrom(
      "rows",
      "runs",
      "latest",
      "events",
      "health",
      "..",
      "%2e%2e",
      "%2F",
      "%00",
      "%",
      "%ff",
      "__proto__",
    ),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).map((word) => encodeURIComponent(word)),
  );
  const name = fc.oneof(
    fc.constantFrom(
      "limit",
      "cursor",
      "tags",
      "status",
      "refresh",
      "min_runtime",
      "fields",
      "__proto__",
      "constructor",
    ),
    fc.string({ maxLength: 8 }),
  );
  const value = fc.oneof(
    fc.string({ unit: "binary-ascii" }),
    fc.double().map(String),
    fc.constantFrom("", "%", "true", "-1", "1e9"),
  );
  const query = fc
    .array(fc.tuple(name, value), { maxLength: 4 })
    .map((pairs) => `${new URLSearchParams(pairs)}`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(segment, { maxLength: 3 }),
      fc.oneof(query, fc.webQueryParameters()),
      async (path, asked) => {
        const address = `/api/v1/${path.join("/")}?${asked}`;
        const { status, text } = await send(address, { headers: {}, body: "" }, "GET");
        expect(status).toBeLessThan(500);
        const body: unknown = JSON.parse(text);
        expect(isRecord(body)).toBe(true);
        if (status >= 400 && new URL(address, server.url).pathname.startsWith("/api/v1"))
          expect(isOurs(body)).toBe(true);
      },
    ),
    { seed: SEED, numRuns: 300 },
  );
  await expectAnswers();
});
