/** Attempts to get in, to get at more, and to wear the server out, over a real connection to a real server. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Access } from "../../../src/frontends/http/access/access.ts";
import type { KeyEntry } from "../../../src/frontends/http/access/key-file.ts";
import { hashOf, newKey } from "../../../src/frontends/http/access/keys.ts";
import { protectedAccess } from "../../../src/frontends/http/access/protected.ts";
import { createAudit } from "../../../src/frontends/http/audit.ts";
import { type HttpOptions, type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { operations } from "../../../tools/index.ts";
import { keptLog } from "../fake.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./authorization-server.ts";
import { errorOf, type Sent, send } from "./sending.ts";
import { MINE, OTHER, openTwoProjects, type TwoProjects } from "./two-projects.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const PUBLIC = "https://runlens.example.com";
const KEYS = {
  admin: newKey(),
  operator: newKey(),
  viewer: newKey(),
  other: newKey(),
  expired: newKey(),
  limited: newKey(),
};
const entry = (name: keyof typeof KEYS, role: KeyEntry["role"], more: Partial<KeyEntry> = {}): KeyEntry => ({
  name,
  role,
  sha256: hashOf(KEYS[name]).toString("hex"),
  ...more,
});
const ENTRIES: readonly KeyEntry[] = [
  entry("admin", "admin"),
  entry("operator", "operator"),
  entry("viewer", "viewer", { projects: [MINE] }),
  entry("other", "viewer", { projects: [OTHER] }),
  entry("expired", "admin", { expires_at: "2026-11-18T07:00:00Z" }),
  entry("limited", "viewer", { per_minute: 3 }),
];
const folder = mkdtempSync(join(tmpdir(), "runlens-security-"));
const file = join(folder, "keys.yml");
const writeKeys = (keys: readonly KeyEntry[]) => writeFileSync(file, stringify({ keys }));

let now = NOW;
const { log, lines } = keptLog();
const audit: string[] = [];
let two: TwoProjects;
let authority: TestAuthorizationServer;
let server: HttpServer;
let access: Access;

function options(more: Partial<HttpOptions> = {}): HttpOptions {
  const { asked, refused } = createAudit(
    { write: (line) => void audit.push(line), close: async () => undefined },
    { now: () => now },
  );
  return {
    operations,
    resources: [
      {
        name: "schema",
        uri: "runlens://schema",
        title: "Tables",
        description: "For query_sql.",
        mimeType: "text/markdown",
        about: "query_sql",
        read: async () => "# Tables",
      },
    ],
    ask: two.both.ask,
    askAbout: two.both.askAbout,
    log,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
    access,
    names: [new URL(PUBLIC).hostname],
    metrics: async () => ({ type: "text/plain", body: "metrics of all" }),
    onAsked: asked,
    onRefused: refused,
    ...more,
  };
}

beforeAll(async () => {
  two = openTwoProjects();
  writeKeys(ENTRIES);
  authority = await startAuthorizationServer(`${PUBLIC}/mcp`, NOW);
  access = await protectedAccess({
    keys: file,
    oauth: {
      issuer: authority.issuer,
      audience: [`${PUBLIC}/mcp`],
      resource: `${PUBLIC}/mcp`,
      projectsClaim: "runlens_projects",
      perMinute: null,
    },
    clock: { now: () => now },
    log,
  });
  server = await startHttpServer(options());
});
afterAll(async () => {
  await server.close();
  await Promise.all([two.close(), authority.close()]);
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  // No stack, no path of this machine and no secret is in any log of a refusal.
  for (const line of audit) for (const key of Object.values(KEYS)) expect(line).not.toContain(key);
  audit.length = 0;
  authority.behave("well");
});

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const get = (path: string, key?: string, headers: Record<string, string> = {}): Promise<Sent> =>
  send(server.url, path, { headers: { ...(key === undefined ? {} : bearer(key)), ...headers } });

function call(key: string, method: string, params: object = {}): Promise<Sent> {
  return send(server.url, "/mcp", {
    headers: {
      ...bearer(key),
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2025-11-25",
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
}

/** Sends the beginning, then a piece now and then; resolves with what came back once the connection is closed. */
function exchange(url: string, beginning: string, piece = ""): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = "";
    const socket: Socket = connect(Number(port), hostname, () => socket.write(beginning));
    const timer = setInterval(() => socket.write(piece), 50);
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(timer);
      resolve(answer);
    });
  });
}

