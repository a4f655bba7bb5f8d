import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_run_events", {
    run_id: "latest",
    job_id: "nightly",
    level: "WARNING",
    limit: 10,
  });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-run-events"));
});

it("suggests the nearest event type", async () => {
  await expect(
    demo.ask("get_run_events", { run_id: "latest", event_type: ["STEP_FAILED"] }),
  ).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("STEP_FAILURE"),
  });
});
