/** Clients of the SDKs whose line to the server breaks in the middle of a call. */
import { createServer, connect as dial, type Socket } from "node:net";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldHttp } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport as OldTransport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type HttpServer, startHttpServer } from "../../../src/frontends/http/server.ts";
import { options, scene } from "./slow-call.ts";

let server: HttpServer;
const lines = new Set<Socket>();
let broken = 0;
/** Passes everything on to the server, until it is broken. */
const line = createServer((near) => {
  const far = dial(Number(new URL(server.url).port), "127.0.0.1");
  for (const end of [near, far]) {
    lines.add(end);
    end.on("error", () => undefined);
    end.on("close", () => (end === near ? far : near).destroy());
  }
  near.pipe(far).pipe(near);
});
beforeAll(async () => {
  server = await startHttpServer({ ...options, host: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await server.close();
  line.close();
  for (const socket of lines) socket.destroy();
});

function url(): URL {
  const address = line.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return new URL(`http://localhost:${address.port}/mcp`);
}

/** Breaks the line at the first progress, and lets the answer come while it is broken. */
const onprogress = () => {
  if (broken++ > 0) return;
  for (const socket of lines) socket.destroy();
  setTimeout(() => scene.go(), 50);
};
beforeEach(() => {
  broken = 0;
  scene.begun = 0;
  scene.aborted = 0;
});

it("a client of the 1.x SDK gets its answer all the same", async () => {
  const client = new OldClient({ name: "test", version: "1.0.0" });
  // The 1.x SDK was not written for exactOptionalPropertyTypes.
  await client.connect(new OldHttp(url()) as OldTransport);
  const answer = await client.callTool({ name: "slow", arguments: {} }, undefined, { onprogress });
  expect(answer).toMatchObject({ structuredContent: { text: "done" } });
  expect(scene).toMatchObject({ begun: 1, aborted: 0 });
  await client.close();
});

it("a client of the 2.x SDK gets its answer all the same", async () => {
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode: "legacy" } });
  await client.connect(new StreamableHTTPClientTransport(url()));
  const answer = await client.callTool({ name: "slow", arguments: {} }, { onprogress });
  expect(answer).toMatchObject({ structuredContent: { text: "done" } });
  expect(scene).toMatchObject({ begun: 1, aborted: 0 });
  await client.close();
});
