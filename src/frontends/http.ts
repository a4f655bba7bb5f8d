/** The MCP server over HTTP on this machine alone: Streamable HTTP at /mcp, HTTP+SSE at /sse and /messages. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import {
  localhostHostValidation,
  localhostOriginValidation,
  type NodeIncomingMessageLike,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { RunlensError } from "../errors.ts";
import { type McpOptions, mcpServerFactory } from "./mcp.ts";

/** A question is small; whoever sends more is no client of ours. */
const LARGEST_BODY = 1_000_000;
const LOOPBACK = new Set(["127.0.0.1", "localhost", "::1"]);

export interface HttpOptions extends McpOptions {
  host: string;
  /** 0 takes any free port. */
  port: number;
}

export interface HttpServer {
  /** Where it listens, without a path: `http://127.0.0.1:3333`. */
  url: string;
  close(): Promise<void>;
}

/** Listens. Rejects with `CONFIG` for an address of another machine's reach, or one that cannot be taken. */
export async function startHttpServer(options: HttpOptions): Promise<HttpServer> {
  if (!LOOPBACK.has(options.host)) {
    throw new RunlensError(
      "CONFIG",
      `serve listens on this machine alone, not on ${options.host}.`,
      "Use --host 127.0.0.1, and put a proxy with its own authentication in front to share it.",
    );
  }
  const factory = mcpServerFactory(options);
  const onerror = (error: Error) => options.log.debug(`http: ${error.message}`);
  const handler = createMcpHandler(factory, { onerror, maxRequestBodySize: LARGEST_BODY });
  const mcp = toNodeHandler(handler, { onerror, maxRequestBodySize: LARGEST_BODY });
  const sse = sseEndpoint(factory);
  const hostIsLocal = localhostHostValidation();
  const originIsLocal = localhostOriginValidation();

  const route = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!hostIsLocal(request, response) || !originIsLocal(request, response)) return;
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (Number(request.headers["content-length"] ?? 0) > LARGEST_BODY) {
      response.writeHead(413, { "content-type": "text/plain" }).end("The request is too large.\n");
      return;
    }
    // The SDK's type has no undefined in its optional fields; Node's has.
    if (path === "/mcp") return mcp(request as NodeIncomingMessageLike, response);
    if (path === "/sse" && request.method === "GET") return sse.open(response);
    if (path === "/messages" && request.method === "POST") return sse.message(request, response);
    response
      .writeHead(404, { "content-type": "text/plain" })
      .end("MCP is at /mcp, and for older clients at /sse.\n");
  };
  const server = createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      options.log.error(`http: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await listen(server, options);
  return {
    url: addressOf(server, options.host),
    async close() {
      await Promise.allSettled([sse.close(), handler.close()]);
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(server: Server, { host, port }: HttpOptions): Promise<void> {
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

/**
 * The transport of older clients: one stream per client, its messages by POST. The 2.x SDK has no server for
 * it, so that the one of the 1.x SDK is loaded when the first such client comes.
 */
function sseEndpoint(factory: ReturnType<typeof mcpServerFactory>) {
  type Transport = InstanceType<typeof import("@modelcontextprotocol/sdk/server/sse.js").SSEServerTransport>;
  const sessions = new Map<string, Transport>();
  return {
    async open(response: ServerResponse): Promise<void> {
      const { SSEServerTransport } = await import("@modelcontextprotocol/sdk/server/sse.js");
      const transport = new SSEServerTransport("/messages", response);
      sessions.set(transport.sessionId, transport);
      response.once("close", () => sessions.delete(transport.sessionId));
      await factory().connect(transport);
    },
    async message(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const id = new URL(request.url ?? "/", "http://localhost").searchParams.get("sessionId") ?? "";
      const transport = sessions.get(id);
      if (transport !== undefined) return transport.handlePostMessage(request, response);
      response.writeHead(404, { "content-type": "text/plain" }).end("No such session; open /sse first.\n");
    },
    async close(): Promise<void> {
      await Promise.allSettled([...sessions.values()].map((transport) => transport.close()));
    },
  };
}
