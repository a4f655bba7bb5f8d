/** mcp-remote, by which clients that only start programs reach a server over HTTP, with a key in a header. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { addressOf } from "../../src/frontends/http/address.ts";
import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";
import { type Address, connect, MAKES } from "../frontends/clients.ts";
import { MCP_REMOTE, objectAt } from "./places.ts";
import { openBench } from "./processes.ts";
import { QUESTIONS } from "./questions.ts";

const bench = openBench();
/** What the REST API answers, by operation. */
const expected = new Map<string, Record<string, unknown>>();
let url: string;
let key: string;

beforeAll(async () => {
  const made = await bench.ask(["key", "new", "--name", "remote", "--role", "admin"]);
  key = String(made.key);
  const keys = join(bench.folder, "keys.yml");
  writeFileSync(keys, stringify({ keys: [objectAt(made, "entry")] }));
  url = await bench.serve(["--demo", "--keys", keys]);
  for (const operation of operations) expected.set(operation.name, await askRest(operation));
});
afterAll(() => bench.clear());

/** The question of `QUESTIONS` about this operation. */
async function askRest(operation: Operation): Promise<Record<string, unknown>> {
  const { input } = QUESTIONS.find(({ name }) => name === operation.name) ?? { input: {} };
  const { method, path, body } = addressOf(operation, input);
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const response = await fetch(`${url}${path}`, { method, headers, body });
  expect(response.status, path).toBe(200);
  return objectAt(await response.json());
}

/** How a client starts it. The key stands in its environment, where other users of the machine do not see it. */
function remote(path: string, transport: "http-only" | "sse-only"): Address {
  const header = ["--header", `Authorization:${"$"}{AUTHORIZATION}`];
  return {
    kind: "stdio",
    command: process.execPath,
    args: [MCP_REMOTE, `${url}${path}`, "--transport", transport, "--allow-http", ...header],
    env: { ...bench.env, AUTHORIZATION: `Bearer ${key}` },
    cwd: bench.folder,
  };
}

test("the server lets nobody in without the key", async () => {
  expect((await fetch(`${url}/sse`)).status).toBe(401);
});

// The 2026 protocol has no HTTP+SSE.
const PAIRS = MAKES.flatMap((make) => [
  { make, path: "/mcp", transport: "http-only" as const },
  ...(make === "sdk 2.x, 2026 protocol" ? [] : [{ make, path: "/sse", transport: "sse-only" as const }]),
]);

test.each(PAIRS)("$make behind mcp-remote gets the answers of the REST API at $path", async (pair) => {
  const client = await connect(pair.make, remote(pair.path, pair.transport));
  expect((await client.tools()).map(({ name }) => name)).toEqual(QUESTIONS.map(({ name }) => name));
  for (const { name, input } of QUESTIONS) {
    expect((await client.call(name, input)).structured, name).toEqual(expected.get(name));
  }
  const failed = await client.call("list_runs", { colour: "red" });
  expect(failed).toMatchObject({ isError: true, text: expect.stringContaining("INVALID_INPUT") });
  await client.close();
});
