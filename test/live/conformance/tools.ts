/** The tools that the conformance suite calls by name. What they say is what it looks for. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type CallToolResult,
  type ContentBlock,
  fromJsonSchema,
  inputRequired,
  type McpServer,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { PIXEL, SILENCE } from "./media.ts";

/** Milliseconds between two messages of one call. */
const STEP_MS = 20;

type Handler = (context: ServerContext) => CallToolResult | Promise<CallToolResult>;

const text = (words: string): ContentBlock => ({ type: "text", text: words });
const says = (...content: ContentBlock[]): CallToolResult => ({ content });
const image: ContentBlock = { type: "image", data: PIXEL, mimeType: "image/png" };

const TOOLS: Record<string, Handler> = {
  test_simple_text: () => says(text("This is a simple text response for testing.")),
  test_image_content: () => says(image),
  test_audio_content: () => says({ type: "audio", data: SILENCE, mimeType: "audio/wav" }),
  test_embedded_resource: () =>
    says({
      type: "resource",
      resource: {
        uri: "test://embedded-resource",
        mimeType: "text/plain",
        text: "This is an embedded resource content.",
      },
    }),
  test_multiple_content_types: () =>
    says(text("Multiple content types test:"), image, {
      type: "resource",
      resource: {
        uri: "test://mixed-content-resource",
        mimeType: "application/json",
        text: JSON.stringify({ test: "data", value: 123 }),
      },
    }),
  test_error_handling: () => {
    throw new Error("This tool intentionally returns an error for testing");
  },
  async test_tool_with_progress({ mcpReq }) {
    const progressToken = mcpReq._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined) {
        const params = { progressToken, progress, total: 100 };
        await mcpReq.notify({ method: "notifications/progress", params });
      }
      await sleep(STEP_MS);
    }
    return says(text("Three steps were made."));
  },
  async test_tool_with_logging({ mcpReq }) {
    for (const words of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await mcpReq.log("info", words);
      await sleep(STEP_MS);
    }
    return says(text("Three lines were logged."));
  },
  async test_logging_tool({ mcpReq }) {
    await mcpReq.log("info", "Only for who asked for a level");
    return says(text("Logged."));
  },
  // Lets go of the connection, so that the client has to come again for the answer.
  async test_reconnection({ http }) {
    http?.closeSSE?.();
    await sleep(STEP_MS);
    return says(text("You came again."));
  },
};

/** Every keyword that the suite looks for; a schema of one's own might lose some on its way to the client. */
const KEYWORDS = fromJsonSchema({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    address: {
      $anchor: "addressDef",
      type: "object",
      properties: { street: { type: "string" }, city: { type: "string" } },
    },
  },
  properties: {
    name: { type: "string" },
    address: { $ref: "#/$defs/address" },
    contactMethod: { type: "string", enum: ["phone", "email"] },
    phone: { type: "string" },
    email: { type: "string" },
  },
  allOf: [{ anyOf: [{ required: ["phone"] }, { required: ["email"] }] }],
  if: { properties: { contactMethod: { const: "phone" } }, required: ["contactMethod"] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ["phone"] },
  else: { required: ["email"] },
  additionalProperties: false,
});

/** An argument that clients repeat in a header, for whatever stands between. */
const region = { type: "string" as const, "x-mcp-header": "Region" };
const IN_HEADER = fromJsonSchema({ type: "object", properties: { region }, required: ["region"] });

export function addTools(server: McpServer): void {
  for (const [name, handler] of Object.entries(TOOLS)) {
    server.registerTool(name, { description: `Fixture ${name}` }, handler);
  }
  server.registerTool("json_schema_2020_12_tool", { description: "Fixture", inputSchema: KEYWORDS }, () =>
    says(text("Taken.")),
  );
  server.registerTool("header_tool", { description: "Fixture", inputSchema: IN_HEADER }, () =>
    says(text("The header agrees.")),
  );
  const sampling = inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: "Anything" } }],
    maxTokens: 10,
  });
  server.registerTool("test_missing_capability", { description: "Fixture" }, () =>
    inputRequired({ inputRequests: { anything: sampling } }),
  );
  server.registerTool("test_streaming_elicitation", { description: "Fixture" }, async ({ mcpReq }) => {
    await mcpReq.log("info", "About to ask");
    return inputRequired({
      inputRequests: {
        name: inputRequired.elicit({
          message: "What is your name?",
          requestedSchema: { type: "object", properties: { name: { type: "string" } } },
        }),
      },
    });
  });
}
