/** A CI job as users have it: dbt, then `runlens ingest target`, again and again; and the questions after it. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type McpClient } from "./mcp-client.ts";
import { listAt, objectAt, PROGRAM, readJson } from "./places.ts";
import { type Finished, openBench } from "./processes.ts";
import { type Build, openShop } from "./shop.ts";

const bench = openBench();
const shop = openShop(bench);
const settings = { cwd: shop.folder, env: { RUNLENS_STORE: join(bench.folder, "store") } };
const builds: Build[] = [];
/** What `health-dashboard --fail-on critical` said after each build. */
const gates: Finished[] = [];
let sources: Record<string, unknown>[] = [];
let client: McpClient;

async function ingest(folder = "target"): Promise<Record<string, unknown>> {
  return objectAt(await bench.ask(["ingest", folder], settings), "added");
}

async function buildAndIngest(exit: number): Promise<void> {
  const { code, stdout } = await shop.dbt("build", "--target", "prod");
  expect(code, stdout).toBe(exit);
  builds.push(shop.lastBuild());
  expect((await ingest()).invocations).toBe(1);
  gates.push(await bench.runlens(["health-dashboard", "--fail-on", "critical", "--json"], settings));
}

beforeAll(async () => {
  await buildAndIngest(0);
  await shop.dbt("source", "freshness", "--target", "prod");
  expect((await ingest()).invocations).toBe(1);
  shop.slowDown();
  shop.doubleAnOrder();
  await buildAndIngest(1);
  // This time as a job that keeps its file apart: nothing in the folder says which environment it was.
  await shop.dbt("source", "freshness", "--target", "prod", "--output", "freshness/sources.json");
  expect((await ingest("freshness")).invocations).toBe(1);
  sources = listAt(readJson(join(shop.folder, "freshness/sources.json")), "results");
  const env = { ...bench.env, ...settings.env };
  client = await connect({ command: process.execPath, args: [PROGRAM, "mcp"], env, cwd: shop.folder });
});
afterAll(async () => {
  await client?.close();
  await bench.clear();
});

function build(index: number): Build {
  const found = builds[index];
  if (found === undefined) throw new Error(`there is no build ${index}`);
  return found;
}

/** The same question on the command line and over MCP; both have to give the same answer. */
async function ask(name: string, input: Record<string, string | number>): Promise<Record<string, unknown>> {
  const flags = Object.entries(input).flatMap(([key, value]) => [
    `--${key.replaceAll("_", "-")}`,
    String(value),
  ]);
  const overCli = await bench.ask([name.replaceAll("_", "-"), ...flags], settings);
  const overMcp = await client.ask(name, input);
  expect(withoutAge(overMcp)).toEqual(withoutAge(overCli));
  return overCli;
}

/** An answer without what changes as time passes. */
function withoutAge(answer: unknown): unknown {
  const passing = new Set(["as_of", "age_s", "last_success_age_s"]);
  return JSON.parse(JSON.stringify(answer, (key, value) => (passing.has(key) ? undefined : value)));
}

