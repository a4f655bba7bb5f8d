/** The MCP server on stdin and stdout. */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { type McpOptions, mcpServerFactory } from "./mcp.ts";
import { createShutdown } from "./shutdown.ts";

/** Serves until the client goes away, a signal comes or stdout is gone; then `close` runs and the process ends. */
export function runStdioServer(options: McpOptions, close: () => Promise<void>): void {
  const shutdown = createShutdown(close, options.log);
  // A pipe that broke is not always seen on stdin.
  process.stdout.on("error", () => shutdown.begin("stdout is gone"));
  process.stdin.once("end", () => shutdown.begin("stdin ended"));
  process.stdin.once("close", () => shutdown.begin("stdin closed"));
  const server = mcpServerFactory({ ...options, closing: shutdown.signal });
  serveStdio(() => server(), {
    onerror: (error) => options.log.warning(`protocol: ${error.message}`),
  });
}
