/**
 * The transport of older clients: one stream per client, its messages by POST. The 2.x SDK has no server for
 * it, so that the one of the 1.x SDK is loaded when the first such client comes.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { RunlensError } from "../../errors.ts";
import type { Ask } from "../ask.ts";
import type { ServerFactory } from "../mcp.ts";
import type { Asking } from "./answering.ts";
import { type Caller, isSame, mayAsk } from "./caller.ts";

type Transport = InstanceType<typeof import("@modelcontextprotocol/sdk/server/sse.js").SSEServerTransport>;

/** Streams that are open at once: each holds a connection and a server of its own. */
const MOST_STREAMS = 1_000;

export class SseEndpoint {
  readonly #serverFor: ServerFactory;
  readonly #askFor: (asking: Asking) => Ask;
  readonly #streams = new Map<string, { transport: Transport; caller: Caller }>();

  constructor(serverFor: ServerFactory, askFor: (asking: Asking) => Ask) {
    this.#serverFor = serverFor;
    this.#askFor = askFor;
  }

  /** How many streams are open. */
  get open(): number {
    return this.#streams.size;
  }

  /** Opens a stream; answers by itself. Throws `OVERLOADED` where there are too many. */
  async stream(response: ServerResponse, caller: Caller, requestId: string): Promise<void> {
    if (this.#streams.size >= MOST_STREAMS) {
      throw new RunlensError(
        "OVERLOADED",
        `${this.#streams.size} streams are open, which is as many as are kept.`,
        "Close one, or use Streamable HTTP at /mcp, which needs none.",
        { retryAfterS: 10 },
      );
    }
    const { SSEServerTransport } = await import("@modelcontextprotocol/sdk/server/sse.js");
    const transport = new SSEServerTransport("/messages", response);
    this.#streams.set(transport.sessionId, { transport, caller });
    response.once("close", () => this.#streams.delete(transport.sessionId));
    const server = this.#serverFor({
      ask: this.#askFor({ caller, requestId, door: "sse" }),
      allows: (operation) => mayAsk(caller, operation),
    });
    await server.connect(transport);
  }

  /** Takes a message for one of the caller's own streams; answers by itself. Throws `NOT_FOUND` for any other. */
  async message(
    request: IncomingMessage,
    response: ServerResponse,
    session: string,
    caller: Caller,
  ): Promise<void> {
    const stream = this.#streams.get(session);
    if (stream === undefined || !isSame(stream.caller, caller)) {
      throw new RunlensError("NOT_FOUND", "No such session.", "Open /sse first; it says where messages go.");
    }
    await stream.transport.handlePostMessage(request, response);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#streams.values()].map(({ transport }) => transport.close()));
  }
}
