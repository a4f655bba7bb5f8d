import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { askFake, fakes, keptLog } from "../fake.ts";

const files = readdirSync(new URL("../../../dist/page/", import.meta.url));
let server: HttpServer;

beforeAll(async () => {
  const { log } = keptLog();
  const options = { operations: fakes, resources: [], ask: askFake, askAbout: () => askFake, log };
  server = await startHttpServer({ ...options, version: "1.2.3", host: "127.0.0.1", port: 0 });
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(server.url + path, { headers });

describe("the web page", () => {
  it("is at the root, and may load, run and ask nothing but what is here", async () => {
    const response = await get("/");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    const policy = response.headers.get("content-security-policy")?.split("; ") ?? [];
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy.join()).not.toContain("unsafe");
    expect(await response.text()).toContain("<title>runlens</title>");
  });

  it.each([
    [".js", "text/javascript; charset=utf-8"],
    [".css", "text/css; charset=utf-8"],
  ])("has its %s kept for ever, under a name that changes with it", async (type, contentType) => {
    const name = files.find((file) => file.endsWith(type)) ?? "";
    expect(name).toMatch(/-[A-Z0-9]{8}\./);
    const response = await get(`/page/${name}`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe(contentType);
    expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect((await response.text()).length).toBeGreaterThan(1000);
    const etag = response.headers.get("etag") ?? "";
    expect((await get(`/page/${name}`, { "If-None-Match": etag })).status).toBe(304);
  });

  it("is not sent again to who has it", async () => {
    const etag = (await get("/")).headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const again = await get("/", { "If-None-Match": etag });
    expect([again.status, await again.text()]).toEqual([304, ""]);
    expect((await get("/", { "If-None-Match": '"other"' })).status).toBe(200);
  });

  it.each([
    "/page/",
    "/page/index.html",
    "/page/none.js",
    "/page/..%2f..%2fpackage.json",
    "/page/..%5cpackage.json",
  ])("has nothing at %s", async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: "NOT_FOUND" } });
  });

  it("is only read", async () => {
    expect((await fetch(`${server.url}/`, { method: "POST" })).status).toBe(405);
  });

  it("is shown under no other name", async () => {
    expect((await get("/", { Origin: "https://evil.example" })).status).toBe(403);
  });
});
