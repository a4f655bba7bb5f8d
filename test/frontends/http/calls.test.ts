/** Calls of clients of the 2025 protocols that lose their connection, come again, cancel, or never come again. */
import { setTimeout as sleep } from "node:timers/promises";
import { type JSONRPCRequest, McpServer } from "@modelcontextprotocol/server";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { Access } from "../../../src/frontends/http/access/access.ts";
import { type Caller, LOCAL } from "../../../src/frontends/http/caller.ts";
import { Calls } from "../../../src/frontends/http/calls.ts";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { mcpServerFactory } from "../../../src/frontends/mcp.ts";
import { options, scene } from "./slow-call.ts";

const access: Access = {
  isProtected: true,
  admit: async (headers) => ({ ...LOCAL, name: headers.get("x-api-key") ?? "local" }),
  challenge: () => null,
  metadata: () => null,
  close: () => undefined,
};
let server: HttpServer;

beforeAll(async () => {
  server = await startHttpServer({ ...options, access, host: "127.0.0.1", port: 0 });
});
afterAll(() => server.close());
beforeEach(() => {
  scene.begun = 0;
  scene.aborted = 0;
});

const HEADERS = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
  "mcp-protocol-version": "2025-11-25",
};

function callOf(input: object, id: number | string = 7): JSONRPCRequest {
  const params = { name: "slow", arguments: input, _meta: { progressToken: "p" } };
  return { jsonrpc: "2.0", id, method: "tools/call", params };
}

interface Lost {
  headers?: Record<string, string>;
  id?: number;
  input?: object;
}

/** Begins a call, reads until the first progress, and loses the connection; gives the ids of what came. */
async function begin({
  headers = {},
  id = 7,
  input = {},
}: Lost = {}): Promise<{ ids: string[]; lose(): void }> {
  const controller = new AbortController();
  const response = await fetch(`${server.url}/mcp`, {
    method: "POST",
    headers: { ...HEADERS, ...headers },
    body: JSON.stringify(callOf(input, id)),
    signal: controller.signal,
  });
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  let text = "";
  while (!text.includes("half of it")) {
    const { value, done } = (await reader?.read()) ?? { done: true };
    if (done) throw new Error(`it ended: ${text}`);
    text += new TextDecoder().decode(value);
  }
  return {
    ids: [...text.matchAll(/^id: (.*)$/gm)].map((match) => match[1] ?? ""),
    lose: () => controller.abort(),
  };
}

function comeAgain(id: string, headers: Record<string, string> = {}): Promise<Response> {
  const accept = "text/event-stream";
  return fetch(`${server.url}/mcp`, { headers: { ...HEADERS, accept, "last-event-id": id, ...headers } });
}

/** The messages in a stream. */
function messagesIn(text: string): unknown[] {
  return [...text.matchAll(/^data: (.+)$/gm)].map((match) => JSON.parse(match[1] ?? ""));
}

const RESULT = expect.objectContaining({
  id: 7,
  result: expect.objectContaining({ structuredContent: { text: "done" } }),
});
const PROGRESS = expect.objectContaining({ method: "notifications/progress" });

describe("a client that lost its connection", () => {
  it("gets the answer when it comes again before it is there", async () => {
    const { ids, lose } = await begin();
    expect(ids).toHaveLength(2);
    lose();
    const response = await comeAgain(ids[1] ?? "");
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    scene.go();
    expect(messagesIn(await response.text())).toEqual([RESULT]);
    expect(scene).toMatchObject({ begun: 1, aborted: 0 });
  });

  it("gets what it has missed when it comes again after the answer, as often as it asks", async () => {
    const { ids, lose } = await begin();
    lose();
    await sleep(20);
    scene.go();
    await sleep(20);
    for (const _ of [1, 2]) {
      expect(messagesIn(await (await comeAgain(ids[0] ?? "")).text())).toEqual([PROGRESS, RESULT]);
      expect(messagesIn(await (await comeAgain(ids[1] ?? "")).text())).toEqual([RESULT]);
    }
  });

  it("is followed by who came last", async () => {
    const { ids, lose } = await begin();
    lose();
    const [first, second] = [await comeAgain(ids[1] ?? ""), await comeAgain(ids[1] ?? "")];
    expect(messagesIn(await first.text())).toEqual([]);
    scene.go();
    expect(messagesIn(await second.text())).toEqual([RESULT]);
  });

  it("is no other than who asked", async () => {
    const { ids, lose } = await begin({ headers: { "x-api-key": "one" } });
    lose();
    const unknown = await comeAgain("00000000-0000-4000-8000-000000000000.1", { "x-api-key": "other" });
    const body = async (response: Response) => {
      const { error } = z.object({ error: z.looseObject({ code: z.string() }) }).parse(await response.json());
      return { ...error, request_id: "" };
    };
    const expected = await body(unknown);
    expect(unknown.status).toBe(400);
    expect(expected.code).toBe("INVALID_INPUT");
    for (const id of [...ids, "nonsense", "../.."]) {
      const response = await comeAgain(id, { "x-api-key": "other" });
      expect(response.status).toBe(400);
      expect(await body(response)).toEqual(expected);
    }
    scene.go();
    const mine = await comeAgain(ids[1] ?? "", { "x-api-key": "one" });
    expect(messagesIn(await mine.text())).toEqual([RESULT]);
  });
});

