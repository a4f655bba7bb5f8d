/** An MCP server with everything that the conformance suite asks for, to be served by the product's own wiring. */
import { McpServer } from "@modelcontextprotocol/server";
import { addInputRequired, state } from "./input-required.ts";
import { addPrompts, addResources } from "./pages.ts";
import { addTools } from "./tools.ts";

/** Makes the server of one request. */
export function fixtureServer(): McpServer {
  const server = new McpServer(
    { name: "conformance-fixtures", version: "1.0.0" },
    {
      capabilities: {
        tools: { listChanged: false },
        prompts: { listChanged: false },
        resources: { listChanged: false },
        logging: {},
        completions: {},
      },
      requestState: { verify: state.verify },
    },
  );
  addTools(server);
  addResources(server);
  addPrompts(server);
  addInputRequired(server);
  return server;
}
