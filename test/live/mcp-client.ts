/** An MCP client on stdio: the official SDK, with a server that it starts itself. */
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { objectAt } from "./places.ts";

export interface McpClient {
  /** Names of the tools. */
  tools(): Promise<string[]>;
  /** The structured answer; throws with the text of an error. */
  ask(name: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export interface ServerCommand {
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
}

/** Starts the server and connects to it. */
export async function connect(server: ServerCommand): Promise<McpClient> {
  const client = new Client({ name: "live-test", version: "1.0.0" });
  await client.connect(new StdioClientTransport({ ...server, stderr: "ignore" }));
  return {
    async tools() {
      const { tools } = await client.listTools();
      return tools.map((tool) => tool.name);
    },
    async ask(name, input = {}) {
      const result = await client.callTool({ name, arguments: input });
      if (result.isError === true) throw new Error(`${name}: ${JSON.stringify(result.content)}`);
      return objectAt(result.structuredContent);
    },
    close: () => client.close(),
  };
}
