/** Each fault of a deployment where something is known: it is answered, with its age and the reason. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Bench, HOUR, MINUTE, openBench, shortenTimeout } from "./bench.ts";
import { addRun } from "./changes.ts";
import { FAULTS } from "./fault-table.ts";

describe("what is known", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench({ until: "file" });
  });

  it.each(FAULTS)("is answered under $kind with its age, and anew once that is over", async ({
    message,
    ...fault
  }) => {
    if (fault.kind === "slow") shortenTimeout(100);
    const before = await bench.ask("list_jobs");
    expect(before.source).toMatchObject({ complete: true, notes: [] });
    bench.clock.pass(20 * MINUTE);
    addRun(bench, "job_1");
    bench.emulator.setFaults([fault]);
    const during = await bench.ask("list_jobs");
    expect(during.items).toEqual(before.items);
    expect(during.source).toMatchObject({ complete: false, as_of: before.source.as_of });
    const note = during.source.notes.find((one) => /could not be read/.test(one));
    // A refusal for the rate of one request is what the next ones are told.
    expect(note).toMatch(fault.kind === "429" ? /no more requests until/ : message);
    expect(note).toMatch(/What is here is 20 minutes old\.$/);

    bench.emulator.setFaults([]);
    bench.clock.pass(HOUR);
    const after = await bench.ask("list_jobs");
    expect(after.source).toMatchObject({ complete: true, notes: [] });
    expect(after.items).not.toEqual(before.items);
  });
});

describe("after a refusal for the rate", () => {
  it("nothing is asked until it is over, and a note says so", async () => {
    const bench = await openBench();
    const before = await bench.ask("list_jobs");
    bench.clock.pass(20 * MINUTE);
    bench.emulator.setFaults([{ kind: "429", times: 1, retryAfter: { seconds: 900, form: "seconds" } }]);
    const during = await bench.ask("list_jobs");
    expect(during.items).toEqual(before.items);
    bench.requests();
    bench.clock.pass(10 * MINUTE);
    const later = await bench.ask("list_jobs", { refresh: true });
    expect(later.items).toEqual(before.items);
    expect(later.source.notes.join(" ")).toMatch(/no more requests until 2026-11-18T08:05:00.000Z/);
    expect(bench.requests()).toEqual([]);
    bench.clock.pass(6 * MINUTE);
    expect((await bench.ask("list_jobs")).source).toMatchObject({ complete: true, notes: [] });
  });
});
