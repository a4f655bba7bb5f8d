/** The operations as MCP tools: one factory for both generations of the protocol and every transport. */
import {
  type CallToolResult,
  McpServer,
  type ServerContext,
  type StandardSchemaWithJSON,
} from "@modelcontextprotocol/server";
import type { Progress } from "../core/knowledge.ts";
import type { Log } from "../log.ts";
import type { Operation } from "../operation.ts";
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

/** Everything here only reads, so that the hints on what writing would do have no meaning; it does reach out to sources. */
const ANNOTATIONS = {
  readOnlyHint: true,
  openWorldHint: true,
} as const;

/** The tools of one process never change. */
const CACHE_HINT = { ttlMs: 3_600_000, cacheScope: "public" } as const;

/** Makes servers; each serves one connection, or one request over HTTP. What they share is made once. */
export function mcpServerFactory(options: McpOptions): () => McpServer {
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
  const settings = {
    capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
    instructions: instructions(options.operations),
    cacheHints: { "tools/list": CACHE_HINT, "server/discover": CACHE_HINT },
  };
  return () => {
    const server = new McpServer(info, settings);
    for (const { operation, config } of tools) {
      server.registerTool(operation.name, config, (input, context) =>
        call(operation, input, context, options),
      );
    }
    for (const { name, uri, read, ...about } of options.resources) {
      server.registerResource(name, uri, about, async () => ({
        contents: [{ uri, mimeType: about.mimeType, text: await read() }],
      }));
    }
    return server;
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
  options: McpOptions,
): Promise<CallToolResult> {
  const signals = [context.mcpReq.signal, ...(options.closing === undefined ? [] : [options.closing])];
  const signal = AbortSignal.any(signals);
  try {
    const progress = progressOf(context);
    const asking: AskOptions = progress === null ? { signal } : { signal, progress };
    const { answer, text } = await askFitting(operation, input, (shorter) =>
      options.ask(operation, shorter, asking),
    );
    return { structuredContent: answer, content: [{ type: "text", text }] };
  } catch (error) {
    const { body } = toFailure(error, options.log, signal);
    const text = `${failureText(body)}\n${JSON.stringify(body)}`;
    return { isError: true, content: [{ type: "text", text }] };
  }
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
