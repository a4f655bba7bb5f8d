import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createArtifactsSource } from "../../../src/sources/artifacts/source.ts";
import { newFolder, put, runResults, sync } from "./support.ts";

/** What dbt 2 itself wrote: the history of five commands, and the results that its last commands left behind. */
const DBT2 = "test/fixtures/dbt-versions/2.0a4";

function target(): string {
  const folder = newFolder();
  cpSync(join(DBT2, "metadata"), join(folder, "metadata"), { recursive: true });
  return folder;
}

describe("the run history of dbt 2", () => {
  it("has every command, with what was typed", async () => {
    const { load, outcome } = await sync({ paths: [target()] });
    expect(outcome).toMatchObject({ complete: true, notes: [] });
    const lines = load.invocations().map(({ invocation }) => invocation.command_line);
    expect(lines).toEqual([
      "dbt build",
      "dbt run --select orders tag:staging --exclude order_ratio",
      "dbt test --select orders",
      "dbt parse",
    ]);
  });

  it("has the results as run_results.json has them", async () => {
    const { load } = await sync({ paths: [target()] });
    const [build] = load.invocations();
    expect(build).toMatchObject({
      project: { project_id: "shop" },
      environment: { environment_id: "default" },
      job: { job_id: "build" },
      invocation: { kind: "results", command: "build", builds: true, tests: true, status: "failure" },
    });
    const row = (id: string) => build?.rows.find(({ node }) => node === id);
    expect(row("model.shop.stg_orders")).toMatchObject({
      status: "success",
      message: null,
      rows_affected: 0,
    });
    expect(row("model.shop.int_orders")).toMatchObject({ status: "no_op", raw_status: "skipped" });
    expect(row("model.shop.order_ratio")).toMatchObject({
      status: "error",
      message: expect.stringContaining("Conversion Error"),
    });
    expect(row("model.shop.order_ratio_daily")?.status).toBe("skipped");
    const times = [row("model.shop.order_ratio")].map((found) => [
      found?.started_at,
      found?.ended_at,
      found?.runtime_s,
    ]);
    for (const [started, ended, runtime] of times) {
      expect((Number(ended) - Number(started)) / 1e6).toBeCloseTo(Number(runtime), 3);
    }
  });

  it("takes its project from the manifest of the target folder", async () => {
    const folder = target();
    cpSync(join(DBT2, "build", "manifest.json"), join(folder, "manifest.json"));
    const { load } = await sync({ paths: [folder] });
    expect(new Set(load.invocations().map(({ project }) => project.adapter_type))).toEqual(
      new Set(["duckdb"]),
    );
  });

  it("is read no further than it is new", async () => {
    const folder = target();
    const first = await sync({ paths: [folder] });
    const again = await sync({ paths: [folder] }, first.entries);
    expect(again.load.batches).toEqual([]);
    cpSync(
      join(folder, "metadata/run/results/v1_0.parquet"),
      join(folder, "metadata/run/results/v1_9.parquet"),
    );
    const touched = await sync({ paths: [folder] }, first.entries);
    expect(touched.load.invocations()).toEqual([]);
    expect(touched.load.ledger()).toHaveLength(1);
    const renamed = await sync({ paths: [folder], environment: "main" }, first.entries);
    expect(renamed.load.invocations()).toHaveLength(4);
  });

  it("tells results of the same invocation what was typed and how long it took, and does not repeat them", async () => {
    const folder = target();
    const history = await sync({ paths: [folder] });
    const run = history.load.invocations().find(({ invocation }) => invocation.command === "run");
    const content = runResults({
      id: run?.invocation.invocation_id ?? "",
      dbt: "2.0.0-alpha.4",
      args: { which: "run" },
    });
    put(folder, "run_results.json", content);
    const { load } = await sync({ paths: [folder] });
    const runs = load.invocations().filter(({ invocation }) => invocation.command === "run");
    expect(runs).toMatchObject([
      {
        rows: [{ node: "model.shop.orders" }],
        invocation: {
          command_line: "dbt run --select orders tag:staging --exclude order_ratio",
          elapsed_s: run?.invocation.elapsed_s,
        },
      },
    ]);
  });

  it("may be broken, and loses nothing else", async () => {
    const folder = target();
    cpSync(join(DBT2, "build", "run_results.json"), join(folder, "run_results.json"));
    writeFileSync(join(folder, "metadata/run/results/v1_0.parquet"), "no parquet");
    const { load, outcome } = await sync({ paths: [folder] });
    expect(load.invocations()).toHaveLength(1);
    expect(outcome.notes).toEqual([
      expect.stringMatching(/^metadata\/run could not be read \(.*v1_0\.parquet/),
    ]);
    expect(outcome.complete).toBe(false);
  });

  it("is none without its results", async () => {
    const folder = target();
    rmSync(join(folder, "metadata/run/results"), { recursive: true });
    const { outcome } = await sync({ paths: [folder] });
    expect(outcome.notes).toEqual([expect.stringContaining("There are no dbt artifacts")]);
  });

  it("is seen by the doctor", async () => {
    const probe = await createArtifactsSource({ paths: [target()] }).probe(new AbortController().signal);
    expect(probe).toEqual({ ok: true, summary: "1 run history of dbt 2", hint: null });
  });

  it("ends with its caller", async () => {
    const folder = target();
    await expect(sync({ paths: [folder] }, [], undefined, AbortSignal.timeout(1))).rejects.toMatchObject({
      code: "CANCELLED",
    });
  });
});
