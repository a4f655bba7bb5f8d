/** One run of a job: a row for everything in the manifest, run or not. */
import { describe, expect, test } from "vitest";
import { get, HOURLY, manifest, NIGHTLY, node, results, smallWorld } from "./support.ts";

const STAGED = "model.small.stg_orders";
const ORDERS = "model.small.orders";
const OTHER = "model.small.other";
const SEED = "seed.small.prices";
const SNAPSHOT = "snapshot.small.history";
const RAW = "source.small.shop.raw_orders";
const QUIET = "source.small.shop.raw_quiet";
const tested = { attached_node: ORDERS, column_name: "id" };

const AT = "2026-06-19T02:00:10.123999Z";
const LATER = "2026-06-19T02:05:00.000000Z";
const DOCUMENTED = "2026-06-19T02:06:00.000000Z";

const entries = [
  node(STAGED, [RAW]),
  node(ORDERS, [STAGED, SEED], { compiled_code: "from the manifest", tags: ["daily"] }),
  node(OTHER, []),
  node(SEED),
  node(SNAPSHOT, [ORDERS]),
  node(RAW, [], { source_name: "shop", freshness: { warn_after: { count: 6, period: "hour" } } }),
  node(QUIET, [], { source_name: "shop", freshness: { warn_after: { count: null, period: null } } }),
  node("test.small.fails.1", [ORDERS], tested),
  node("test.small.warns.2", [ORDERS], tested),
  node("test.small.passes.3", [ORDERS], tested),
  node("test.small.breaks.4", [ORDERS], tested),
  node("test.small.skipped.5", [ORDERS], tested),
  node("test.small.unselected.6", [ORDERS], tested),
  node("exposure.small.screen", [ORDERS, RAW], { type: "dashboard" }),
];

const checked = {
  metadata: { generated_at: LATER },
  elapsed_time: 2.25,
  results: [
    {
      unique_id: RAW,
      status: "error",
      max_loaded_at: "2026-06-17T02:00:00Z",
      snapshotted_at: LATER,
      max_loaded_at_time_ago_in_s: 172_800,
      criteria: { warn_after: { count: 6, period: "hour" }, error_after: { count: 1, period: "day" } },
    },
  ],
};

const world = smallWorld([
  {
    id: 1,
    at: "2026-06-18T02:00:10Z",
    steps: [{ "run_results.json": results("2026-06-18T02:00:10Z", { [ORDERS]: {} }) }],
  },
  {
    id: 2,
    at: DOCUMENTED,
    steps: [
      {},
      {
        "manifest.json": manifest(entries, AT),
        "run_results.json": results(AT, { [STAGED]: { seconds: 1 }, [ORDERS]: { seconds: 7 } }, "run"),
      },
      {
        "manifest.json": manifest(entries, LATER),
        "run_results.json": results(LATER, {
          [ORDERS]: { seconds: 8 },
          [SEED]: {},
          [SNAPSHOT]: { status: "error", message: "Database Error" },
          "test.small.fails.1": { status: "fail", failures: 4, message: "Got 4 results" },
          "test.small.warns.2": { status: "warn", failures: 2, message: "Got 2 results" },
          "test.small.passes.3": { status: "pass", failures: 0 },
          "test.small.breaks.4": { status: "error", message: "Database Error" },
          "test.small.skipped.5": { status: "skipped" },
        }),
        "sources.json": checked,
      },
      {
        "manifest.json": manifest(entries, DOCUMENTED),
        "run_results.json": results(
          DOCUMENTED,
          { [ORDERS]: { seconds: 0.00001 }, [OTHER]: { seconds: 0.00001 } },
          "generate",
        ),
      },
    ],
  },
  { id: 3, at: "2026-06-19T03:00:00Z", steps: [] },
  { id: 4, jobId: HOURLY, at: "2026-06-19T04:00:00Z", steps: [{ "sources.json": checked }] },
]);

async function rows(list: string, fields: string, job = NIGHTLY): Promise<Record<string, unknown>[]> {
  const found = await get(world, `job.${list}`, `{ job(id: ${job}) { ${list} { ${fields} } } }`);
  return found as Record<string, unknown>[];
}

