/** The floor: a server of one tool that does nothing, on the same SDK as runlens. */
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import * as z from "zod";

serveStdio(() => {
  const server = new McpServer({ name: "empty", version: "1.0.0" });
  server.registerTool(
    "nothing",
    { description: "Does nothing.", inputSchema: z.object({}), outputSchema: z.object({ ok: z.boolean() }) },
    () => ({ structuredContent: { ok: true }, content: [{ type: "text", text: "ok" }] }),
  );
  return server;
});
