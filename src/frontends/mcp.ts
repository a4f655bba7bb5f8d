/** The operations as MCP tools: one factory for both generations of the protocol and every transport. */
import {
  type CallToolResult,
  McpServer,
  type ServerContext,
  type StandardSchemaWithJSON,
} from "@modelcontextprotocol/server";
import { AnySignal } from "../abort.ts";
import type { Progress } from "../core/knowledge.ts";
import type { Log } from "../log.ts";
import type { Operation } from "../operation.ts";
import { inWork, readTrace } from "../telemetry.ts";
import type { Ask, AskOptions } from "./ask.ts";
import { failureText, toFailure } from "./failure.ts";
import { askFitting } from "./fit.ts";
import { instructions } from "./instructions.ts";
import { inputSchema, type JsonSchema, outputSchema } from "./schemas.ts";

/** A page that clients can read beside the tools. */
export interface Resource {
  name: string;
  uri: string;
  title: string;
  description: string;
  mimeType: string;
  /** Name of the operation that it tells of: who may not ask that one is not told of it here. Anybody reads any other. */
  about?: string;
  /** Made when somebody reads it, and not before. */
  read(): Promise<string>;
}

export interface McpOptions {
  operations: readonly Operation[];
  resources: readonly Resource[];
  ask: Ask;
  log: Log;
  version: string;
  /** Aborted when the process ends: stops every call. */
  closing?: AbortSignal;
}

/** Whom a server answers, where several may ask the same process. */
export interface McpCaller {
  /** Instead of the options' own. */
  ask: Ask;
  /** What the caller may ask; all of them where it is left out. */
  allows?: (operation: Operation) => boolean;
  /** Under which a failure is known outside and in the log; each gets one of its own where it is left out. */
  requestId?: string;
}

/** Everything here only reads, so that the hints on what writing would do have no meaning; it does reach out to sources. */
const ANNOTATIONS = {
  readOnlyHint: true,
  openWorldHint: true,
} as const;

/** The tools of one process never change. */
const TTL_MS = 3_600_000;

/** Makes a server for one connection, or for one request over HTTP. */
export type ServerFactory = (caller?: McpCaller) => McpServer;

/** What the servers share is made once. */
export function mcpServerFactory(options: McpOptions): ServerFactory {
  const tools = options.operations.map((operation) => ({
    operation,
    config: {
      title: operation.title,
      description: `${operation.summary} ${operation.guidance}`,
      inputSchema: passThrough(() => inputSchema(operation)),
      outputSchema: passThrough(() => outputSchema(operation)),
      annotations: ANNOTATIONS,
    },
  }));
  const info = { name: "runlens", title: "runlens", version: options.version };
  const instructionsFor = remembered(instructions);
  return (caller = { ask: options.ask }) => {
    const isAllowed = (operation: Operation) => caller.allows?.(operation) !== false;
    const allowed = tools.filter(({ operation }) => isAllowed(operation));
    const hidden = tools.filter((tool) => !allowed.includes(tool)).map(({ operation }) => operation.name);
    const resources = options.resources.filter(({ about }) => about === undefined || !hidden.includes(about));
    // What one caller may see must not be kept for others.
    const hint = { ttlMs: TTL_MS, cacheScope: caller.allows === undefined ? "public" : "private" } as const;
    const server = new McpServer(info, {
      capabilities: {
        tools: { listChanged: false },
        ...(resources.length === 0 ? {} : { resources: { listChanged: false } }),
      },
      instructions: instructionsFor(allowed.map(({ operation }) => operation)),
      cacheHints: { "tools/list": hint, "server/discover": hint },
    });
    for (const { operation, config } of allowed) {
      server.registerTool(operation.name, config, (input, context) =>
        call(operation, input, context, { ...options, ...caller }),
      );
    }
    for (const { name, uri, title, description, mimeType, read } of resources) {
      server.registerResource(name, uri, { title, description, mimeType }, async () => ({
        contents: [{ uri, mimeType, text: await read() }],
      }));
    }
    return server;
  };
}

/** Makes `make` remember its text for each choice of operations: there are as many as there are roles. */
function remembered(
  make: (operations: readonly Operation[]) => string,
): (operations: readonly Operation[]) => string {
  const made = new Map<string, string>();
  return (operations) => {
    const names = operations.map(({ name }) => name).join();
    const text = made.get(names) ?? make(operations);
    made.set(names, text);
    return text;
  };
}

/**
 * Shows the SDK a JSON Schema and lets every value through: the operation validates its own input, so that the
 * error names the known arguments, and its own answer, in full instead of by the shallow schema shown here.
 */
function passThrough(schema: () => JsonSchema): StandardSchemaWithJSON {
  return {
    "~standard": {
      version: 1,
      vendor: "runlens",
      validate: (value) => ({ value }),
      jsonSchema: { input: schema, output: schema },
    },
  };
}

async function call(
  operation: Operation,
  input: unknown,
  context: ServerContext,
  options: McpOptions & Pick<McpCaller, "requestId">,
): Promise<CallToolResult> {
  const signals = [context.mcpReq.signal, ...(options.closing === undefined ? [] : [options.closing])];
  const any = new AnySignal(signals);
  const { signal } = any;
  try {
    const progress = progressOf(context);
    const asking: AskOptions = progress === null ? { signal } : { signal, progress };
    const { traceparent, tracestate } = { ...context.mcpReq._meta };
    const trace = typeof traceparent === "string" ? readTrace(traceparent, textOrNull(tracestate)) : null;
    const askOnce = () => askFitting(operation, input, (shorter) => options.ask(operation, shorter, asking));
    const { answer, text } = await (trace === null ? askOnce() : inWork({ trace }, askOnce));
    return { structuredContent: answer, content: [{ type: "text", text }] };
  } catch (error) {
    const { body } = toFailure(error, options.log, { signal, requestId: options.requestId });
    const text = `${failureText(body)}\n${JSON.stringify(body)}`;
    return { isError: true, content: [{ type: "text", text }] };
  } finally {
    any.end();
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** Sends progress to the client that asked for it; what cannot be sent is nobody's error. */
function progressOf(context: ServerContext): ((progress: Progress) => void) | null {
  const progressToken = context.mcpReq._meta?.progressToken;
  if (progressToken === undefined) return null;
  return ({ done, total, message }) => {
    const params = { progressToken, progress: done, message, ...(total === null ? {} : { total }) };
    context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
  };
}