/** Every door behind which something is answered. */
const DOORS = [
  ["GET", "/api/v1/projects"],
  ["GET", "/api/v1/account"],
  ["POST", "/api/v1/sql"],
  ["POST", "/mcp"],
  ["GET", "/mcp"],
  ["DELETE", "/mcp"],
  ["GET", "/sse"],
  ["POST", "/messages?sessionId=1"],
] as const;

describe("nobody known", () => {
  it.each(DOORS)("is let in at %s %s", async (method, path) => {
    for (const headers of [{}, bearer(newKey()), bearer(KEYS.expired), { "x-api-key": "letmein" }]) {
      const sent = await send(server.url, path, { method, headers });
      expect(sent.status).toBe(401);
      expect(errorOf(sent)).toMatchObject({ code: "UNAUTHENTICATED" });
      expect(sent.headers["www-authenticate"]).toContain(
        `resource_metadata="${PUBLIC}/.well-known/oauth-protected-resource/mcp"`,
      );
    }
    expect(audit).toHaveLength(4);
    expect(audit.map((line) => JSON.parse(line))).toMatchObject([
      { who: null, from: "127.0.0.1", method, path: path.split("?")[0], outcome: "UNAUTHENTICATED" },
      { who: null },
      { who: "expired" },
      { who: null },
    ]);
  });

  it("is told an error only where something was sent", async () => {
    const nothing = (await get("/api/v1/projects")).headers["www-authenticate"];
    expect(nothing).toContain('scope="runlens:viewer"');
    expect(nothing).not.toContain("error=");
    expect((await get("/api/v1/projects", newKey())).headers["www-authenticate"]).toContain(
      'error="invalid_token"',
    );
  });

  it("gets in by a key in the address", async () => {
    for (const name of ["access_token", "key", "api_key", "token", "authorization"]) {
      expect((await get(`/api/v1/projects?${name}=${KEYS.admin}`)).status).toBe(401);
    }
    expect(lines.join()).not.toContain(KEYS.admin);
  });

  it("learns from who looks after the server more than that it runs", async () => {
    expect(JSON.parse((await get("/healthz")).text)).toEqual({ status: "ok" });
    expect(JSON.parse((await get("/readyz")).text)).toEqual({ status: "ready" });
  });

  it("is told where tokens are to be had", async () => {
    for (const path of ["", "/mcp"]) {
      const sent = await get(`/.well-known/oauth-protected-resource${path}`);
      expect(JSON.parse(sent.text)).toMatchObject({
        resource: `${PUBLIC}/mcp`,
        authorization_servers: [authority.issuer],
      });
    }
  });
});