describe("after two rounds of dbt build and dbt source freshness", () => {
  test("both builds and both checks are there, with the times that dbt wrote", async () => {
    const runs = listAt(await ask("list_runs", { limit: 100 }), "items");
    expect(runs).toHaveLength(4);
    for (const { invocationId, startedAt, endedAt, elapsed } of builds) {
      const run = runs.find((candidate) => candidate.run_id === invocationId);
      expect(Date.parse(String(run?.started_at))).toBeCloseTo(startedAt, -1);
      expect(Date.parse(String(run?.ended_at))).toBeCloseTo(endedAt, -1);
      expect(run?.runtime_s).toBeCloseTo(elapsed, 2);
    }
    expect(runs.map((run) => run.status)).toEqual(["failure", "failure", "failure", "success"]);
  });

  test("the run times of models are those in run_results.json", async () => {
    const models = listAt(await ask("get_models_with_runtime", { last_n_runs: 10 }), "items");
    expect(models.map((model) => model.name).sort()).toEqual([
      "customer_value",
      "daily_revenue",
      "stg_orders",
      "stg_stock",
      "stock_value",
    ]);
    for (const model of models) {
      const written = builds
        .filter(({ seconds }) => seconds.has(String(model.unique_id)))
        .map(({ invocationId, seconds }) => ({
          id: invocationId,
          time: seconds.get(String(model.unique_id)) ?? -1,
        }));
      const counted = listAt(model, "historical_runs").filter((run) => run.status === "success");
      expect(counted.map((run) => run.run_id)).toEqual(written.map(({ id }) => id).reverse());
      for (const { id, time } of written) {
        expect(counted.find((run) => run.run_id === id)?.runtime_s).toBeCloseTo(time, 3);
      }
      const mean = written.reduce((sum, { time }) => sum + time, 0) / written.length;
      expect(model.average_runtime_s).toBeCloseTo(mean, 2);
      expect(model.runs_counted).toBe(written.length);
    }
  });

  test("the model that was made slower is the slowest", async () => {
    const [slowest] = listAt(await ask("slowest_models", { slowest_n: 1, last_n_runs: 1 }), "items");
    const id = "model.shop.stock_value";
    expect(slowest?.unique_id).toBe(id);
    expect(slowest?.average_runtime_s).toBeCloseTo(build(1).seconds.get(id) ?? -1, 2);
    expect(build(1).seconds.get(id)).toBeGreaterThan(3 * (build(0).seconds.get(id) ?? 0));
  });

  test("the failed run names its failed test and the models that were skipped", async () => {
    const run = await ask("get_run", { run_id: build(1).invocationId });
    const [failure] = listAt(run, "failures");
    expect(failure?.unique_id).toMatch(/^test\.shop\.unique_stg_orders_order_id/);
    expect(failure?.failures).toBe(1);
    expect(failure?.blocked_count).toBe(2);
    const skipped = [...build(1).statuses.values()].filter((status) => status === "skipped");
    expect(run.skipped_count).toBe(skipped.length);
  });

  test("the dashboard is no reason to fail before the test fails, and is one afterwards", () => {
    expect(gates.map(({ code }) => code)).toEqual([0, 10]);
    expect(gates[1]?.stdout).toContain("unique_stg_orders_order_id");
  });

  test("the dashboard over MCP puts the failing test under its alerts", async () => {
    const dashboard = await ask("health_dashboard", {});
    const alert = listAt(dashboard, "alerts").find(({ subject }) =>
      String(subject).startsWith("unique_stg_orders"),
    );
    expect(alert?.severity).toBe("critical");
    expect(Date.parse(String(alert?.since))).toBeGreaterThan(build(0).endedAt);
    expect(objectAt(dashboard, "tests").fail).toBe(1);
  });

  test("freshness is what dbt found", async () => {
    const dashboard = await ask("health_dashboard", {});
    expect(objectAt(dashboard, "freshness")).toMatchObject({ total: 2, pass: 1, error: 1 });
    const model = await ask("get_model", { model_id: "stock_value" });
    const freshness = objectAt(model, "freshness");
    expect(freshness.status).toBe("error");
    const [source] = listAt(freshness, "sources");
    const written = sources.find(({ unique_id }) => unique_id === "source.shop.warehouse.raw_stock");
    expect(source?.unique_id).toBe(written?.unique_id);
    expect(Date.parse(String(source?.max_loaded_at))).toBe(Date.parse(String(written?.max_loaded_at)));
    const fresh = await ask("get_model", { model_id: "daily_revenue" });
    expect(objectAt(fresh, "freshness").status).toBe("pass");
  });

  test("ingesting again changes nothing", async () => {
    const questions = [
      ["list-runs", "--limit", "100"],
      ["get-models-with-runtime", "--last-n-runs", "10"],
    ];
    const before = await Promise.all(questions.map((args) => bench.ask(args, settings)));
    expect(await ingest()).toEqual({ invocations: 0, definitions: 0, executions: 0 });
    const after = await Promise.all(questions.map((args) => bench.ask(args, settings)));
    expect(after.map(withoutAge)).toEqual(before.map(withoutAge));
  });
});

describe("while an MCP server runs", () => {
  test("its next answer knows a build that has ended meanwhile, without ingest or restart", async () => {
    const before = await client.ask("list_runs", { limit: 100 });
    shop.mendOrders();
    expect((await shop.dbt("build", "--target", "prod")).code).toBe(0);
    const built = shop.lastBuild();
    const after = await client.ask("list_runs", { limit: 100 });
    expect(listAt(after, "items")).toHaveLength(listAt(before, "items").length + 1);
    expect(listAt(after, "items")[0]).toMatchObject({ run_id: built.invocationId, status: "success" });
    const dashboard = await client.ask("health_dashboard");
    expect(objectAt(dashboard, "tests").fail).toBe(0);
  });
});
