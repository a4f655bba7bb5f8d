/** Refusals for the rate: nobody asks while the cooldown lasts, and what is known is answered meanwhile. */
import { describe, expect, it } from "vitest";
import { addRun } from "../../emulators/dbt-cloud/changes.ts";
import { MINUTE, NOW, oneProject, openBench } from "./bench.ts";

const UNTIL = new Date(NOW + 5 * MINUTE).toISOString();

describe.each(["admin", "discovery"] as const)("a refusal of the %s API", (api) => {
  it("is answered without a request while the cooldown lasts, and not a moment longer", async () => {
    const bench = await openBench({ world: oneProject() });
    bench.emulator.setFaults([{ kind: "429", api, times: 1 }]);
    expect((await bench.failure("list_models")).code).toBe("RATE_LIMITED");
    bench.requests();

    bench.clock.pass(5 * MINUTE - 1);
    const error = await bench.failure("list_models");
    expect(error).toMatchObject({ code: "RATE_LIMITED", hint: expect.stringContaining(UNTIL) });
    expect(bench.requests().filter((request) => request.startsWith(api))).toEqual([]);

    bench.clock.pass(1);
    const { items, source } = await bench.ask("list_models");
    expect(items).toHaveLength(12);
    expect(source).toMatchObject({ complete: true, notes: [] });
  });
});

describe("a refusal where something is known", () => {
  it("is answered from the store with the time to come back, for every question and refresh", async () => {
    const bench = await openBench({ world: oneProject() });
    const before = await bench.ask("list_jobs");
    bench.clock.pass(10 * MINUTE);
    bench.emulator.setFaults([{ kind: "429", times: 1 }]);
    const until = new Date(NOW + 15 * MINUTE).toISOString();
    for (const refresh of [false, true, true]) {
      const during = await bench.ask("list_jobs", { refresh });
      expect(during.items).toEqual(before.items);
      expect(during.source.complete).toBe(false);
      expect(during.source.notes.join(" ")).toContain(until);
      expect(during.source.notes.join(" ")).toContain("10 minutes old");
    }
    // Two requests of the hierarchy go out together; whatever came later was not sent.
    expect(bench.requests().length).toBeLessThanOrEqual(5);
  });

  it("of Discovery alone leaves the Admin API's news", async () => {
    const bench = await openBench({ world: oneProject() });
    await bench.ask("list_models");
    bench.clock.pass(10 * MINUTE);
    const run = addRun(bench.world, 510_001, { startedAt: bench.clock.now() - 5 * MINUTE });
    bench.emulator.setFaults([{ kind: "429", api: "discovery" }]);
    const during = await bench.ask("list_models");
    expect(during.source.complete).toBe(false);
    const jobs = await bench.ask("list_jobs");
    expect(jobs.items.map((job) => job.last_run_id)).toContain(String(run.id));
  });
});

describe("the published rates", () => {
  it("are kept to by a question that takes many requests", async () => {
    const bench = await openBench({ discoveryLimit: 500, adminLimit: 5000 });
    await bench.ask("slowest_models", { last_n_runs: 10 });
    await bench.ask("list_runs", { limit: 25 });
    expect(bench.emulator.requests.every(({ status }) => status === 200)).toBe(true);
  });

  it("that others have used up are a refusal like any other", async () => {
    const bench = await openBench({ world: oneProject(), discoveryLimit: 1 });
    await bench.ask("list_models");
    bench.clock.pass(6 * MINUTE);
    await fetch(bench.emulator.discoveryUrl, {
      method: "POST",
      headers: { authorization: "Bearer emulator-full", "content-type": "application/json" },
      body: JSON.stringify({ query: "{ __typename }" }),
    });
    const during = await bench.ask("list_models", { refresh: true });
    expect(during.source.complete).toBe(false);
    expect(during.source.notes.join(" ")).toMatch(/Discovery API allows no more requests until/);
  });
});
