/**
 * What goes up and what comes down, with dbt Cloud behind the server: the caller's key and token are in no request to
 * the platform, and the platform's token is in no answer; and who may see one project of the account learns nothing of
 * the other, whatever they name.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type App, createApp } from "../../../src/app.ts";
import { loadConfig } from "../../../src/config.ts";
import { hashOf, newKey } from "../../../src/frontends/http/access/keys.ts";
import { protectedAccess } from "../../../src/frontends/http/access/protected.ts";
import { createAudit } from "../../../src/frontends/http/audit.ts";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { systemClock } from "../../../src/sync/clock.ts";
import { operations } from "../../../tools/index.ts";
import { type Emulator, startEmulator } from "../../emulators/dbt-cloud/server.ts";
import { syntheticWorld } from "../../emulators/dbt-cloud/synthetic.ts";
import { FULL_TOKEN } from "../../emulators/dbt-cloud/tokens.ts";
import { keptLog } from "../fake.ts";
import { startAuthorizationServer, type TestAuthorizationServer } from "./authorization-server.ts";
import { errorOf, type Sent, send } from "./sending.ts";

const NOW = Date.parse("2026-11-18T07:30:00Z");
const PUBLIC = "https://runlens.example.com";
const clock = { ...systemClock(), now: () => NOW };
const world = syntheticWorld({ projects: 2, jobs: 4, models: 24, days: 3, now: NOW });
const [mine, other] = world.projects;
const admin = newKey();
const viewer = newKey();

/** What each request to the platform had in its head and body. */
const sentUp: string[] = [];
const told: string[] = [];
const { log, lines } = keptLog();
const folder = mkdtempSync(join(tmpdir(), "runlens-platform-"));
let emulator: Emulator;
let relays: Server[];
let authority: TestAuthorizationServer;
let app: App;
let server: HttpServer;

/** Stands before one of the platform's APIs and keeps what it is sent. */
async function relay(to: string): Promise<{ url: string; server: Server }> {
  const between = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts).toString();
    sentUp.push([request.method, request.url, ...request.rawHeaders, body].join("\n"));
    const { authorization = "", "content-type": type = "" } = request.headers;
    const answer = await fetch(new URL(request.url ?? "/", to), {
      method: request.method ?? "GET",
      headers: { authorization, ...(type === "" ? {} : { "content-type": type }) },
      ...(body === "" ? {} : { body }),
    });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  // A server that listens at a port has such an address.
  return { url: `http://127.0.0.1:${(between.address() as AddressInfo).port}`, server: between };
}

beforeAll(async () => {
  emulator = await startEmulator({ world, now: () => NOW });
  const [up, discovery] = await Promise.all([relay(emulator.adminUrl), relay(emulator.discoveryUrl)]);
  relays = [up.server, discovery.server];
  const environment = {
    DBT_SERVICE_TOKEN: FULL_TOKEN,
    DBT_ACCOUNT_ID: String(world.account.id),
    DBT_ADMIN_URL: up.url,
    DBT_DISCOVERY_URL: `${discovery.url}${new URL(emulator.discoveryUrl).pathname}`,
    RUNLENS_STORE: ":memory:",
  };
  app = createApp({ config: () => loadConfig({}, environment, tmpdir()), log, frontend: "server", clock });
  const file = join(folder, "keys.yml");
  const entry = (name: string, key: string) => ({ name, sha256: hashOf(key).toString("hex") });
  const keys = [
    { ...entry("admin", admin), role: "admin" },
    { ...entry("viewer", viewer), role: "operator", projects: [String(mine?.id)] },
  ];
  writeFileSync(file, stringify({ keys }));
  authority = await startAuthorizationServer(`${PUBLIC}/mcp`, NOW);
  const oauth = {
    issuer: authority.issuer,
    audience: [`${PUBLIC}/mcp`],
    resource: `${PUBLIC}/mcp`,
    projectsClaim: "runlens_projects",
    perMinute: null,
  };
  const access = await protectedAccess({ keys: file, oauth, clock, log });
  const audit = createAudit({ write: (line) => void told.push(line), close: async () => undefined }, clock);
  server = await startHttpServer({
    operations,
    resources: [],
    ask: app.ask,
    askAbout: app.askAbout,
    log,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
    access,
    onAsked: audit.asked,
    onRefused: audit.refused,
  });
});
afterAll(async () => {
  await server.close();
  await app.close();
  for (const between of relays) between.close();
  await Promise.all([emulator.close(), authority.close()]);
  rmSync(folder, { recursive: true, force: true });
});

const get = async (path: string, key: string): Promise<Sent> => {
  const sent = await send(server.url, `/api/v1${path}`, { headers: { authorization: `Bearer ${key}` } });
  told.push(sent.text, JSON.stringify(sent.headers));
  return sent;
};

describe("a caller's key or token", () => {
  it("is never sent on, and the platform's own never comes down", async () => {
    const token = await authority.token({ runlens_projects: "*", scope: "runlens:operator" });
    for (const key of [admin, token]) {
      for (const path of [
        "/projects?refresh=true",
        "/models",
        "/health",
        "/runs/latest",
        "/runs/latest/events",
      ]) {
        expect((await get(path, key)).status, path).toBe(200);
      }
    }
    // A refusal of our own credentials is nothing that the caller can mend with other ones.
    emulator.setFaults([{ kind: "401" }]);
    await app.forget("all");
    const refused = await get("/models?refresh=true", token);
    emulator.setFaults([]);
    expect(refused.text).toContain("token");
    expect(refused.headers["www-authenticate"]).toBeUndefined();

    expect(sentUp.length).toBeGreaterThan(10);
    const up = sentUp.join("\n");
    for (const secret of [admin, viewer, token, token.split(".")[2] ?? ""]) expect(up).not.toContain(secret);
    expect(up).toContain(FULL_TOKEN);
    const down = [...told, ...lines].join("\n");
    for (const secret of [FULL_TOKEN, admin, viewer, token]) expect(down).not.toContain(secret);
  });
});

