/** What code locations define, as projects and models; and what stays of a location that no longer loads. */
import { describe, expect, it } from "vitest";
import { type Bench, MINUTE, openBench } from "./bench.ts";
import { asset, broken, location, opJob, runOfAssets, worldOf } from "./worlds.ts";

const CHECK = { name: "not_null", description: "No empty keys.", blocking: false };

const shop = () =>
  location(
    "shop",
    [
      asset("raw/orders", { isMaterializable: false, description: "From the till." }),
      asset("stg/orders", {
        parents: [["raw", "orders"]],
        checks: [CHECK],
        kinds: ["dbt", "duckdb"],
        group: "staging",
        tags: [
          { key: "pii", value: "" },
          { key: "tier", value: "1" },
        ],
        metadata: [
          { type: "text", label: "dagster/table_name", value: "warehouse.shop.stg_orders" },
          { type: "text", label: "dagster-dbt/materialization_type", value: "view" },
        ],
      }),
      asset("mart", {
        parents: [
          ["stg", "orders"],
          ["stg", "orders"],
        ],
      }),
    ],
    // A job that only evaluates checks has an op for each of them.
    [opJob("load", "extract", "load", "load.insert"), opJob("checks_only", "stg__orders_not_null")],
  );
/** Knows of the other location's asset without making it. */
const office = () =>
  location("office", [asset("mart", { isMaterializable: false }), asset("report", { parents: [["mart"]] })]);

async function models(bench: Bench) {
  const { items } = await bench.ask("list_models", { limit: 100 });
  return items.map(({ model_id }) => model_id);
}

describe("models", () => {
  it("are the assets that are made and the ops of jobs; each where it is made", async () => {
    const bench = await openBench({ world: worldOf([shop(), office()]) });
    expect(await models(bench)).toEqual([
      "office.report",
      "shop.load.extract",
      "shop.load.load.insert",
      "shop.mart",
      "shop.stg/orders",
    ]);
    const { tests } = await bench.ask("health_dashboard");
    expect(tests).toMatchObject({ total: 1, never_run: 1 });
  });

  it("have what their code says of them", async () => {
    const bench = await openBench({ world: worldOf([shop(), office()]) });
    const model = await bench.ask("get_model", { model_id: "shop.stg/orders" });
    expect(model).toMatchObject({
      unique_id: "asset:shop:stg/orders",
      database: "warehouse",
      schema: "shop",
      materialization: "view",
      tags: ["pii", "tier=1", "kind:dbt", "kind:duckdb", "group:staging"],
      project_id: "shop",
    });
    const report = await bench.ask("get_model", { model_id: "report" });
    expect(report).toMatchObject({ unique_id: "asset:office:report", materialization: "asset" });
  });
});

describe("a location that does not load any more", () => {
  it("keeps its jobs and models as they were, and is to be seen to", async () => {
    const world = worldOf(
      [shop(), office()],
      [runOfAssets("__ASSET_JOB", "shop", ["stg/orders", "mart"], 2)],
    );
    const bench = await openBench({ world });
    const before = await models(bench);
    const jobs = (await bench.ask("list_jobs")).items;
    world.locations = [broken(shop()), office()];
    world.touch();
    bench.clock.pass(20 * MINUTE);
    expect(await models(bench)).toEqual(before);
    expect((await bench.ask("list_jobs")).items).toEqual(jobs);
    const { alerts, source } = await bench.ask("health_dashboard");
    expect(source).toMatchObject({ complete: true });
    expect(JSON.stringify(alerts)).toContain("does not load: ImportError: no module");
  });

  it("is a project without anything where nothing was known of it", async () => {
    const bench = await openBench({ world: worldOf([broken(shop()), office()]) });
    const { items } = await bench.ask("list_projects");
    expect(items.map(({ project_id, model_count }) => [project_id, model_count])).toEqual([
      ["office", 1],
      ["shop", 0],
    ]);
  });
});

describe("a change of the code", () => {
  it("is seen: what is gone is no model any more", async () => {
    const world = worldOf([shop(), office()]);
    const bench = await openBench({ world });
    await models(bench);
    world.locations = [location("shop", [asset("mart")]), office()];
    world.touch();
    bench.clock.pass(20 * MINUTE);
    expect(await models(bench)).toEqual(["office.report", "shop.mart"]);
  });

  it("is seen too where nothing is left of a location", async () => {
    const world = worldOf([shop(), office()]);
    const bench = await openBench({ world });
    await models(bench);
    world.locations = [location("shop", []), office()];
    world.touch();
    bench.clock.pass(20 * MINUTE);
    expect(await models(bench)).toEqual(["office.report"]);
  });

  it("is seen too where a location is gone", async () => {
    const world = worldOf([shop(), office()]);
    const bench = await openBench({ world });
    await models(bench);
    world.locations = [office()];
    world.touch();
    bench.clock.pass(20 * MINUTE);
    expect((await bench.ask("list_projects")).items.map(({ project_id }) => project_id)).toEqual(["office"]);
    expect(await models(bench)).toEqual(["office.report"]);
  });
});

describe("a choice of locations", () => {
  it.each([
    ["include", ["office"], ["office"]],
    ["exclude", ["office"], ["shop"]],
  ] as const)("%s %j", async (include_or_exclude, project_ids, expected) => {
    const runs = [
      runOfAssets("__ASSET_JOB", "shop", ["mart"], 2),
      runOfAssets("__ASSET_JOB_1", "office", ["report"], 3),
    ];
    const source = { projectFilter: { include_or_exclude, project_ids } };
    const bench = await openBench({ world: worldOf([shop(), office()], runs), source });
    const found = await bench.ask("list_runs");
    expect(found.items.map(({ project_id }) => project_id)).toEqual(expected);
    expect((await bench.ask("list_projects")).items.map(({ project_id }) => project_id)).toEqual(expected);
  });
});
