/** Pages of this machine speak MCP from a browser; those of other sites are not told anything. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Denial } from "../../../src/frontends/http/access/denial.ts";
import { LOCAL } from "../../../src/frontends/http/caller.ts";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { askFake, fakes, keptLog } from "../fake.ts";
import { type Sent, send } from "./sending.ts";

const PAGE = "http://localhost:6274";
const ASKED = "authorization,content-type,mcp-protocol-version,mcp-session-id,last-event-id,mcp-param-region";
let server: HttpServer;

beforeAll(async () => {
  const { log } = keptLog();
  const common = { operations: fakes, resources: [], ask: askFake, askAbout: () => askFake, log };
  server = await startHttpServer({
    ...common,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
    access: {
      isProtected: true,
      async admit(headers) {
        if (headers.get("authorization") === "Bearer right") return LOCAL;
        throw new Denial("UNAUTHENTICATED", "No key.", "Send one.");
      },
      challenge: () => "Bearer",
      metadata: () => ({ resource: "it" }),
      close: () => undefined,
    },
  });
});
afterAll(() => server.close());

function preflight(path: string, origin: string): Promise<Sent> {
  const headers = {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": ASKED,
  };
  return send(server.url, path, { method: "OPTIONS", headers });
}

/** The headers that a browser reads, and `vary`. */
function permissions({ headers }: Sent): string[] {
  return Object.keys(headers).filter((name) => name.startsWith("access-control-"));
}

describe("a page of this machine", () => {
  it.each([
    PAGE,
    "http://127.0.0.1:5173",
    "http://[::1]:8080",
  ])("may ask from %s without a key whether it may speak MCP", async (origin) => {
    const answer = await preflight("/mcp", origin);
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-headers": ASKED,
      "access-control-allow-methods": "GET,POST,DELETE",
      "access-control-max-age": "600",
    });
    expect(answer.headers.vary).toContain("Origin");
    // No page gets at what a browser would send by itself.
    expect(answer.headers).not.toHaveProperty("access-control-allow-credentials");
  });

  it.each([
    { key: "right", status: 200 },
    { key: "wrong", status: 401 },
  ])("may read an answer, whatever it is: $status", async ({ key, status }) => {
    const answer = await send(server.url, "/mcp", {
      headers: {
        origin: PAGE,
        authorization: `Bearer ${key}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
    });
    expect(answer.status).toBe(status);
    expect(answer.headers["access-control-allow-origin"]).toBe(PAGE);
    expect(answer.headers["access-control-expose-headers"]).toBe(
      "Mcp-Session-Id,WWW-Authenticate,Retry-After,X-Request-Id",
    );
  });

  it("may read where tokens are to be had", async () => {
    const path = "/.well-known/oauth-protected-resource/mcp";
    const answer = await send(server.url, path, { headers: { origin: PAGE } });
    expect(answer).toMatchObject({ status: 200, headers: { "access-control-allow-origin": PAGE } });
  });

  it.each(["/api/v1/rows", "/metrics", "/sse", "/messages"])("may not read %s", async (path) => {
    expect(permissions(await preflight(path, PAGE))).toEqual([]);
  });
});

it.each([
  "https://evil.example",
  "null",
  "http://localhost.evil.example",
])("turns a page of %s away, and permits it nothing", async (origin) => {
  const answer = await preflight("/mcp", origin);
  expect(answer.status).toBe(403);
  expect(permissions(answer)).toEqual([]);
});

it("tells nothing of pages to who is none", async () => {
  const authorization = "Bearer right";
  for (const method of ["OPTIONS", "GET"]) {
    const answer = await send(server.url, "/mcp", { method, headers: { authorization } });
    expect(permissions(answer)).toEqual([]);
  }
});
