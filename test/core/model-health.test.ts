/** Health model by model: which are listed, in which order, and what is told of them. */
import { describe, expect, it } from "vitest";
import { LoadRows } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const model = (name: string) => `model.shop.${name}`;
const at = (hour: number, minute = 0): string =>
  `2024-05-01T${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}:00.000Z`;
const TEST = "test.shop.not_null_bad_id.0123456789";
const WARNING = "test.shop.few_rows.0123456789";
const SOURCE = "source.shop.app.orders";

/**
 * `broken` feeds `held`, `bad` (with a failing test) feeds `far` and `further`, `warns` warns, `stale` reads a source
 * that is, `good` is good, and `new` has never run.
 */
function shop(): LoadRows {
  return new LoadRows()
    .definitions({
      nodes: [
        ...["broken", "held", "far", "further", "stale", "new"].map((name) => ({ unique_id: model(name) })),
        { unique_id: model("bad"), tags: ["finance"] },
        { unique_id: model("warns"), tags: ["finance"] },
        { unique_id: model("good"), tags: ["finance"], materialization: "view" },
        { unique_id: TEST, attached: model("bad"), severity: "error" },
        { unique_id: WARNING, attached: model("warns"), severity: "warn" },
        { unique_id: SOURCE, name: "orders", source_name: "app", warn_after_s: 3600, error_after_s: 7200 },
      ],
      edges: [
        [model("broken"), model("held")],
        [model("bad"), model("far")],
        [model("far"), model("further")],
        [SOURCE, model("stale")],
      ],
    })
    .invocation({
      job: { job_id: "first", name: "First" },
      invocation: { invocation_id: "1", started_at: at(1), ended_at: at(1, 50) },
      executions: [{ node: model("broken"), recorded_at: at(1, 10) }],
    })
    .invocation({
      invocation: { invocation_id: "2", started_at: at(3), ended_at: at(3, 50) },
      executions: [
        { node: model("broken"), status: "error", message: "boom", recorded_at: at(3, 10) },
        { node: model("held"), status: "skipped", recorded_at: at(3, 11) },
        ...["bad", "far", "further", "warns", "stale", "good"].map((name) => ({
          node: model(name),
          recorded_at: at(3, 12),
        })),
        { node: TEST, status: "fail", failures: 2, recorded_at: at(3, 20) },
        { node: WARNING, status: "warn", failures: 1, recorded_at: at(3, 20) },
      ],
    })
    .invocation({
      job: { job_id: "checks", name: "Checks" },
      invocation: {
        invocation_id: "3",
        kind: "freshness",
        builds: false,
        tests: false,
        started_at: at(4),
        ended_at: at(4, 1),
      },
      freshness: [
        {
          node: SOURCE,
          status: "error",
          max_loaded_at: at(0),
          snapshotted_at: at(4),
          warn_after_s: 3600,
          error_after_s: 7200,
        },
      ],
    });
}

const NOW = at(5);
const ids = (models: readonly { modelId: string }[]) => models.map((one) => one.modelId.replace("shop.", ""));

