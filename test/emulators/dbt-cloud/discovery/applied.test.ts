/** The applied state: which nodes it has, what they say of runs, and how lists of them are asked for. */
import { describe, expect, test } from "vitest";
import { ENVIRONMENT, get, HOURLY, manifest, node, results, smallWorld } from "./support.ts";

const ORDERS = "model.small.orders";
const TOTALS = "model.small.totals";
const BROKEN = "model.small.broken";
const UNUSED = "model.small.unused";
const HELPER = "model.small.helper";
const RAW = "source.small.shop.raw_orders";
const SKIPPED_TEST = "test.small.not_null_broken_id.1";
const FAILED_TEST = "test.small.unique_orders_id.2";
const UNIT_TEST = "unit_test.small.totals.adds_up";
const SEED = "seed.small.prices";
const SCREEN = "exposure.small.screen";

const entries = [
  node(RAW, [], {
    source_name: "shop",
    identifier: "raw_orders_v2",
    freshness: { warn_after: { count: 6, period: "hour" } },
  }),
  node(ORDERS, [RAW], {
    tags: ["daily", "owner: ops, eu"],
    alias: "orders_table",
    access: "public",
    group: "sales",
  }),
  node(HELPER, [ORDERS], { config: { materialized: "ephemeral" } }),
  node(TOTALS, [HELPER], { tags: ["daily"], fqn: ["small", "marts", "totals"] }),
  node(BROKEN, [ORDERS]),
  node(UNUSED, [ORDERS]),
  node(FAILED_TEST, [ORDERS], {
    attached_node: ORDERS,
    column_name: "id",
    test_metadata: { name: "unique", namespace: null, kwargs: { column_name: "id" } },
  }),
  node(SKIPPED_TEST, [BROKEN], { attached_node: BROKEN }),
  node(UNIT_TEST, [TOTALS], { model: "totals", given: [{ rows: [{}, {}] }], expect: { rows: [{}] } }),
  node(SEED),
  node(SCREEN, [TOTALS], { type: "dashboard", owner: { name: "Ops", email: "ops@example.com" } }),
];

const FIRST = "2026-06-18T02:00:10.000000Z";
const SECOND = "2026-06-19T02:00:10.000000Z";
const CHECKED = "2026-06-19T06:00:00.000000Z";
const DOCUMENTED = "2026-06-19T07:00:00.000000Z";

const world = smallWorld([
  {
    id: 1,
    at: FIRST,
    steps: [
      {
        "manifest.json": manifest(entries, FIRST),
        "run_results.json": results(FIRST, {
          [ORDERS]: { seconds: 9 },
          [TOTALS]: { seconds: 3 },
          [FAILED_TEST]: { status: "pass", failures: 0 },
          [UNIT_TEST]: { status: "pass", failures: 0 },
        }),
      },
    ],
  },
  {
    id: 2,
    jobId: HOURLY,
    at: SECOND,
    steps: [
      {
        "manifest.json": manifest(entries, SECOND),
        "run_results.json": results(SECOND, {
          [ORDERS]: { status: "error", message: "Database Error\n  no such column", seconds: 0.2 },
          [TOTALS]: { status: "skipped", seconds: 0 },
          [SEED]: {},
          [BROKEN]: { status: "error", message: "Compilation Error", seconds: 0.1 },
          [FAILED_TEST]: {
            status: "fail",
            failures: 4,
            message: "Got 4 results, configured to fail if != 0",
          },
          [SKIPPED_TEST]: { status: "skipped" },
        }),
      },
    ],
  },
  {
    id: 3,
    at: CHECKED,
    steps: [
      {
        "sources.json": {
          metadata: { generated_at: CHECKED },
          elapsed_time: 2,
          results: [
            {
              unique_id: RAW,
              status: "Warn",
              max_loaded_at: "2026-06-18T22:00:00+00:00",
              snapshotted_at: CHECKED,
              max_loaded_at_time_ago_in_s: 28_800,
            },
          ],
        },
      },
    ],
  },
  {
    id: 4,
    at: DOCUMENTED,
    steps: [
      {
        "run_results.json": results(DOCUMENTED, { [ORDERS]: {}, [UNUSED]: {} }, "generate"),
        "catalog.json": {
          metadata: { generated_at: DOCUMENTED },
          nodes: {
            [ORDERS]: {
              metadata: { type: "BASE TABLE", owner: "loader" },
              columns: { ID: { name: "ID", type: "BIGINT", index: 1 } },
              stats: { row_count: { id: "row_count", label: "# Rows", value: 132_733, include: true } },
            },
            [TOTALS]: { stats: { row_count: { id: "row_count", value: 12 } } },
          },
        },
      },
    ],
  },
]);

