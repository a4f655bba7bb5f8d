import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_models_with_runtime", { tags: ["finance"], last_n_runs: 2 });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-models-with-runtime"));
});

it("names the argument of the wrong type", async () => {
  await expect(demo.ask("get_models_with_runtime", { last_n_runs: "many" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("last_n_runs"),
  });
});
