/** The tool calls of clients of the 2025 protocols: found again by what was kept of them, and by who cancels them. */
import { randomUUID } from "node:crypto";
import type { JSONRPCRequest, McpServer } from "@modelcontextprotocol/server";
import { LRUCache } from "lru-cache";
import { RunlensError } from "../../errors.ts";
import { Call } from "./call.ts";
import { type Caller, isSame } from "./caller.ts";

/** Milliseconds for which an answered call is kept, and how many of them, and how many characters of them all. */
const KEPT = { ttl: 60_000, max: 1_000, maxSize: 16_000_000 };
/** The first protocol whose clients take an event without data, which gives them an id to come again with. */
const RESUMABLE_SINCE = "2025-11-25";

/** The headers that a client of the 2025 protocols names itself and its protocol by. */
export const SESSION_HEADER = "mcp-session-id";
export const PROTOCOL_HEADER = "mcp-protocol-version";

/**
 * A name for a client, told at `initialize`. Nothing is kept under it: the server has no sessions and takes any name, or
 * none. It only tells apart two clients of one caller that number their requests alike, when one of them cancels.
 */
export function newSessionName(): string {
  return randomUUID();
}

export class Calls {
  readonly #running = new Map<string, { call: Call; caller: Caller; name: string | null }>();
  /** Id of the running call that a client names so. */
  readonly #named = new Map<string, string>();
  readonly #answered = new LRUCache<string, { call: Call; caller: Caller }>({
    ...KEPT,
    sizeCalculation: ({ call }) => call.size,
  });
  readonly #abandonedMs: number | undefined;

  /** @param abandonedMs milliseconds for which a call goes on while nobody listens */
  constructor(abandonedMs?: number) {
    this.#abandonedMs = abandonedMs;
  }

  /** Calls under way, and answers that are kept. */
  get standing(): { running: number; answered: number } {
    return { running: this.#running.size, answered: this.#answered.size };
  }

  /** Lets the server answer the request; gives the stream of what it says. */
  async start(
    message: JSONRPCRequest,
    request: Request,
    { server, caller }: { server: McpServer; caller: Caller },
  ): Promise<Response> {
    const name = nameOf(caller, request.headers.get(SESSION_HEADER), message.id);
    const call = new Call({
      isResumable: (request.headers.get(PROTOCOL_HEADER) ?? "") >= RESUMABLE_SINCE,
      abandonedMs: this.#abandonedMs,
      onEnd: (ended) => this.#end(ended),
    });
    this.#running.set(call.id, { call, caller, name });
    if (name !== null) this.#named.set(name, call.id);
    await server.connect(call);
    const response = call.follow(0);
    call.deliver(message, request);
    return response;
  }

  /** The rest of a call after this event. Throws `INVALID_INPUT` where nothing of it is kept for this caller. */
  resume(lastEventId: string, caller: Caller): Response {
    const [, id = "", number = ""] = /^([0-9a-f-]{36})\.(\d{1,9})$/.exec(lastEventId) ?? [];
    const kept = this.#running.get(id) ?? this.#answered.get(id);
    if (kept !== undefined && isSame(kept.caller, caller)) return kept.call.follow(Number(number));
    throw new RunlensError(
      "INVALID_INPUT",
      "Nothing is kept of a call with this Last-Event-ID.",
      `Answers are kept for ${KEPT.ttl / 1000} s, for whoever asked. Call the tool again.`,
    );
  }

  /** Gives up the call that this client of the caller numbered so, if it is under way. */
  cancel(caller: Caller, session: string | null, requestId: unknown): void {
    const name = nameOf(caller, session, requestId);
    const id = name === null ? undefined : this.#named.get(name);
    if (id !== undefined) void this.#running.get(id)?.call.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ call }) => call.close()));
    this.#answered.clear();
  }

  #end(call: Call): void {
    const running = this.#running.get(call.id);
    if (running === undefined) return;
    const { caller, name } = running;
    this.#running.delete(call.id);
    if (name !== null && this.#named.get(name) === call.id) this.#named.delete(name);
    if (call.isAnswered && call.isResumable) this.#answered.set(call.id, { call, caller });
  }
}

/** Null for a client that has not named itself: its numbers may be those of any other. */
function nameOf({ name, role, projects }: Caller, session: string | null, requestId: unknown): string | null {
  return session === null ? null : JSON.stringify([name, role, projects, session, requestId]);
}
