import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("longest_running_jobs", { last_n_runs: 5 });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("longest-running-jobs"));
});

it("refuses an unknown time zone", async () => {
  await expect(
    demo.ask("longest_running_jobs", { since: "7d", timezone: "Europe/Berlim" }),
  ).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("IANA"),
  });
});
