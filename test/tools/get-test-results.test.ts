import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_test_results", { status: ["fail", "warn"], last_n_runs: 10 });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-test-results"));
});

it("tells of the nights in which a test failed", async () => {
  const { items } = await demo.ask("get_test_results", { since: "2026-10-26", until: "2026-10-26" });
  expect(items).toMatchObject([
    { name: "not_null_live_station_board_zone", failures: 1 },
    { name: expect.stringContaining("relationships_mart_zone_traffic_daily"), failures: 7 },
  ]);
});

it("suggests the nearest model", async () => {
  await expect(demo.ask("get_test_results", { model_id: "fct_payment" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("pedal_harbour.fct_payments"),
  });
});
