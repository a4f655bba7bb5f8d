/** Freshness of sources. */
import { expect } from "vitest";
import { listAt } from "../places.ts";
import { fixtureCommand } from "./artifacts.ts";
import type { Case } from "./cases.ts";
import { errorOf, rowsOf } from "./workspace.ts";

const LINE = "dbt source freshness || true";
const DAY_S = 86_400;

export function sourceCases(shows: Case): void {
  const checked = { freshness: [[fixtureCommand("1.11", "freshness", { line: LINE })]] };

  shows("freshness periods", checked, async ({ ours, theirs }) => {
    const [sources] = await theirs(["get_source_freshness", ["freshness"]]);
    const criteria = { warn_after: { count: 1, period: "day" }, error_after: { count: 7, period: "day" } };
    expect(rowsOf(sources)[0]).toMatchObject({ warn_after_hours: 1, error_after_hours: 7, criteria });

    const answer = await ours("get_source_freshness");
    expect(listAt(answer, "items")[0]).toMatchObject({ warn_after_s: DAY_S, error_after_s: 7 * DAY_S });
  });

  shows("names of sources", checked, async ({ ours, theirs }) => {
    const id = "source.shop.raw.raw_customers";
    const [sources] = await theirs(["get_source_freshness", ["freshness"]]);
    const row = rowsOf(sources).find(({ unique_id }) => unique_id === id);
    expect(row).toMatchObject({ source_name: "shop", table_name: "raw", schema_name: null });

    const answer = await ours("get_source_freshness");
    expect(listAt(answer, "items").find(({ unique_id }) => unique_id === id)?.name).toBe("raw.raw_customers");
  });

  shows(
    "a source that could not be checked",
    { freshness: [[fixtureCommand("1.7", "freshness", { line: LINE })]] },
    async ({ ours, theirs }) => {
      const [sources, dashboard] = await theirs(
        ["get_source_freshness", ["freshness"]],
        ["get_health_dashboard", ["freshness"]],
      );
      expect([errorOf(sources), errorOf(dashboard)]).toEqual(["ValidationError", "ValidationError"]);

      const answer = await ours("get_source_freshness");
      const found = Object.fromEntries(listAt(answer, "items").map(({ name, status }) => [name, status]));
      expect(found).toMatchObject({ "raw.raw_missing": "runtime_error", "raw.raw_orders": "pass" });
    },
  );
}
