/** The emulator itself: both APIs of dbt Cloud over one world, on this machine alone. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { credentials, isIntrospection } from "./access.ts";
import { failure, MESSAGES } from "./admin/envelope.ts";
import { type AdminReply, createAdmin, lacksSlash } from "./admin.ts";
import { createDiscovery } from "./discovery/execute.ts";
import { discoveryErrors, HTML, partial, replacement } from "./fault-bodies.ts";
import { type Api, delayOf, type Fault, Faults } from "./faults.ts";
import { RateLimit } from "./rate.ts";
import type { Recorded } from "./requests.ts";
import type { Token, World } from "./world.ts";

export interface EmulatorOptions {
  world: World;
  /** Which schema Discovery has; the newer one where it is left out. */
  schema?: "2025-03" | "2026-06";
  /** A free one where it is left out. */
  port?: number;
  /** What every answer waits, in milliseconds. */
  latencyMs?: number;
  /** Epoch milliseconds; the limits are counted by it too, so a clock that stands still counts every request. */
  now?: () => number;
  /** Requests a minute. */
  discoveryLimit?: number;
  adminLimit?: number;
  complexityLimit?: number;
  /** Whether `/beta/graphql` is served, with the same schema. */
  beta?: boolean;
}

export interface Emulator {
  adminUrl: string;
  discoveryUrl: string;
  /** In the order in which they came. */
  requests: readonly Recorded[];
  count(api?: Api): number;
  /** Requests that are neither answered nor broken off. */
  readonly underWay: number;
  resetCounts(): void;
  /** Replaces the faults in force. */
  setFaults(faults: readonly Fault[]): void;
  /** Breaks what is under way off. */
  close(): Promise<void>;
}

interface Reply extends AdminReply {
  location?: string;
}

interface Asked {
  recorded: Recorded;
  token: Token | null;
  params: URLSearchParams;
  /** Of Discovery. */
  body: Record<string, unknown>;
}

const DISCOVERY_PATHS = ["/graphql", "/graphql/"];
const BETA_PATHS = ["/beta/graphql", "/beta/graphql/"];

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { world, port = 0, latencyMs = 0, now = Date.now, beta = false } = options;
  const limits = {
    admin: new RateLimit(options.adminLimit ?? 5000, now),
    discovery: new RateLimit(options.discoveryLimit ?? 500, now),
  };
  const admin = createAdmin(world, { now });
  const discovery = createDiscovery(world, {
    vintage: options.schema ?? "2026-06",
    now,
    ...(options.complexityLimit !== undefined && { complexityLimit: options.complexityLimit }),
  });
  const stopped = new AbortController();
  const requests: Recorded[] = [];
  let underWay = 0;
  let faults = new Faults([]);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const path = decoded(url.pathname);
    const api = apiOf(path, beta);
    if (api === null) return send(response, outside(path));
    const text = await bodyOf(request);
    const { scheme, token } = credentials(request.headers.authorization, world);
    const body = api === "discovery" ? parseBody(text) : {};
    const recorded: Recorded = {
      api,
      method: request.method ?? "GET",
      path,
      query: api === "admin" ? url.search.slice(1) : String(body?.query ?? ""),
      operationName: typeof body?.operationName === "string" ? body.operationName : null,
      variables: body?.variables ?? null,
      scheme,
      status: null,
    };
    requests.push(recorded);
    const fault = faults.next(api, matchable(recorded));
    const wait = latencyMs + (fault === null ? 0 : delayOf(fault));
    if (wait > 0) await sleep(wait, undefined, { signal: AbortSignal.any([stopped.signal, gone(response)]) });
    if (fault?.kind === "reset") return void response.socket?.resetAndDestroy();
    const asked = { recorded, token, params: url.searchParams, body: body ?? {} };
    const reply =
      (fault && replacement(fault.kind, api)) ??
      (body === null ? discoveryErrors(400, "The body is no JSON object.") : await answer(asked, fault));
    recorded.status = reply.status;
    send(response, reply, fault?.kind === "cut");
  }

  async function answer(asked: Asked, fault: Fault | null): Promise<Reply> {
    return asked.recorded.api === "admin" ? answerAdmin(asked) : answerDiscovery(asked, fault);
  }

  function answerAdmin({ recorded: { method, path, query }, token, params }: Asked): Reply {
    if (token === null) return failure(401, MESSAGES.badToken);
    if (!limits.admin.admits()) return failure(429, MESSAGES.throttled);
    // The emulator only serves those who read: a client that writes is to fail its tests.
    if (method !== "GET") return failure(405, MESSAGES.notAllowed);
    if (lacksSlash(path)) {
      const location = `${encodeURI(path)}/${query === "" ? "" : `?${query}`}`;
      return { status: 301, ...HTML, location };
    }
    return admin.get(path, params, token);
  }

  async function answerDiscovery({ recorded, token, body }: Asked, fault: Fault | null): Promise<Reply> {
    if (recorded.method !== "POST") return discoveryErrors(405, MESSAGES.notAllowed);
    const isOpen = isIntrospection(body.query);
    if (!isOpen && recorded.scheme === null) return discoveryErrors(200, "No token was provided.");
    if (!isOpen && token === null) return discoveryErrors(401, "Unauthorized");
    if (!isOpen && !token?.discovery)
      return discoveryErrors(200, "You do not have permission to perform this action");
    if (!limits.discovery.admits()) return discoveryErrors(429, MESSAGES.throttled);
    const result = await discovery.execute(body, token?.projectIds ?? null);
    const shown = fault?.kind === "partial" ? partial(result.body) : result.body;
    return { status: result.status, contentType: "application/json", body: JSON.stringify(shown) };
  }

  const server = createServer((request, response) => {
    underWay++;
    response.once("close", () => underWay--);
    handle(request, response).catch((error: unknown) => {
      if (stopped.signal.aborted || response.destroyed) return;
      // A fault of the emulator itself, which no test may take for one of the platform.
      console.error(error);
      send(response, { status: 599, contentType: "text/plain", body: `emulator: ${String(error)}` });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    adminUrl: base,
    discoveryUrl: `${base}/graphql`,
    requests,
    count: (api) => requests.filter((one) => api === undefined || one.api === api).length,
    get underWay() {
      return underWay;
    },
    resetCounts() {
      requests.length = 0;
    },
    setFaults(list) {
      faults = new Faults(list);
    },
    async close() {
      stopped.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function apiOf(path: string, beta: boolean): Api | null {
  if (path.startsWith("/api/")) return "admin";
  return DISCOVERY_PATHS.includes(path) || (beta && BETA_PATHS.includes(path)) ? "discovery" : null;
}

/** Anywhere else is the web application, which answers every path with its page. */
function outside(path: string): Reply {
  return BETA_PATHS.includes(path) ? discoveryErrors(404, "Not found") : { status: 200, ...HTML };
}

function matchable({ api, path, query, variables }: Recorded): string {
  return api === "admin" ? `${path}?${query}` : `${query}\n${JSON.stringify(variables)}`;
}

/** Ends when the client has hung up, so that nothing waits to answer it. */
function gone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

/** A path that is not well encoded is taken as it is, and found nowhere. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** Null where it is no JSON object. */
function parseBody(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function send(response: ServerResponse, { status, contentType, body, location }: Reply, cut = false): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": bytes.length,
    ...(location !== undefined && { location }),
    ...(status === 405 && { allow: "GET" }),
  });
  if (!cut) response.end(bytes);
  // Once the half is on its way: what is destroyed at once may not be sent at all.
  else response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
