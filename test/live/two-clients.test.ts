/** Several processes on one store at the same time. */
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { connect, type McpClient } from "./mcp-client.ts";
import { DEMO_ARTIFACTS, filesBelow, listAt, objectAt, PROGRAM, readJson } from "./places.ts";
import { openBench } from "./processes.ts";

const bench = openBench();
const archive = join(bench.folder, "archive");
const env = { DBT_ARTIFACTS_PATH: archive, RUNLENS_STORE: join(bench.folder, "store") };
const clients: McpClient[] = [];
afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await bench.clear();
});

/** Copies a part of the demo's invocations into the archive, as a job that keeps its artifacts would. */
function keep(folders: readonly string[]): string[] {
  return folders.map((name) => {
    cpSync(join(DEMO_ARTIFACTS, name), join(archive, name), { recursive: true });
    return join(archive, name);
  });
}

/** Ids of the invocations in the archive. */
function written(): Set<string> {
  const files = filesBelow(archive).filter((file) => /(run_results|sources)\.json$/.test(file));
  return new Set(files.map((file) => String(objectAt(readJson(file), "metadata").invocation_id)));
}

async function start(): Promise<McpClient> {
  const command = { command: process.execPath, args: [PROGRAM, "mcp"], cwd: bench.folder };
  const client = await connect({ ...command, env: { ...bench.env, ...env } });
  clients.push(client);
  return client;
}

test("two MCP servers answer while two jobs ingest, and in the end all know every run once", async () => {
  const invocations = readdirSync(DEMO_ARTIFACTS).sort();
  const half = Math.floor(invocations.length / 2);
  keep(invocations.slice(0, half));
  const servers = await Promise.all([start(), start()]);
  const first = await Promise.all(servers.map((server) => server.ask("slowest_models", { last_n_runs: 5 })));
  expect(first[1]?.items).toEqual(first[0]?.items);
  expect(listAt(first[0], "items").length).toBeGreaterThan(0);

  const added = keep(invocations.slice(half));
  const middle = Math.floor(added.length / 2);
  let ingesting = true;
  const jobs = Promise.all([
    bench.ask(["ingest", ...added.slice(0, middle)], { env }),
    bench.ask(["ingest", ...added.slice(middle)], { env }),
  ]).finally(() => {
    ingesting = false;
  });
  const totals = await Promise.all(
    servers.map(async (server) => {
      const seen: number[] = [];
      do {
        const answer = await server.ask("list_runs", { limit: 1 });
        seen.push(Number(answer.total));
      } while (ingesting);
      return seen;
    }),
  );
  await jobs;
  for (const seen of totals) expect(seen).toEqual([...seen].sort((one, other) => one - other));

  const expected = written();
  const answers = await Promise.all([
    ...servers.map((server) => server.ask("list_runs", { limit: 1000 })),
    bench.ask(["list-runs", "--limit", "1000"], { env }),
  ]);
  for (const answer of answers) {
    expect(answer.total).toBe(expected.size);
  }
  const whole = listAt(answers[2], "items").map((run) => String(run.run_id));
  expect(new Set(whole)).toEqual(expected);
});
