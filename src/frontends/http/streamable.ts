/** MCP over Streamable HTTP, both generations of the protocol: each request is served by itself. */
import {
  type AuthInfo,
  createMcpHandler,
  isJSONRPCRequest,
  isJsonContentType,
  isLegacyRequest,
  type JSONRPCRequest,
  PARSE_ERROR,
  SUPPORTED_PROTOCOL_VERSIONS,
} from "@modelcontextprotocol/server";
import { RunlensError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Ask } from "../ask.ts";
import { isRecord } from "../clean.ts";
import type { McpCaller, ServerFactory } from "../mcp.ts";
import type { Asking } from "./answering.ts";
import { readBytes } from "./body.ts";
import { type Caller, mayAsk } from "./caller.ts";
import { Calls, newSessionName, PROTOCOL_HEADER, SESSION_HEADER } from "./calls.ts";

/** A question is small; whoever sends more is no client of ours. */
const LARGEST_MESSAGE = 1_000_000;

export interface StreamableEndpoint {
  handle(request: Request, caller: Caller, requestId: string): Promise<Response>;
  close(): Promise<void>;
}

/** The caller as the protocol's library carries it to the server of the request. */
const AUTH = { token: "", scopes: [] as string[] };

export interface StreamableOptions {
  serverFor: ServerFactory;
  askFor: (asking: Asking) => Ask;
  log: Log;
}

export function streamableEndpoint({ serverFor, askFor, log }: StreamableOptions): StreamableEndpoint {
  const callers = new WeakMap<AuthInfo, McpCaller>();
  const calls = new Calls();
  const handler = createMcpHandler(({ authInfo }) => serverFor(authInfo && callers.get(authInfo)), {
    onerror: (error) => log.debug(`http: ${error.message}`),
  });
  return {
    async handle(request, caller, requestId) {
      const mcpCaller: McpCaller = {
        ask: askFor({ caller, requestId, door: "mcp" }),
        allows: (operation) => mayAsk(caller, operation),
        requestId,
      };
      const lastEventId = request.headers.get("last-event-id");
      if (request.method === "GET" && lastEventId !== null) return calls.resume(lastEventId, caller);
      const isMessage = request.method === "POST" && isJsonContentType(request.headers.get("content-type"));
      const sent = isMessage ? await readMessage(request) : { message: undefined };
      if (sent === null) return notJson();
      const { message } = sent;
      const isLegacy = message !== undefined && (await isLegacyRequest(request, message));
      if (isLegacy && isToolCall(message) && isWellAsked(request.headers)) {
        return calls.start(message, request, { server: serverFor(mcpCaller), caller });
      }
      if (isLegacy && isRecord(message) && message.method === "notifications/cancelled") {
        const { requestId: cancelled } = isRecord(message.params) ? message.params : {};
        calls.cancel(caller, request.headers.get(SESSION_HEADER), cancelled);
      }
      // Only its identity counts: the token itself stays at the door.
      const authInfo: AuthInfo = { ...AUTH, clientId: caller.name };
      callers.set(authInfo, mcpCaller);
      const parsedBody = message === undefined ? {} : { parsedBody: message };
      const response = await handler.fetch(request, { authInfo, ...parsedBody });
      if (isLegacy && isRecord(message) && message.method === "initialize" && response.ok) {
        response.headers.set(SESSION_HEADER, newSessionName());
      }
      return response;
    },
    async close() {
      await Promise.all([calls.close(), handler.close()]);
    },
  };
}

/** Null for what is no JSON. Throws `TOO_LARGE`. */
async function readMessage(request: Request): Promise<{ message: unknown } | null> {
  const bytes = await readBytes(request, LARGEST_MESSAGE);
  if (bytes === null) {
    throw new RunlensError("TOO_LARGE", "The message is too large.", "Send one call a message.");
  }
  try {
    return { message: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return null;
  }
}

/** What JSON-RPC says to what is no JSON. */
function notJson(): Response {
  const error = { code: PARSE_ERROR, message: "Parse error: the body is not JSON in UTF-8" };
  return Response.json({ jsonrpc: "2.0", error, id: null }, { status: 400 });
}

function isToolCall(message: unknown): message is JSONRPCRequest {
  return isJSONRPCRequest(message) && message.method === "tools/call";
}

/** False for what the SDK refuses: an answer that the client does not take, or a protocol that is not known. */
function isWellAsked(headers: Headers): boolean {
  const takes = headers.get("accept") ?? "";
  const protocol = headers.get(PROTOCOL_HEADER);
  return (
    takes.includes("application/json") &&
    takes.includes("text/event-stream") &&
    (protocol === null || SUPPORTED_PROTOCOL_VERSIONS.includes(protocol))
  );
}
