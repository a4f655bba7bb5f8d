/** The server over HTTP: MCP and REST from the same operations. */
import { createServer, type Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import { RunlensError } from "../../errors.ts";
import { openAccess } from "./access/access.ts";
import { Guard, isLoopback } from "./guard.ts";
import { createRoutes, type RoutesOptions } from "./routes.ts";

/** Milliseconds that a client has for its headers, and for the whole request, before it is let go. */
const TIMES: Times = { headers: 10_000, request: 30_000, keepAlive: 30_000, look: 2_000, drain: 3_000 };
/** Bytes of a request's headers. */
const LARGEST_HEADERS = 16_384;
/** Connections at once; further ones are closed as they come. */
const MOST_CONNECTIONS = 4_000;
/** Milliseconds that answers have to be sent when all questions have been answered. */
const LAST_BYTES_MS = 300;

export interface Times {
  headers: number;
  request: number;
  /** For which a connection without a request stays open. */
  keepAlive: number;
  /** From one look for clients that are too slow to the next. */
  look: number;
  /** That questions under way have to be answered when the server is to close. */
  drain: number;
}

export interface HttpOptions extends Omit<RoutesOptions, "access" | "guard" | "sse" | "closing"> {
  host: string;
  /** 0 takes any free one. */
  port: number;
  /** Who may ask; without it everybody on this machine. */
  access?: RoutesOptions["access"];
  /** Further names that the server is known by, such as that of a proxy before it. */
  names?: readonly string[];
  sse?: boolean;
  times?: Partial<Times>;
}

export interface HttpServer {
  /** Where it listens, without a path: `http://127.0.0.1:3333`. */
  url: string;
  /** Takes no new connections, lets what is under way end for a while, then closes. */
  close(): Promise<void>;
}

/**
 * Listens. Rejects with `CONFIG` for an address beyond this machine where everybody may ask, or for one that cannot be
 * taken.
 */
export async function startHttpServer(options: HttpOptions): Promise<HttpServer> {
  const { host, access = openAccess, sse = true, names = [] } = options;
  if (!isLoopback(host) && !access.isProtected) {
    throw new RunlensError(
      "CONFIG",
      `Listening on ${host} would let others than this machine ask, and nobody is asked for a key.`,
      "Use --host 127.0.0.1, or set up keys or OAuth under server in runlens.yml (see docs/http.md).",
    );
  }
  const ending = new AbortController();
  const routes = createRoutes({
    ...options,
    access,
    sse,
    guard: new Guard(host, names),
    closing: ending.signal,
  });
  const times = { ...TIMES, ...options.times };
  const listener = getRequestListener(routes.http.fetch, { overrideGlobalObjects: false });
  const server = createServer(
    {
      headersTimeout: times.headers,
      requestTimeout: times.request,
      keepAliveTimeout: times.keepAlive,
      connectionsCheckingInterval: times.look,
      maxHeaderSize: LARGEST_HEADERS,
    },
    (request, response) => {
      if (!routes.shed(request, response)) void listener(request, response);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, options);
  return {
    url: addressOf(server, host),
    async close() {
      routes.drain();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await within(times.drain, routes.idle());
      ending.abort();
      // Streams never end by themselves.
      await routes.close();
      await within(LAST_BYTES_MS, closed);
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Resolves with the work, or when so many milliseconds have passed. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}

function listen(server: Server, { host, port }: Pick<HttpOptions, "host" | "port">): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === "EADDRINUSE";
      const message = `Port ${port} on ${host} ${taken ? "is taken" : `cannot be used (${cause.code})`}.`;
      reject(
        new RunlensError("CONFIG", message, "Choose another with --port, or 0 for any free one.", { cause }),
      );
    });
    server.listen(port, host, resolve);
  });
}

function addressOf(server: Server, host: string): string {
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
