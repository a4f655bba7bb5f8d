import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_lineage", { model_id: "fct_payments" });
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-lineage"));
});

it("begins at everything that failed in a run", async () => {
  const { run_id, roots, upstream, downstream } = await demo.ask("get_lineage", {
    run_id: "latest",
    job_id: "nightly",
    direction: "downstream",
  });
  expect(run_id).toMatch(/^79ea8499/);
  expect(roots).toMatchObject([
    {
      model_id: "pedal_harbour.fct_payments",
      reasons: ["test unique_fct_payments_provider_ref fails (80 rows)"],
    },
  ]);
  expect(upstream).toBeNull();
  expect(downstream).toMatchObject({ model_count: 2, blocked: 2, exposure_count: 1 });
});

it("suggests the nearest model", async () => {
  await expect(demo.ask("get_lineage", { model_id: "fct_payment" })).rejects.toMatchObject({
    code: "NOT_FOUND",
    hint: expect.stringContaining("pedal_harbour.fct_payments"),
  });
});

it("needs a model or a run", async () => {
  await expect(demo.ask("get_lineage")).rejects.toMatchObject({ code: "INVALID_INPUT" });
});