describe("the list", () => {
  it("has the worst first, then what most is affected by", async () => {
    const models = await (await accountOver(shop(), NOW)).getModelHealth();
    expect(models.map(({ modelId, healthStatus }) => [modelId, healthStatus])).toEqual([
      ["shop.bad", "critical"],
      ["shop.broken", "critical"],
      ["shop.held", "blocked"],
      ["shop.stale", "warning"],
      ["shop.warns", "warning"],
      ["shop.new", "unknown"],
      ["shop.far", "healthy"],
      ["shop.further", "healthy"],
      ["shop.good", "healthy"],
    ]);
    expect(models.counts).toEqual({ total: 9, critical: 2, blocked: 1, warning: 2, unknown: 1, healthy: 3 });
  });

  it("takes only some words of health, and counts the others", async () => {
    const account = await accountOver(shop(), NOW);
    const models = await account.getModelHealth({ status: ["blocked,unknown"] });
    expect(ids(models)).toEqual(["held", "new"]);
    expect(models.total).toBe(2);
    expect(models.counts).toMatchObject({ total: 9, critical: 2 });
  });

  it("takes only models on which a test fails: one that failed itself has no failing test, one that warns none either", async () => {
    const account = await accountOver(shop(), NOW);
    const models = await account.getModelHealth({ failingTests: true });
    expect(ids(models)).toEqual(["bad"]);
    expect(models.counts).toMatchObject({ total: 1, critical: 1, healthy: 0 });
    expect((await account.getModelsWithFailingTests()).map((one) => one.failingTests)).toEqual([
      ["not_null_bad_id"],
    ]);
  });

  it("takes only models of a job, and judges them by whatever built them last", async () => {
    const account = await accountOver(shop(), NOW);
    const [only, ...others] = await account.getModelHealth({ jobId: "First" });
    expect(others).toEqual([]);
    expect(only?.toJSON()).toMatchObject({
      model_id: "shop.broken",
      health_status: "critical",
      last_run_status: "error",
      compat_status: "Healthy",
    });
    expect(ids(await account.getModelHealth({ jobId: "nightly" }))).not.toContain("new");
  });

  it("applies the filters of models", async () => {
    const account = await accountOver(shop(), NOW);
    const finance = await account.getModelHealth({ tags: ["finance"] });
    expect(ids(finance)).toEqual(["bad", "warns", "good"]);
    expect(finance.counts.total).toBe(3);
    expect(ids(await account.getModelHealth({ materialization: "view" }))).toEqual(["good"]);
    expect(ids(await account.getModelHealth({ modelIds: [model("far")] }))).toEqual(["far"]);
  });

  it("goes on where a page ends", async () => {
    const account = await accountOver(shop(), NOW);
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await account.getModelHealth({ limit: 4, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...ids(page));
      expect(page.total).toBe(9);
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(ids(await account.getModelHealth()));
    expect(new Set(seen).size).toBe(9);
  });
});

describe("a model", () => {
  const of = async (name: string) => {
    const [only] = await (await accountOver(shop(), NOW)).getModelHealth({ modelIds: [model(name)] });
    return only?.toJSON();
  };

  it("tells its last result, how old that is, and since when it fails", async () => {
    expect(await of("broken")).toMatchObject({
      project_id: "shop",
      environment: "prod",
      reasons: ["last build failed: boom"],
      affected_models: 1,
      last_run_status: "error",
      last_run_at: at(3, 10),
      last_run_age_s: 110 * 60,
      last_success_at: at(1, 10),
      last_success_age_s: 230 * 60,
      failing_since: at(3, 10),
    });
    expect(await of("new")).toMatchObject({
      last_run_status: null,
      last_run_at: null,
      last_run_age_s: null,
      compat_status: null,
    });
  });

  it("counts each of its tests once", async () => {
    expect(await of("bad")).toMatchObject({
      tests_total: 1,
      tests_passed: 0,
      tests_failed: 1,
      tests_warned: 0,
      tests_not_run: 0,
      failing_tests: ["not_null_bad_id"],
    });
    expect(await of("warns")).toMatchObject({ tests_failed: 0, tests_warned: 1, failing_tests: [] });
    expect(await of("good")).toMatchObject({ tests_total: 0 });
  });

  it("tells how fresh what it reads is", async () => {
    expect(await of("stale")).toMatchObject({
      freshness_status: "error",
      own_freshness_status: null,
      stale_sources: ["app.orders"],
    });
    expect(await of("good")).toMatchObject({ freshness_status: "unchecked", stale_sources: [] });
  });

  it("tells of a test that was skipped or never ran that it did not run", async () => {
    const rows = shop().invocation({
      invocation: { invocation_id: "9", started_at: at(4, 30), ended_at: at(4, 40) },
      executions: [{ node: TEST, status: "skipped", recorded_at: at(4, 35) }],
    });
    const [bad] = await (await accountOver(rows, NOW)).getModelHealth({ modelIds: [model("bad")] });
    expect(bad?.toJSON()).toMatchObject({ tests_total: 1, tests_failed: 0, tests_not_run: 1 });
  });

  it("tells its own freshness beside that of its sources", async () => {
    const rows = shop().state({
      freshness: [
        { unique_id: model("good"), status: "warn", criterion: "built by 0 9 * * * UTC", checked_at: at(4) },
      ],
    });
    const [good] = await (await accountOver(rows, NOW)).getModelHealth({ modelIds: [model("good")] });
    expect(good?.toJSON()).toMatchObject({ freshness_status: "warn", own_freshness_status: "warn" });
  });
});
