import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type KeptLoad, type Synced, sync } from "./support.ts";

/** Artifacts that every version of dbt wrote of the same small project, one folder a command. */
const FIXTURES = "test/fixtures/dbt-versions";
const versions = readdirSync(FIXTURES).filter((name) => /^\d/.test(name));

type Invocation = ReturnType<KeptLoad["invocations"]>[number];

describe.each(versions)("artifacts of dbt %s", (version) => {
  const folder = join(FIXTURES, version);
  const isDbt2 = version.startsWith("2");
  let synced: Synced;
  let invocations: Invocation[];

  const of = (step: string, file = "run_results.json"): Invocation => {
    const found = invocations.find(({ invocation }) =>
      invocation.location.endsWith(join(version, step, file)),
    );
    if (found === undefined) throw new Error(`${step} was not read`);
    return found;
  };
  const statusOf = (step: Invocation, node: string) => step.rows.find((row) => row.node === node)?.status;

  beforeAll(async () => {
    synced = await sync({ paths: [folder] });
    invocations = synced.load.invocations();
  });

  it("are read without a problem", () => {
    expect(synced.outcome.notes).toEqual([]);
    expect(synced.outcome.complete).toBe(true);
  });

  it("are all of the same project and environment, except those of a platform", () => {
    const own = invocations.filter(({ invocation }) => !invocation.location.includes("cloud-"));
    expect(new Set(own.map(({ project }) => project.project_id))).toEqual(new Set(["shop"]));
    // sources.json does not say: beside a named production, it is taken for that one.
    const results = own.filter(({ invocation }) => invocation.kind === "results");
    expect(new Set(results.map(({ environment }) => environment.environment_id))).toEqual(
      new Set(["default"]),
    );
  });

  it("tell of a build what succeeded, failed and was held back", () => {
    const build = of("build");
    expect(build.invocation).toMatchObject({
      command: "build",
      builds: true,
      tests: true,
      status: "failure",
    });
    expect(statusOf(build, "model.shop.stg_orders")).toBe("success");
    expect(statusOf(build, "model.shop.order_ratio")).toBe("error");
    expect(statusOf(build, "model.shop.order_ratio_daily")).toBe("skipped");
    expect(statusOf(build, "seed.shop.raw_orders")).toBe("success");
    expect(statusOf(build, "snapshot.shop.orders_snapshot")).toBe("success");
    expect(statusOf(build, "test.shop.unique_orders_order_id.fed79b3a6e")).toBe("pass");
    expect(statusOf(build, "test.shop.not_null_orders_customer_id.c5f02694af")).toBe("warn");
    expect(statusOf(build, "test.shop.accepted_values_orders_status__placed__shipped.7de09bf3cd")).toBe(
      "fail",
    );
    const ephemeral = statusOf(build, "model.shop.int_orders");
    expect(ephemeral).toBe(isDbt2 ? "no_op" : undefined);
  });

  it("have no status that runlens does not know", () => {
    const unknown = invocations.flatMap(({ rows }) => rows.filter(({ status }) => status === "unknown"));
    expect(unknown).toEqual([]);
  });

  it("give run times within the time of their command", () => {
    for (const { invocation, rows } of invocations) {
      for (const row of rows) {
        if (typeof row.runtime_s !== "number" || invocation.elapsed_s === null) continue;
        expect(row.runtime_s).toBeGreaterThanOrEqual(0);
        expect(row.runtime_s).toBeLessThanOrEqual(invocation.elapsed_s + 0.5);
      }
    }
  });

  it("have no builds or tests of docs generate", () => {
    expect(of("docs")).toMatchObject({ invocation: { builds: false, tests: false }, executions: null });
  });

  it.skipIf(!existsSync(join(folder, "freshness", "sources.json")))("tell how fresh the sources were", () => {
    const freshness = of("freshness", "sources.json");
    expect(freshness.invocation).toMatchObject({
      kind: "freshness",
      command: "source-freshness",
      status: "failure",
    });
    expect(statusOf(freshness, "source.shop.raw.raw_customers")).toBe("warn");
    expect(statusOf(freshness, "source.shop.raw.raw_old_orders")).toBe("error");
    expect(statusOf(freshness, "source.shop.raw.raw_orders")).toBe("pass");
  });

  it("name the job by what was selected", () => {
    // dbt 2 does not write what was selected into its results.
    const line = isDbt2 ? "dbt run" : "dbt run --select orders tag:staging --exclude order_ratio";
    expect(of("run").invocation.command_line).toBe(line);
  });

  it("know the job and the run of a platform", () => {
    const steps = ["cloud-run", "cloud-test"].map((step) => of(step));
    expect(steps.map(({ run, job }) => [run.run_id, job.job_id])).toEqual([
      ["9001", "501"],
      ["9001", "501"],
    ]);
    expect(steps[0]).toMatchObject({
      project: { project_id: "shop", dbt_project_name: "shop" },
      environment: { environment_id: "33", name: "Production", type: "production" },
      run: { trigger: "scheduled", branch: "main", commit_sha: "0123456789abcdef0123456789abcdef01234567" },
    });
  });

  it("define the nodes, what each test is about, and what depends on what", () => {
    const own = synced.load.definitions().filter(({ project }) => project.project_id === "shop");
    const [build] = own;
    if (build === undefined) throw new Error("there is no manifest");
    expect(build.project).toMatchObject({ dbt_project_name: "shop", adapter_type: "duckdb" });
    const node = (id: string) => build.nodeRows.find(({ unique_id }) => unique_id === id);
    expect(node("model.shop.orders")).toMatchObject({ materialization: "table", model_id: "shop.orders" });
    expect(node("model.shop.int_orders")?.materialization).toBe("ephemeral");
    expect(node("source.shop.raw.raw_orders")).toMatchObject({
      warn_after_s: 86_400,
      error_after_s: 604_800,
    });
    expect(node("exposure.shop.orders_dashboard")).toMatchObject({
      owner: "Shop team",
      url: "https://example.com/orders",
    });
    const tests = build.nodeRows.filter(
      ({ resource_type }) => resource_type === "test" || resource_type === "unit_test",
    );
    expect(tests.filter(({ attached }) => attached === null)).toEqual([]);
    expect(node("test.shop.not_null_orders_customer_id.c5f02694af")).toMatchObject({
      attached: "model.shop.orders",
      column_name: "customer_id",
      severity: "warn",
      test_type: "not_null",
    });
    const ids = new Set(build.nodeRows.map(({ unique_id }) => unique_id));
    expect(
      build.edgeRows.filter(({ parent, child }) => !ids.has(parent ?? null) || !ids.has(child ?? null)),
    ).toEqual([]);
    expect(build.edgeRows).toContainEqual({
      parent: "model.shop.orders",
      child: "exposure.shop.orders_dashboard",
    });
  });
});
