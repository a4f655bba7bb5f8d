import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("list_jobs", { tags: ["finance"] });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("list-jobs"));
});

it("suggests the nearest model", async () => {
  await expect(demo.ask("list_jobs", { model_id: "fct_tripss" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("pedal_harbour.fct_trips"),
  });
});