describe("which run", () => {
  test("is the latest one with results where none is named; a cancelled one has none", async () => {
    expect(await get(world, "job", `{ job(id: ${NIGHTLY}) { id runId } }`)).toEqual({
      id: NIGHTLY,
      runId: 2,
    });
    expect(await get(world, "job", `{ job(id: ${NIGHTLY}, runId: 1) { id runId } }`)).toEqual({
      id: NIGHTLY,
      runId: 1,
    });
    expect(await get(world, "job", `{ job(id: ${NIGHTLY}, runId: 3) { id runId } }`)).toBeNull();
  });

  test("has to be one of that job", async () => {
    expect(await get(world, "job", `{ job(id: ${HOURLY}, runId: 2) { runId } }`)).toBeNull();
  });
});

describe("models", () => {
  const FIELDS = `uniqueId status skip error executionTime runElapsedTime runGeneratedAt invocationId threadId
    compileStartedAt executeCompletedAt compiledCode compiledSql rawCode rawSql description runId jobId`;

  test("a model that was not run is there all the same, with nothing about a run", async () => {
    const found = await rows("models", FIELDS);
    expect(found.map(({ uniqueId }) => uniqueId)).toEqual([ORDERS, OTHER, STAGED]);
    expect(found[1]).toEqual({
      uniqueId: OTHER,
      runId: 2,
      jobId: NIGHTLY,
      rawCode: "select * from other",
      rawSql: "select * from other",
      description: "",
      skip: false,
      status: null,
      error: null,
      executionTime: null,
      runElapsedTime: null,
      runGeneratedAt: null,
      invocationId: null,
      threadId: null,
      compileStartedAt: null,
      executeCompletedAt: null,
      compiledCode: null,
      compiledSql: null,
    });
  });

  test("one that was built in two steps has one row, of the last, with both in runResults", async () => {
    const found = await rows("models", `${FIELDS} runResults { args status executionTime runGeneratedAt }`);
    const orders = found.filter(({ uniqueId }) => uniqueId === ORDERS);
    expect(orders).toHaveLength(1);
    expect(orders[0]).toMatchObject({
      status: "success",
      executionTime: 8,
      runElapsedTime: 42.5,
      runGeneratedAt: "2026-06-19T02:05:00.000Z",
      threadId: "Thread-1 (worker)",
      compiledCode: "select 1",
      runResults: [
        { executionTime: 7, runGeneratedAt: "2026-06-19T02:00:10.123Z" },
        { executionTime: 8, runGeneratedAt: "2026-06-19T02:05:00.000Z" },
        { executionTime: 0.00001, runGeneratedAt: "2026-06-19T02:06:00.000Z", status: "success" },
      ],
    });
    const commands = (orders[0]?.runResults as { args: string }[]).map(({ args }) => JSON.parse(args).which);
    expect(commands).toEqual(["run", "build", "generate"]);
  });

  test("parents and tests are rows of the same run", async () => {
    const fields = "parentsModels { name status } parentsSources { name } childrenL1 tests { name state }";
    const query = `{ job(id: ${NIGHTLY}) { models(schema: "analytics", identifier: "orders") { ${fields} } } }`;
    expect(await get(world, "job.models", query)).toEqual([
      {
        parentsModels: [{ name: "stg_orders", status: "success" }],
        parentsSources: [],
        childrenL1: [SNAPSHOT, "exposure.small.screen"],
        tests: [
          { name: "breaks_4", state: "error" },
          { name: "fails_1", state: "fail" },
          { name: "passes_3", state: "pass" },
          { name: "skipped_5", state: null },
          { name: "unselected_6", state: null },
          { name: "warns_2", state: "warn" },
        ],
      },
    ]);
  });
});

describe("tests", () => {
  test("state is the outcome; status is a number of rows or ERROR", async () => {
    const found = await rows("tests", "name state status fail warn skip error columnName dependsOn");
    expect(
      found.map(({ name, state, status, fail, warn, skip, error }) => [
        name,
        state,
        status,
        fail,
        warn,
        skip,
        error,
      ]),
    ).toEqual([
      ["breaks_4", "error", "ERROR", false, false, false, "Database Error"],
      ["fails_1", "fail", "4", true, false, false, "Got 4 results"],
      ["passes_3", "pass", "0", false, false, false, null],
      ["skipped_5", null, null, false, false, true, null],
      ["unselected_6", null, null, false, false, false, null],
      ["warns_2", "warn", "2", false, true, false, "Got 2 results"],
    ]);
    expect(found[0]).toMatchObject({ columnName: "id", dependsOn: [ORDERS] });
  });
});

