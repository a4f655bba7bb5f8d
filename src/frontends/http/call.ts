/**
 * A tool call of a client of the 2025 protocols. It outlives its connection: what it sends is kept, so that a client that
 * lost the connection fetches the rest by a GET with `Last-Event-ID` (Streamable HTTP of 2025-11-25, "Resumability and
 * Redelivery"). The SDK's own transport can take up a stream again within a session alone, hence this one.
 */
import { randomUUID } from "node:crypto";
import type { JSONRPCMessage, JSONRPCRequest, Transport } from "@modelcontextprotocol/server";
import { isJSONRPCErrorResponse, isJSONRPCResultResponse } from "@modelcontextprotocol/server";

/** Messages that are kept: the answer is the last of them, and of the progress before it the newest says most. */
const MOST_EVENTS = 100;
/** Milliseconds after which a client whose connection broke is asked to come again. */
const COME_AGAIN_MS = 1_000;
/** Milliseconds for which a call goes on that nobody listens to: time for a few attempts at coming again. */
const ABANDONED_MS = 15_000;
/** Milliseconds between the comments that keep proxies from closing a silent stream. */
const KEEP_ALIVE_MS = 15_000;

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-cache, no-transform",
  "X-Accel-Buffering": "no",
};

export interface CallOptions {
  /** True where the client can come again for the rest; the call of any other ends with its connection. */
  isResumable: boolean;
  /** Milliseconds for which it goes on while nobody listens. */
  abandonedMs?: number | undefined;
  /** Told once, when it has been answered or given up. */
  onEnd: (call: Call) => void;
}

/** The whole life of one request: connect a server to it, deliver the request, follow what comes. */
export class Call implements Transport {
  onclose: Transport["onclose"];
  onerror: Transport["onerror"];
  onmessage: Transport["onmessage"];
  /** Part of the ids of its events: who knows one may ask for the rest, so that it cannot be guessed. */
  readonly id = randomUUID();
  readonly #options: CallOptions;
  readonly #events: { number: number; text: string }[] = [];
  #last = 0;
  #answered = false;
  #closed = false;
  #listener: ReadableStreamDefaultController<Uint8Array> | null = null;
  #keepAlive: NodeJS.Timeout | null = null;
  #abandoned: NodeJS.Timeout | null = null;

  constructor(options: CallOptions) {
    this.#options = options;
  }

  get isResumable(): boolean {
    return this.#options.isResumable;
  }

  /** True once its answer is there. */
  get isAnswered(): boolean {
    return this.#answered;
  }

  /** Characters that are kept of it; never 0. */
  get size(): number {
    return this.#events.reduce((sum, { text }) => sum + text.length, 1);
  }

  async start(): Promise<void> {}

  /** Gives the request to the server that is connected. */
  deliver(message: JSONRPCRequest, request: Request): void {
    const polling = this.#options.isResumable ? { closeSSEStream: () => this.#hangUp() } : {};
    this.onmessage?.(message, { request, ...polling });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#closed) return;
    const event = { number: ++this.#last, text: JSON.stringify(message) };
    this.#events.push(event);
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
    this.#write(this.#framed(event));
    if (!isJSONRPCResultResponse(message) && !isJSONRPCErrorResponse(message)) return;
    this.#answered = true;
    this.#hangUp();
    // The server has still to note that it has answered.
    setImmediate(() => void this.close());
  }

  /** What it has sent after this event and what it still sends, as a stream; whoever listened before is let go. */
  follow(after: number): Response {
    this.#hangUp();
    let mine: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        mine = controller;
        this.#listen(controller, after);
      },
      cancel: () => {
        if (this.#listener === mine) this.#hangUp();
      },
    });
    return new Response(body, { headers: HEADERS });
  }

  /** Gives it up, or ends it once it has been answered. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#hangUp();
    this.#keepGoing();
    this.#options.onEnd(this);
    this.onclose?.();
    // What is kept of it is what it sent, without its server.
    this.onclose = undefined;
    this.onerror = undefined;
    this.onmessage = undefined;
  }

  #listen(controller: ReadableStreamDefaultController<Uint8Array>, after: number): void {
    this.#listener = controller;
    this.#keepGoing();
    // An id to come again with, before there is anything to tell.
    if (this.#options.isResumable && after === 0) {
      this.#write(`id: ${this.id}.0\nretry: ${COME_AGAIN_MS}\ndata: \n\n`);
    }
    for (const event of this.#events) if (event.number > after) this.#write(this.#framed(event));
    if (this.#answered || this.#closed) this.#hangUp();
    else this.#keepAlive = setInterval(() => this.#write(": still here\n\n"), KEEP_ALIVE_MS).unref();
  }

  /** Ends the stream to whoever listens, if anybody does. */
  #hangUp(): void {
    const listener = this.#listener;
    if (listener === null) return;
    this.#listener = null;
    if (this.#keepAlive !== null) clearInterval(this.#keepAlive);
    try {
      listener.close();
    } catch {
      // It has been closed from the other end.
    }
    if (this.#answered || this.#closed) return;
    const { isResumable, abandonedMs = ABANDONED_MS } = this.#options;
    if (!isResumable) return void this.close();
    this.#abandoned = setTimeout(() => void this.close(), abandonedMs).unref();
  }

  /** Somebody listens, or it has ended. */
  #keepGoing(): void {
    if (this.#abandoned !== null) clearTimeout(this.#abandoned);
  }

  #framed({ number, text }: { number: number; text: string }): string {
    const id = this.#options.isResumable ? `id: ${this.id}.${number}\n` : "";
    return `event: message\n${id}data: ${text}\n\n`;
  }

  #write(text: string): void {
    try {
      this.#listener?.enqueue(ENCODER.encode(text));
    } catch (error) {
      this.onerror?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

const ENCODER = new TextEncoder();
