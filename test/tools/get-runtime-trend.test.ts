import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_runtime_trend", { model_id: "fct_station_occupancy" });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-runtime-trend"));
});

it("finds the slow night of fct_trip_distances, and neither its first build nor its full refresh", async () => {
  const answer = await demo.ask("get_runtime_trend", { model_id: "fct_trip_distances", since: "2026-10-20" });
  expect(answer.anomalies).toMatchObject([
    { severity: "critical", since: expect.stringMatching(/^2026-11-04T02/), runs: 1, ongoing: false },
  ]);
  expect(answer.since_when).toBeNull();
});

it("suggests the nearest model", async () => {
  await expect(demo.ask("get_runtime_trend", { model_id: "fct_trip_distance" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("fct_trip_distances"),
  });
});

it("needs to know whose run times are meant", async () => {
  await expect(demo.ask("get_runtime_trend", {})).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("project_id"),
  });
});
