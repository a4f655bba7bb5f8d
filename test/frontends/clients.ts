/** MCP clients of three makes behind one interface, so that each is asked the same. */
import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport } from "@ai-sdk/mcp/mcp-stdio";
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as OldSse } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport as OldStdio } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport as OldTransport } from "@modelcontextprotocol/sdk/shared/transport.js";

export interface Tool {
  name: string;
  title?: string | undefined;
  description?: string | undefined;
  inputSchema: unknown;
  outputSchema?: unknown;
  annotations?: Record<string, unknown> | undefined;
}

export interface Result {
  isError: boolean;
  text: string;
  structured: Record<string, unknown> | undefined;
}

export interface TestClient {
  tools(): Promise<Tool[]>;
  call(name: string, input: Record<string, unknown>): Promise<Result>;
  close(): Promise<void>;
}

/** How to reach the server. */
export type Address =
  | { kind: "stdio"; command: string; args: string[]; env?: Record<string, string>; cwd?: string }
  | { kind: "http" | "sse"; url: string };

export const MAKES = ["sdk 2.x, 2026 protocol", "sdk 2.x, older protocol", "sdk 1.x", "ai-sdk"] as const;
export type Make = (typeof MAKES)[number];

const INFO = { name: "test", version: "1.0.0" };

/** Connects a client of that make. */
export function connect(make: Make, address: Address): Promise<TestClient> {
  if (make === "ai-sdk") return connectAi(address);
  return make === "sdk 1.x" ? connectOld(address) : connectNew(make === "sdk 2.x, 2026 protocol", address);
}

function toResult(raw: object): Result {
  const content: unknown = Reflect.get(raw, "content");
  const blocks: unknown[] = Array.isArray(content) ? content : [];
  const texts = blocks.map((block) =>
    typeof block === "object" && block !== null && "text" in block ? String(block.text) : "",
  );
  const structured: unknown = Reflect.get(raw, "structuredContent");
  return {
    isError: Reflect.get(raw, "isError") === true,
    text: texts.join("\n"),
    // An object by the check; what is in it is the test's to look at.
    structured:
      typeof structured === "object" ? ((structured ?? undefined) as Result["structured"]) : undefined,
  };
}

async function connectNew(modern: boolean, address: Address): Promise<TestClient> {
  const client = new Client(INFO, {
    versionNegotiation: { mode: modern ? { pin: "2026-07-28" } : "legacy" },
  });
  const transport =
    address.kind === "stdio"
      ? new StdioClientTransport({ ...address, stderr: "ignore" })
      : address.kind === "sse"
        ? new SSEClientTransport(new URL(address.url))
        : new StreamableHTTPClientTransport(new URL(address.url));
  await client.connect(transport);
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, input) => toResult(await client.callTool({ name, arguments: input })),
    close: () => client.close(),
  };
}

async function connectOld(address: Address): Promise<TestClient> {
  const client = new OldClient(INFO);
  const transport =
    address.kind === "stdio"
      ? new OldStdio({ ...address, stderr: "ignore" })
      : address.kind === "sse"
        ? new OldSse(new URL(address.url))
        : new OldHttp(new URL(address.url));
  // The 1.x SDK was not written for exactOptionalPropertyTypes: its transports declare `sessionId?: string`.
  await client.connect(transport as OldTransport);
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, input) => toResult(await client.callTool({ name, arguments: input })),
    close: () => client.close(),
  };
}

async function connectAi(address: Address): Promise<TestClient> {
  const client = await createMCPClient({
    transport:
      address.kind === "stdio"
        ? new Experimental_StdioMCPTransport({ ...address, stderr: "ignore" })
        : { type: address.kind, url: address.url },
  });
  return {
    tools: async () => (await client.listTools()).tools,
    async call(name, input) {
      const tool = (await client.tools())[name];
      if (tool === undefined) throw new Error(`no tool ${name}`);
      const raw: unknown = await tool.execute(input, { messages: [], toolCallId: "1" });
      return toResult(typeof raw === "object" && raw !== null ? raw : {});
    },
    close: () => client.close(),
  };
}
