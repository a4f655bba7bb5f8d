/** Lineage, trends, and SQL of the asker's own. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { listAt, objectAt } from "../places.ts";
import type { Bench } from "../processes.ts";
import { demoCommand, LAST_NIGHT } from "./artifacts.ts";
import type { Case } from "./cases.ts";
import { answerOf, errorOf, objectOf, rowsOf } from "./workspace.ts";

const REVENUE = "pedal_harbour.fct_revenue_daily";

export function graphCases(shows: Case, bench: Bench): void {
  shows("what lies upstream", LAST_NIGHT, async ({ ours, theirs }) => {
    const [upstream] = await theirs(["get_upstream_health", ["fct_revenue_daily", "nightly", 10]]);
    const rows = rowsOf(upstream);
    expect(rows.map(({ name }) => name)).toEqual(["fct_payments", "fct_trips", "int_trip_fares"]);
    expect(new Set(rows.map(({ level }) => level))).toEqual(new Set([1]));
    // A test fails on it, and one has never run by itself: both are well.
    expect(new Set(rows.map(({ health_status }) => health_status))).toEqual(new Set(["Healthy"]));

    const answer = objectAt(await ours("get_lineage", { model_id: REVENUE }), "upstream");
    expect(answer).toMatchObject({ model_count: 9, critical: 1 });
    expect(Number(answer.level_count)).toBeGreaterThan(2);
    expect(listAt(answer, "sources").map(({ name }) => name)).toContain("rental_app.payments");
  });

  shows("what lies downstream", LAST_NIGHT, async ({ ours, theirs }) => {
    const [impact] = await theirs(["get_downstream_impact", ["fct_payments", "nightly", 10]]);
    // A test of the model itself, and no model behind the next one.
    expect(objectOf(impact)).toMatchObject({
      critical_models: ["unique_fct_payments_provider_ref"],
      total_affected: 5,
    });
    expect(objectOf(impact).potentially_affected).not.toContain("mart_month_close");

    const answer = objectAt(
      await ours("get_lineage", { model_id: "pedal_harbour.fct_payments" }),
      "downstream",
    );
    expect(listAt(answer, "models").map(({ model_id }) => model_id)).toEqual([
      REVENUE,
      "pedal_harbour.mart_month_close",
    ]);
    expect(listAt(answer, "exposures").map(({ name }) => name)).toEqual(["finance_dashboard"]);
  });

  shows("the whole graph", LAST_NIGHT, async ({ ours, theirs }) => {
    const [graph] = await theirs(["get_dependency_graph_cached", ["nightly"]]);
    expect(errorOf(graph)).toBe("BinderException");

    const sql =
      "SELECT count(*) AS models FROM model_metadata WHERE resource_type = 'model' AND len(children) > 0";
    expect((await ours("query_sql", { sql })).items).toEqual([{ models: 25 }]);
  });

  shows(
    "run times over several runs",
    {
      nightly: [
        [demoCommand("nightly", "2026-11-16T02")],
        [demoCommand("nightly", "2026-11-17T02")],
        [demoCommand("nightly", "2026-11-18T02")],
      ],
    },
    async ({ ours, theirs }) => {
      const [summary] = await theirs(["get_performance_summary", ["nightly", 30]]);
      expect(objectOf(summary)).toMatchObject({ performance_trend: [], total_runs: 24 });

      const trend = await ours("get_runtime_trend", { job_id: "nightly" });
      expect(objectAt(trend, "period")).toMatchObject({ runs: 3, failures: 0 });
      expect(listAt(trend, "points")).not.toEqual([]);
    },
  );

  const secret = join(bench.folder, "secret.csv");
  const copy = join(bench.folder, "copy.csv");
  shows("SQL that reads a file", LAST_NIGHT, async ({ ours, theirs }) => {
    writeFileSync(secret, "word\nswordfish\n");
    const sql = `SELECT * FROM read_csv('${secret}')`;
    const [rows] = await theirs(["query_sql", [sql, "nightly"]]);
    expect(rowsOf(rows)).toEqual([{ word: "swordfish" }]);

    const refused = await ours("query_sql", { sql }).catch(String);
    expect(refused).toContain("read_csv");
    expect(refused).not.toContain("swordfish");
  });

  shows("SQL that writes", LAST_NIGHT, async ({ ours, theirs }) => {
    const write = `COPY (SELECT 1 AS one) TO '${copy}'`;
    const [, , left] = await theirs(
      ["query_sql", [write, "nightly"]],
      ["query_sql", ["DELETE FROM dbt_run_results", "nightly"]],
      ["get_model_health", ["nightly"]],
    );
    expect(existsSync(copy)).toBe(true);
    expect(answerOf(left)).toEqual([]);

    for (const sql of [write, "DELETE FROM dbt_run_results"]) {
      await expect(ours("query_sql", { sql })).rejects.toThrow("INVALID_INPUT");
    }
  });
}
