/** Requests to an API: within its rate, a few at once, tried again where that helps. */
import { setMaxListeners } from "node:events";
import { cancelled, RunlensError } from "../../errors.ts";
import { tell, traceHeaders } from "../../telemetry.ts";
import { Budget } from "./budget.ts";
import type { SourceClock } from "./clock.ts";
import { Cooldown, retryAfterOf } from "./cooldown.ts";
import { Deadline } from "./deadline.ts";
import { withExactIds } from "./exact-json.ts";
import { type Failure, WireError } from "./failure.ts";
import { Slots } from "./slots.ts";
import type { Vendor } from "./vendor.ts";

const AT_ONCE = 8;
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 500;
/** Whoever asks to wait longer is not waited for. */
const LONGEST_PAUSE_MS = 10_000;
const MOST_REDIRECTS = 3;
/** An answer longer than this is not read into memory. */
const MOST_BYTES = 256 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;

export interface TransportOptions {
  vendor: Vendor;
  clock: SourceClock;
  fetch: typeof fetch;
  /** Of a request, 30 s when left out. */
  timeoutMs?: number;
  /** Of an answer that is read into memory, 256 MB when left out. */
  mostBytes?: number;
  /** From 0 to 1, for the pauses between attempts. */
  random?: () => number;
}

/** A request that only reads. What lets the caller in is added to its headers. */
export interface WireRequest {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
}

/** The whole body of an answer with a status that is not an error. */
export interface Answer {
  status: number;
  contentType: string;
  body: Uint8Array<ArrayBuffer>;
}

/** Reads an answer; calls `alive` where what comes may take longer than one time-out. */
export type AnswerReader<T> = (response: Response, alive: () => void) => Promise<T>;

export class Transport {
  /** Requests that were sent, for those who count. */
  requests = 0;
  readonly #options: TransportOptions;
  readonly #budget: Budget | null;
  readonly #cooldown: Cooldown;
  readonly #slots = new Slots(AT_ONCE);

  constructor(options: TransportOptions) {
    this.#options = options;
    const { vendor, clock } = options;
    this.#budget = vendor.perMinute === null ? null : new Budget(clock, vendor.perMinute);
    this.#cooldown = new Cooldown(clock, vendor.cooldownMs);
  }

  /** Reads the whole answer within the time-out. Rejects as `read` does. */
  send(url: string, request: WireRequest, signal: AbortSignal): Promise<Answer> {
    const reader: AnswerReader<Answer> = async (response) => ({
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      body: await this.#bodyOf(response),
    });
    return this.read(url, request, reader, signal);
  }

  /**
   * What `reader` makes of the answer; it is called anew for every attempt. Rejects with the `WireError` of the
   * failure, or with `CANCELLED`.
   */
  async read<T>(url: string, request: WireRequest, reader: AnswerReader<T>, signal: AbortSignal): Promise<T> {
    // Hundreds of requests may wait under one signal; Node would take more than ten for a leak.
    setMaxListeners(0, signal);
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#slots.run(() => this.#once(url, request, reader, signal), signal);
      } catch (error) {
        const pause = pauseAfter(attempt, error, this.#options.random ?? Math.random);
        if (pause === null || attempt === ATTEMPTS) throw error;
        await held(this.#options.clock.sleep(pause, signal));
      }
    }
  }

  /** The error of a failure that only the body tells. A refusal for the rate starts the cooldown too. */
  failure(failure: Failure): WireError {
    const { vendor } = this.#options;
    const error = vendor.failure(failure);
    if (error.code !== "RATE_LIMITED" || !("until" in failure) || failure.until !== null) return error;
    return vendor.failure({ ...failure, until: this.#cooldown.begin(null) });
  }

  async #once<T>(
    url: string,
    request: WireRequest,
    reader: AnswerReader<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    let target = new URL(url);
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      await this.#coolDown(signal);
      if (this.#budget !== null) {
        await held(this.#budget.take(signal));
        // Another request may have been refused meanwhile.
        await this.#coolDown(signal);
      }
      const deadline = new Deadline(timeoutMs, signal);
      const begun = performance.now();
      try {
        const response = await this.#fetch(target, request, deadline.signal);
        this.#tell(begun, String(response.status));
        const next = await this.#redirection(response, target, request);
        if (next === null) return await this.#accepted(response, reader, () => deadline.renew());
        target = next;
      } catch (error) {
        if (signal.aborted) throw cancelled(error);
        if (error instanceof RunlensError) throw error;
        this.#tell(begun, deadline.isOver ? "timeout" : "network");
        if (deadline.isOver) throw this.failure({ kind: "timeout", seconds: timeoutMs / 1000 });
        throw this.failure({ kind: "network", cause: error });
      } finally {
        deadline.end();
      }
    }
    throw this.failure({ kind: "unreadable", what: "redirects without an end" });
  }

  #tell(begun: number, outcome: string): void {
    const { vendor } = this.#options;
    tell("upstream-request", () => ({ vendor: vendor.name, outcome, took_ms: performance.now() - begun }));
    const left = this.#budget?.left;
    if (left !== undefined) tell("upstream-budget", () => ({ vendor: vendor.name, left }));
  }

