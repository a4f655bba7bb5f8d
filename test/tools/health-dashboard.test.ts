import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("health_dashboard", {});
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("health-dashboard"));
});

it("suggests the nearest project", async () => {
  await expect(demo.ask("health_dashboard", { project_ids: ["pedal_harbor"] })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("pedal_harbour"),
  });
});
