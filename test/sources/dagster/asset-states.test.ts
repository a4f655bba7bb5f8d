/** How fresh assets are and what Dagster+ says of their health, as it is on the wire. */
import { describe, expect, it } from "vitest";
import { readAssetStates } from "../../../src/sources/dagster/asset-states.ts";
import type { WireObject } from "../../../src/sources/wire/loose.ts";
import { failureOf, NOW } from "../dbt-cloud/served.ts";
import { visitOver } from "./visits.ts";

const HOUR = 3_600_000;
const IDS = new Map([["shop/orders", "asset:shop:shop/orders"]]);
const KEY = { path: ["shop", "orders"] };

async function statesOf(data: WireObject) {
  const { visit, asked } = visitOver({ RunlensAssetStates: { assetNodes: [], ...data } });
  const states = await readAssetStates(visit, IDS);
  expect(asked).toMatchObject([{ variables: { keys: [KEY] } }]);
  return states;
}

describe("freshness", () => {
  const node = (given: WireObject): WireObject => ({
    assetKey: KEY,
    staleStatus: "FRESH",
    internalFreshnessPolicy: { failWindowSeconds: 7200, warnWindowSeconds: 3600 },
    assetMaterializations: [{ timestamp: String(NOW - 1.5 * HOUR) }],
    ...given,
  });
  const row = async (given: WireObject) => (await statesOf({ assetNodes: [node(given)] })).freshness;

  it("is judged by the policy, with when it was made and looked at", async () => {
    expect(await row({})).toEqual([
      {
        unique_id: "asset:shop:shop/orders",
        status: "warn",
        raw_status: null,
        criterion: null,
        message: null,
        max_loaded_at: (NOW - 1.5 * HOUR) * 1000,
        checked_at: NOW * 1000,
        warn_after_s: 3600,
        error_after_s: 7200,
      },
    ]);
  });

  it("is that of the deployment where it evaluates policies", async () => {
    expect(await row({ freshnessStatusInfo: { freshnessStatus: "DEGRADED" } })).toMatchObject([
      { status: "error", raw_status: "DEGRADED" },
    ]);
  });

  it("names what an asset is out of step with", async () => {
    const causes = [
      { reason: "has a new materialization", key: KEY, dependency: { path: ["raw"] } },
      { reason: "has a new code version", key: KEY, dependency: null },
    ];
    const found = await row({ internalFreshnessPolicy: null, staleStatus: "STALE", staleCauses: causes });
    expect(found).toMatchObject([
      {
        status: "warn",
        raw_status: "STALE",
        warn_after_s: null,
        message: "out of step: raw has a new materialization; shop/orders has a new code version",
      },
    ]);
  });

  it("of what was never made is not known", async () => {
    expect(await row({ assetMaterializations: [] })).toMatchObject([
      { status: "unchecked", max_loaded_at: null, message: "never materialized" },
    ]);
  });

  it("is nothing for an asset that is held to nothing, or that was not asked for", async () => {
    expect(await row({ internalFreshnessPolicy: null })).toEqual([]);
    expect(await row({ assetKey: { path: ["another"] } })).toEqual([]);
  });
});

describe("health", () => {
  const healthOf = async (assetHealth: WireObject | null) =>
    (await statesOf({ assetsOrError: { __typename: "AssetConnection", nodes: [{ key: KEY, assetHealth }] } }))
      .health;

  it.each([
    ["HEALTHY", "healthy"],
    ["WARNING", "warning"],
    ["DEGRADED", "critical"],
    ["UNKNOWN", "unknown"],
    ["HIBERNATING", "unknown"],
  ])("%s is %s", async (assetHealth, status) => {
    expect(await healthOf({ assetHealth })).toMatchObject([{ status, raw_status: assetHealth, reasons: [] }]);
  });

  it("names the parts that are not in order, with how many checks", async () => {
    const found = await healthOf({
      assetHealth: "DEGRADED",
      materializationStatus: "HEALTHY",
      assetChecksStatus: "DEGRADED",
      assetChecksStatusMetadata: { numFailedChecks: 2, numWarningChecks: 1, totalNumChecks: 5 },
      freshnessStatus: "WARNING",
    });
    expect(found[0]?.reasons).toEqual(["checks DEGRADED (3 of 5)", "freshness WARNING"]);
  });

  it("is nothing where the deployment has no word on it, as a webserver of one's own has none", async () => {
    expect(await healthOf(null)).toEqual([]);
    expect(await healthOf({ assetHealth: "NOT_APPLICABLE" })).toEqual([]);
    expect((await statesOf({})).health).toEqual([]);
  });

  it("that cannot be told is a failure, and not none", async () => {
    const assetsOrError = { __typename: "PythonError", message: "boom", className: "ValueError" };
    const { visit } = visitOver({ RunlensAssetStates: { assetNodes: [], assetsOrError } });
    expect((await failureOf(readAssetStates(visit, IDS))).message).toContain("ValueError: boom");
  });
});

it("many assets are asked for two hundred at a time", async () => {
  const ids = new Map(Array.from({ length: 450 }, (_, index) => [`a${index}`, `asset:shop:a${index}`]));
  const { visit, asked } = visitOver({ RunlensAssetStates: { assetNodes: [] } });
  await readAssetStates(visit, ids);
  const sizes = asked.map(({ variables }) => (Array.isArray(variables.keys) ? variables.keys.length : 0));
  expect(sizes).toEqual([200, 200, 50]);
});
