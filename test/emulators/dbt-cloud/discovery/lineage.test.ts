import { describe, expect, test } from "vitest";
import { ENVIRONMENT, get, manifest, node, results, smallWorld } from "./support.ts";

const AT = "2026-06-19T02:00:00.000000Z";
const RAW = "source.small.shop.raw";
const STAGED = "model.small.staged";
const ORDERS = "model.small.orders";
const TOTALS = "model.small.totals";
const UNIQUE = "test.small.unique.1";
const SCREEN = "exposure.small.screen";
const MACRO = "macro.small.helper";

const entries = [
  node(RAW),
  node(STAGED, [RAW], { tags: ["daily"], access: "public" }),
  node(ORDERS, [STAGED, "model.small.disabled"], {
    tags: ["daily", "core, eu"],
    config: { materialized: "view" },
  }),
  node(TOTALS, [ORDERS]),
  node(UNIQUE, [ORDERS], { attached_node: ORDERS }),
  node(SCREEN, [TOTALS]),
  node(MACRO),
];
const steps = [
  {
    "manifest.json": manifest(entries, AT),
    "run_results.json": results(AT, {
      [STAGED]: {},
      [ORDERS]: { status: "error" },
      [UNIQUE]: { status: "warn" },
    }),
  },
];
const world = smallWorld([{ id: 1, at: AT, steps }]);

async function lineage(
  filter: string,
  fields = "uniqueId",
  state = "applied",
): Promise<Record<string, unknown>[]> {
  const query = `{ environment(id: ${ENVIRONMENT}) { ${state} { lineage(filter: ${filter}) { ${fields} } } } }`;
  return (await get(world, `environment.${state}.lineage`, query)) as Record<string, unknown>[];
}

describe("lineage", () => {
  test("has every resource with its parents, those of a disabled one left out", async () => {
    const found = await lineage(
      "{}",
      "uniqueId resourceType parentIds publicParentIds materializationType tags",
    );
    expect(found).toHaveLength(entries.length);
    expect(found.find(({ uniqueId }) => uniqueId === ORDERS)).toEqual({
      uniqueId: ORDERS,
      resourceType: "Model",
      parentIds: [STAGED],
      publicParentIds: [STAGED],
      materializationType: "view",
      tags: ["daily", "core, eu"],
    });
  });

  test("says how the last run went, by type", async () => {
    const fields = `uniqueId __typename ... on LineageNodeExecutable { lastRunStatus }
      ... on LineageNodeTestable { worstTestStatus } ... on LineageNodeWithParents { parentIds }`;
    const types = "{ types: [Model, Test] }";
    expect(await lineage(types, fields)).toEqual([
      {
        uniqueId: STAGED,
        __typename: "ModelLineageNode",
        lastRunStatus: "success",
        worstTestStatus: null,
        parentIds: [RAW],
      },
      {
        uniqueId: ORDERS,
        __typename: "ModelLineageNode",
        lastRunStatus: "error",
        worstTestStatus: "warn",
        parentIds: [STAGED],
      },
      {
        uniqueId: TOTALS,
        __typename: "ModelLineageNode",
        lastRunStatus: null,
        worstTestStatus: null,
        parentIds: [ORDERS],
      },
      { uniqueId: UNIQUE, __typename: "TestLineageNode", lastRunStatus: "warn", parentIds: [ORDERS] },
    ]);
    const defined = await lineage(types, fields, "definition");
    expect(defined.map(({ lastRunStatus }) => lastRunStatus)).toEqual([null, null, null, null]);
  });

  test.each([
    ["{ types: [Source, Exposure] }", [RAW, SCREEN]],
    [`{ uniqueIds: ["${ORDERS}", "${RAW}"] }`, [ORDERS, RAW]],
    ['{ tags: ["core, eu"] }', [ORDERS]],
    ['{ tags: ["daily"], types: [Model] }', [STAGED, ORDERS]],
    [`{ select: "+${ORDERS}" }`, [STAGED, ORDERS, RAW]],
    [`{ select: "${ORDERS}+" }`, [ORDERS, TOTALS, UNIQUE, SCREEN]],
    [`{ select: "1+${ORDERS}+1", exclude: "${UNIQUE}" }`, [STAGED, ORDERS, TOTALS]],
    ['{ select: "tag:daily totals" }', [STAGED, ORDERS, TOTALS]],
    ['{ select: "nothing" }', []],
  ])("takes %s", async (filter, expected) => {
    const found = (await lineage(filter)).map(({ uniqueId }) => uniqueId);
    expect(found.sort()).toEqual([...expected].sort());
  });

  test("marks what was selected itself", async () => {
    expect(await lineage(`{ select: "${ORDERS}+1", types: [Model] }`, "uniqueId matchesMethod")).toEqual([
      { uniqueId: ORDERS, matchesMethod: true },
      { uniqueId: TOTALS, matchesMethod: false },
    ]);
    expect(await lineage(`{ uniqueIds: ["${ORDERS}"] }`, "matchesMethod")).toEqual([{ matchesMethod: null }]);
  });
});
