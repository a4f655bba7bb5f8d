import { afterAll, beforeAll, expect, it } from "vitest";
import { type Demo, openDemo, snapshotOf } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

it("answers on the demo data as the snapshot says", async () => {
  const answer = await demo.ask("get_source_freshness", {});
  await expect(JSON.stringify(answer, null, 2)).toMatchFileSnapshot(snapshotOf("get-source-freshness"));
});

it("keeps to the sources that feed what is asked about", async () => {
  const { items } = await demo.ask("get_source_freshness", {
    model_ids: ["pedal_harbour.mart_fleet_health"],
  });
  expect(items).toMatchObject([
    { name: "workshop.ticket_parts", status_now: "error" },
    { name: "workshop.tickets", status_now: "error" },
    { name: "rental_app.trips", status_now: "pass" },
  ]);
});

it("names the words of freshness that there are", async () => {
  await expect(demo.ask("get_source_freshness", { status: ["stale"] })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: "Statuses: pass, warn, error, runtime_error, unchecked.",
  });
});
