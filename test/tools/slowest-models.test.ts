import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("slowest_models", { slowest_n: 2, last_n_runs: 3 });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("slowest-models"));
});

it("refuses a window that ends before it begins", async () => {
  await expect(
    demo.ask("slowest_models", { since: "2026-11-10", until: "2026-11-01" }),
  ).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("Swap them"),
  });
});
