/** The same question through MCP, the command line, REST and the library is the same answer, or the same error. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { camelize } from "../../src/core/case.ts";
import { ERROR_CODES, type ErrorBody, type ErrorCode, RunlensError } from "../../src/errors.ts";
import { exampleCommand } from "../../src/frontends/cli/operation-command.ts";
import { addressOf } from "../../src/frontends/http/address.ts";
import { type HttpServer, startHttpServer } from "../../src/frontends/http/server.ts";
import { Account } from "../../src/index.ts";
import type { Operation } from "../../src/operation.ts";
import { operations } from "../../tools/index.ts";
import { type Demo, openDemo } from "../demo.ts";
import { connect, type TestClient } from "./clients.ts";
import { keptLog } from "./fake.ts";

const ROOT = join(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "dist/runlens.js");
const folder = mkdtempSync(join(tmpdir(), "runlens-test-"));
// A store that the programs share: each would read the demo's files anew.
const env = { PATH: process.env.PATH ?? "", RUNLENS_STORE: join(folder, "store") };
const examples = operations.flatMap((operation) =>
  operation.examples.map((example) => ({ name: operation.name, operation, ...example })),
);
let client: TestClient;
let account: Account;
let demo: Demo;
let server: HttpServer;

beforeAll(async () => {
  client = await connect("sdk 2.x, 2026 protocol", {
    kind: "stdio",
    command: process.execPath,
    args: [PROGRAM, "mcp", "--demo"],
    env,
  });
  demo = openDemo();
  server = await startHttpServer({
    operations,
    resources: [],
    ask: demo.app.ask,
    askAbout: demo.app.askAbout,
    log: keptLog().log,
    version: "1.2.3",
    host: "127.0.0.1",
    port: 0,
  });
  account = new Account({ config: join(ROOT, "demo/runlens.yml"), store: ":memory:" });
});
afterAll(async () => {
  await client.close();
  await server.close();
  await demo.close();
  await account.close();
  rmSync(folder, { recursive: true, force: true });
});

const Source = z.looseObject({ source: z.looseObject({ notes: z.array(z.string()) }) });

/** The note about the clock names the file it comes from, which differs; when facts were fetched does too. */
function comparable(answer: unknown): unknown {
  const { source, ...facts } = Source.parse(JSON.parse(JSON.stringify(answer)));
  const notes = source.notes.filter((note) => !note.startsWith("The clock stands at"));
  return { ...facts, source: { ...source, notes } };
}

type Input = Record<string, unknown>;

/** Asks by the line that the help shows, as a shell would run it. */
function typed(operation: Operation, input: Input): { stdout: string; stderr: string } {
  const command = `"${process.execPath}" "${PROGRAM}" --demo`;
  const line = exampleCommand(operation, input).replace(/^runlens/, command);
  return spawnSync(`${line} --json`, { shell: true, env, encoding: "utf8" });
}

/** Asks at the address that the docs show. */
function fetched(operation: Operation, input: Input): Promise<Response> {
  const { method, path, body } = addressOf(operation, input);
  const headers = { "content-type": "application/json" };
  return fetch(`${server.url}${path}`, body === null ? { method } : { method, headers, body });
}

describe.each(examples)("$name: $ask", ({ operation, input }) => {
  it("is answered alike by MCP, the command line, REST and the library", async () => {
    const { structured } = await client.call(operation.name, input);
    const { stdout, stderr } = typed(operation, input);
    expect(stderr).toBe("");
    expect(comparable(JSON.parse(stdout))).toEqual(comparable(structured));
    const response = await fetched(operation, input);
    expect(response.status).toBe(200);
    expect(comparable(await response.json())).toEqual(comparable(structured));
    const asked = await operation.run(input, { account });
    expect(comparable(asked)).toEqual(comparable(structured));
  });
});

const Failed = z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string() }) });
type Failure = z.infer<typeof Failed>["error"];

