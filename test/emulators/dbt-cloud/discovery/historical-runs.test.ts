/** `modelHistoricalRuns`, and what is forgotten after two months. */
import { describe, expect, test } from "vitest";
import {
  ask,
  ENVIRONMENT,
  get,
  HOURLY,
  manifest,
  NIGHTLY,
  NOW,
  node,
  results,
  smallWorld,
} from "./support.ts";

const ORDERS = "model.small.orders";
const TOTALS = "model.small.totals";
const UNIQUE = "test.small.unique.1";

const entries = [
  node(ORDERS, [], { alias: "orders_table", raw_code: "first" }),
  node(TOTALS, [ORDERS]),
  node(UNIQUE, [ORDERS], { attached_node: ORDERS }),
];
const renamed = [node(ORDERS, [], { alias: "orders_table", raw_code: "second" }), node(TOTALS, [ORDERS])];

const OLD = "2026-04-19T02:00:00.000000Z";
const KEPT = "2026-04-21T02:00:00.000000Z";
const LONG = "2026-06-19T04:00:00.000000Z";
const SHORT = "2026-06-19T03:00:00.000000Z";
const LAST = "2026-06-20T02:00:00.000000Z";

const world = smallWorld([
  {
    id: 1,
    at: OLD,
    steps: [
      {
        "manifest.json": manifest(entries, OLD),
        "run_results.json": results(OLD, { [ORDERS]: {}, [TOTALS]: { seconds: 5 } }),
      },
    ],
  },
  { id: 2, at: KEPT, steps: [{ "run_results.json": results(KEPT, { [ORDERS]: { seconds: 2 } }) }] },
  // Began first and ended last: what counts is when its command ended.
  {
    id: 3,
    at: LONG,
    steps: [
      { "run_results.json": results(LONG, { [ORDERS]: { seconds: 3, status: "error", message: "no" } }) },
    ],
  },
  {
    id: 4,
    jobId: HOURLY,
    at: SHORT,
    steps: [
      {
        "run_results.json": results(SHORT, {
          [ORDERS]: { seconds: 4 },
          [UNIQUE]: { status: "fail", failures: 2 },
        }),
      },
    ],
  },
  {
    id: 5,
    jobId: null,
    at: "2026-06-19T05:00:00Z",
    steps: [{ "run_results.json": results("2026-06-19T05:00:00Z", { [ORDERS]: {} }) }],
  },
  {
    id: 6,
    at: "2026-06-19T06:00:00Z",
    steps: [{ "run_results.json": results("2026-06-19T06:00:00Z", { [ORDERS]: {} }, "compile") }],
  },
  {
    id: 7,
    at: LAST,
    steps: [
      {
        "manifest.json": manifest(renamed, LAST),
        "run_results.json": results(LAST, { [ORDERS]: { status: "skipped", seconds: 0 } }),
      },
      {
        "run_results.json": results("2026-06-20T02:01:00Z", { [ORDERS]: { seconds: 0 } }, "generate"),
        "catalog.json": {
          metadata: { generated_at: LAST },
          nodes: { [ORDERS]: { metadata: { type: "VIEW" } } },
        },
      },
    ],
  },
]);

async function history(args: string, fields = "runId"): Promise<Record<string, unknown>[]> {
  const query = `{ environment(id: ${ENVIRONMENT}) { applied { modelHistoricalRuns(${args}) { ${fields} } } } }`;
  return (await get(world, "environment.applied.modelHistoricalRuns", query)) as Record<string, unknown>[];
}

