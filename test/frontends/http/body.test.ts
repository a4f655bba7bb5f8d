import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readBytes } from "../../../src/frontends/http/body.ts";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { defineOperation } from "../../../src/operation.ts";
import { askFake, fakes, keptLog } from "../fake.ts";

/** Asked by POST, as SQL is. */
const post = defineOperation({
  name: "post_rows",
  path: "POST /rows",
  title: "Post rows",
  summary: "Says what it was told.",
  guidance: "Tell it.",
  input: z.strictObject({ text: z.string() }),
  output: z.object({ text: z.string() }),
  examples: [{ ask: "What?", input: { text: "this" } }],
  columns: ["text"],
  handle: async ({ text }) => ({ toJSON: () => ({ text }) }),
});

const { log, lines } = keptLog();
let server: HttpServer;
beforeAll(async () => {
  const common = { resources: [], ask: askFake, askAbout: () => askFake, log, version: "1.2.3" };
  server = await startHttpServer({ ...common, operations: [...fakes, post], host: "127.0.0.1", port: 0 });
});
afterAll(() => server.close());

/** Sends a body in parts, of which nobody said how many they would be. */
function sendInParts(
  path: string,
  parts: readonly string[],
  method = "POST",
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "transfer-encoding": "chunked",
    };
    const sent = request(`${server.url}${path}`, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    for (const part of parts) sent.write(part);
    sent.end();
  });
}

const PING = ['{"jsonrpc":"2.0",', '"id":1,"method":"ping"}'];
/** More than anything that is taken. */
const TOO_MUCH = Array.from({ length: 12 }, () => " ".repeat(100_000));

describe("a body without a length", () => {
  it("is taken at /mcp", async () => {
    expect(await sendInParts("/mcp", PING)).toMatchObject({ status: 200 });
  });

  it("is taken by the REST API", async () => {
    const { status, text } = await sendInParts("/api/v1/rows", ['{"text":', '"in parts"}']);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ text: "in parts" });
  });

  it.each(["/mcp", "/api/v1/rows"])("is refused at %s where it is too large", async (path) => {
    const { status, text } = await sendInParts(path, TOO_MUCH);
    expect(status).toBe(413);
    expect(text).toContain("TOO_LARGE");
  });

  it("does not bring a method down that takes none", async () => {
    expect(await sendInParts("/mcp", [], "DELETE")).toMatchObject({ status: 405 });
    expect(lines.join("\n")).not.toContain("ERROR");
  });
});

it.each([
  ["what is no JSON", "{"],
  ["what is not UTF-8", Buffer.from([0x22, 0xff, 0x22]).toString("latin1")],
])("answers %s at /mcp as JSON-RPC does", async (_, body) => {
  const response = await fetch(`${server.url}/mcp`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
    body: Buffer.from(body, "latin1"),
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ jsonrpc: "2.0", id: null, error: { code: -32_700 } });
});

describe("reading", () => {
  const of = (parts: readonly string[]) =>
    new Request("http://127.0.0.1", {
      method: "POST",
      body: new ReadableStream({
        start(controller) {
          for (const part of parts) controller.enqueue(new TextEncoder().encode(part));
          controller.close();
        },
      }),
      duplex: "half",
    });

  it("takes as much as is allowed, and not a byte more", async () => {
    expect(Buffer.from((await readBytes(of(["ab", "cd"]), 4)) ?? []).toString()).toBe("abcd");
    expect(await readBytes(of(["ab", "cde"]), 4)).toBeNull();
    expect(await readBytes(new Request("http://127.0.0.1"), 4)).toHaveLength(0);
  });

  it("does not begin where the length is said to be too much", async () => {
    const begun = of(["a"]);
    begun.headers.set("content-length", "5");
    expect(await readBytes(begun, 4)).toBeNull();
    expect(begun.bodyUsed).toBe(false);
  });

  it("ends as cancelled where the sender goes away", async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error("gone")) });
    const broken = new Request("http://127.0.0.1", { method: "POST", body, duplex: "half" });
    await expect(readBytes(broken, 4)).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
