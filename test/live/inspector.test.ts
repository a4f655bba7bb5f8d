/** The command line of the official MCP Inspector against every transport. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { INSPECTOR, listAt, objectAt, PROGRAM, parseObject } from "./places.ts";
import { openBench } from "./processes.ts";
import { QUESTIONS } from "./questions.ts";

const bench = openBench();
const TRANSPORTS = ["stdio", "http", "sse"] as const;
/** A list, an answer with parts, and rows of any form. */
const SOME = ["list_runs", "get_run", "get_lineage", "health_dashboard", "query_sql"];
type Transport = (typeof TRANSPORTS)[number];
/** How the Inspector is told to reach the server. */
const targets: Record<Transport, string[]> = { stdio: [], http: [], sse: [] };
/** What the command line answers, by operation. */
const expected = new Map<string, Record<string, unknown>>();

beforeAll(async () => {
  const catalog = join(bench.folder, "servers.json");
  const server = { command: process.execPath, args: [PROGRAM, "--demo"], env: bench.env };
  writeFileSync(catalog, JSON.stringify({ mcpServers: { runlens: server } }));
  const url = await bench.serve(["--demo"]);
  targets.stdio = ["--config", catalog, "--server", "runlens"];
  targets.http = [`${url}/mcp`, "--transport", "http"];
  targets.sse = [`${url}/sse`, "--transport", "sse"];
  for (const { name, args } of QUESTIONS.filter((question) => SOME.includes(question.name)))
    expected.set(name, await bench.ask([...args, "--demo"]));
});
afterAll(() => bench.clear());

async function inspect(transport: Transport, args: string[]): Promise<Record<string, unknown>> {
  const command = ["--cli", ...targets[transport], ...args, "--format", "json", "--quiet"];
  const { code, stdout, stderr } = await bench.run(INSPECTOR, command);
  if (code !== 0) throw new Error(`the Inspector ended with ${code}: ${stderr}${stdout}`);
  return objectAt(parseObject(stdout), "result");
}

describe.each(TRANSPORTS)("the Inspector over %s", (transport) => {
  test.each(
    transport === "sse" ? ["legacy"] : ["legacy", "modern"],
  )("lists every tool by the %s protocol, and finds no schema that a client cannot take", async (era) => {
    const answer = await inspect(transport, ["--method", "tools/list", "--strict", "--protocol-era", era]);
    expect(listAt(answer, "tools").map((tool) => tool.name)).toEqual(QUESTIONS.map(({ name }) => name));
  });

  // The other clients ask everything over each transport (test/stdio.test.ts, test/frontends/); this one takes seconds a call.
  const asked = QUESTIONS.filter(({ name }) => SOME.includes(name));
  test.each(asked)("gets the answer of the command line from $name", async ({ name, input }) => {
    const call = ["--method", "tools/call", "--tool-name", name, "--tool-args-json", JSON.stringify(input)];
    const answer = await inspect(transport, call);
    expect(answer.structuredContent).toEqual(expected.get(name));
  });

  test("is told of a wrong argument as an error of the tool", async () => {
    const call = [
      "--method",
      "tools/call",
      "--tool-name",
      "list_runs",
      "--tool-args-json",
      '{"colour":"red"}',
    ];
    const { code, stdout } = await bench.run(INSPECTOR, [
      "--cli",
      ...targets[transport],
      ...call,
      "--format",
      "json",
    ]);
    expect(code).toBe(5);
    expect(stdout).toContain("INVALID_INPUT");
  });
});
