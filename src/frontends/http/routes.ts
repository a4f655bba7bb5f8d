/** Everything that the server answers, in the order in which a request meets it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { AnySignal } from "../../abort.ts";
import { type ErrorCode, RunlensError } from "../../errors.ts";
import { inWork, readTrace } from "../../telemetry.ts";
import { newRequestId, toFailure } from "../failure.ts";
import { type McpOptions, mcpServerFactory, type ServerFactory } from "../mcp.ts";
import type { Access } from "./access/access.ts";
import { Denial } from "./access/denial.ts";
import { API } from "./address.ts";
import { Admission } from "./admission.ts";
import {
  type AnsweringOptions,
  type Asked,
  createAnswering,
  type Refused,
  type Responded,
} from "./answering.ts";
import { checkLeast, checkWhole, RoleNeeded } from "./caller.ts";
import type { HttpEnv } from "./context.ts";
import { corsForPages } from "./cors.ts";
import { documentation } from "./documentation.ts";
import type { Guard } from "./guard.ts";
import { pageRoutes } from "./page.ts";
import { restApi } from "./rest.ts";
import { SseEndpoint } from "./sse.ts";
import { streamableEndpoint } from "./streamable.ts";

export interface RoutesOptions extends McpOptions {
  /** The answers for who may see all projects, or only these. */
  askAbout: AnsweringOptions["askAbout"];
  access: Access;
  guard: Guard;
  /** False leaves out HTTP+SSE, the transport of older clients. */
  sse: boolean;
  /** Makes the MCP server of each request or stream; without it that of the operations and resources. */
  serverFor?: ServerFactory;
  /** Questions at once. */
  mostAtOnce?: number;
  onAsked?: (asked: Asked) => void;
  /** Told of every request that was not let in. */
  onRefused?: (refused: Refused) => void;
  /** Told of every response. */
  onResponded?: (responded: Responded) => void;
  /** What `/metrics` shows, to operators; without it there is no such page. */
  metrics?: (standing: { underWay: number; streams: number }) => Promise<{ type: string; body: string }>;
}