it("ends the call of a client of an older protocol with its connection", async () => {
  const { ids, lose } = await begin({ headers: { "mcp-protocol-version": "2025-06-18" } });
  expect(ids).toEqual([]);
  lose();
  await vi.waitFor(() => expect(scene.aborted).toBe(1));
});

describe("cancelling", () => {
  async function cancel(id: number, headers: Record<string, string>): Promise<void> {
    const params = { requestId: id, reason: "enough" };
    const response = await fetch(`${server.url}/mcp`, {
      method: "POST",
      headers: { ...HEADERS, ...headers },
      body: JSON.stringify({ jsonrpc: "2.0", method: "notifications/cancelled", params }),
    });
    expect(response.status).toBe(202);
  }

  it("stops the call of that client alone", async () => {
    const mine = { "mcp-session-id": "mine", "x-api-key": "one" };
    const { lose } = await begin({ headers: mine });
    // Another client of the same caller, another caller, one without a name, another call of the same client.
    await cancel(7, { "mcp-session-id": "theirs", "x-api-key": "one" });
    await cancel(7, { "mcp-session-id": "mine", "x-api-key": "other" });
    await cancel(7, { "x-api-key": "one" });
    await cancel(8, mine);
    await sleep(20);
    expect(scene.aborted).toBe(0);
    await cancel(7, mine);
    await vi.waitFor(() => expect(scene.aborted).toBe(1));
    lose();
  });

  it("names each client that introduces itself, and needs no name to be asked", async () => {
    const initialize = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } },
    };
    const names = new Set<string | null>();
    for (const _ of [1, 2]) {
      const body = JSON.stringify(initialize);
      const response = await fetch(`${server.url}/mcp`, { method: "POST", headers: HEADERS, body });
      names.add(response.headers.get("mcp-session-id"));
      await response.text();
    }
    expect(names.size).toBe(2);
    expect([...names].every((name) => /^[0-9a-f-]{36}$/.test(name ?? ""))).toBe(true);
    const body = JSON.stringify(callOf({ at_once: true }));
    for (const headers of [HEADERS, { ...HEADERS, "mcp-session-id": "never heard of" }]) {
      const response = await fetch(`${server.url}/mcp`, { method: "POST", headers, body });
      expect(messagesIn(await response.text())).toContainEqual(RESULT);
    }
    const ended = await fetch(`${server.url}/mcp`, { method: "DELETE", headers: HEADERS });
    expect(ended.status).toBe(405);
  });
});

describe("what is kept", () => {
  const factory = mcpServerFactory(options);
  const start = (calls: Calls, input: object, caller: Caller = LOCAL) =>
    calls.start(callOf(input), new Request("http://127.0.0.1/mcp", { headers: HEADERS }), {
      server: factory(),
      caller,
    });

  it("is nothing of a call whose client does not come again", async () => {
    const calls = new Calls(30);
    const response = await start(calls, {});
    await vi.waitFor(() => expect(scene.begun).toBe(1));
    await response.body?.cancel();
    expect(calls.standing).toEqual({ running: 1, answered: 0 });
    await vi.waitFor(() => expect(scene.aborted).toBe(1));
    expect(calls.standing).toEqual({ running: 0, answered: 0 });
  });

  it("is the newest answers, up to a size", async () => {
    const calls = new Calls();
    const text = "x".repeat(200_000);
    const ids: string[] = [];
    for (let index = 0; index < 100; index++) {
      const server = new McpServer({ name: "large", version: "1.0.0" });
      server.registerTool("slow", {}, () => ({ content: [{ type: "text", text }] }));
      const request = new Request("http://127.0.0.1/mcp", { headers: HEADERS });
      const response = await calls.start(callOf({}), request, { server, caller: LOCAL });
      ids.push(/^id: (.*)$/m.exec(await response.text())?.[1] ?? "");
    }
    await vi.waitFor(() => expect(calls.standing.running).toBe(0));
    // As many as fit into 16 million characters.
    expect(calls.standing.answered).toBe(79);
    const [first = "", last = ""] = [ids.at(0), ids.at(-1)];
    expect(() => calls.resume(first, LOCAL)).toThrow("Nothing is kept");
    expect(messagesIn(await calls.resume(last, LOCAL).text())).toHaveLength(1);
  });

  it("is nothing once the server has closed", async () => {
    const calls = new Calls();
    await start(calls, {});
    await start(calls, { at_once: true });
    await vi.waitFor(() => expect(calls.standing).toEqual({ running: 1, answered: 1 }));
    await calls.close();
    expect(calls.standing).toEqual({ running: 0, answered: 0 });
    expect(scene.aborted).toBe(1);
  });
});
