/** Which commands of a schedule count, and which results of them. */
import { expect } from "vitest";
import { demoCommand, fixtureCommand } from "./artifacts.ts";
import type { Case } from "./cases.ts";
import { errorOf, objectOf, rowsOf, type Told } from "./workspace.ts";

const ORDERS = "model.shop.orders";
const CLEANED = "model.pedal_harbour.int_payments_cleaned";

/** Their word for a model. */
function wordOf(told: Told | undefined, id: string): unknown {
  return rowsOf(told).find((row) => row.unique_id === id)?.health_status;
}

export function commandCases(shows: Case): void {
  const passed = fixtureCommand("1.11", "cloud-run", { line: "dbt run --select +orders" });
  const failed = fixtureCommand("1.11", "cloud-test", { line: "dbt test --select +orders", returnCode: 1 });

  shows(
    "a failed dbt test after a dbt run",
    { nightly: [[passed, failed]] },
    async ({ ours, ourModels, theirs }) => {
      const [health, tests, dashboard] = await theirs(
        ["get_model_health", ["nightly"]],
        ["get_test_results", ["nightly", true]],
        ["get_health_dashboard", ["nightly"]],
      );
      expect(wordOf(health, ORDERS)).toBe("Healthy");
      expect(rowsOf(tests)).toEqual([]);
      expect(objectOf(dashboard)).toMatchObject({ total_tests: 0, test_success_rate: 100 });

      expect((await ourModels("nightly")).get(ORDERS)).toMatchObject({
        health_status: "critical",
        compat_status: "Warning",
        tests_failed: 2,
      });
      const results = await ours("get_test_results", { job_id: "nightly", failed_only: true });
      expect(results.counts).toMatchObject({ fail: 1, error: 1 });
    },
  );

  const broken = demoCommand("nightly", "2026-10-28T02", { line: "dbt build --target prod", returnCode: 1 });
  shows("a failed dbt build", { nightly: [[broken]] }, async ({ ourModels, theirs }) => {
    const [health] = await theirs(["get_model_health", ["nightly"]]);
    expect(health).toMatchObject({
      error: "ValueError",
      message: expect.stringContaining("No artifacts found"),
    });

    expect((await ourModels("nightly")).get(CLEANED)).toMatchObject({
      health_status: "critical",
      compat_status: "Critical",
    });
  });

  const retried = demoCommand("retry", "2026-10-30T05", { line: "dbt retry --target prod" });
  const night = demoCommand("nightly", "2026-10-30T02");
  shows("a dbt retry that makes good", { nightly: [[night, retried]] }, async ({ ourModels, theirs }) => {
    const [health] = await theirs(["get_model_health", ["nightly"]]);
    expect(wordOf(health, CLEANED)).toBe("Critical");

    expect((await ourModels("nightly")).get(CLEANED)).toMatchObject({
      health_status: "healthy",
      compat_status: "Healthy",
    });
  });

  const compiled = fixtureCommand("1.11", "compile", { line: "dbt compile" });
  shows(
    "a dbt compile after a failed test",
    { nightly: [[passed, { ...failed, returnCode: 0 }, compiled]] },
    async ({ ourModels, theirs }) => {
      const [health] = await theirs(["get_model_health", ["nightly"]]);
      expect(wordOf(health, ORDERS)).toBe("Healthy");

      expect((await ourModels("nightly")).get(ORDERS)).toMatchObject({ compat_status: "Warning" });
    },
  );

  shows(
    "a run that is under way",
    { nightly: [[night], [{ line: "dbt build --target prod", returnCode: null }]] },
    async ({ ourModels, theirs }) => {
      const [health] = await theirs(["get_model_health", ["nightly"]]);
      expect(errorOf(health)).toBe("ValidationError");

      expect((await ourModels("nightly")).get(CLEANED)).toMatchObject({ compat_status: "Critical" });
    },
  );

  shows(
    "a failed test of another schedule",
    {
      nightly: [[demoCommand("nightly", "2026-10-24T02")]],
      intraday: [[demoCommand("intraday", "2026-10-26T06")]],
    },
    async ({ ours, theirs }) => {
      const id = "model.pedal_harbour.live_station_board";
      const sql = `SELECT health_status FROM models_with_tests WHERE schedule_name = 'nightly' AND unique_id = '${id}'`;
      const [before, , after] = await theirs(
        ["query_sql", [sql, "nightly"]],
        ["get_model_health", ["intraday"]],
        ["query_sql", [sql, "nightly"]],
      );
      expect(rowsOf(before)).toEqual([{ health_status: "Healthy" }]);
      expect(rowsOf(after)).toEqual([{ health_status: "Warning" }]);

      const answer = await ours("query_sql", { sql });
      expect(answer.items).toEqual([{ health_status: "Healthy" }]);
    },
  );
}