export interface Routes {
  readonly http: Hono<HttpEnv>;
  /**
   * Refuses a question while as many are under way as are taken, before anything else is done for it: what is too much
   * must not take the time of what has been taken. Gives false, and does nothing, for all else.
   */
  shed(request: IncomingMessage, response: ServerResponse): boolean;
  /** Says from now on that no new work should be sent here. */
  drain(): void;
  /** Resolves when no question is under way. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createRoutes(options: RoutesOptions): Routes {
  const { access, guard, log } = options;
  const admission = new Admission(options.mostAtOnce);
  const onAsked = options.onAsked ?? (() => undefined);
  const askFor = createAnswering({ askAbout: options.askAbout, admission, onAsked });
  const serverFor = options.serverFor ?? mcpServerFactory(options);
  const mcp = streamableEndpoint({ serverFor, askFor, log });
  const sse = options.sse ? new SseEndpoint(serverFor, askFor) : null;
  let draining = false;

  const http = new Hono<HttpEnv>();
  http.onError((error, c) => refuse(c, error, options));
  http.notFound((c) => refuse(c, nothingHere(c.req.path), options));
  http.use(async (c, next) => {
    const requestId = newRequestId();
    c.set("requestId", requestId);
    const signals = [c.req.raw.signal, ...(options.closing === undefined ? [] : [options.closing])];
    const any = new AnySignal(signals);
    c.set("signal", any.signal);
    const begun = performance.now();
    const trace = readTrace(c.req.header("traceparent") ?? null, c.req.header("tracestate") ?? null);
    try {
      await inWork({ requestId, trace }, next);
    } finally {
      any.end();
    }
    c.res.headers.set("X-Request-Id", requestId);
    c.res.headers.set("X-Content-Type-Options", "nosniff");
    const { method, path } = c.req;
    const took_ms = Math.round((performance.now() - begun) * 10) / 10;
    const who = c.var.caller?.name ?? null;
    inWork({ requestId, trace }, () =>
      options.onResponded?.({ method, path, status: c.res.status, who, took_ms }),
    );
  });
  // Who looks after the server asks by whatever name it has there, and learns nothing.
  http.get("/healthz", (c) => c.json({ status: "ok" }));
  http.get("/readyz", (c) => (draining ? c.json({ status: "draining" }, 503) : c.json({ status: "ready" })));
  http.use(async (c, next) => {
    guard.check(c.req.raw.headers);
    await next();
  });
  for (const path of ["/mcp", "/.well-known/*"]) http.use(path, corsForPages());
  const metadata = access.metadata();
  if (metadata !== null) {
    http.get("/.well-known/oauth-protected-resource", (c) => c.json(metadata));
    http.get("/.well-known/oauth-protected-resource/*", (c) => c.json(metadata));
  }

  http.use(methodNotAllowed({ app: http, onMethodNotAllowed: wrongMethod }));
  http.route("/", pageRoutes());
  http.route("/", documentation({ operations: options.operations, version: options.version, access }));
  const letIn = async (c: Context<HttpEnv>, next: () => Promise<void>) => {
    c.set("caller", await access.admit(c.req.raw.headers));
    if (c.req.method === "POST" || c.req.path.startsWith(API)) admission.check();
    await next();
  };
  http.use(`${API}/*`, letIn);
  http.route(API, restApi({ operations: options.operations, askFor, version: options.version }));

  const { metrics } = options;
  if (metrics !== undefined) {
    http.get(METRICS, letIn, async (c) => {
      checkLeast(c.var.caller, "operator", METRICS);
      checkWhole(c.var.caller, METRICS);
      const { type, body } = await metrics({ underWay: admission.underWay, streams: sse?.open ?? 0 });
      return c.body(body, 200, { "Content-Type": type, "Cache-Control": "no-store" });
    });
  }

  http.use("/mcp", letIn);
  http.all("/mcp", (c) => mcp.handle(c.req.raw, c.var.caller, c.var.requestId));
  if (sse !== null) {
    http.get("/sse", letIn, async (c) => {
      await sse.stream(c.env.outgoing, c.var.caller, c.var.requestId);
      return RESPONSE_ALREADY_SENT;
    });
    http.post("/messages", letIn, async (c) => {
      const session = c.req.query("sessionId") ?? "";
      await sse.message(c.env.incoming, c.env.outgoing, session, c.var.caller);
      return RESPONSE_ALREADY_SENT;
    });
  }
  return {
    http,
    shed(request, response) {
      const { method = "GET", url = "/" } = request;
      const path = url.split("?", 1)[0] ?? url;
      if (!admission.isFull || !(path.startsWith(API) || (method === "POST" && MESSAGES.includes(path))))
        return false;
      const begun = performance.now();
      const requestId = newRequestId();
      const { body, status, retryAfterS } = toFailure(admission.refusal(), log, { requestId });
      response
        .writeHead(status, {
          "Content-Type": "application/json",
          "Cache-Control": "no-store",
          "Retry-After": String(retryAfterS ?? 1),
          "X-Request-Id": requestId,
        })
        .end(JSON.stringify(body));
      const took_ms = Math.round((performance.now() - begun) * 10) / 10;
      inWork({ requestId }, () => options.onResponded?.({ method, path, status, who: null, took_ms }));
      return true;
    },
    drain() {
      draining = true;
    },
    idle: () => admission.idle(),
    async close() {
      access.close();
      await Promise.allSettled([mcp.close(), sse?.close()]);
    },
  };

  /** Of a path that is there; by OPTIONS one may ask what it takes. */
  function wrongMethod(c: Context<HttpEnv>, methods: readonly string[]): Response {
    const { method, path } = c.req;
    const allowed = [...methods, "OPTIONS"].join(", ");
    if (method === "OPTIONS") return c.body(null, 204, { Allow: allowed });
    const error = new RunlensError("INVALID_INPUT", `${path} takes no ${method}.`, `It takes ${allowed}.`);
    const { body, headers } = refuse(c, error, options);
    // What was to be sent before may have been compressed; its headers would stay.
    c.res.headers.delete("Content-Encoding");
    headers.set("Allow", allowed);
    return new Response(body, { status: 405, headers });
  }

  function refuse(c: Context<HttpEnv>, error: unknown, { log: to }: Pick<RoutesOptions, "log">): Response {
    const { body, status, retryAfterS } = toFailure(error, to, {
      signal: c.var.signal,
      requestId: c.var.requestId,
    });
    const headers = new Headers({ "Content-Type": "application/json", "Cache-Control": "no-store" });
    if (retryAfterS !== null) headers.set("Retry-After", String(Math.ceil(retryAfterS)));
    // Whoever has been let in is told of with their question; who asks for the metrics asks none.
    const { caller } = c.var;
    if ((caller === undefined || c.req.path === METRICS) && AT_THE_DOOR.includes(body.error.code)) {
      const who = caller?.name ?? (error instanceof Denial || error instanceof RoleNeeded ? error.who : null);
      const from = c.env.incoming?.socket?.remoteAddress ?? null;
      const { method, path } = c.req;
      options.onRefused?.({ who, from, method, path, outcome: body.error.code, requestId: c.var.requestId });
    }
    const challenge = access.challenge(error);
    if (challenge !== null) headers.set("WWW-Authenticate", challenge);
    log.debug(`http: ${c.req.method} ${c.req.path} ${status}`);
    const text = JSON.stringify(body);
    headers.set("Content-Length", String(Buffer.byteLength(text)));
    return new Response(text, { status, headers });
  }
}

const METRICS = "/metrics";

/** Where messages of MCP clients come in. */
const MESSAGES: readonly string[] = ["/mcp", "/messages"];

/** How those end who are not let in: for no key, a wrong one, a foreign Host, or too many requests. */
const AT_THE_DOOR: readonly ErrorCode[] = ["UNAUTHENTICATED", "FORBIDDEN", "RATE_LIMITED", "UPSTREAM"];

function nothingHere(path: string): RunlensError {
  return new RunlensError(
    "NOT_FOUND",
    `Nothing is at ${path}.`,
    `MCP is at /mcp (older clients: /sse), the REST API below ${API}, its description at /openapi.json and /docs.`,
  );
}
