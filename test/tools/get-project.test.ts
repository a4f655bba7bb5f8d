import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_project", { project_id: "pedal_harbour" });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-project"));
});

it("suggests the nearest project", async () => {
  await expect(demo.ask("get_project", { project_id: "pedal" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("pedal_harbour"),
  });
});