/** What the other project has, and the like of it that there is nowhere. */
function reaches(): [path: (name: string) => string, there: string, nowhere: string][] {
  const environment = world.environments.find((one) => one.projectId === other?.id);
  const job = world.jobs.find((one) => one.projectId === other?.id);
  const run = world.runs.findLast((one) => one.projectId === other?.id);
  const nodes = [...(world.dbtProjects.get(other?.id ?? 0)?.nodes ?? [])];
  const model = nodes.find((node) => node.type === "model");
  const named = [String(other?.id), String(other?.name), "999001"] as const;
  return [
    [(name) => `/projects/${name}`, named[0], named[2]],
    [(name) => `/projects/${name}`, named[1], "nobody's project"],
    [(name) => `/models?project_ids=${name}`, named[0], named[2]],
    [(name) => `/models?environment=${name}`, String(environment?.id), "999002"],
    [(name) => `/jobs/${name}`, String(job?.id), "999003"],
    [(name) => `/runs?job_id=${name}`, String(job?.id), "999003"],
    [(name) => `/runs/${name}`, String(run?.id), "999004"],
    [(name) => `/runs/${name}?refresh=true`, String(run?.id), "999004"],
    [(name) => `/runs/${name}/events`, String(run?.id), "999004"],
    [(name) => `/lineage?run_id=${name}`, String(run?.id), "999004"],
    [(name) => `/models/${name}`, String(model?.id), "model.nobody.nothing"],
    [(name) => `/tests?model_id=${name}`, String(model?.id), "model.nobody.nothing"],
    [(name) => `/runtime-trend?job_id=${name}`, String(job?.id), "999003"],
    [(name) => `/models/health?project_ids=${name}`, named[0], named[2]],
  ];
}

/** The name and the ids of the other project; its jobs are called like those of the first. */
function wordsOfOther(): string[] {
  const isOther = ({ projectId }: { projectId: number }) => projectId === other?.id;
  const listed = [
    ...world.environments.filter(isOther),
    ...world.jobs.filter(isOther),
    ...world.runs.filter(isOther),
    ...(world.dbtProjects.get(other?.id ?? 0)?.nodes ?? []),
  ];
  return [String(other?.name), String(other?.id), ...listed.map(({ id }) => String(id))];
}

/** Of what there is in the other project a viewer is told what they are told of what is nowhere. */
async function expectAlike(): Promise<void> {
  for (const [path, there, nowhere] of reaches()) {
    const said = async (name: string) => {
      const sent = await get(path(encodeURIComponent(name)), viewer);
      const { code, message, hint } = errorOf(sent);
      // Which of their own names are near depends on the one that was asked for.
      expect(wordsOfOther().filter((word) => word !== name && hint?.includes(word))).toEqual([]);
      return { status: sent.status, code, message: message?.replaceAll(name, "…") };
    };
    const [found, missing] = [await said(there), await said(nowhere)];
    expect(found, path(there)).toEqual(missing);
    expect(found.status, path(there)).toBe(404);
  }
}

/** What the platform answers with a failure when it is asked about the other project. */
function failThere(): void {
  const environments = world.environments.filter((one) => one.projectId === other?.id);
  emulator.setFaults(environments.map(({ id }) => ({ kind: "500", api: "discovery", match: String(id) })));
}

describe("who may see one project of the account", () => {
  it("is told of what is in the other what they are told of what is nowhere", async () => {
    for (const [path, there] of reaches()) {
      expect((await get(path(encodeURIComponent(there)), admin)).status, path(there)).toBe(200);
    }
    await expectAlike();
  });

  it("is told no more where the platform fails in the other project", async () => {
    failThere();
    await app.forget("all");
    await expectAlike();
    for (const path of [
      "/health",
      "/models?limit=100",
      "/jobs",
      "/projects",
      "/runs?limit=100",
      "/models/slowest",
    ]) {
      const sent = await get(`${path}${path.includes("?") ? "&" : "?"}refresh=true`, viewer);
      expect(sent.status).toBe(200);
      expect(
        wordsOfOther().filter((word) => sent.text.includes(word)),
        path,
      ).toEqual([]);
      // What fails there is nothing that is missing here.
      expect(JSON.parse(sent.text), path).toMatchObject({ source: { complete: true, notes: [] } });
    }
    // An admin is told.
    expect((await get("/models?limit=100&refresh=true", admin)).text).toContain('"complete":false');
    emulator.setFaults([]);
  });

  it("has nothing fetched of the other project", async () => {
    await app.forget("all");
    sentUp.length = 0;
    for (const path of ["/health", "/models", "/models/runtimes?last_n_runs=5", "/tests"]) {
      expect((await get(`${path}${path.includes("?") ? "&" : "?"}refresh=true`, viewer)).status).toBe(200);
    }
    for (const [path, there] of reaches()) await get(path(encodeURIComponent(there)), viewer);
    const documents = sentUp.filter((request) => request.includes('"query"')).join("\n");
    const isNamed = ({ id }: { id: number }) => new RegExp(`\\b${id}\\b`).test(documents);
    expect(world.environments.filter((one) => one.projectId === mine?.id).some(isNamed)).toBe(true);
    expect(world.environments.filter((one) => one.projectId === other?.id).filter(isNamed)).toEqual([]);
  });
});
