/** The resources and prompts that the conformance suite reads. */
import {
  completable,
  type McpServer,
  type PromptMessage,
  ResourceTemplate,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import { PIXEL } from "./media.ts";

const asks = (...content: PromptMessage["content"][]) => ({
  messages: content.map((one): PromptMessage => ({ role: "user", content: one })),
});
const text = (words: string) => ({ type: "text" as const, text: words });

export function addResources(server: McpServer): void {
  const plain = { description: "A fixture", mimeType: "text/plain" };
  server.registerResource("static-text", "test://static-text", plain, ({ href: uri }) => ({
    contents: [{ uri, mimeType: "text/plain", text: "This is the content of the static text resource." }],
  }));
  const png = { description: "A fixture", mimeType: "image/png" };
  server.registerResource("static-binary", "test://static-binary", png, ({ href: uri }) => ({
    contents: [{ uri, mimeType: "image/png", blob: PIXEL }],
  }));
  const template = new ResourceTemplate("test://template/{id}/data", { list: undefined });
  const json = { description: "A fixture", mimeType: "application/json" };
  server.registerResource("template", template, json, ({ href: uri }, { id }) => {
    const data = { id, templateTest: true, data: `Data for ID: ${String(id)}` };
    return { contents: [{ uri, mimeType: "application/json", text: JSON.stringify(data) }] };
  });
}

export function addPrompts(server: McpServer): void {
  server.registerPrompt("test_simple_prompt", { description: "A fixture" }, () =>
    asks(text("This is a simple prompt for testing.")),
  );
  const words = ["paris", "park", "party"];
  const argsSchema = z.object({
    arg1: completable(z.string(), (begun) => words.filter((word) => word.startsWith(begun))),
    arg2: z.string(),
  });
  server.registerPrompt(
    "test_prompt_with_arguments",
    { description: "A fixture", argsSchema },
    ({ arg1, arg2 }) => asks(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  );
  server.registerPrompt(
    "test_prompt_with_embedded_resource",
    { description: "A fixture", argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri: uri }) => {
      const resource = { uri, mimeType: "text/plain", text: "Embedded resource content for testing." };
      return asks({ type: "resource", resource }, text("Please process the embedded resource above."));
    },
  );
  server.registerPrompt("test_prompt_with_image", { description: "A fixture" }, () =>
    asks({ type: "image", data: PIXEL, mimeType: "image/png" }, text("Please analyze the image above.")),
  );
}