/** The nodes of a list of the applied state. */
async function nodes(list: string, fields: string, args = ""): Promise<Record<string, unknown>[]> {
  const query = `{ environment(id: ${ENVIRONMENT}) { applied { ${list}${args} { edges { node { ${fields} } } } } } }`;
  const edges = await get(world, `environment.applied.${list}.edges`, query);
  return (edges as { node: Record<string, unknown> }[]).map(({ node }) => node);
}

async function names(list: string, args = ""): Promise<unknown[]> {
  return (await nodes(list, "name", args)).map(({ name }) => name);
}

describe("executionInfo", () => {
  const INFO = `executionInfo { lastRunId lastRunStatus lastRunError lastRunGeneratedAt lastJobDefinitionId
    lastSuccessRunId lastSuccessJobDefinitionId runGeneratedAt executionTime executeCompletedAt runElapsedTime }`;

  test("has the last attempt, and the times of the last success, which is an older run", async () => {
    const [orders] = await nodes("models", INFO, `(filter: { uniqueIds: ["${ORDERS}"] })`);
    expect(orders?.executionInfo).toEqual({
      lastRunId: 2,
      lastJobDefinitionId: 102,
      lastRunStatus: "error",
      lastRunError: "Database Error\n  no such column",
      lastRunGeneratedAt: "2026-06-19T02:00:10.000Z",
      lastSuccessRunId: 1,
      lastSuccessJobDefinitionId: 101,
      runGeneratedAt: "2026-06-18T02:00:10.000Z",
      executionTime: 9,
      executeCompletedAt: "2026-06-18T02:00:10.000Z",
      runElapsedTime: 42.5,
    });
  });

  test("has no error where the last attempt was a success", async () => {
    const query = `{ environment(id: ${ENVIRONMENT}) { applied { seeds { edges { node { executionInfo { lastRunStatus lastRunError lastRunSkip } } } } } } }`;
    expect(await get(world, "environment.applied.seeds.edges", query)).toEqual([
      { node: { executionInfo: { lastRunStatus: "success", lastRunError: null, lastRunSkip: false } } },
    ]);
  });

  test("has no times where a model was never a success, and no error where it was skipped", async () => {
    const found = await nodes("models", `name ${INFO}`);
    expect(found.find(({ name }) => name === "broken")?.executionInfo).toMatchObject({
      lastRunStatus: "error",
      lastSuccessRunId: null,
      executionTime: null,
      runGeneratedAt: null,
    });
    expect(found.find(({ name }) => name === "totals")?.executionInfo).toMatchObject({
      lastRunStatus: "skipped",
      lastRunError: null,
      lastSuccessRunId: 1,
    });
  });

  test("of a test has the outcome in its own words, and how many rows failed", async () => {
    const fields =
      "executionInfo { lastRunStatus lastRunError lastRunFailures lastSuccessRunId } lastKnownResult";
    expect(await nodes("tests", fields, `(filter: { uniqueIds: ["${FAILED_TEST}"] })`)).toEqual([
      {
        executionInfo: {
          lastRunStatus: "fail",
          lastRunError: "Got 4 results, configured to fail if != 0",
          lastRunFailures: 4,
          lastSuccessRunId: 1,
        },
        lastKnownResult: "fail",
      },
    ]);
  });
});

describe("which nodes there are", () => {
  test("models that were attempted: neither ephemeral ones nor those that were only documented", async () => {
    expect(await names("models")).toEqual(["broken", "orders", "totals"]);
  });

  test("tests that were more than skipped, data and unit", async () => {
    expect((await nodes("tests", "uniqueId testType")).map(({ testType }) => testType)).toEqual([
      "GENERIC_DATA_TEST",
      "UNIT_TEST",
    ]);
  });

  test("resourceCounts and lastUpdatedAt go by the same", async () => {
    const query = `{ environment(id: ${ENVIRONMENT}) { applied { resourceCounts lastUpdatedAt latestGitSha tags { name } } definition { resourceCounts } } }`;
    expect(await get(world, "environment", query)).toMatchObject({
      applied: {
        resourceCounts: { model: 3, test: 2, source: 1, exposure: 1 },
        lastUpdatedAt: "2026-06-19T06:00:00.000Z",
        latestGitSha: "sha-of-2",
        tags: [{ name: "daily" }, { name: "owner: ops, eu" }],
      },
      definition: { resourceCounts: { model: 5, test: 3, source: 1, exposure: 1 } },
    });
  });
});

