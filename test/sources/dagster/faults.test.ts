/** Each fault of a deployment: its code and the next move, what passes by itself, and what is an answer all the same. */
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../emulators/dagster/faults.ts";
import { syntheticWorld } from "../../emulators/dagster/synthetic.ts";
import { type Bench, MINUTE, NOW, openBench, shortenTimeout } from "./bench.ts";
import { FAULTS } from "./fault-table.ts";

describe("where nothing is known", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench({ until: "file" });
  });

  it.each(FAULTS)("$kind is $code after so many attempts: $attempts", async ({
    code,
    message,
    hint,
    attempts,
    ...fault
  }) => {
    if (fault.kind === "slow") shortenTimeout(200);
    // Longer than a refusal for the rate lasts.
    bench.clock.pass(MINUTE);
    const pauses = bench.clock.pauses.length;
    bench.requests();
    bench.emulator.setFaults([{ ...fault, match: "RunlensWorkspace" }]);
    const error = await bench.failure("list_jobs");
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^Dagster at 127\.0\.0\.1:\d+ /);
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
    expect(bench.requests().filter((name) => name === "RunlensWorkspace")).toHaveLength(attempts);
    expect(bench.clock.pauses.slice(pauses)).toHaveLength(attempts - 1);
  });

  it("leaves no trace of them", async () => {
    bench.emulator.setFaults([]);
    bench.clock.pass(MINUTE);
    const { items, source } = await bench.ask("list_jobs");
    expect(items.map(({ job_id }) => job_id)).toEqual(["assets_job", "job_1", "job_2"]);
    expect(source).toMatchObject({ complete: true, notes: [] });
  });
});

describe("a fault that passes", () => {
  it.each(["409", "503", "reset"] as const)("%s twice is answered all the same", async (kind) => {
    const bench = await openBench();
    bench.emulator.setFaults([{ kind, times: 2, match: "RunlensRuns" }]);
    const { items, source } = await bench.ask("list_jobs");
    expect(items.map(({ last_run_status }) => last_run_status)).toEqual(["success", "success", "success"]);
    expect(source).toMatchObject({ complete: true, notes: [] });
    expect(bench.clock.pauses).toHaveLength(2);
  });

  it.each(["seconds", "date"] as const)("429 is waited for, as long as it says in %s", async (form) => {
    const bench = await openBench();
    bench.emulator.setFaults([
      { kind: "429", times: 1, match: "RunlensRuns", retryAfter: { seconds: 3, form } },
    ]);
    const { source } = await bench.ask("list_jobs");
    expect(source).toMatchObject({ complete: true, notes: [] });
    expect(bench.clock.pauses).toEqual([3000]);
  });
});

describe("an answer whose status is that of an error", () => {
  it("is an answer: what did not fail counts", async () => {
    const bench = await openBench();
    bench.emulator.setFaults([{ kind: "python-error", match: "RunlensProbe", field: "nothing" }]);
    const probe = await bench.source.probe(new AbortController().signal);
    expect(probe).toMatchObject({ ok: true, hint: null });
    expect(probe.summary).toMatch(/^Dagster 1\.13\.27 at http:\S+: 1 code location$/);
  });

  it("has a reason where it is none", async () => {
    const bench = await openBench();
    bench.emulator.setFaults([{ kind: "python-error", field: "workspaceOrError" }]);
    expect((await bench.failure("list_jobs")).message).toContain(
      "failed inside (OperationalError: connection to the storage was lost)",
    );
    const probe = await bench.source.probe(new AbortController().signal);
    expect(probe.ok).toBe(false);
    expect(probe.summary).toMatch(/UPSTREAM, .*connection to the storage was lost/);
  });

  it("costs no ops: what a job consists of is not taken for nothing", async () => {
    const bench = await openBench();
    const fault: Fault = { kind: "python-error", field: "pipelineOrError" };
    bench.emulator.setFaults([fault]);
    expect((await bench.failure("list_models")).message).toContain("connection to the storage was lost");
    bench.emulator.setFaults([]);
    const before = await bench.ask("list_models");
    bench.clock.pass(20 * MINUTE);
    bench.emulator.setFaults([fault]);
    const during = await bench.ask("list_models");
    expect(during.items).toEqual(before.items);
    expect(during.items.filter(({ materialization }) => materialization === "op")).toHaveLength(6);
    expect(during.source.complete).toBe(false);
    expect(during.source.notes.join(" ")).toContain("connection to the storage was lost");
  });

  it.each([
    "RunlensConditions",
    "RunlensAssetStates",
  ])("%s leaves a dashboard of what is known of runs, and says what is missing", async (match) => {
    const bench = await openBench();
    bench.emulator.setFaults([{ kind: "python-error", match }]);
    const { source, models } = await bench.ask("health_dashboard");
    expect(models).toMatchObject({ total: 10, healthy: 10 });
    expect(source.complete).toBe(false);
    expect(source.notes.join(" ")).toMatch(/assets stand could not be read: .*\. It is missing here\./);
    bench.emulator.setFaults([]);
    // An answer that is incomplete is as old as others before it is made anew.
    bench.clock.pass(20 * MINUTE);
    expect((await bench.ask("health_dashboard")).source).toMatchObject({ complete: true, notes: [] });
  });
});

describe("steps that cannot be read", () => {
  it("end what is read of other runs, and nothing is asked behind the answer", async () => {
    const bench = await openBench({ world: syntheticWorld({ now: NOW, runs: 20, jobs: 5, assets: 0 }) });
    bench.emulator.setFaults([{ kind: "403", match: "RunlensSteps" }]);
    expect((await bench.failure("slowest_models", { last_n_runs: 20 })).code).toBe("FORBIDDEN");
    // Whatever has been sent by then comes to its end.
    await delay(100);
    expect(bench.requests().filter((name) => name === "RunlensSteps").length).toBeLessThanOrEqual(4);
  });
});
