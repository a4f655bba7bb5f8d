import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_job", { job_id: "nightly" });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-job"));
});

it("suggests the nearest job", async () => {
  await expect(demo.ask("get_job", { job_id: "nightli" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("nightly"),
  });
});
