/** The documented tables and views: what they are, and what they show. */
import { expect, it } from "vitest";
import { schemaPage } from "../../../src/store/sql/page.ts";
import { relationsOf } from "../../../src/store/sql/schema.ts";
import { LoadRows } from "../rows.ts";
import { ask, publish, testStore } from "../stores.ts";
import { askSql } from "./asking.ts";

const relations = relationsOf({ catalog: "", sourceKeys: null, shown: null, home: "" }, null);

it("have the columns and types that are documented, each with a comment", async () => {
  const store = await testStore();
  for (const { name, comment, columns } of relations) {
    const { rows } = await askSql(store, `SELECT column_name, column_type FROM (DESCRIBE ${name})`);
    expect([name, rows]).toEqual([name, columns.map((column) => [column.name, column.type])]);
    expect(comment).toMatch(/\.$/);
    expect(columns.filter((column) => column.comment === "")).toEqual([]);
  }
  const { rows } = await askSql(store, "SHOW TABLES");
  expect(rows.flat()).toEqual(relations.map(({ name }) => name).sort());
});

it("are all on the page, without places of files and without bookkeeping", () => {
  const page = schemaPage();
  for (const { name, columns } of relations) {
    expect(page).toContain(`### ${name}\n`);
    for (const column of columns)
      expect(page).toContain(`- \`${column.name}\` ${column.type}: ${column.comment}`);
  }
  expect(page).not.toMatch(/`location`|### ledger|### meta/);
  expect(Buffer.byteLength(page)).toBeLessThan(32_000);
});

const NODES = [
  { unique_id: "source.shop.raw.orders", source_name: "raw", name: "orders" },
  { unique_id: "model.shop.orders", tags: ["finance"], materialization: "table" },
  { unique_id: "model.shop.report", materialization: "view" },
  {
    unique_id: "test.shop.not_null_orders_id.abc",
    name: "not_null_orders_id",
    attached: "model.shop.orders",
  },
];
const EDGES: [string, string][] = [
  ["source.shop.raw.orders", "model.shop.orders"],
  ["model.shop.orders", "model.shop.report"],
  ["model.shop.orders", "test.shop.not_null_orders_id.abc"],
];

/** Two jobs: a failing test in one of them says nothing of the model in the other. */
function shop(): LoadRows {
  const rows = new LoadRows();
  rows.definitions({ nodes: NODES, edges: EDGES });
  const build = (job: string, at: string, statuses: [string, string, string]) =>
    rows.invocation({
      job: { job_id: job },
      invocation: { invocation_id: `${job} at ${at}`, command: "build", tests: true },
      executions: [
        {
          node: "model.shop.orders",
          status: statuses[0],
          recorded_at: `${at}:00:00Z`,
          runtime_s: 5,
          message: "words",
        },
        { node: "model.shop.report", status: statuses[1], recorded_at: `${at}:01:00Z`, runtime_s: 1 },
        {
          node: "test.shop.not_null_orders_id.abc",
          status: statuses[2],
          recorded_at: `${at}:02:00Z`,
          failures: 3,
        },
      ],
    });
  build("nightly", "2024-05-01T03", ["success", "success", "pass"]);
  build("nightly", "2024-05-02T03", ["success", "error", "fail"]);
  build("hourly", "2024-05-02T04", ["success", "skipped", "pass"]);
  return rows;
}

it.each(["file", "memory"])("answer alike from a %s", async (mode) => {
  const store = await testStore(mode === "memory" ? { address: ":memory:" } : {});
  await publish(store, shop());
  const rows = async (sql: string) => (await askSql(store, sql)).rows;
  expect(
    await rows(
      "SELECT model_id, last_status, last_runtime_s, last_success_at, is_current FROM models ORDER BY 1",
    ),
  ).toEqual([
    ["shop.orders", "success", 5, "2024-05-02T04:00:00.000Z", true],
    ["shop.report", "skipped", 1, "2024-05-01T03:01:00.000Z", true],
  ]);
  expect(await rows("SELECT job_id, count(*), sum(runtime_s) FROM model_runs GROUP BY 1 ORDER BY 1")).toEqual(
    [
      ["hourly", 2, 6],
      ["nightly", 4, 12],
    ],
  );
  expect(
    await rows("SELECT job_id, status, failures, model_id FROM test_runs ORDER BY ended_at, job_id"),
  ).toEqual([
    ["nightly", "pass", 3, "shop.orders"],
    ["nightly", "fail", 3, "shop.orders"],
    ["hourly", "pass", 3, "shop.orders"],
  ]);
  expect(await rows("SELECT parent_id, child_id FROM lineage WHERE child_type = 'model' ORDER BY 1")).toEqual(
    [
      ["model.shop.orders", "model.shop.report"],
      ["source.shop.raw.orders", "model.shop.orders"],
    ],
  );
  expect((await rows("SELECT count(*), count(DISTINCT run_id) FROM job_runs"))[0]).toEqual([3, 3]);
});

it("tell by Paradime's names the last result of each node in each job", async () => {
  const store = await testStore();
  await publish(store, shop());
  const rows = async (sql: string) => (await askSql(store, sql)).rows;
  expect(
    await rows("SELECT schedule_name, name, status, error_message FROM dbt_run_results ORDER BY ALL"),
  ).toEqual([
    ["hourly", "not_null_orders_id", "pass", null],
    ["hourly", "orders", "success", null],
    ["hourly", "report", "skipped", null],
    ["nightly", "not_null_orders_id", "fail", null],
    ["nightly", "orders", "success", null],
    ["nightly", "report", "error", null],
  ]);
  expect(
    await rows(
      `SELECT schedule_name, name, total_tests, failed_tests, health_status, depends_on, children_l1, parents_models, parents_sources
       FROM models_with_tests ORDER BY 1, 2`,
    ),
  ).toEqual([
    [
      "hourly",
      "orders",
      1,
      0,
      "Healthy",
      ["source.shop.raw.orders"],
      ["model.shop.report", "test.shop.not_null_orders_id.abc"],
      [],
      ["source.shop.raw.orders"],
    ],
    ["hourly", "report", 0, 0, "Healthy", ["model.shop.orders"], [], ["model.shop.orders"], []],
    [
      "nightly",
      "orders",
      1,
      1,
      "Warning",
      ["source.shop.raw.orders"],
      ["model.shop.report", "test.shop.not_null_orders_id.abc"],
      [],
      ["source.shop.raw.orders"],
    ],
    ["nightly", "report", 0, 0, "Critical", ["model.shop.orders"], [], ["model.shop.orders"], []],
  ]);
  expect(
    await rows(
      "SELECT name, count(*), any_value(children) FROM model_metadata WHERE resource_type = 'source' GROUP BY 1",
    ),
  ).toEqual([["orders", 2, ["model.shop.orders"]]]);
});

it("take a test that failed before its model ran anew for done with", async () => {
  const test = "test.shop.not_null_orders_id.abc";
  const model = "model.shop.orders";
  // Each command is the run, its hour, and what it says of which node.
  const tell = async (...commands: [run: string, hour: string, node: string, status: string][]) => {
    const store = await testStore();
    const rows = new LoadRows();
    rows.definitions({ nodes: NODES, edges: EDGES });
    for (const [run, hour, node, status] of commands) {
      rows.invocation({
        job: { job_id: "nightly" },
        run: { run_id: run },
        invocation: { invocation_id: hour, command: "build", tests: true },
        executions: [{ node, status, recorded_at: `2024-05-01T${hour}:00:00Z` }],
      });
    }
    await publish(store, rows);
    const sql = `SELECT total_tests, failed_tests, health_status FROM models_with_tests WHERE unique_id = '${model}'`;
    return (await askSql(store, sql)).rows;
  };
  expect(await tell(["r1", "03", test, "fail"], ["r2", "04", model, "success"])).toEqual([[0, 0, "Healthy"]]);
  expect(await tell(["r1", "03", model, "success"], ["r2", "04", test, "fail"])).toEqual([[1, 1, "Warning"]]);
  // Within a run the order says nothing.
  expect(await tell(["r1", "03", test, "fail"], ["r1", "04", model, "success"])).toEqual([[1, 1, "Warning"]]);
});

it("tell by Paradime's names how fresh sources are, in hours whatever the period was", async () => {
  const store = await testStore();
  const rows = new LoadRows();
  rows.definitions({ nodes: NODES });
  rows.invocation({
    invocation: { invocation_id: "f", kind: "freshness" },
    freshness: [
      {
        node: "source.shop.raw.orders",
        status: "warn",
        max_loaded_at: "2024-05-01T01:00:00Z",
        snapshotted_at: "2024-05-01T02:00:00Z",
        age_s: 3600,
        warn_after_s: 1800,
        error_after_s: 172_800,
      },
    ],
  });
  await publish(store, rows);
  const { rows: found } = await askSql(
    store,
    `SELECT source_name, table_name, freshness_status, freshness_checked, hours_since_load, warn_after_hours,
       error_after_hours, criteria, alert_level, schedule_name FROM dbt_source_freshness_results`,
  );
  expect(found).toEqual([
    [
      "raw",
      "orders",
      "warn",
      true,
      1,
      0.5,
      48,
      '{"warn_after":{"count":30,"period":"minute"},"error_after":{"count":2880,"period":"minute"}}',
      "Warning - Data aging",
      "nightly",
    ],
  ]);
});

const other = { id: "other", system: "artifacts" } as const;

it.each(["file", "memory"])("show the configured sources alone, in a %s", async (mode) => {
  const store = await testStore(mode === "memory" ? { address: ":memory:" } : {});
  const rows = shop();
  rows.definitions({
    source: other,
    project: { project_id: "secret" },
    nodes: [{ unique_id: "model.secret.plans" }],
  });
  rows.invocation({
    source: other,
    project: { project_id: "secret" },
    invocation: { invocation_id: "s" },
    executions: [{ node: "model.secret.plans", message: "secret words" }],
  });
  await publish(store, rows);
  expect(JSON.stringify(await askAll(store))).not.toContain("secret");
  // The store does know them.
  if (mode === "file") expect(JSON.stringify(await ask(store, "FROM stored_projects"))).toContain("secret");
});

it.each(["file", "memory"])("show the chosen projects alone, in a %s", async (mode) => {
  const store = await testStore(mode === "memory" ? { address: ":memory:" } : {});
  const rows = shop();
  rows.definitions({
    project: { project_id: "secret" },
    nodes: [{ unique_id: "model.secret.plans" }, { unique_id: "model.secret.a" }],
    edges: [["model.secret.plans", "model.secret.a"]],
  });
  rows.invocation({
    project: { project_id: "secret" },
    invocation: { invocation_id: "s" },
    run: { run_id: "secret run" },
    executions: [{ node: "model.secret.plans", message: "secret words" }],
    freshness: [],
  });
  rows.state({
    project_id: "secret",
    health: [{ unique_id: "model.secret.plans", status: "critical", reasons: ["secret reason"] }],
  });
  await publish(store, rows);
  expect(JSON.stringify(await askAll(store))).toContain("secret");
  const [shopKey] = (await ask(store, "SELECT project_key FROM projects WHERE project_id = 'shop'")).map(
    (row) => Number(row.project_key),
  );
  const chosen = await askAll(store, [shopKey ?? -1]);
  expect(JSON.stringify(chosen)).not.toContain("secret");
  expect(chosen.executions).toHaveLength(9);
  expect((await askAll(store, [])).nodes).toEqual([]);
});

/** All rows of all relations. */
async function askAll(store: Parameters<typeof askSql>[0], projectKeys: number[] | null = null) {
  const all: Record<string, unknown[]> = {};
  for (const { name } of relations) all[name] = (await askSql(store, `FROM ${name}`, { projectKeys })).rows;
  return all;
}
