/** The built program as clients start it: over pipes, from `mcp.json.example`, and until they go away. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import * as z from "zod";
import { CAP_BYTES } from "../src/frontends/fit.ts";
import { operations } from "../tools/index.ts";
import { connect, MAKES } from "./frontends/clients.ts";

const ROOT = join(import.meta.dirname, "..");
const PROGRAM = join(ROOT, "dist/runlens.js");
const cwd = mkdtempSync(join(tmpdir(), "runlens-stdio-"));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

/** Keeps the user's own settings out of the tests. */
const ENVIRONMENT = {
  PATH: process.env.PATH ?? "",
  HOME: cwd,
  XDG_CACHE_HOME: cwd,
  RUNLENS_STORE: ":memory:",
};
const demo = {
  kind: "stdio" as const,
  command: process.execPath,
  args: [PROGRAM, "mcp", "--demo"],
  env: ENVIRONMENT,
  cwd,
};

const Message = z.looseObject({
  jsonrpc: z.literal("2.0"),
  id: z.number().optional(),
  result: z.looseObject({}).optional(),
});

/** A server that is spoken to in plain lines. */
function start(args: readonly string[] = ["mcp", "--demo"]) {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: ENVIRONMENT, stdio: "pipe" });
  children.push(child);
  const output = { out: "", err: "" };
  const waiting: (() => void)[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    output.out += chunk.toString("utf8");
    for (const wake of waiting.splice(0)) wake();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    output.err += chunk.toString("utf8");
  });
  const messages = () =>
    output.out
      .split("\n")
      .slice(0, -1)
      .map((line) => Message.parse(JSON.parse(line)));
  return {
    child,
    output,
    messages,
    send: (message: object) => void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    async answer(id: number) {
      for (;;) {
        const found = messages().find((message) => message.id === id);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

const INITIALIZE = {
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "t", version: "1" } },
};

/** Starts a server that has answered its first request. */
async function started(args?: readonly string[]) {
  const server = start(args);
  server.send(INITIALIZE);
  await server.answer(1);
  server.send({ method: "notifications/initialized" });
  return server;
}

/** Exit code and signal of a process that ends by itself. */
async function ended(child: ChildProcess): Promise<[number | null, string | null]> {
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
  const [code, signal] = await once(child, "exit");
  return [code, signal];
}

describe.each(MAKES)("%s over stdio", (make) => {
  it("lists every tool with title, schemas and all four annotations, and calls every example", async () => {
    const client = await connect(make, demo);
    const tools = await client.tools();
    expect(tools.map((tool) => tool.name)).toEqual(operations.map((operation) => operation.name));
    for (const tool of tools) {
      expect(tool.title).toBeTruthy();
      expect(tool.inputSchema).toMatchObject({ type: "object", additionalProperties: false });
      expect(tool.outputSchema).toMatchObject({ type: "object" });
      expect(tool.annotations).toMatchObject({
        readOnlyHint: true,
        openWorldHint: true,
      });
    }
    for (const operation of operations) {
      for (const { input } of operation.examples) {
        const { isError, structured, text } = await client.call(operation.name, input);
        expect([operation.name, isError, isError ? text : ""]).toEqual([operation.name, false, ""]);
        expect(operation.output.safeParse(structured).success).toBe(true);
        expect(text).toContain("note: The clock stands at 2026-11-18T07:30:00.000Z");
        for (const channel of [text, JSON.stringify(structured)]) {
          expect(Buffer.byteLength(channel)).toBeLessThanOrEqual(CAP_BYTES);
        }
      }
    }
    await client.close();
  });
});

describe("the server on stdio", () => {
  it("writes nothing but JSON-RPC to stdout, whatever it is asked", async () => {
    const server = await started();
    server.child.stdin.write("this is no JSON\n");
    server.send({ id: 2, method: "tools/list" });
    server.send({ id: 3, method: "tools/call", params: { name: "slowest_models", arguments: {} } });
    server.send({
      id: 4,
      method: "tools/call",
      params: { name: "get_run", arguments: { run_id: "nobody" } },
    });
    server.send({ id: 5, method: "nonsense" });
    for (const id of [2, 3, 4, 5]) await server.answer(id);
    // Parsing each line is the test.
    expect(server.messages().length).toBeGreaterThanOrEqual(5);
    expect(server.output.out.endsWith("\n")).toBe(true);
  });

  it("answers an unknown tool with the protocol's error", async () => {
    const server = await started();
    server.send({ id: 2, method: "tools/call", params: { name: "nope", arguments: {} } });
    expect(await server.answer(2)).toMatchObject({ error: { code: -32602 } });
  });

  it("instructs its client in a few words", async () => {
    const server = await started();
    expect(await server.answer(1)).toMatchObject({
      result: { serverInfo: { name: "runlens" }, instructions: expect.stringContaining("environment: ") },
    });
  });

  it("starts and lists its tools without any data, and every call says what to set", async () => {
    const server = await started(["mcp"]);
    server.send({ id: 2, method: "tools/list" });
    server.send({ id: 3, method: "tools/call", params: { name: "health_dashboard", arguments: {} } });
    expect((await server.answer(2)).result?.tools).toHaveLength(operations.length);
    const answer = JSON.stringify(await server.answer(3));
    for (const words of ['"isError":true', "CONFIG", "DBT_ARTIFACTS_PATH", join(cwd, "target")]) {
      expect(answer).toContain(words);
    }
  });

  it("reports progress to who asked for it, and to nobody else", async () => {
    const server = await started();
    const call = { name: "list_projects", arguments: {} };
    server.send({ id: 2, method: "tools/call", params: { ...call, _meta: { progressToken: "p" } } });
    await server.answer(2);
    const progress = server.messages().filter((message) => message.method === "notifications/progress");
    expect(progress.length).toBeGreaterThan(0);
    expect(progress[0]).toMatchObject({ params: { progressToken: "p", progress: expect.any(Number) } });
    server.send({ id: 3, method: "tools/call", params: { ...call, arguments: { refresh: true } } });
    await server.answer(3);
    const after = server.messages().filter((message) => message.method === "notifications/progress");
    expect(after).toHaveLength(progress.length);
  });

  it("ends when its client closes stdin, also with a call under way", async () => {
    const server = await started();
    server.send({ id: 2, method: "tools/call", params: { name: "health_dashboard", arguments: {} } });
    server.child.stdin.end();
    expect(await ended(server.child)).toEqual([0, null]);
    expect(server.output.err).toBe("");
  });

  it("ends when its client breaks the pipe", async () => {
    const server = await started();
    server.child.stdout.destroy();
    server.send({ id: 2, method: "tools/list" });
    expect(await ended(server.child)).toEqual([0, null]);
  });

  it.each([
    ["SIGTERM", 0],
    ["SIGINT", 130],
  ] as const)("ends on %s", async (signal, code) => {
    const server = await started();
    server.child.kill(signal);
    expect(await ended(server.child)).toEqual([code, null]);
  });

  it("is what runlens alone is, where no person sits at a terminal", async () => {
    const server = await started([]);
    server.child.stdin.end();
    expect(await ended(server.child)).toEqual([0, null]);
  });
});

describe("runlens serve", () => {
  it("says where it listens, on stderr, and ends on SIGTERM", async () => {
    const server = start(["serve", "--port", "0", "--demo"]);
    const url = await new Promise<string>((resolve) => {
      server.child.stderr.on("data", () => {
        const [found] = /http:\S+\/mcp/.exec(server.output.err) ?? [];
        if (found !== undefined) resolve(found);
      });
    });
    const client = await connect("sdk 1.x", { kind: "http", url });
    expect(await client.tools()).toHaveLength(operations.length);
    await client.close();
    server.child.kill("SIGTERM");
    expect(await ended(server.child)).toEqual([0, null]);
    expect(server.output.out).toBe("");
  });
});

const Configuration = z.object({
  mcpServers: z.record(
    z.string(),
    z.union([
      z.strictObject({
        command: z.string(),
        args: z.array(z.string()),
        env: z.record(z.string(), z.string()).optional(),
      }),
      z.strictObject({ type: z.enum(["http", "sse"]), url: z.url() }),
    ]),
  ),
});

describe("mcp.json.example", () => {
  const text = readFileSync(join(ROOT, "mcp.json.example"), "utf8");
  const { mcpServers } = Configuration.parse(JSON.parse(text));
  const entries = Object.entries(mcpServers).flatMap(([name, entry]) =>
    "command" in entry ? [{ name, ...entry }] : [],
  );

  it("has an entry for each way to reach the server", () => {
    const ways = Object.values(mcpServers).map((entry) => ("command" in entry ? entry.command : entry.type));
    expect(new Set(ways)).toEqual(new Set(["npx", "node", "http", "sse"]));
  });

  it.each(entries)("$name starts and lists its tools", async ({ command, args, env }) => {
    // The package is not published here: what npx would start is the program that was built.
    const rest = command === "npx" ? args.slice(args.indexOf("runlens") + 1) : args.slice(1);
    if (command === "npx") expect(args.slice(0, 2)).toEqual(["-y", "runlens"]);
    else expect([command, args[0]]).toEqual(["node", "dist/runlens.js"]);
    const client = await connect("sdk 2.x, 2026 protocol", {
      ...demo,
      args: [PROGRAM, ...rest],
      env: { ...ENVIRONMENT, ...env },
    });
    expect(await client.tools()).toHaveLength(operations.length);
    await client.close();
  });
});
