/** A server that answers as a test says, and the wire layer in front of it. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import { cancelled, RunlensError } from "../../../src/errors.ts";
import { AdminApi } from "../../../src/sources/dbt-cloud/admin.ts";
import { DiscoveryApi } from "../../../src/sources/dbt-cloud/discovery.ts";
import { type Api, vendorOf } from "../../../src/sources/dbt-cloud/failures.ts";
import type { SourceClock } from "../../../src/sources/wire/clock.ts";
import { Transport, type TransportOptions } from "../../../src/sources/wire/transport.ts";

export const TOKEN = "dbtc_wire-layer-test_TOKEN";
export const ACCOUNT = "4242";
export const NOW = Date.parse("2026-11-20T06:00:00Z");
/** Of a caller who waits. */
export const WAITING = new AbortController().signal;

/** A clock in which every sleep is over at once, and took as long as it should have. */
export class QuickClock implements SourceClock {
  time = NOW;
  readonly sleeps: number[] = [];

  now(): number {
    return this.time;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw cancelled(signal.reason);
    this.sleeps.push(ms);
    this.time += ms;
  }
}

/** A clock in which every sleep lasts until it is aborted. */
export class StillClock implements SourceClock {
  sleepers = 0;

  now(): number {
    return NOW;
  }

  sleep(_ms: number, signal?: AbortSignal): Promise<void> {
    this.sleepers++;
    return new Promise((_resolve, reject) => {
      signal?.addEventListener("abort", () => reject(cancelled(signal.reason)), { once: true });
    });
  }
}

export interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
}

export type Handler = (request: Seen, response: ServerResponse, count: number) => void | Promise<void>;

export interface Served {
  url: string;
  seen: Seen[];
}

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** `count` is 1 for the first request. */
export async function serve(handler: Handler): Promise<Served> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const one: Seen = {
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    seen.push(one);
    await handler(one, response, seen.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  const address = server.address();
  if (!isPort(address)) throw new Error("the server has no port");
  return { url: `http://127.0.0.1:${address.port}`, seen };
}

function isPort(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(text);
}

/** The envelope of a list; without a total where it is undefined. */
export function list(rows: readonly unknown[], total?: number): unknown {
  const status = { code: 200, is_success: true, user_message: "Success!", developer_message: "" };
  const extra = { pagination: { count: rows.length, total_count: total }, filters: {}, order_by: "id" };
  return { status, data: rows, ...(total === undefined ? {} : { extra }) };
}

export function transport(api: Api, options: Partial<TransportOptions> = {}): Transport {
  return new Transport({
    vendor: vendorOf(api, TOKEN),
    clock: new QuickClock(),
    fetch,
    random: () => 0,
    ...options,
  });
}

export function adminOf({ url }: Served, options: Partial<TransportOptions> = {}): AdminApi {
  return new AdminApi(transport("admin", options), url, ACCOUNT);
}

export function discoveryOf({ url }: Served, options: Partial<TransportOptions> = {}): DiscoveryApi {
  return new DiscoveryApi(transport("discovery", options), `${url}/graphql`);
}

/** The error that work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<RunlensError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof RunlensError) return error;
    throw error;
  }
  throw new Error("there was no failure");
}
