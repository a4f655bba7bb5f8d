/** Tools and a prompt that ask the client for more before they answer (2026-07-28, multi-round-trip requests). */
import {
  acceptedContent,
  type CallToolResult,
  createRequestStateCodec,
  type InputRequests,
  inputRequired,
  inputResponse,
  type McpServer,
} from "@modelcontextprotocol/server";

/** Seals what the client carries from one round to the next. */
export const state = createRequestStateCodec<string>({ key: "a key of the conformance fixtures alone" });

const says = (words: string): CallToolResult => ({ content: [{ type: "text", text: words }] });

function elicit(
  message: string,
  field: string,
  value: { type: "string" } | { type: "boolean" } = { type: "string" },
) {
  return inputRequired.elicit({
    message,
    requestedSchema: { type: "object", properties: { [field]: value }, required: [field] },
  });
}

function sample(question: string, maxTokens: number) {
  return inputRequired.createMessage({
    messages: [{ role: "user", content: { type: "text", text: question } }],
    maxTokens,
  });
}

const asksName = elicit("What is your name?", "name");

export function addInputRequired(server: McpServer): void {
  const tool = (name: string) =>
    [`test_input_required_result_${name}`, { description: "A fixture" }] as const;

  server.registerTool(...tool("elicitation"), ({ mcpReq }) => {
    const name = acceptedContent(mcpReq.inputResponses, "user_name")?.name;
    if (typeof name !== "string") return inputRequired({ inputRequests: { user_name: asksName } });
    return says(`Hello, ${name}!`);
  });

  server.registerTool(...tool("sampling"), ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "capital_question");
    if (answer.kind === "sampling") return says(JSON.stringify(answer.result.content));
    const capital_question = sample("What is the capital of France?", 100);
    return inputRequired({ inputRequests: { capital_question } });
  });

  server.registerTool(...tool("list_roots"), ({ mcpReq }) => {
    const answer = inputResponse(mcpReq.inputResponses, "client_roots");
    if (answer.kind === "roots") return says(answer.roots.map(({ uri }) => uri).join(", "));
    return inputRequired({ inputRequests: { client_roots: inputRequired.listRoots() } });
  });

  for (const name of ["request_state", "tampered_state"]) {
    server.registerTool(...tool(name), async (context) => {
      const { inputResponses, requestState } = context.mcpReq;
      const isConfirmed = acceptedContent(inputResponses, "confirm") !== undefined;
      if (isConfirmed && requestState<string>() === "asked") return says("state-ok");
      const confirm = elicit("Please confirm", "ok", { type: "boolean" });
      return inputRequired({
        inputRequests: { confirm },
        requestState: await state.mint("asked", context),
      });
    });
  }

  server.registerTool(...tool("multiple_inputs"), async (context) => {
    const { inputResponses, requestState } = context.mcpReq;
    const requests: InputRequests = {
      user_name: asksName,
      greeting: sample("Generate a greeting", 50),
      client_roots: inputRequired.listRoots(),
    };
    const missing = Object.keys(requests).filter(
      (key) => inputResponse(inputResponses, key).kind === "missing",
    );
    if (missing.length === 0 && requestState<string>() === "asked") return says("All three have come.");
    return inputRequired({ inputRequests: requests, requestState: await state.mint("asked", context) });
  });

  server.registerTool(...tool("multi_round"), async (context) => {
    const { inputResponses, requestState } = context.mcpReq;
    const round = requestState<string>();
    const ask = async (request: InputRequests, next: string) =>
      inputRequired({ inputRequests: request, requestState: await state.mint(next, context) });
    if (round === "step2" && acceptedContent(inputResponses, "step2") !== undefined) {
      return says("Both steps are done.");
    }
    if (round === "step1" && acceptedContent(inputResponses, "step1") !== undefined) {
      return ask({ step2: elicit("Step 2: What is your favorite color?", "color") }, "step2");
    }
    return ask({ step1: elicit("Step 1: What is your name?", "name") }, "step1");
  });

  server.registerTool(...tool("capabilities"), () => {
    const can = server.server.getClientCapabilities();
    const requests: InputRequests = {
      ...(can?.sampling === undefined ? {} : { greeting: sample("Generate a greeting", 50) }),
      ...(can?.elicitation === undefined ? {} : { user_name: asksName }),
    };
    return Object.keys(requests).length === 0
      ? says("Nothing can be asked.")
      : inputRequired({ inputRequests: requests });
  });

  server.registerPrompt("test_input_required_result_prompt", { description: "A fixture" }, ({ mcpReq }) => {
    const context = acceptedContent(mcpReq.inputResponses, "user_context")?.context;
    if (typeof context !== "string") {
      const user_context = elicit("What context should the prompt use?", "context");
      return inputRequired({ inputRequests: { user_context } });
    }
    return { messages: [{ role: "user", content: { type: "text", text: `In the context ${context}` } }] };
  });
}