describe("modelHistoricalRuns", () => {
  test("has the runs of all jobs, newest first, failed and skipped ones among them", async () => {
    const fields = "runId jobId status executionTime runGeneratedAt skip error";
    expect(await history(`uniqueId: "${ORDERS}", lastRunCount: 10`, fields)).toEqual([
      {
        runId: 7,
        jobId: NIGHTLY,
        status: "skipped",
        executionTime: 0,
        runGeneratedAt: "2026-06-20T02:00:00.000Z",
        skip: true,
        error: null,
      },
      {
        runId: 3,
        jobId: NIGHTLY,
        status: "error",
        executionTime: 3,
        runGeneratedAt: "2026-06-19T04:00:00.000Z",
        skip: false,
        error: "no",
      },
      {
        runId: 4,
        jobId: HOURLY,
        status: "success",
        executionTime: 4,
        runGeneratedAt: "2026-06-19T03:00:00.000Z",
        skip: false,
        error: null,
      },
      {
        runId: 2,
        jobId: NIGHTLY,
        status: "success",
        executionTime: 2,
        runGeneratedAt: "2026-04-21T02:00:00.000Z",
        skip: false,
        error: null,
      },
    ]);
  });

  test("has one run where no number is given", async () => {
    expect(await history(`uniqueId: "${ORDERS}"`)).toEqual([{ runId: 7 }]);
    expect(await history(`uniqueId: "${ORDERS}", lastRunCount: 2`)).toEqual([{ runId: 7 }, { runId: 3 }]);
  });

  test("takes the alias as identifier, and needs one of the two", async () => {
    expect(await history('identifier: "orders_table"')).toEqual([{ runId: 7 }]);
    expect(await history('identifier: "orders"')).toEqual([]);
    const query = `{ environment(id: ${ENVIRONMENT}) { applied { modelHistoricalRuns { runId } } } }`;
    expect((await ask(world, query)).errors).toHaveLength(1);
  });

  test("of models with one alias are told apart, and stand newest first", async () => {
    const twin = "model.other.orders";
    const early = "2026-06-20T01:00:00Z";
    const both = manifest([...renamed, node(twin, [], { alias: "orders_table" })], LAST);
    const shared = smallWorld([
      {
        id: 1,
        at: early,
        steps: [{ "manifest.json": both, "run_results.json": results(early, { [ORDERS]: {}, [twin]: {} }) }],
      },
      { id: 2, at: LAST, steps: [{ "run_results.json": results(LAST, { [ORDERS]: {} }) }] },
    ]);
    const query = `{ environment(id: ${ENVIRONMENT}) { applied { modelHistoricalRuns(identifier: "orders_table", lastRunCount: 9) { runId uniqueId } } } }`;
    expect(await get(shared, "environment.applied.modelHistoricalRuns", query)).toEqual([
      { runId: 2, uniqueId: ORDERS },
      { runId: 1, uniqueId: twin },
      { runId: 1, uniqueId: ORDERS },
    ]);
  });

  test("has the tests and the code of each run", async () => {
    const rows = await history(
      `uniqueId: "${ORDERS}", lastRunCount: 3`,
      "name rawCode tests { name status state } runResults { args }",
    );
    expect(rows.map(({ rawCode }) => rawCode)).toEqual(["second", "first", "first"]);
    expect(rows.map(({ tests }) => tests)).toEqual([
      [],
      [{ name: "unique_1", status: null, state: null }],
      [{ name: "unique_1", status: "2", state: "fail" }],
    ]);
    expect(rows[0]?.runResults).toHaveLength(2);
  });

  test("has the catalog where it is asked for", async () => {
    expect(await history(`uniqueId: "${ORDERS}"`, "type columns { name }")).toEqual([
      { type: null, columns: null },
    ]);
    expect(await history(`uniqueId: "${ORDERS}", withCatalog: true`, "type columns { name }")).toEqual([
      { type: "VIEW", columns: [] },
    ]);
  });

  test("of several models in one document", async () => {
    const query = `query($n: Int) { environment(id: ${ENVIRONMENT}) { applied {
      a: modelHistoricalRuns(uniqueId: "${ORDERS}", lastRunCount: $n) { ...R }
      b: modelHistoricalRuns(uniqueId: "${TOTALS}", lastRunCount: $n) { ...R } } } } fragment R on ModelNode { uniqueId runId }`;
    expect(await get(world, "environment.applied", query, { n: 1 })).toEqual({
      a: [{ uniqueId: ORDERS, runId: 7 }],
      b: [],
    });
  });

  test("the older root says the same", async () => {
    const query = `{ modelByEnvironment(environmentId: ${ENVIRONMENT}, uniqueId: "${ORDERS}", lastRunCount: 2) { runId } }`;
    expect(await get(world, "modelByEnvironment", query)).toEqual([{ runId: 7 }, { runId: 3 }]);
    expect((await ask(world, query.replace(String(ENVIRONMENT), "404"))).data).toBeNull();
  });
});

describe("after two months", () => {
  const RUN = `{ job(id: ${NIGHTLY}, runId: 1) { runId } }`;

  test("a run of a job is gone", async () => {
    expect(await get(world, "job", RUN)).toBeNull();
    expect(await get(world, "job.runId", RUN, {}, { now: () => NOW - 3 * 86_400_000 })).toBe(1);
  });

  test("what it applied is not", async () => {
    expect(await history(`uniqueId: "${TOTALS}"`)).toEqual([]);
    const query = `{ environment(id: ${ENVIRONMENT}) { applied { models(filter: { uniqueIds: ["${TOTALS}"] }) { edges { node { executionInfo { lastRunId executionTime } } } } } } }`;
    expect(await get(world, "environment.applied.models.edges", query)).toEqual([
      { node: { executionInfo: { lastRunId: 1, executionTime: 5 } } },
    ]);
  });

  test("all of them, and the job has no run, but the definition stays", async () => {
    const now = () => NOW + 365 * 86_400_000;
    expect(await get(world, "job", `{ job(id: ${NIGHTLY}) { runId } }`, {}, { now })).toBeNull();
    const query = `{ environment(id: ${ENVIRONMENT}) { definition { models { totalCount } } } }`;
    expect(await get(world, "environment.definition.models.totalCount", query, {}, { now })).toBe(2);
  });
});
