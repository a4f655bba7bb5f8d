/** A client that waits for a source is told how far it is, and stops its requests by going away. */
import { setTimeout as sleep } from "node:timers/promises";
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport as OldSse } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport as OldTransport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Ask } from "../../../src/frontends/ask.ts";
import { cleanAnswer } from "../../../src/frontends/clean.ts";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { operations } from "../../../tools/index.ts";
import { type Bench, openBench } from "../../sources/dbt-cloud/bench.ts";
import { keptLog } from "../fake.ts";

const INFO = { name: "test", version: "1.0.0" };
const QUESTION = { name: "list_runs", arguments: {} };

interface Waiting {
  signal: AbortSignal;
  onprogress: (progress: {
    progress: number;
    total?: number | undefined;
    message?: string | undefined;
  }) => void;
}

/** Asks and waits, until the signal; gives what closes the client. */
type Way = (url: string, waiting: Waiting) => Promise<{ answer: Promise<unknown>; close(): Promise<void> }>;

function modern(mode: "legacy" | { pin: string }, kind: "http" | "sse"): Way {
  return async (url, waiting) => {
    const client = new Client(INFO, { versionNegotiation: { mode } });
    const transport =
      kind === "sse"
        ? new SSEClientTransport(new URL(`${url}/sse`))
        : new StreamableHTTPClientTransport(new URL(`${url}/mcp`));
    await client.connect(transport);
    return { answer: client.callTool(QUESTION, waiting), close: () => client.close() };
  };
}

function old(kind: "http" | "sse"): Way {
  return async (url, waiting) => {
    const client = new OldClient(INFO);
    const transport = kind === "sse" ? new OldSse(new URL(`${url}/sse`)) : new OldHttp(new URL(`${url}/mcp`));
    // The 1.x SDK was not written for exactOptionalPropertyTypes.
    await client.connect(transport as OldTransport);
    return { answer: client.callTool(QUESTION, undefined, waiting), close: () => client.close() };
  };
}

const WAYS: Record<string, Way> = {
  "the 2026 protocol": modern({ pin: "2026-07-28" }, "http"),
  "the 2025 protocol by the 2.x SDK": modern("legacy", "http"),
  "the 2025 protocol by the 1.x SDK": old("http"),
  "HTTP+SSE by the 2.x SDK": modern("legacy", "sse"),
  "HTTP+SSE by the 1.x SDK": old("sse"),
};

let bench: Bench;
let server: HttpServer;
afterEach(() => server.close());

async function open(): Promise<void> {
  bench = await openBench();
  const ask: Ask = async (operation, input, options) =>
    cleanAnswer(await operation.run(input, { account: bench.account, ...options }));
  const { log } = keptLog();
  const common = { operations, resources: [], ask, askAbout: () => ask, log, version: "1.2.3" };
  server = await startHttpServer({ ...common, host: "127.0.0.1", port: 0 });
}

/** From here on the source takes a minute for each answer about the results of a run. */
function stall(): void {
  bench.emulator.setFaults([{ kind: "slow", api: "discovery", match: "JobRun", afterRequests: 8 }]);
}

describe.each(Object.entries(WAYS))("%s", (_, ask) => {
  it("tells how far the source is", async () => {
    await open();
    const onprogress = vi.fn();
    const { answer, close } = await ask(server.url, { signal: new AbortController().signal, onprogress });
    expect(await answer).toMatchObject({ structuredContent: { total: 25 } });
    expect(onprogress).toHaveBeenCalledWith(
      expect.objectContaining({ total: 10, message: "Reading the results of runs" }),
    );
    await close();
  });

  it("breaks off the requests to the source when the client cancels", async () => {
    await open();
    stall();
    const controller = new AbortController();
    const seen: string[] = [];
    const { answer, close } = await ask(server.url, {
      signal: controller.signal,
      onprogress: ({ message = "" }) => seen.push(message),
    });
    const ended = expect(answer).rejects.toThrow();
    await vi.waitFor(() => expect(seen).toContain("Reading the results of runs"), 5_000);
    await vi.waitFor(() => expect(bench.emulator.underWay).toBeGreaterThan(0));
    controller.abort();
    await ended;
    await vi.waitFor(() => expect(bench.emulator.underWay).toBe(0), 3_000);
    const asked = bench.emulator.count();
    await sleep(50);
    expect(bench.emulator.count()).toBe(asked);
    await close();
  });
});

it("breaks off the requests to the source when a client of the REST API goes away", async () => {
  await open();
  stall();
  const controller = new AbortController();
  const answer = fetch(`${server.url}/api/v1/runs`, { signal: controller.signal });
  const ended = expect(answer).rejects.toThrow();
  await vi.waitFor(() => expect(bench.emulator.count("discovery")).toBeGreaterThan(8), 5_000);
  controller.abort();
  await ended;
  await vi.waitFor(() => expect(bench.emulator.underWay).toBe(0), 3_000);
});
