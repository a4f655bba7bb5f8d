import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("list_runs", { job_id: "nightly", limit: 3 });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("list-runs"));
});

it("names the statuses that there are", async () => {
  await expect(demo.ask("list_runs", { status: ["failed"] })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("failure"),
  });
});
