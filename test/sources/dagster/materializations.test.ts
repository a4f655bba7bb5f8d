/** When assets were last made, where the list of runs does not reach so far back or a run does not say where it belongs. */
import { describe, expect, it } from "vitest";
import { openBench } from "./bench.ts";
import { asset, location, opJob, runOfAssets, worldOf } from "./worlds.ts";

const HOURS = 24;

describe("an asset", () => {
  it("that was last made long ago is found by its materializations", async () => {
    // More runs than one page of the list has, all of them newer than two months.
    const newer = Array.from({ length: 520 }, (_, index) =>
      runOfAssets("hourly", "shop", ["quick"], index + 1),
    );
    const old = runOfAssets("yearly", "shop", ["rare"], 100 * HOURS);
    const world = worldOf([location("shop", [asset("quick"), asset("rare")])], [...newer, old]);
    const bench = await openBench({ world });
    const model = await bench.ask("get_model", { model_id: "rare" });
    expect(model).toMatchObject({ last_run_status: "success", runs_counted: 1, average_runtime_s: 10 });
    expect(model.most_recent_run).toMatchObject({ run_id: old.id });
    expect(bench.requests().filter((name) => name === "RunlensMaterializations").length).toBeGreaterThan(0);
    const { items } = await bench.ask("slowest_models", { last_n_runs: 3, slowest_n: 5 });
    expect(items.map(({ name, runs_counted }) => [name, runs_counted]).sort()).toEqual([
      ["quick", 3],
      ["rare", 1],
    ]);
  });

  it("that was never made has no runs, and is not asked for again and again", async () => {
    const world = worldOf(
      [location("shop", [asset("never"), asset("once")])],
      [runOfAssets("__ASSET_JOB", "shop", ["once"], 1)],
    );
    const bench = await openBench({ world });
    expect(await bench.ask("get_model", { model_id: "never", last_n_runs: 5 })).toMatchObject({
      last_run_status: null,
      health_status: "unknown",
    });
    bench.requests();
    await bench.ask("get_model", { model_id: "never", last_n_runs: 5 });
    expect(bench.requests()).toEqual([]);
  });
});

describe("a run without a location", () => {
  const two = () => [
    location("shop", [asset("mart")], [opJob("nightly", "copy")]),
    location("office", [asset("report")], [opJob("nightly", "copy")]),
  ];

  it("belongs where the asset is that it made", async () => {
    const run = runOfAssets("__ephemeral_asset_job__", null, ["report"], 2);
    const bench = await openBench({ world: worldOf(two(), [run]) });
    const model = await bench.ask("get_model", { model_id: "report" });
    expect(model).toMatchObject({ last_run_status: "success", project_id: "office" });
    const { items } = await bench.ask("list_runs");
    expect(items).toMatchObject([{ run_id: run.id, project_id: "office", kind: "ad_hoc" }]);
  });

  it("belongs to the first location that has its job where nothing else tells", async () => {
    const run = { ...runOfAssets("nightly", null, [], 2), steps: [] };
    const bench = await openBench({ world: worldOf(two(), [run]) });
    const { items } = await bench.ask("list_runs");
    expect(items).toMatchObject([{ run_id: run.id, job_id: "nightly" }]);
  });

  it("is left out where it may be of a location that is not read", async () => {
    const run = { ...runOfAssets("nightly", null, [], 2), steps: [] };
    const third = location("lab", [], [opJob("nightly", "copy")]);
    const source = { projectFilter: { include_or_exclude: "exclude", project_ids: ["lab"] } } as const;
    const bench = await openBench({ world: worldOf([...two(), third], [run]), source });
    expect((await bench.ask("list_runs")).items).toEqual([]);
    expect((await bench.failure("get_run", { run_id: run.id })).code).toBe("NOT_FOUND");
  });
});