/** The error without the id of its request, which differs. */
function failure(text: string | ErrorBody): Failure {
  return Failed.parse(typeof text === "string" ? JSON.parse(text) : text).error;
}

/** What each front end refuses the question with. */
async function refusals(name: string, input: Input) {
  const operation = operations.find((candidate) => candidate.name === name);
  if (operation === undefined) throw new Error(`no operation ${name}`);
  const { isError, text } = await client.call(name, input);
  expect(isError).toBe(true);
  const response = await fetched(operation, input);
  const rest = failure(await response.text());
  expect(response.status).toBe(ERROR_CODES[ErrorCodes.parse(rest.code)].status);
  const thrown: unknown = await operation.run(input, { account }).catch((error: unknown) => error);
  if (!(thrown instanceof RunlensError)) throw new Error(`no error: ${JSON.stringify(thrown)}`);
  return {
    mcp: failure(text.split("\n").at(-1) ?? ""),
    cli: failure(typed(operation, input).stderr),
    rest,
    library: failure(thrown.toBody("")),
  };
}

const ErrorCodes = z.enum(Object.keys(ERROR_CODES)).transform((code) => code as ErrorCode);

describe("a question that cannot be answered", () => {
  it.each<[name: string, input: Input, code: string]>([
    ["list_models", { limit: 0 }, "INVALID_INPUT"],
    ["list_models", { limit: 1001 }, "INVALID_INPUT"],
    ["list_models", { fields: ["bogus"] }, "INVALID_INPUT"],
    ["list_models", { cursor: "tampered" }, "INVALID_INPUT"],
    ["list_models", { tags: [""] }, "INVALID_INPUT"],
    ["list_models", { project_ids: ["nowhere"] }, "NOT_FOUND"],
    ["list_models", { environment: "moon" }, "NOT_FOUND"],
    ["list_runs", { since: "some day" }, "INVALID_INPUT"],
    ["list_runs", { since: "7d", timezone: "Mars/Olympus" }, "INVALID_INPUT"],
    ["get_model", { model_id: "fct_revenu_daily" }, "NOT_FOUND"],
    ["get_job", { job_id: "nightli" }, "NOT_FOUND"],
    ["get_run", { run_id: "raw/berths & co" }, "NOT_FOUND"],
    ["get_run_events", { run_id: "none" }, "NOT_FOUND"],
    ["get_project", { project_id: "pedal" }, "NOT_FOUND"],
    ["get_lineage", {}, "INVALID_INPUT"],
    ["get_lineage", { model_id: "fct_payments", depth: 0 }, "INVALID_INPUT"],
    ["query_sql", {}, "INVALID_INPUT"],
    ["query_sql", { sql: "DROP TABLE models" }, "INVALID_INPUT"],
    ["query_sql", { sql: "SELECT nobody FROM models" }, "INVALID_INPUT"],
  ])("%s %j is refused alike by all", async (name, input, code) => {
    const { library, ...others } = await refusals(name, input);
    expect(library.code).toBe(code);
    expect(others).toEqual({ mcp: library, cli: library, rest: library });
  });

  // The command line's own parser says these first, in the words of options.
  it.each<[name: string, input: Input]>([
    ["list_models", { bogus: "1" }],
    ["list_models", { limit: "many" }],
    ["list_models", { include_or_exclude: "neither" }],
    ["get_run", { run_id: "latest", job: "nightly" }],
  ])("%s %j is refused with the same code by all", async (name, input) => {
    const { library, cli, ...others } = await refusals(name, input);
    expect([library.code, cli.code]).toEqual(["INVALID_INPUT", "INVALID_INPUT"]);
    expect(others).toEqual({ mcp: library, rest: library });
  });
});

describe("the library's own methods", () => {
  it("answer what the operation of the same name answers", async () => {
    const { structured } = await client.call("slowest_models", { last_n_runs: 10, slowest_n: 3 });
    const models = await account.slowestModels(camelize({ last_n_runs: 10, slowest_n: 3 }));
    expect(comparable(models)).toEqual(comparable(structured));
  });
});