describe("sources", () => {
  const FIELDS =
    "name freshnessChecked state maxLoadedAt maxLoadedAtTimeAgoInS runGeneratedAt runElapsedTime criteria { warnAfter { count period } errorAfter { count period } }";

  test("have the freshness of this run, if it checked it", async () => {
    expect(await rows("sources", FIELDS)).toEqual([
      {
        name: "shop_raw_orders",
        freshnessChecked: true,
        state: "Error",
        maxLoadedAt: "2026-06-17T02:00:00.000Z",
        maxLoadedAtTimeAgoInS: 172_800,
        runGeneratedAt: "2026-06-19T02:05:00.000Z",
        runElapsedTime: 2.25,
        criteria: { warnAfter: { count: 6, period: "hour" }, errorAfter: { count: 1, period: "day" } },
      },
      {
        name: "shop_raw_quiet",
        freshnessChecked: false,
        state: null,
        maxLoadedAt: null,
        maxLoadedAtTimeAgoInS: null,
        runGeneratedAt: null,
        runElapsedTime: null,
        criteria: { warnAfter: null, errorAfter: null },
      },
    ]);
  });

  test("a run that checked them alone goes by the manifest of the run before", async () => {
    expect(await rows("sources", "state", HOURLY)).toEqual([{ state: "Error" }, { state: null }]);
    expect(await rows("models", "status", HOURLY)).toEqual([
      { status: null },
      { status: null },
      { status: null },
    ]);
  });
});

test("seeds, snapshots and exposures", async () => {
  expect(await rows("seeds", "name status skip thread_id columns { name }")).toEqual([
    { name: "prices", status: "success", skip: false, thread_id: "Thread-1 (worker)", columns: [] },
  ]);
  expect(await rows("snapshots", "name status error parentsModels { name }")).toEqual([
    { name: "history", status: "error", error: "Database Error", parentsModels: [{ name: "orders" }] },
  ]);
  expect(await rows("exposures", "name status parents { __typename name }")).toEqual([
    {
      name: "screen",
      status: null,
      parents: [
        { __typename: "ModelNode", name: "orders" },
        { __typename: "SourceNode", name: "shop_raw_orders" },
      ],
    },
  ]);
});

describe("the older roots", () => {
  test.each([
    ["models", "", "status"],
    ["seeds", "", "status"],
    ["snapshots", "", "status"],
    ["sources", "", "state"],
    ["tests", "", "state"],
    ["exposures", "", "name"],
    ["macros", "", "name"],
    ["metrics", "", "name"],
    ["model", `uniqueId: "${ORDERS}"`, "executionTime"],
    ["source", `uniqueId: "${RAW}"`, "state"],
    ["seed", `uniqueId: "${SEED}"`, "status"],
    ["snapshot", `uniqueId: "${SNAPSHOT}"`, "error"],
    ["test", 'uniqueId: "test.small.fails.1"', "state"],
    ["exposure", 'name: "screen"', "name"],
    ["macro", 'uniqueId: "macro.small.none"', "name"],
    ["metric", 'uniqueId: "metric.small.none"', "name"],
  ])("%s answers as the job does", async (root, args, field) => {
    const within = args === "" ? "" : `(${args})`;
    const old = await get(world, root, `{ ${root}(jobId: ${NIGHTLY}, ${args}) { ${field} } }`);
    expect(old).toEqual(
      await get(world, `job.${root}`, `{ job(id: ${NIGHTLY}) { ${root}${within} { ${field} } } }`),
    );
    expect(old).toEqual(root === "macro" || root === "metric" ? null : expect.anything());
  });

  test("lists of an unknown job are empty", async () => {
    expect(await get(world, "models", "{ models(jobId: 404) { name } }")).toEqual([]);
  });
});
