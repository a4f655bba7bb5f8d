import { request } from "node:http";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import type { Resource } from "../../../src/frontends/mcp.ts";
import { connect, MAKES } from "../clients.ts";
import { askFake, fakes, keptLog, waits } from "../fake.ts";

const { log, lines } = keptLog();
const page: Resource = {
  name: "page",
  uri: "runlens://page",
  title: "Page",
  description: "A page.",
  mimeType: "text/markdown",
  read: vi.fn(async () => "# A page"),
};
const options = {
  operations: fakes,
  resources: [page],
  ask: askFake,
  askAbout: () => askFake,
  log,
  version: "1.2.3",
};
let server: HttpServer;

beforeAll(async () => {
  server = await startHttpServer({ ...options, host: "127.0.0.1", port: 0 });
});
afterAll(() => server.close());

/** One plain request, with headers that fetch would not send. */
function send(path: string, headers: Record<string, string>, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${server.url}${path}`,
      { method: body === undefined ? "GET" : "POST", headers },
      (response) => {
        response.destroy();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } },
});
const JSON_HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };

// The 2026 protocol has no HTTP+SSE.
const PAIRS = MAKES.flatMap((make) => [
  { make, kind: "http" as const, path: "/mcp" },
  ...(make === "sdk 2.x, 2026 protocol" ? [] : [{ make, kind: "sse" as const, path: "/sse" }]),
]);

it("has pages beside the tools, which are made when they are read", async () => {
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
  const { resources } = await client.listResources();
  const { read, ...about } = page;
  expect(resources).toEqual([expect.objectContaining(about)]);
  expect(read).not.toHaveBeenCalled();
  const { contents } = await client.readResource({ uri: page.uri });
  expect(contents).toEqual([{ uri: page.uri, mimeType: page.mimeType, text: "# A page" }]);
  await expect(client.readResource({ uri: "runlens://other" })).rejects.toThrow();
  await client.close();
});

describe.each(PAIRS)("$make over $kind", ({ make, kind, path }) => {
  it("lists the tools and calls one", async () => {
    const client = await connect(make, { kind, url: `${server.url}${path}` });
    expect((await client.tools()).map((tool) => tool.name)).toEqual(fakes.map((fake) => fake.name));
    const result = await client.call("list_rows", { limit: 2 });
    expect(result.structured).toMatchObject({ returned: 2, total: 500, has_more: true, next_cursor: "2" });
    expect(result.text).toContain("shop.model_1");
    await client.close();
  });

  it("gets errors as text with the code, the hint and the known arguments", async () => {
    const client = await connect(make, { kind, url: `${server.url}${path}` });
    const result = await client.call("get_row", { row_id: "7", bogus: 1 });
    expect(result.isError).toBe(true);
    expect(JSON.parse(result.text.split("\n").at(-1) ?? "")).toMatchObject({
      error: { code: "INVALID_INPUT", hint: expect.stringContaining("row_id, size") },
    });
    await client.close();
  });
});

describe("the HTTP server", () => {
  it("refuses a host that is not this machine", async () => {
    expect(await send("/mcp", { ...JSON_HEADERS, host: "evil.example" }, INITIALIZE)).toBe(403);
    expect(await send("/sse", { host: "evil.example" })).toBe(403);
  });

  it("refuses an origin that is not this machine", async () => {
    expect(await send("/mcp", { ...JSON_HEADERS, origin: "https://evil.example" }, INITIALIZE)).toBe(403);
    expect(
      await send("/messages?sessionId=1", { ...JSON_HEADERS, origin: "https://evil.example" }, "{}"),
    ).toBe(403);
  });

  it("serves a page of this machine", async () => {
    expect(await send("/mcp", { ...JSON_HEADERS, origin: "http://localhost:5173" }, INITIALIZE)).toBe(200);
  });

  it("refuses a request that is too large", async () => {
    expect(await send("/mcp", JSON_HEADERS, `${INITIALIZE}${" ".repeat(1_100_000)}`)).toBe(413);
  });

  it("says where MCP is to who asks elsewhere", async () => {
    expect(await send("/nothing", {})).toBe(404);
    expect(await send("/messages?sessionId=nobody", JSON_HEADERS, "{}")).toBe(404);
  });

  it.each(["0.0.0.0", "192.168.1.5"])("does not listen on %s", async (host) => {
    await expect(startHttpServer({ ...options, host, port: 0 })).rejects.toMatchObject({
      code: "CONFIG",
      hint: expect.stringContaining("127.0.0.1"),
    });
  });

  it("says so when the port is taken", async () => {
    const port = Number(new URL(server.url).port);
    await expect(startHttpServer({ ...options, host: "127.0.0.1", port })).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringContaining("is taken"),
    });
  });

  it("stops the work of a client that cancels", async () => {
    const client = new Client(
      { name: "t", version: "1" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
    const before = waits.aborted;
    const controller = new AbortController();
    const call = client.callTool(
      { name: "wait", arguments: {} },
      { signal: controller.signal, onprogress: () => controller.abort() },
    );
    await expect(call).rejects.toThrow();
    await vi.waitFor(() => expect(waits.aborted).toBe(before + 1));
    await client.close();
  });

  it("keeps what went wrong inside out of the answer and in the log, under the request id", async () => {
    const client = await connect("sdk 1.x", { kind: "http", url: `${server.url}/mcp` });
    const { text, isError } = await client.call("explode", {});
    const body: unknown = JSON.parse(text.split("\n").at(-1) ?? "");
    expect(isError).toBe(true);
    expect(body).toMatchObject({
      error: { code: "INTERNAL", request_id: expect.stringMatching(/^[0-9a-f]{8}$/) },
    });
    expect(text).not.toContain("hunter2");
    const id = /request ([0-9a-f]{8})/.exec(text)?.[1] ?? "none";
    expect(lines.find((line) => line.includes(`[${id}]`))).toContain("hunter2");
    await client.close();
  });
});
