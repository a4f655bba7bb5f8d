import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_model_health", { limit: 6 });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-model-health"));
});

it("stays small unless more is asked for", async () => {
  const answer = await demo.ask("get_model_health");
  expect(JSON.stringify(answer).length).toBeLessThan(16_000);
});

it("names the words of health that there are", async () => {
  await expect(demo.ask("get_model_health", { status: ["unhealthy"] })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: "Statuses: critical, blocked, warning, unknown, healthy.",
  });
});