  #fetch(target: URL, request: WireRequest, signal: AbortSignal): Promise<Response> {
    this.requests++;
    const { vendor } = this.#options;
    return this.#options.fetch(target.href, {
      ...request,
      headers: { ...request.headers, ...(vendor.isTraced ? traceHeaders() : {}), ...vendor.headers },
      // Followed below, and only where the credentials may go.
      redirect: "manual",
      signal,
    });
  }

  /** Waits where the API wants to be left alone for a moment only; refuses where it is for longer. */
  async #coolDown(signal: AbortSignal): Promise<void> {
    const { leftMs, until } = this.#cooldown;
    const { vendor, clock } = this.#options;
    if (leftMs > 0 && leftMs <= (vendor.longestWaitMs ?? 0)) return held(clock.sleep(leftMs, signal));
    if (until !== null) throw this.failure({ kind: "cooling", until });
  }

  /** Where the answer sends us, on the same host alone; null where it is the answer. */
  async #redirection(response: Response, from: URL, { method = "GET" }: WireRequest): Promise<URL | null> {
    const { status, headers } = response;
    const location = headers.get("location");
    if (status < 300 || status >= 400 || location === null) return null;
    await response.body?.cancel();
    const to = URL.canParse(location, from.href) ? new URL(location, from) : null;
    // A POST may only be repeated as it is where the status says so.
    const isSame = method === "GET" || status === 307 || status === 308;
    if (to?.origin !== from.origin || !isSame) {
      throw this.failure({ kind: "redirect", to: to?.origin ?? "somewhere else" });
    }
    return to;
  }

  async #accepted<T>(response: Response, reader: AnswerReader<T>, alive: () => void): Promise<T> {
    if (response.ok) return reader(response, alive);
    const { status, headers } = response;
    const retryAfterMs = retryAfterOf(headers, this.#options.clock.now());
    // Before the body is read, so that nobody else is refused meanwhile.
    const until = status === 429 ? this.#cooldown.begin(retryAfterMs) : null;
    const body = new TextDecoder().decode(await this.#bodyOf(response));
    // A response made anew, because the body of the first has been read.
    if (this.#options.vendor.isAnswer?.(status, body)) return reader(new Response(body, { headers }), alive);
    throw this.failure({ kind: "status", status, body, until, retryAfterMs });
  }

  async #bodyOf(response: Response): Promise<Uint8Array<ArrayBuffer>> {
    const { mostBytes = MOST_BYTES } = this.#options;
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > mostBytes) throw this.failure({ kind: "too large", megabytes: mostBytes / MEGABYTE });
      chunks.push(chunk);
    }
    const body = new Uint8Array(length);
    let at = 0;
    for (const chunk of chunks) {
      body.set(chunk, at);
      at += chunk.length;
    }
    return body;
  }
}

/** Milliseconds until the next attempt; null where none helps. Half is left to chance, so that many do not come back together. */
function pauseAfter(attempt: number, error: unknown, random: () => number): number | null {
  if (!(error instanceof WireError) || error.reason !== "passing") return null;
  const told = error.retryAfterMs;
  if (told !== null) return told <= LONGEST_PAUSE_MS ? told : null;
  const pause = FIRST_PAUSE_MS * 2 ** (attempt - 1);
  return pause / 2 + (random() * pause) / 2;
}

/** Keeps the process alive meanwhile: the clock's timers do not, and somebody waits for the answer. */
async function held(waiting: Promise<void>): Promise<void> {
  const timer = setInterval(() => undefined, 2 ** 30);
  try {
    await waiting;
  } finally {
    clearInterval(timer);
  }
}

/** The JSON of an answer; a web page with status 200 is what a wrong host gives. */
export function jsonOf(transport: Transport, answer: Answer): unknown {
  try {
    return JSON.parse(withExactIds(new TextDecoder().decode(answer.body)));
  } catch {
    throw transport.failure(
      isPage(answer) ? { kind: "html" } : { kind: "unreadable", what: "something that is not JSON" },
    );
  }
}

/** A web page, as a wrong host answers. */
export function isPage({ body, contentType }: Answer): boolean {
  return /html/i.test(contentType) || /^\s*</.test(new TextDecoder().decode(body.subarray(0, 100)));
}
