/**
 * The tokens of dbt Cloud and Dagster+, the header of a proxy, and the key and secret of Paradime are in nothing that the
 * program writes, whatever the platforms answer: not in what it prints or logs at the lowest level, and not in a file,
 * also encoded; nor is what signs the addresses of Paradime's artifacts. Runs the built program, as its users do; every
 * process asks all platforms.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DEMO_NOW } from "./demo.ts";
import type { Fault as DagsterFault } from "./emulators/dagster/faults.ts";
import { type Emulator as Dagster, startEmulator as startDagster } from "./emulators/dagster/server.ts";
import { syntheticWorld } from "./emulators/dagster/synthetic.ts";
import { artifactsWorld } from "./emulators/dbt-cloud/artifacts.ts";
import type { Fault } from "./emulators/dbt-cloud/faults.ts";
import { type Emulator, startEmulator } from "./emulators/dbt-cloud/server.ts";
import type { Fault as ParadimeFault } from "./emulators/paradime/faults.ts";
import { madeUpWorld } from "./emulators/paradime/made-up.ts";
import { type Emulator as Paradime, startEmulator as startParadime } from "./emulators/paradime/server.ts";
import { DEMO_ARTIFACTS, filesBelow, PROGRAM } from "./live/places.ts";
import { type Finished, openBench } from "./live/processes.ts";

/** With characters that every encoding changes. */
const TOKEN = "dbtc_reco+gni/zable=Tok~en%0123456789";
const PLUS_TOKEN = "user:acme:di+stin/guish=ab~le%9876543210";
const PROXY_SECRET = "pro+xy/se=cr~et%5432109876";
const BOLT_KEY = "bolt+key/of=work~space%1029384756";
const BOLT_SECRET = "se+cret/of=bolt~still%6574839201";
const SECRETS = [TOKEN, PLUS_TOKEN, PROXY_SECRET, BOLT_KEY, BOLT_SECRET];
const bench = openBench();
const WARM = join(bench.folder, "warm");
const TEMPORARY = join(bench.folder, "tmp");
/** Everything that any process of this file has printed. */
const written: string[] = [];

/** The texts that a secret shows in: its halves too, for what is cut, and Base64 from each of three places. */
function tracesOf(secret: string): string[] {
  const half = secret.length / 2;
  const plain = [secret.slice(0, half), secret.slice(half)];
  const base64 = [0, 1, 2].map((shift) =>
    // What stands before and after decides the outermost characters.
    Buffer.from(`${"-".repeat(shift)}${secret}`)
      .toString("base64")
      .slice(4, -4),
  );
  const hex = Buffer.from(secret).toString("hex");
  return [...plain, ...plain.map(encodeURIComponent), ...base64, ...base64.map(toBase64Url), hex];
}

