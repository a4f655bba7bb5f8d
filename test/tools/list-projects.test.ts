import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("list_projects", {});
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("list-projects"));
});

it("refuses a cursor that cannot be read", async () => {
  await expect(demo.ask("list_projects", { cursor: "%%%" })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("next_cursor"),
  });
});
