import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("list_models", { materialization: "incremental" });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("list-models"));
});

it("names the environments that there are", async () => {
  await expect(demo.ask("list_models", { environment: "stagin" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("prod"),
  });
});
