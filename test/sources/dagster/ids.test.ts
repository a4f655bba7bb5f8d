/** How the store names what a deployment has. */
import { describe, expect, it } from "vitest";
import {
  assetId,
  checkId,
  externalId,
  handleOf,
  isAdHocJob,
  mappingOf,
  opId,
} from "../../../src/sources/dagster/ids.ts";

describe("an id", () => {
  it("has its parts, none of which can be taken for another", () => {
    expect(assetId("shop", "raw/orders")).toBe("asset:shop:raw/orders");
    expect(externalId("shop", "raw/orders")).toBe("external:shop:raw/orders");
    expect(opId("shop", "nightly", "load.store")).toBe("op:shop:nightly:load.store");
    expect(checkId("shop", "raw/orders", "not_null")).toBe("check:shop:raw/orders:not_null");
    expect(checkId("a:b", "c", "d")).toBe("check:a%3Ab:c:d");
    expect(checkId("a", "b:c", "d")).not.toBe(checkId("a", "b", "c:d"));
    expect(assetId("a%3A", "b")).toBe("asset:a%253A:b");
  });
});

describe("a step", () => {
  it.each([
    ["fetch", "fetch", null],
    ["fetch[Oslo]", "fetch", "Oslo"],
    ["load.fetch[3]", "load.fetch", "3"],
    ["load[a].fetch", "load.fetch", null],
    ["fetch[]", "fetch", ""],
  ])("%s is one of %s, mapped by %j", (key, handle, mapping) => {
    expect([handleOf(key), mappingOf(key)]).toEqual([handle, mapping]);
  });
});

it.each([
  ["__ASSET_JOB", true],
  ["__ASSET_JOB_0", true],
  ["__ephemeral_asset_job__", true],
  ["assets_job", false],
  ["my__ASSET_JOB", false],
])("the job %s was made for a selection: %j", (job, expected) => {
  expect(isAdHocJob(job)).toBe(expected);
});
