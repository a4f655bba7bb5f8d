import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_run", { run_id: "latest", job_id: "nightly" });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-run"));
});

it("suggests the nearest run", async () => {
  await expect(demo.ask("get_run", { run_id: "lates" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("latest"),
  });
});
