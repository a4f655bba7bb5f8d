import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_model", { model_id: "fct_trip_distances", last_n_runs: 3 });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-model"));
});

it("suggests the nearest model", async () => {
  await expect(demo.ask("get_model", { model_id: "fct_trip_distance" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("pedal_harbour.fct_trip_distances"),
  });
});
