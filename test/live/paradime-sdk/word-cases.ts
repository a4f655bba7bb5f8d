/** What results are called, and how they are judged. */
import { expect } from "vitest";
import { listAt } from "../places.ts";
import { demoCommand, fixture, fixtureCommand, LAST_NIGHT } from "./artifacts.ts";
import type { Case } from "./cases.ts";
import { errorOf, objectOf, rowsOf } from "./workspace.ts";

export function wordCases(shows: Case): void {
  shows(
    "a model with status partial success",
    { nightly: [[fixtureCommand("1.11", "build")]] },
    async (both) => {
      const [health, slowest] = await both.theirs(
        ["get_model_health", ["nightly"]],
        ["get_slowest_models", ["nightly"]],
      );
      expect([errorOf(health), errorOf(slowest)]).toEqual(["ValidationError", "ValidationError"]);

      const models = await both.ourModels("nightly");
      expect(models.get("model.shop.orders_by_day")).toMatchObject({ health_status: "warning" });
      expect(models.get("model.shop.orders")).toMatchObject({ compat_status: "Warning" });
    },
  );

  // What a real dbt wrote, with one status replaced: no fixture has a model that was reused.
  const text = fixture("1.8", "cloud-run", "run_results.json");
  const reused = text.replace(/"status": ?"success"/, '"status": "reused"');
  const command = fixtureCommand("1.8", "cloud-run");
  shows(
    "a model with status reused",
    { nightly: [[{ ...command, files: { ...command.files, "run_results.json": reused } }]] },
    async ({ ourModels, theirs }) => {
      expect(reused).not.toBe(text);
      const [health] = await theirs(["get_model_health", ["nightly"]]);
      expect(errorOf(health)).toBe("ValidationError");

      const models = [...(await ourModels("nightly")).values()];
      expect(models.map((model) => model.last_run_status).sort()).toEqual(["reused", "success"]);
      expect(models.map((model) => model.compat_status)).toEqual(["Healthy", "Healthy"]);
    },
  );

  shows("a skipped model", LAST_NIGHT, async ({ ourModels, theirs }) => {
    const id = "model.pedal_harbour.fct_revenue_daily";
    const [health] = await theirs(["get_model_health", ["nightly"]]);
    expect(rowsOf(health).find((row) => row.unique_id === id)).toMatchObject({
      status: "skipped",
      health_status: "Healthy",
    });

    expect((await ourModels("nightly")).get(id)).toMatchObject({
      health_status: "blocked",
      reasons: ["skipped because pedal_harbour.fct_payments failed upstream"],
      compat_status: "Healthy",
    });
  });

  shows(
    "models that failed themselves",
    { nightly: [[demoCommand("nightly", "2026-10-28T02")]] },
    async ({ ours, theirs }) => {
      const [failing] = await theirs(["get_failing_models", ["nightly"]]);
      expect(rowsOf(failing)).toEqual([]);

      const critical = await ours("get_model_health", { job_id: "nightly", status: ["critical"] });
      expect(listAt(critical, "items").map((model) => model.model_id)).toEqual([
        "pedal_harbour.int_payments_cleaned",
      ]);
    },
  );

  shows("names of versioned models", LAST_NIGHT, async ({ ourModels, theirs }) => {
    const id = "model.pedal_harbour.dim_riders.v2";
    const [health] = await theirs(["get_model_health", ["nightly"]]);
    expect(rowsOf(health).find((row) => row.unique_id === id)?.name).toBe("v2");

    expect((await ourModels("nightly")).get(id)?.model_id).toBe("pedal_harbour.dim_riders.v2");
  });

  shows("names of tests, and what they found", LAST_NIGHT, async ({ ours, theirs }) => {
    const [tests] = await theirs(["get_test_results", ["nightly", true]]);
    expect(rowsOf(tests)).toMatchObject([
      { test_name: "2414bc1091", severity: null, test_type: null, tested_models: [] },
    ]);

    const results = await ours("get_test_results", { job_id: "nightly", status: ["fail"] });
    expect(listAt(results, "items")).toMatchObject([
      {
        name: "unique_fct_payments_provider_ref",
        severity: "error",
        test_type: "unique",
        model_id: "pedal_harbour.fct_payments",
        failures: 80,
      },
    ]);
  });

  const failedTwo = demoCommand("nightly", "2026-10-25T02");
  shows("how many tests there are", { nightly: [[failedTwo]] }, async ({ ours, theirs }) => {
    const [dashboard, tests] = await theirs(
      ["get_health_dashboard", ["nightly"]],
      ["get_test_results", ["nightly"]],
    );
    // Each model has its own count, and the dashboard adds them up.
    const rows = rowsOf(tests);
    expect(rows.filter(({ status }) => status === "fail")).toHaveLength(2);
    expect(objectOf(dashboard).failed_tests).toBe(3);
    expect(Number(objectOf(dashboard).total_tests)).toBeLessThan(rows.length);

    const results = await ours("get_test_results", { job_id: "nightly", failed_only: false });
    // The one more is a unit test.
    expect(results.counts).toMatchObject({ total: rows.length + 1, fail: 2 });
  });

  shows("unit tests", { nightly: [[fixtureCommand("1.8", "build")]] }, async ({ ours, theirs }) => {
    const [tests] = await theirs(["get_test_results", ["nightly"]]);
    const ids = rowsOf(tests).map((row) => String(row.unique_id));
    expect(ids.filter((id) => id.startsWith("unit_test."))).toEqual([]);

    const results = await ours("get_test_results", { job_id: "nightly", status: ["fail"] });
    const failed = listAt(results, "items").find(({ test_type }) => test_type === "unit");
    expect(failed).toMatchObject({ name: "customers_wrong_amount", model_id: "shop.customers.v2" });
  });
}
