/** The emulator itself: one deployment of Dagster by GraphQL, on this machine alone. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { NotEmulated } from "./errors.ts";
import { Executor } from "./execute.ts";
import { delayOf, type Fault, Faults } from "./faults.ts";
import { historyOf } from "./history.ts";
import { json, page, type Reply, replacement, text, unauthenticated, withWord } from "./replies.ts";
import { type Asked, askedOf, nameOf, type Recorded } from "./requests.ts";
import { type DagsterVersion, schemaOf } from "./schema.ts";
import { queryView } from "./views/query.ts";
import type { Serving } from "./views/view.ts";
import type { World } from "./world.ts";

export interface PlusOptions {
  deployment: string;
  token: string;
  /** How a missing or wrong token is answered; a status where it is left out. */
  refusal?: "status" | "errors";
}

export interface EmulatorOptions {
  world: World;
  /** Whose schema and manners it has; those of the newer one where it is left out. */
  version?: DagsterVersion;
  /** Dagster+ instead of a webserver of one's own. */
  plus?: PlusOptions;
  /**
   * What becomes of a page of events over the limit (`eventsMax`, by default 1000): the newest servers cut it, those
   * of 2025 refuse it, and those of 2024 had no limit. By default as the version does.
   */
  largePages?: "clamp" | "refuse" | "unlimited";
  eventsMax?: number;
  /** What goes before every path, e.g. `/dagster`. */
  pathPrefix?: string;
  /** A free one where it is left out. */
  port?: number;
  /** What every answer waits, in milliseconds. */
  latencyMs?: number;
  /** Epoch milliseconds. */
  now?: () => number;
}

export interface Emulator {
  /** Of GraphQL. */
  url: string;
  /** In the order in which they came. */
  requests: readonly Recorded[];
  /** All requests, or those of one operation. */
  count(operationName?: string): number;
  resetCounts(): void;
  /** Replaces the faults in force. */
  setFaults(faults: readonly Fault[]): void;
  /** Breaks what is under way off. */
  close(): Promise<void>;
}

const TOKEN_HEADER = "dagster-cloud-api-token";

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { world, plus, version = "1.13.27", pathPrefix = "", port = 0, latencyMs = 0 } = options;
  const now = options.now ?? Date.now;
  const executor = new Executor(schemaOf(version, plus !== undefined));
  const path = `${pathPrefix}${plus === undefined ? "" : `/${plus.deployment}`}/graphql`;
  const events = eventLimits(options, version);
  const stopped = new AbortController();
  const requests: Recorded[] = [];
  let faults = new Faults([]);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const body = await bodyOf(request);
    if (url.pathname !== path) return send(response, elsewhere(url.pathname));
    const method = request.method ?? "GET";
    const wantsPage = method === "GET" && (request.headers.accept ?? "").includes("text/html");
    if (wantsPage) return send(response, page());
    const contentType = request.headers["content-type"] ?? "";
    const asked = askedOf({ method, contentType, params: url.searchParams, body });
    const recorded = recordedOf(request, url.pathname, asked);
    requests.push(recorded);
    const fault = faults.next(`${recorded.query}\n${JSON.stringify(recorded.variables)}`);
    const wait = latencyMs + (fault === null ? 0 : delayOf(fault));
    if (wait > 0) await sleep(wait, undefined, { signal: AbortSignal.any([stopped.signal, gone(response)]) });
    if (fault?.kind === "reset") return void response.socket?.resetAndDestroy();
    const replaced = fault === null ? null : replacement(fault, now());
    const reply = replaced ?? (await answer(asked, recorded, fault));
    recorded.status = reply.status;
    send(response, reply, fault?.kind === "cut");
  }

  function elsewhere(pathname: string): Reply {
    // Without the deployment in its path a request is nobody's.
    if (plus !== undefined) return unauthenticated();
    if (pathname !== `${pathPrefix}/server_info`) return page();
    const names = ["dagster_webserver_version", "dagster_version", "dagster_graphql_version"];
    return json(200, Object.fromEntries(names.map((name) => [name, version])));
  }

  function recordedOf(request: IncomingMessage, pathname: string, asked: Asked): Recorded {
    const { [TOKEN_HEADER]: token, ...headers } = request.headers;
    const isRight = plus !== undefined && token === plus.token;
    return {
      method: request.method ?? "GET",
      path: pathname,
      query: "query" in asked ? asked.query : "",
      operationName: "query" in asked ? nameOf(asked) : null,
      variables: "query" in asked ? asked.variables : null,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      token: token === undefined ? "none" : isRight ? "right" : "wrong",
      status: null,
    };
  }

  async function answer(asked: Asked, { method, token }: Recorded, fault: Fault | null): Promise<Reply> {
    if (method !== "GET" && method !== "POST") return text(405, "Method Not Allowed");
    if (plus !== undefined && token !== "right")
      return plus.refusal === "errors" ? unauthenticated() : text(401, "Unauthorized");
    if ("refusal" in asked) return text(asked.status, asked.refusal);
    const serving: Serving = {
      world,
      history: historyOf(world),
      now: now() / 1000,
      isOld: version === "1.6.14",
      plus: plus === undefined ? null : { deployment: plus.deployment },
      events,
      caught: [],
    };
    const { status, body } = await executor.execute(asked, queryView(serving, { version }), {
      serving,
      fault,
    });
    if (fault?.kind !== "unknown-word") return json(status, body);
    return json(status, withWord(body, fault.field ?? "", fault.word ?? ""));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (stopped.signal.aborted || response.destroyed) return;
      // A fault of the emulator itself, which no test may take for one of Dagster.
      if (!(error instanceof NotEmulated)) console.error(error);
      send(response, text(599, `emulator: ${String(error)}`));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    requests,
    count: (name) => requests.filter((one) => name === undefined || one.operationName === name).length,
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

function eventLimits(
  { largePages, eventsMax = 1000 }: EmulatorOptions,
  version: DagsterVersion,
): Serving["events"] {
  const manners = largePages ?? (version === "1.6.14" ? "unlimited" : "clamp");
  return manners === "unlimited" ? null : { max: eventsMax, beyond: manners };
}

/** Ends when the client has hung up, so that nothing waits to answer it. */
function gone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status, contentType, body, headers }: Reply, cut = false): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { "content-type": contentType, "content-length": bytes.length, ...headers });
  if (!cut) response.end(bytes);
  // Once the half is on its way: what is destroyed at once may not be sent at all.
  else response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.destroy());
}