function toBase64Url(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

/** In every signed address of an artifact. */
const SIGNATURE = "X-Amz-Signature";
const TRACES = [...SECRETS.flatMap(tracesOf), SIGNATURE];

/** The traces that are in a text or a file. */
function found(content: string | Buffer): string[] {
  return TRACES.filter((trace) => content.includes(trace));
}

const now = () => Date.parse(DEMO_NOW);
/** The newest of the made-up runs, which ended an hour before the time that they are made for, then is the newest of all. */
const NEWER_MS = 45 * 60_000;
let emulator: Emulator;
let dagster: Dagster;
let paradime: Paradime;
/** The newest runs of dbt Cloud and Paradime; that of Dagster is newer. */
let cloudRun: string;
let boltRun: string;
/** Answers everything with what it was sent. */
let echo: Server;
let echoes: () => { status: number; type: string; body: (secrets: string) => string };

beforeAll(async () => {
  mkdirSync(TEMPORARY);
  const world = artifactsWorld(DEMO_ARTIFACTS, { now: now() });
  world.tokens = [{ value: TOKEN, admin: true, discovery: true, projectIds: null }];
  emulator = await startEmulator({ world, now, adminLimit: 1e6, discoveryLimit: 1e6 });
  cloudRun = String(world.runs.at(-1)?.id);
  dagster = await startDagster({
    world: syntheticWorld({ now: now() + NEWER_MS, runs: 8, jobs: 1, assets: 2 }),
    plus: { deployment: "prod", token: PLUS_TOKEN },
    now,
  });
  const workspace = madeUpWorld({ now: now() - 2 * 3_600_000 });
  workspace.credentials = { ...workspace.credentials, key: BOLT_KEY, secret: BOLT_SECRET };
  boltRun = String(workspace.runs.at(-1)?.id);
  paradime = await startParadime({ world: workspace, now });
  echo = createServer((request, response) => {
    const { status, type, body } = echoes();
    const { authorization, "dagster-cloud-api-token": token, "x-proxy": proxy } = request.headers;
    const { "x-api-key": key, "x-api-secret": keySecret } = request.headers;
    const sent = [authorization, token, proxy, key, keySecret].filter((secret) => secret !== undefined);
    const text = body(sent.join(" "));
    const location = `http://127.0.0.1:1/${encodeURIComponent(text)}`;
    response.writeHead(status, { "content-type": type, ...(status === 302 ? { location } : {}) }).end(text);
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  writeConfig("config.yml", {
    admin: emulator.adminUrl,
    discovery: emulator.discoveryUrl,
    dagster: dagster.url,
    paradime: paradime.url,
  });
  // A server that listens on a port has an address of this form.
  const echoUrl = `http://127.0.0.1:${(echo.address() as AddressInfo).port}`;
  const graphql = `${echoUrl}/graphql`;
  writeConfig("echo.yml", { admin: echoUrl, discovery: graphql, dagster: graphql, paradime: graphql });
  await runlens(["slowest-models", "--last-n-runs", "10"], WARM);
});
afterEach(() => {
  emulator.setFaults([]);
  dagster.setFaults([]);
  paradime.setFaults([]);
});
afterAll(async () => {
  await emulator.close();
  await dagster.close();
  await paradime.close();
  await new Promise((resolve) => echo.close(resolve));
  await bench.clear();
});

/** At the demo's date: the emulator's limits and the program's ages go by it. */
function writeConfig(
  name: string,
  urls: Readonly<Record<"admin" | "discovery" | "dagster" | "paradime", string>>,
): void {
  const account = { type: "dbt-cloud", token: `\${DBT_SERVICE_TOKEN}`, account_id: 41007 };
  const deployment = { type: "dagster", token: `\${DAGSTER_CLOUD_API_TOKEN}`, deployment: "prod" };
  const key = { api_key: `\${PARADIME_API_KEY}`, api_secret: `\${PARADIME_API_SECRET}` };
  const sources = [
    { ...account, id: "account", admin_url: urls.admin, discovery_url: urls.discovery },
    { ...deployment, id: "deployment", url: urls.dagster, headers: { "X-Proxy": `\${PROXY_SECRET}` } },
    { type: "paradime", id: "workspace", endpoint: urls.paradime, ...key },
  ];
  writeFileSync(join(bench.folder, name), JSON.stringify({ now: DEMO_NOW, sources }));
}

/** What the processes are started with. */
const settings = (store: string) => ({
  DBT_SERVICE_TOKEN: `Bearer ${TOKEN}`,
  DAGSTER_CLOUD_API_TOKEN: PLUS_TOKEN,
  PROXY_SECRET,
  PARADIME_API_KEY: BOLT_KEY,
  PARADIME_API_SECRET: BOLT_SECRET,
  DBT_DISCOVERY_LOG_LEVEL: "DEBUG",
  RUNLENS_STORE: store,
  TMPDIR: TEMPORARY,
});

async function runlens(args: readonly string[], store: string, config = "config.yml"): Promise<Finished> {
  const finished = await bench.runlens([...args, "--config", join(bench.folder, config)], {
    env: settings(store),
  });
  written.push(finished.stdout, finished.stderr);
  return finished;
}

/** Asks a server over stdio one tool after the other; gives what it wrote. */
async function converse(calls: readonly [string, object][], store: string, config = "config.yml") {
  const child = spawn(process.execPath, [PROGRAM, "mcp", "--config", join(bench.folder, config)], {
    cwd: bench.folder,
    env: { ...bench.env, ...settings(store) },
  });
  const output = { stdout: "", stderr: "" };
  child.stderr.on("data", (part: Buffer) => {
    output.stderr += part.toString();
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const clientInfo = { name: "test", version: "1" };
  send({
    id: 0,
    method: "initialize",
    params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo },
  });
  send({ method: "notifications/initialized" });
  for (const [index, [name, input]] of calls.entries()) {
    send({ id: index + 1, method: "tools/call", params: { name, arguments: input } });
  }
  child.stdout.on("data", (part: Buffer) => {
    output.stdout += part.toString();
    // One line for each answer: when all have come, there is nothing left to wait for.
    if (output.stdout.split("\n").filter((line) => /"id":\d/.test(line)).length > calls.length)
      child.stdin.end();
  });
  await ended;
  written.push(output.stdout, output.stderr);
  return output;
}

/** One store per case, so that something is kept from each. */
let cases = 0;
function coldStore(): string {
  cases += 1;
  return join(bench.folder, `cold-${cases}`);
}

const COMMANDS = [
  ["slowest-models", "--last-n-runs", "10", "--refresh"],
  ["list-runs", "--refresh", "--json"],
  ["get-model", "fct_payments", "--include", "sql"],
  ["get-run-events", "latest"],
  ["doctor"],
  ["doctor", "--client"],
];
const calls = (): [string, object][] => [
  ["list_projects", {}],
  ["get_run", { run_id: "latest" }],
  ["health_dashboard", {}],
  ["get_run_events", { run_id: cloudRun }],
  ["get_run_events", { run_id: boltRun }],
  ["get_model", { model_id: "harbour.orders", include: ["sql"] }],
  ["query_sql", { sql: "SELECT i.*, x.message FROM invocations i JOIN executions x USING (invocation_key)" }],
];

/** Fails where a trace of a secret is in what was printed, or in a file of any process. */
function expectNothing(): void {
  for (const text of written) expect(found(text), text).toEqual([]);
  const files = filesBelow(bench.folder);
  expect(files.some((file) => file.endsWith(".duckdb"))).toBe(true);
  for (const file of files) expect([file, found(readFileSync(file))]).toEqual([file, []]);
}

/** How many rows of a store, whose columns are compressed in its file, have a trace of a secret. */
async function rowsWithTraces(file: string): Promise<{ tables: number; rows: number }> {
  const instance = await DuckDBInstance.create(file, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    "SELECT schema_name || '.' || table_name FROM duckdb_tables()",
  );
  const tables = reader.getRows().map(([name]) => String(name));
  let rows = 0;
  for (const table of tables) {
    for (const trace of TRACES) {
      const counted = await connection.runAndReadAll(
        `SELECT count(*) FROM ${table} AS t WHERE contains(t::VARCHAR, $1)`,
        [trace],
      );
      rows += Number(counted.getRows()[0]?.[0]);
    }
  }
  connection.closeSync();
  instance.closeSync();
  return { tables: tables.length, rows };
}

interface PlatformFaults {
  cloud: Fault[];
  dagster: DagsterFault[];
  paradime: ParadimeFault[];
}

/** The same failure of all three. */
function everywhere(kind: "401" | "403" | "429" | "html" | "reset" | "cut"): PlatformFaults {
  return { cloud: [{ kind }], dagster: [{ kind }], paradime: [{ kind }] };
}

/** What is wrong with the platforms, and what it is called in what the program says of each. */
const FAULTS: [string, PlatformFaults, string[]][] = [
  [
    "nothing is wrong",
    { cloud: [], dagster: [], paradime: [] },
    ["fct_station_occupancy", "job_1", "harbour.stg_orders", "select 1 -- model.harbour.orders"],
  ],
  [
    "a token that is refused",
    everywhere("401"),
    ["UNAUTHENTICATED", "Dagster+", "Paradime's API refuses the key"],
  ],
  ["a permission that is missing", everywhere("403"), ["FORBIDDEN", "Paradime's API does not allow this"]],
  ["a limit that is reached", everywhere("429"), ["RATE_LIMITED", "Paradime's API allows no more requests"]],
  [
    "a server that fails",
    {
      cloud: [{ kind: "500" }],
      dagster: [{ kind: "python-error" }],
      paradime: [{ kind: "500" }],
    },
    ["UPSTREAM", "connection to the storage", "Paradime's API failed with status 500"],
  ],
  [
    "a page instead of an answer",
    everywhere("html"),
    ["web page", "Paradime's API answered with a web page"],
  ],
  ["a connection that breaks", everywhere("reset"), ["ECONNRESET", "Paradime's API could not be reached"]],
  ["half of an answer", everywhere("cut"), ["UPSTREAM"]],
  [
    "errors in an answer, and signed addresses that are refused",
    {
      cloud: [{ kind: "errors-in-200", api: "discovery" }],
      dagster: [{ kind: "unauthenticated" }],
      paradime: [{ kind: "expired", host: "storage" }],
    },
    ["FORBIDDEN", "UNAUTHENTICATED", "Paradime's storage of artifacts refuses the address"],
  ],
];

describe("no secret", () => {
  it.each(FAULTS)("is in anything that is written: %s", { timeout: 120_000 }, async (_, faults, said) => {
    emulator.setFaults(faults.cloud);
    dagster.setFaults(faults.dagster);
    paradime.setFaults(faults.paradime);
    for (const platform of [emulator, dagster, paradime]) platform.resetCounts();
    const before = written.length;
    const store = coldStore();
    // Together: they share a store, and mostly wait.
    await Promise.all([
      ...COMMANDS.map((command) => runlens(command, WARM)),
      runlens(["list-jobs"], store),
      converse(calls(), store),
    ]);
    expect(emulator.requests.filter(({ scheme }) => scheme === "Bearer").length).toBeGreaterThan(0);
    const trusted = dagster.requests.filter(
      ({ token, headers }) => token === "right" && "x-proxy" in headers,
    );
    expect(trusted.length).toBeGreaterThan(0);
    const keys = paradime.requests.filter(({ headers }) => headers["x-api-key"] === BOLT_KEY);
    expect(keys.length).toBeGreaterThan(0);
    const all = written.slice(before).join("\n");
    for (const words of said) expect(all).toContain(words);
    expectNothing();
  });

  it.each([
    [401, "application/json"],
    [403, "application/json"],
    [404, "application/json"],
    [400, "application/json"],
    [500, "application/json"],
    [200, "application/json"],
    [200, "text/html"],
    [302, "text/plain"],
  ])(
    "is in anything that is written: status %i, %s, with the secrets in it",
    { timeout: 120_000 },
    async (status, type) => {
      const says = (message: string) =>
        JSON.stringify({
          status: { code: status, user_message: message },
          errors: [{ message }],
          data: null,
        });
      echoes = () => ({ status, type, body: (text) => (type.endsWith("json") ? says(text) : text) });
      const before = written.length;
      const store = coldStore();
      await runlens(["list-jobs"], store, "echo.yml");
      await runlens(["doctor"], store, "echo.yml");
      await converse(calls(), store, "echo.yml");
      expect(written.slice(before).join("\n")).toMatch(/runlens DEBUG/);
      expectNothing();
    },
  );

  it("is in any row of a store", async () => {
    const stores = filesBelow(bench.folder).filter((file) => file.endsWith(".duckdb"));
    expect(stores.length).toBeGreaterThan(1);
    for (const file of stores) {
      const { tables, rows } = await rowsWithTraces(file);
      expect(tables).toBeGreaterThan(10);
      expect([file, rows]).toEqual([file, 0]);
    }
  });

  it("is left behind in the folder for temporary files", () => {
    expect(existsSync(TEMPORARY)).toBe(true);
    expect(filesBelow(TEMPORARY)).toEqual([]);
  });

  it.each(SECRETS)("would be overlooked, whole or in part, as it is or encoded: %s", (secret) => {
    const cut = `Bearer ${secret.slice(0, 25)}…`;
    const encodings: BufferEncoding[] = ["utf8", "base64", "base64url", "hex"];
    for (const encoding of encodings) {
      const text = Buffer.from(`Bearer ${secret} `).toString(encoding);
      expect([encoding, found(text).length]).toEqual([encoding, expect.toSatisfy((count) => count > 0)]);
    }
    for (const text of [cut, encodeURIComponent(cut), `?token=${encodeURIComponent(secret)}`]) {
      expect([text, found(text).length > 0]).toEqual([text, true]);
    }
  });
});
