/** Words and versions that are not known yet: they never sink a call, and what the platform said is shown. */
import { describe, expect, it } from "vitest";
import { startEmulator } from "../../emulators/dagster/server.ts";
import { MINUTE, openBench, smallWorld, TOKEN } from "./bench.ts";
import { addRun } from "./changes.ts";

const word = (match: string, field: string) =>
  ({ kind: "unknown-word", match, field, word: "HIBERNATING" }) as const;

describe("a word that no schema has", () => {
  it("is shown as the status of a run", async () => {
    const bench = await openBench();
    bench.emulator.setFaults([word("RunlensRuns", "status"), word("RunlensSteps", "status")]);
    const runs = await bench.ask("list_runs", { limit: 50 });
    expect(runs.items).toHaveLength(12);
    expect(new Set(runs.items.map(({ status }) => status))).toEqual(new Set(["unknown"]));
    const run = await bench.ask("get_run", { run_id: String(runs.items[0]?.run_id) });
    expect(run).toMatchObject({ status: "unknown", raw_status: "HIBERNATING" });
  });

  it("is shown as the status of a step", async () => {
    const bench = await openBench();
    bench.emulator.setFaults([word("RunlensSteps", "status")]);
    const { items } = await bench.ask("list_models");
    expect(items).toHaveLength(10);
    expect(
      new Set(items.filter((one) => one.materialization === "op").map((one) => one.last_run_status)),
    ).toEqual(new Set(["unknown"]));
    const model = await bench.ask("get_model", { model_id: "job_1.clean" });
    expect(model).toMatchObject({ health_status: "warning" });
    expect(JSON.stringify(model.health_reasons)).toContain("HIBERNATING");
  });

  it("is shown as the status of a check", async () => {
    const bench = await openBench();
    bench.emulator.setFaults([word("RunlensChecks", "status")]);
    const { tests } = await bench.ask("health_dashboard");
    expect(tests).toMatchObject({ total: 4, unknown: 4, pass: 0 });
  });

  it("is unknown as the health of an asset", async () => {
    const bench = await openBench({ plus: { deployment: "prod", token: TOKEN } });
    bench.emulator.setFaults([word("RunlensAssetStates", "assetHealth")]);
    const { models, source } = await bench.ask("health_dashboard");
    expect(source).toMatchObject({ complete: true, notes: [] });
    // What is not understood decides nothing: ours is the rule then.
    expect(models).toMatchObject({ total: 10, healthy: 10 });
  });
});

describe("a run whose status is not known", () => {
  it("is read again once it has ended", async () => {
    const bench = await openBench();
    const run = addRun(bench, "job_1");
    const [first] = run.steps;
    if (first === undefined) throw new Error("the run has no steps");
    const ended = { ...run, updatedAt: bench.clock.now() / 1000 + 1200 };
    const going = { ...run, status: "STARTED" as const, endedAt: null, steps: [first] };
    bench.world.runs.splice(bench.world.runs.indexOf(run), 1, going);
    bench.world.touch();
    bench.emulator.setFaults([word(run.id, "status"), word("RunlensRuns", "status")]);
    const before = await bench.ask("get_run", { run_id: run.id });
    expect(before).toMatchObject({ status: "unknown", raw_status: "HIBERNATING" });

    bench.emulator.setFaults([]);
    bench.world.runs.splice(bench.world.runs.indexOf(going), 1, ended);
    bench.world.touch();
    bench.clock.pass(20 * MINUTE);
    const after = await bench.ask("get_run", { run_id: run.id });
    expect(after).toMatchObject({ status: "success", model_count: run.steps.length });
  });
});

describe("a server of another version than before", () => {
  it("is asked what it has, and then what it can answer", async () => {
    const world = smallWorld();
    const bench = await openBench({ world, version: "1.13.27" });
    await bench.ask("list_models");
    const { port } = new URL(bench.emulator.url);
    await bench.emulator.close();
    const older = await startEmulator({
      world,
      version: "1.6.14",
      now: () => bench.clock.now(),
      port: Number(port),
    });
    try {
      bench.clock.pass(20 * MINUTE);
      addRun(bench, "job_1");
      const { items, source } = await bench.ask("list_models");
      expect(source).toMatchObject({ complete: true, notes: [] });
      expect(items).toHaveLength(10);
      const statuses = older.requests.map(({ operationName, status }) => [operationName, status]);
      // One document was not understood, and told of the change.
      expect(statuses.filter(([, status]) => status !== 200)).toEqual([["RunlensRuns", 400]]);
      expect(statuses.filter(([name]) => name === "RunlensSchema")).toHaveLength(1);
    } finally {
      await older.close();
    }
  });
});