describe("a key", () => {
  it("is rotated without a restart", async () => {
    const next = newKey();
    const entryOfNext = { ...entry("operator", "operator"), sha256: hashOf(next).toString("hex") };
    expect((await get("/api/v1/account", next)).status).toBe(401);
    writeKeys([...ENTRIES, entryOfNext]);
    now += 1000;
    for (const key of [next, KEYS.operator]) expect((await get("/api/v1/account", key)).status).toBe(200);
    writeKeys([...ENTRIES.filter(({ name }) => name !== "operator"), entryOfNext]);
    now += 1000;
    expect((await get("/api/v1/account", KEYS.operator)).status).toBe(401);
    expect((await get("/api/v1/account", next)).status).toBe(200);
    writeKeys(ENTRIES);
    now += 1000;
    expect((await get("/api/v1/account", KEYS.operator)).status).toBe(200);
  });

  it("may be used as often as it says, over all doors together", async () => {
    expect((await get("/api/v1/account", KEYS.limited)).status).toBe(200);
    expect((await call(KEYS.limited, "tools/list")).status).toBe(200);
    expect((await get("/api/v1/nothing", KEYS.limited)).status).toBe(404);
    const sent = await get("/api/v1/account", KEYS.limited);
    expect(sent.status).toBe(429);
    expect(errorOf(sent)).toMatchObject({ code: "RATE_LIMITED" });
    expect(Number(sent.headers["retry-after"])).toBeGreaterThan(0);
    expect(Number(sent.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect(sent.headers["www-authenticate"]).toBeUndefined();
    expect(JSON.parse(audit.at(-1) ?? "")).toMatchObject({ who: "limited", outcome: "RATE_LIMITED" });
    expect((await get("/api/v1/account", KEYS.viewer)).status).toBe(200);
  });
});

describe("a token", () => {
  it("lets in whom it names, at every door", async () => {
    const token = await authority.token({ runlens_projects: [MINE] });
    expect(JSON.parse((await get("/api/v1/account", token)).text)).toMatchObject({
      name: "oauth:dana",
      role: "viewer",
      projects: [MINE],
    });
    expect((await call(token, "tools/list")).status).toBe(200);
  });

  it.each([
    ["for another audience", () => authority.token({ aud: "https://other.example.com" })],
    ["of another issuer", () => authority.token({ iss: "https://evil.example.com" })],
    ["that has expired", () => authority.token({ exp: NOW / 1000 - 3600 })],
    ["of an unknown key", () => authority.token({}, { kid: "unknown" })],
    ["that somebody else signed", () => authority.forged()],
  ])("%s does not", async (_, made) => {
    const sent = await get("/api/v1/projects", await made());
    expect(sent.status).toBe(401);
    expect(sent.headers["www-authenticate"]).toContain('error="invalid_token"');
  });

  it("that cannot be checked does not", async () => {
    const keys = { issuer: "http://127.0.0.1:9", jwksUri: "http://127.0.0.1:9/keys" };
    const oauth = { ...keys, audience: [PUBLIC], resource: PUBLIC, projectsClaim: "p", perMinute: null };
    const alone = await startHttpServer(
      options({ access: await protectedAccess({ oauth, clock: { now: () => now }, log }) }),
    );
    const sent = await send(alone.url, "/api/v1/projects", { headers: bearer(await authority.token()) });
    await alone.close();
    expect(sent.status).toBe(502);
    expect(errorOf(sent)).toMatchObject({ code: "UPSTREAM" });
    expect(sent.headers["retry-after"]).toBe("5");
  });
});

describe("a role", () => {
  it("sees the operations that it may ask, and no trace of the others", async () => {
    for (const key of [KEYS.viewer, KEYS.operator]) {
      const account: { operations: string[] } = JSON.parse((await get("/api/v1/account", key)).text);
      expect(account.operations).toHaveLength(operations.length - 1);
      const told = await Promise.all([
        call(key, "tools/list"),
        call(key, "resources/list"),
        call(key, "resources/read", { uri: "runlens://schema" }),
        call(key, "initialize", {
          protocolVersion: "2025-11-25",
          capabilities: {},
          clientInfo: { name: "t", version: "1" },
        }),
      ]);
      for (const { text } of told) expect(text).not.toMatch(/query_sql|# Tables/);
    }
    expect((await call(KEYS.admin, "tools/list")).text).toContain("query_sql");
    expect((await call(KEYS.admin, "resources/read", { uri: "runlens://schema" })).text).toContain(
      "# Tables",
    );
  });

  it("below the admin's asks nothing in SQL", async () => {
    const body = JSON.stringify({ sql: "SELECT 1" });
    const headers = { "content-type": "application/json" };
    for (const key of [KEYS.viewer, KEYS.operator]) {
      const sent = await send(server.url, "/api/v1/sql", { headers: { ...headers, ...bearer(key) }, body });
      expect(sent.status).toBe(403);
      expect(errorOf(sent)).toMatchObject({ code: "FORBIDDEN" });
      expect(sent.headers["www-authenticate"]).toContain('error="insufficient_scope", scope="runlens:admin"');
      const tool = await call(key, "tools/call", { name: "query_sql", arguments: { sql: "SELECT 1" } });
      expect(tool.text).not.toContain("structuredContent");
    }
    expect(JSON.parse(audit[0] ?? "")).toMatchObject({
      who: "viewer",
      operation: "query_sql",
      outcome: "FORBIDDEN",
    });
  });

  it("below the operator's has nothing fetched anew", async () => {
    expect((await get("/api/v1/projects?refresh=true", KEYS.operator)).status).toBe(200);
    for (const refresh of ["true", "", "1", "TRUE"]) {
      expect((await get(`/api/v1/projects?refresh=${refresh}`, KEYS.viewer)).status).toBe(403);
    }
    const tool = await call(KEYS.viewer, "tools/call", {
      name: "list_projects",
      arguments: { refresh: true },
    });
    expect(tool.text).toContain("FORBIDDEN");
  });

  it("below the operator's, or of some projects, sees no figures of the whole server", async () => {
    const some = await authority.token({ scope: "runlens:operator", runlens_projects: [MINE] });
    for (const key of [KEYS.viewer, some]) {
      const before = audit.length;
      const sent = await get("/metrics", key);
      expect(sent.status).toBe(403);
      expect(sent.text).not.toContain("metrics of all");
      expect(audit.slice(before).map((line) => JSON.parse(line))).toMatchObject([
        { who: key === some ? "oauth:dana" : "viewer", path: "/metrics", outcome: "FORBIDDEN" },
      ]);
    }
    expect((await get("/metrics", KEYS.operator)).text).toBe("metrics of all");
    expect((await get("/metrics")).status).toBe(401);
  });

  it("of some projects sees them in every list, and the other in none", async () => {
    const names = async (key: string): Promise<string[]> => {
      const { items }: { items: { project_id: string }[] } = JSON.parse(
        (await get("/api/v1/projects", key)).text,
      );
      return items.map((item) => item.project_id);
    };
    expect(await names(KEYS.admin)).toEqual([MINE, OTHER]);
    expect(await names(KEYS.viewer)).toEqual([MINE]);
    expect(await names(KEYS.other)).toEqual([OTHER]);
    expect(await names(await authority.token())).toEqual([]);
  });

  it("is told of a project that it may not see what it is told of one that there is not", async () => {
    const told = async (name: string) => {
      const sent = await get(`/api/v1/projects/${name}`, KEYS.viewer);
      return { ...errorOf(sent), request_id: null, status: sent.status, message: null };
    };
    expect(await told(OTHER)).toEqual(await told("soap"));
  });

  it("is not answered from what another was answered before", async () => {
    const whole = await get("/api/v1/models?limit=100", KEYS.admin);
    const own = await get("/api/v1/models?limit=100", KEYS.viewer, {
      "if-none-match": String(whole.headers.etag),
    });
    expect(own.status).toBe(200);
    expect(own.text).not.toContain("model.shop.orders_report");
    expect(own.headers["cache-control"]).toMatch(/private/);
    expect(own.headers.vary).toMatch(/authorization/i);
    expect(own.headers.vary).toMatch(/x-api-key/i);
  });
});

describe("a foreign page", () => {
  it.each(DOORS)("is refused at %s %s, whatever key it has", async (method, path) => {
    for (const headers of [
      { host: "evil.example" },
      { origin: "https://evil.example" },
      { origin: "null" },
    ]) {
      const sent = await send(server.url, path, { method, headers: { ...bearer(KEYS.admin), ...headers } });
      expect(sent.status).toBe(403);
      expect(sent.headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect(audit).toHaveLength(3);
  });

  it.each([
    "runlens.example.com.evil.example",
    "evil.example:3333",
    "127.0.0.1.nip.io",
    "localhost.evil.example",
    "[::ffff:10.0.0.1]",
    "10.0.0.1",
  ])("is refused with the Host %j", async (host) => {
    expect((await get("/api/v1/account", KEYS.admin, { host })).status).toBeGreaterThanOrEqual(400);
  });

  it("is refused without any Host", async () => {
    for (const version of ["1.0", "1.1"]) {
      const request = `GET /api/v1/account HTTP/${version}\r\nX-API-Key: ${KEYS.admin}\r\nConnection: close\r\n\r\n`;
      expect(await exchange(server.url, request)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
  });

  it("is not that of the server's public name", async () => {
    const headers = { host: "runlens.example.com", origin: PUBLIC };
    expect((await get("/api/v1/account", KEYS.admin, headers)).status).toBe(200);
  });
});

describe("a cursor", () => {
  const first = async (key: string, path = "/api/v1/models?limit=2"): Promise<string> => {
    const { next_cursor }: { next_cursor: string } = JSON.parse((await get(path, key)).text);
    return next_cursor;
  };

  it("that was changed is refused, or leads no further than an honest one", async () => {
    const cursor = await first(KEYS.viewer);
    for (let at = 0; at < cursor.length; at += 3) {
      const flipped = `${cursor.slice(0, at)}${cursor[at] === "A" ? "B" : "A"}${cursor.slice(at + 1)}`;
      const sent = await get(`/api/v1/models?limit=2&cursor=${flipped}`, KEYS.viewer);
      expect([200, 400]).toContain(sent.status);
      expect(sent.text).not.toMatch(/shop\.orders|orders_report|\bat .*\.ts/);
    }
  });

  it.each([
    ["far beyond the end", { o: Number.MAX_SAFE_INTEGER }, 200],
    ["a place before the beginning", { o: -1 }, 400],
    ["a fraction", { o: 1.5 }, 400],
    ["a text", { o: "0; DROP TABLE nodes" }, 400],
    ["no question", { q: undefined }, 400],
    ["another generation", { g: "../../etc/passwd" }, 200],
  ])("made up with %s is answered with nothing more", async (_, change, status) => {
    const honest: unknown = JSON.parse(Buffer.from(await first(KEYS.viewer), "base64url").toString());
    const cursor = Buffer.from(JSON.stringify(Object.assign({}, honest, change))).toString("base64url");
    const sent = await get(`/api/v1/models?limit=2&cursor=${cursor}`, KEYS.viewer);
    expect(sent.status).toBe(status);
    expect(sent.text).not.toContain("orders_report");
  });

  it("of another question is refused", async () => {
    const cursor = await first(KEYS.viewer);
    for (const path of ["/api/v1/runs?limit=2", "/api/v1/models?limit=2&tags=x", "/api/v1/tests?limit=2"]) {
      const sent = await get(`${path}&cursor=${cursor}`, KEYS.viewer);
      expect(sent.status).toBe(400);
    }
  });

  it("of another caller leads into one's own list", async () => {
    const cursor = await first(KEYS.other);
    const sent = await get(`/api/v1/models?limit=100&cursor=${cursor}`, KEYS.viewer);
    expect(sent.status).toBe(200);
    expect(sent.text).not.toContain("orders_report");
    expect(sent.text).toContain("pedal_harbour");
  });
});

describe("SQL", () => {
  it.each([
    "SELECT * FROM read_text('/etc/passwd')",
    "FROM '/etc/passwd'",
    "COPY models TO '/tmp/out.csv'",
    "ATTACH '/tmp/a.duckdb'",
    "INSTALL httpfs",
    "SET enable_external_access = true",
    "SELECT 1; SELECT * FROM read_csv('/etc/hostname')",
    "SELECT getenv('HOME')",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "SELECT * FROM duckdb_secrets()",
  ])("by an admin does not lead out: %s", async (sql) => {
    const headers = { ...bearer(KEYS.admin), "content-type": "application/json" };
    const sent = await send(server.url, "/api/v1/sql", { headers, body: JSON.stringify({ sql }) });
    expect(sent.status).toBe(400);
    expect(sent.text).not.toMatch(/root:|\/home\//);
  });
});

describe("a path", () => {
  it.each([
    "/api/v1/../../etc/passwd",
    "/api/v1/%2e%2e/%2e%2e/etc/passwd",
    "/api/v1/..%2f..%2fetc%2fpasswd",
    "/page/../../package.json",
    "/page/%2e%2e%2f%2e%2e%2fpackage.json",
    "/docs/..%5c..%5cpackage.json",
    "//etc/passwd",
    "/.env",
    "/runlens.yml",
    "/keys.yml",
  ])("%s leads to no file", async (path) => {
    const sent = await get(path, KEYS.admin);
    expect([400, 401, 403, 404]).toContain(sent.status);
    expect(sent.text).not.toMatch(/root:x|"dependencies"|\bat .*\.ts/);
  });

  it.each([
    "../../../etc/passwd",
    "..\\..\\x",
    "a\u0000b",
    "%00",
    "' OR 1=1 --",
    "*",
    "a".repeat(3000),
    "💥",
  ])("is no way round the name of a model: %j", async (name) => {
    const sent = await get(`/api/v1/models/${encodeURIComponent(name)}`, KEYS.viewer);
    expect([400, 404]).toContain(sent.status);
    expect(sent.text).not.toMatch(/root:x|\bat .*\.ts|orders_report/);
  });

  it.each([
    "/api/v1/models/%",
    "/api/v1/models/%zz",
    "/api/v1/models/%ff%fe",
    "/%00",
    "/api/v1/models?limit=%",
  ])("that cannot be read is no failure of the server: %s", async (path) => {
    expect((await get(path, KEYS.viewer)).status).toBeLessThan(500);
  });
});

describe("what is too much", () => {
  it.each([
    ["/mcp", 1_100_000],
    ["/api/v1/sql", 250_000],
    ["/messages?sessionId=1", 5_000_000],
  ])("of a body is refused at %s, and the next one is answered", async (path, size) => {
    const headers = {
      ...bearer(KEYS.admin),
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    // Where the answer comes before the end of the body, the connection may break instead.
    const sent = await send(server.url, path, { headers, body: " ".repeat(size) }).catch(() => null);
    if (sent !== null) expect([404, 413]).toContain(sent.status);
    expect((await get("/api/v1/account", KEYS.admin)).status).toBe(200);
  });

  it("of headers is refused", async () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`x-${i}`, "y".repeat(100)]));
    for (const headers of [{ "x-large": "y".repeat(20_000) }, many]) {
      expect((await get("/healthz", undefined, headers)).status).toBe(431);
    }
    expect((await get("/healthz")).status).toBe(200);
  });

  it("of an address is refused", async () => {
    expect((await get(`/api/v1/models?tags=${"y".repeat(20_000)}`, KEYS.viewer)).status).toBe(431);
  });
});

describe("a slow client", () => {
  const TIMES = { headers: 300, request: 600, keepAlive: 300, look: 50 };

  it("is let go, while others are answered", async () => {
    const impatient = await startHttpServer(options({ times: TIMES }));
    const begun = performance.now();
    const post = `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${KEYS.admin}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nContent-Length: 100000\r\n\r\n`;
    const slow = [
      ...Array.from({ length: 20 }, () =>
        exchange(impatient.url, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n", "x: y\r\n"),
      ),
      ...Array.from({ length: 20 }, () => exchange(impatient.url, post, " ")),
    ];
    for (let times = 0; times < 5; times++) {
      expect((await send(impatient.url, "/api/v1/account", { headers: bearer(KEYS.admin) })).status).toBe(
        200,
      );
    }
    const answers = await Promise.all(slow);
    expect(performance.now() - begun).toBeLessThan(5000);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    await impatient.close();
  }, 20_000);
});

describe("a session of older clients", () => {
  it("is its caller's alone", async () => {
    const client = new Client({ name: "test", version: "1" });
    let session = "";
    const transport = new SSEClientTransport(new URL(`${server.url}/sse`), {
      requestInit: { headers: bearer(KEYS.admin) },
      eventSourceInit: {
        fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...bearer(KEYS.admin) } }),
      },
      fetch: (url, init) => {
        session ||= new URL(String(url)).searchParams.get("sessionId") ?? "";
        return fetch(url, init);
      },
    });
    await client.connect(transport);
    expect(session).toMatch(/^[0-9a-f-]{36}$/);
    const body = JSON.stringify({ jsonrpc: "2.0", id: 9, method: "tools/list" });
    const post = (key: string) =>
      send(server.url, `/messages?sessionId=${session}`, {
        headers: { ...bearer(key), "content-type": "application/json" },
        body,
      });
    for (const key of [KEYS.viewer, KEYS.operator]) {
      const sent = await post(key);
      expect(sent.status).toBe(404);
      expect(errorOf(sent)).toMatchObject({ message: "No such session." });
    }
    expect((await post(KEYS.admin)).status).toBe(202);
    await client.close();
  });

  it("is lost to a caller whose rights have changed since", async () => {
    const stream = await fetch(`${server.url}/sse`, { headers: bearer(KEYS.other) });
    const opened = new TextDecoder().decode((await stream.body?.getReader().read())?.value);
    const path = /data: (\S+)/.exec(opened)?.[1] ?? "";
    writeKeys(ENTRIES.map((one) => (one.name === "other" ? { ...one, projects: [MINE] } : one)));
    now += 1000;
    const headers = { ...bearer(KEYS.other), "content-type": "application/json" };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 9, method: "tools/list" });
    expect((await send(server.url, path, { headers, body })).status).toBe(404);
    writeKeys(ENTRIES);
    now += 1000;
    expect((await send(server.url, path, { headers, body })).status).toBe(202);
  });
});

describe("a server without keys", () => {
  it.each(["0.0.0.0", "::", "192.168.1.5"])("does not listen on %s", async (host) => {
    const { access: _, ...open } = options({ host });
    await expect(startHttpServer(open)).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("listens there with keys", async () => {
    const wide = await startHttpServer(options({ host: "0.0.0.0" }));
    const at = wide.url.replace("0.0.0.0", "127.0.0.1");
    expect((await send(at, "/api/v1/account")).status).toBe(401);
    expect((await send(at, "/api/v1/account", { headers: bearer(KEYS.admin) })).status).toBe(200);
    await wide.close();
  });
});