describe("filters", () => {
  test.each([
    ['{ identifier: "orders_table" }', ["orders"]],
    ['{ identifier: "orders" }', []],
    ['{ uniqueIds: ["MODEL.SMALL.ORDERS"] }', []],
    ['{ tags: ["owner: ops, eu", "hourly"] }', ["orders"]],
    ['{ tags: ["owner: ops"] }', []],
    ["{ lastRunStatus: error }", ["broken", "orders"]],
    ["{ lastRunStatus: skipped }", ["totals"]],
    ['{ modelingLayer: "marts" }', ["totals"]],
    ["{ access: public }", ["orders"]],
    ['{ group: "sales", packageName: "small", schema: "analytics", database: "db" }', ["orders"]],
    ['{ packageName: "other" }', []],
  ])("models by %s", async (filter, found) => {
    expect(await names("models", `(filter: ${filter})`)).toEqual(found);
  });

  test.each([
    ["tests", '{ status: "fail" }', 1],
    ["tests", '{ status: "success" }', 0],
    ["tests", "{ testTypes: [UNIT_TEST] }", 1],
    ["sources", "{ freshnessChecked: true, freshnessStatus: Warn }", 1],
    ["sources", "{ freshnessChecked: false }", 0],
    ["sources", '{ sourceNames: ["shop"], identifier: "raw_orders_v2" }', 1],
    ["exposures", '{ exposureType: "notebook" }', 0],
    ["resources", "{ types: [Test, Source, Macro] }", 3],
    ["resources", `{ types: [Test, Model], uniqueIds: ["${ORDERS}", "${RAW}"] }`, 1],
    ["resources", '{ types: [Model], tags: ["daily"] }', 2],
  ])("%s by %s", async (list, filter, count) => {
    expect(await names(list, `(filter: ${filter})`)).toHaveLength(count);
  });
});

describe("sort", () => {
  test.each([
    ["uniqueId", "desc", ["totals", "orders", "broken"]],
    ["rowCount", "asc", ["totals", "orders", "broken"]],
    ["rowCount", "desc", ["orders", "totals", "broken"]],
    ["executeCompletedAt", "desc", ["orders", "totals", "broken"]],
    ["queryUsageCount", "desc", ["broken", "orders", "totals"]],
  ])("by %s %s", async (field, direction, sorted) => {
    expect(await names("models", `(sort: { field: ${field}, direction: ${direction} })`)).toEqual(sorted);
  });
});

describe("sources and what is around a node", () => {
  test("freshness is that of the last check, by the criteria of the manifest where the check names none", async () => {
    const fields =
      "freshness { freshnessChecked freshnessStatus maxLoadedAt maxLoadedAtTimeAgoInS freshnessRunId criteria { warnAfter { count period } errorAfter { count } } }";
    expect(await nodes("sources", fields)).toEqual([
      {
        freshness: {
          freshnessChecked: true,
          freshnessStatus: "Warn",
          maxLoadedAt: "2026-06-18T22:00:00.000Z",
          maxLoadedAtTimeAgoInS: 28_800,
          freshnessRunId: 3,
          criteria: { warnAfter: { count: 6, period: "hour" }, errorAfter: null },
        },
      },
    ]);
  });

  test("parents, children, ancestors and tests are nested nodes", async () => {
    const fields = `parents { __typename name } children { __typename uniqueId } tests { __typename columnName }
      ancestors(types: [Model, Source]) { __typename name
        ... on ModelAppliedStateNestedNode { executionInfo { lastRunStatus } testStatuses }
        ... on SourceAppliedStateNestedNode { freshness { freshnessStatus } } }`;
    const [orders, totals] = await nodes(
      "models",
      fields,
      `(filter: { uniqueIds: ["${ORDERS}", "${TOTALS}"] })`,
    );
    expect(orders).toMatchObject({
      parents: [{ __typename: "SourceAppliedStateNestedNode", name: "shop_raw_orders" }],
      tests: [{ __typename: "TestAppliedStateNestedNode", columnName: "id" }],
    });
    expect(totals?.children).toEqual([
      { __typename: "TestAppliedStateNestedNode", uniqueId: UNIT_TEST },
      { __typename: "ExposureAppliedStateNestedNode", uniqueId: SCREEN },
    ]);
    expect(totals?.ancestors).toEqual([
      { __typename: "ModelAppliedStateNestedNode", name: "helper", executionInfo: null, testStatuses: {} },
      {
        __typename: "ModelAppliedStateNestedNode",
        name: "orders",
        executionInfo: { lastRunStatus: "error" },
        testStatuses: { [FAILED_TEST]: "fail" },
      },
      {
        __typename: "SourceAppliedStateNestedNode",
        name: "shop_raw_orders",
        freshness: { freshnessStatus: "Warn" },
      },
    ]);
  });

  test("the catalog is that of the last docs generate", async () => {
    const fields =
      "catalog { runId type owner rowCountStat bytesStat columns { name index } stats { id value } }";
    const [broken, orders] = await nodes("models", fields);
    expect(broken?.catalog).toBeNull();
    expect(orders?.catalog).toEqual({
      runId: 4,
      type: "BASE TABLE",
      owner: "loader",
      rowCountStat: 132_733,
      bytesStat: null,
      columns: [{ name: "ID", index: 1 }],
      stats: [{ id: "row_count", value: 132_733 }],
    });
  });
});
