/** What happens to an account between two questions. */
import { describe, expect, it } from "vitest";
import {
  addRun,
  deleteJob,
  finishRun,
  removeModel,
  renameProject,
} from "../../emulators/dbt-cloud/changes.ts";
import { HOUR, MINUTE, NOW, oneProject, openBench } from "./bench.ts";

const NIGHTLY = 510_001;
const MODEL = "model.division_1.mart_visits_12";
const ofNightly = { job_id: String(NIGHTLY), limit: 3 };

describe("runs", () => {
  it("a new one is seen by every question about runs, jobs and models", async () => {
    const bench = await openBench({ world: oneProject() });
    await bench.ask("list_runs", ofNightly);
    const before = await bench.ask("get_model", { model_id: MODEL, last_n_runs: 3 });
    bench.clock.pass(HOUR);
    const startedAt = bench.clock.now() - 20 * MINUTE;
    const run = addRun(bench.world, NIGHTLY, { startedAt, seconds: { [MODEL]: 77 } });
    const { items } = await bench.ask("list_runs", ofNightly);
    expect(items[0]).toMatchObject({ run_id: String(run.id), status: "success" });
    const jobs = await bench.ask("list_jobs");
    expect(jobs.items.find((job) => job.job_id === String(NIGHTLY))?.last_run_id).toBe(String(run.id));
    const after = await bench.ask("get_model", { model_id: MODEL, last_n_runs: 3 });
    expect(after.most_recent_run).toMatchObject({ run_id: String(run.id), runtime_s: expect.closeTo(77, 0) });
    expect(after.most_recent_run).not.toEqual(before.most_recent_run);
  });

  it("one that began before the last look and ended after it is seen to end", async () => {
    const bench = await openBench({ world: oneProject() });
    const run = addRun(bench.world, NIGHTLY, { startedAt: NOW - 5 * MINUTE, stage: "running" });
    // A later one ends first: what is looked for from the newest on would miss the other.
    addRun(bench.world, 510_002, { startedAt: NOW - 3 * MINUTE, finishedAt: NOW - 2 * MINUTE });
    const before = await bench.ask("list_runs", ofNightly);
    expect(before.items[0]).toMatchObject({ run_id: String(run.id), status: "running", ended_at: null });
    bench.clock.pass(30 * MINUTE);
    finishRun(bench.world, run.id, { seconds: { [MODEL]: 88 } });
    const after = await bench.ask("list_runs", ofNightly);
    expect(after.items[0]).toMatchObject({ run_id: String(run.id), status: "success" });
    const model = await bench.ask("get_model", { model_id: MODEL });
    expect(model.most_recent_run).toMatchObject({ run_id: String(run.id), runtime_s: expect.closeTo(88, 0) });
  });

  it("one that runs for days is still asked for until it ends", async () => {
    const bench = await openBench({ world: oneProject() });
    const run = addRun(bench.world, NIGHTLY, { startedAt: NOW - 5 * MINUTE, stage: "running" });
    await bench.ask("list_jobs");
    for (let day = 1; day <= 3; day++) {
      bench.clock.pass(24 * HOUR);
      addRun(bench.world, 510_002, { startedAt: bench.clock.now() - HOUR });
      await bench.ask("list_jobs");
    }
    finishRun(bench.world, run.id, { finishedAt: bench.clock.now() - MINUTE });
    bench.clock.pass(6 * MINUTE);
    const { items } = await bench.ask("list_runs", { job_id: String(NIGHTLY), status: ["running"] });
    expect(items).toEqual([]);
    const ended = await bench.ask("list_runs", ofNightly);
    expect(ended.items[0]).toMatchObject({ run_id: String(run.id), status: "success" });
  });

  it("one that waited is seen to run and to be cancelled", async () => {
    const bench = await openBench({ world: oneProject() });
    const run = addRun(bench.world, NIGHTLY, { startedAt: NOW - MINUTE, stage: "queued" });
    const stages = [];
    for (const stage of ["queued", "running", "cancelled"] as const) {
      finishRun(bench.world, run.id, { stage, finishedAt: bench.clock.now() });
      const { items } = await bench.ask("list_runs", ofNightly);
      stages.push(items.find((one) => one.run_id === String(run.id))?.status);
      bench.clock.pass(6 * MINUTE);
    }
    expect(stages).toEqual(["queued", "running", "cancelled"]);
  });
});

describe("what is gone or has another name", () => {
  it("a deleted job is not listed any more, and its runs stay", async () => {
    const bench = await openBench({ world: oneProject() });
    const before = await bench.ask("list_jobs");
    expect(before.items).toHaveLength(2);
    bench.clock.pass(6 * MINUTE);
    deleteJob(bench.world, 510_002);
    const after = await bench.ask("list_jobs");
    expect(after.items.map((job) => job.job_id)).toEqual([String(NIGHTLY)]);
    const runs = await bench.ask("list_runs", { limit: 50 });
    expect(runs.items.filter((run) => run.job_id === "510002").length).toBeGreaterThan(0);
  });

  it("a renamed project is shown by its new name, with the same history", async () => {
    const bench = await openBench({ world: oneProject() });
    const before = await bench.ask("slowest_models", { last_n_runs: 4 });
    bench.clock.pass(6 * MINUTE);
    renameProject(bench.world, 210_001, "Shipping");
    const { items } = await bench.ask("list_projects");
    expect(items.map((project) => [project.project_id, project.name])).toEqual([["210001", "Shipping"]]);
    const after = await bench.ask("slowest_models", { last_n_runs: 4, project_ids: ["Shipping"] });
    expect(after.items).toEqual(before.items);
    const error = await bench.failure("slowest_models", { project_ids: ["Division 1"] });
    expect(error.code).toBe("NOT_FOUND");
  });

  it("a removed model is hidden once a run knows it no more", async () => {
    const bench = await openBench({ world: oneProject() });
    const models = async () =>
      (await bench.ask("list_models", { limit: 50 })).items.map((one) => one.unique_id);
    expect(await models()).toContain(MODEL);
    bench.clock.pass(6 * MINUTE);
    removeModel(bench.world, MODEL);
    addRun(bench.world, NIGHTLY, { startedAt: bench.clock.now() - 5 * MINUTE });
    expect(await models()).not.toContain(MODEL);
    expect(await models()).toHaveLength(11);
    const slowest = await bench.ask("slowest_models", { last_n_runs: 3, slowest_n: 50 });
    expect(slowest.items.map((one) => one.unique_id)).not.toContain(MODEL);
    const removed = await bench.ask("list_models", { limit: 50, include: ["removed"] });
    expect(removed.items.map((one) => one.unique_id)).toContain(MODEL);
  });
});
