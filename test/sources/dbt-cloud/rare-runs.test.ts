/** Runs that are not the usual nightly success, in an account with ids as long as the platform's newest. */
import { describe, expect, it } from "vitest";
import { addExtras, EXTRAS, TIMED_OUT } from "../../emulators/dbt-cloud/extras.ts";
import { type Answer, NOW, oneProject, openBench } from "./bench.ts";
import { lastRuntimes, mean, resultsOf } from "./world-results.ts";

const ONE = { project_id: String(EXTRAS.project) };
const CARE = { project_ids: [String(EXTRAS.project)] };

function careWorld() {
  const world = oneProject();
  addExtras(world, NOW);
  return world;
}

/** Both vintages of the schema tell the same. */
describe.each(["2025-03", "2026-06"] as const)("with the schema of %s", (schema) => {
  const open = () => openBench({ world: careWorld(), schema });
  const runsOf = (answer: Answer, status: string) => answer.items.filter((run) => run.status === status);

  it("waiting, running, cancelled and timed-out runs are what they are", async () => {
    const bench = await open();
    const runs = await bench.ask("list_runs", { ...CARE, limit: 50 });
    expect(runsOf(runs, "queued")).toMatchObject([
      { job_id: String(EXTRAS.refresh), started_at: null, ended_at: null, runtime_s: null },
    ]);
    expect(runsOf(runs, "running")).toMatchObject([{ job_id: String(EXTRAS.subset), ended_at: null }]);
    const cancelled = runsOf(runs, "cancelled");
    expect(cancelled).toHaveLength(2);
    const details = await Promise.all(
      cancelled.map((run) => bench.ask("get_run", { ...ONE, run_id: run.run_id })),
    );
    const said = details.map((run) => JSON.stringify(run));
    expect(said.filter((text) => text.includes(TIMED_OUT.slice(0, 60)))).toHaveLength(1);
  });

  it("cancelled and waiting runs are averaged by nobody", async () => {
    const bench = await open();
    const { items } = await bench.ask("longest_running_jobs", { ...CARE, last_n_runs: 10, longest_n: 20 });
    const ended = bench.world.runs.filter(
      (run) => run.jobId === EXTRAS.refresh && (run.status === 10 || run.status === 20),
    );
    const seconds = ended.map((run) => ((run.finishedAt ?? 0) - (run.startedAt ?? 0)) / 1000);
    const job = items.find((one) => one.job_id === String(EXTRAS.refresh));
    expect(job?.runs_counted).toBe(seconds.length);
    expect(job?.average_job_runtime_s).toBeCloseTo(mean(seconds), 2);
  });

  it("ids of 14 to 17 digits stay as they are", async () => {
    const bench = await open();
    const projects = await bench.ask("list_projects");
    expect(projects.items.map((project) => project.project_id)).toContain(String(EXTRAS.project));
    const runs = await bench.ask("list_runs", { ...CARE, limit: 50 });
    const ids = bench.world.runs
      .filter((run) => run.projectId === EXTRAS.project)
      .map((run) => String(run.id));
    for (const run of runs.items) expect(ids).toContain(run.run_id);
    const [first] = runs.items;
    expect(await bench.ask("get_run", { run_id: first?.run_id })).toMatchObject({ run_id: first?.run_id });
  });

  it("each model is averaged over its own successes in production, however it was built", async () => {
    const bench = await open();
    const results = resultsOf(bench.world, EXTRAS.production);
    const { items } = await bench.ask("slowest_models", {
      ...CARE,
      last_n_runs: 3,
      slowest_n: 50,
      limit: 50,
    });
    expect(items.length).toBeGreaterThan(4);
    for (const model of items) {
      const times = lastRuntimes(results, String(model.unique_id), 3);
      expect([model.unique_id, model.runs_counted]).toEqual([model.unique_id, times.length]);
      expect(model.average_runtime_s).toBeCloseTo(mean(times), 3);
    }
    const built = new Set(
      results
        .filter((row) => row.status === "success" && row.unique_id.startsWith("model."))
        .map((row) => row.unique_id),
    );
    expect(new Set(items.map((model) => model.unique_id))).toEqual(built);
  });

  it("a model built twice in one run has two executions", async () => {
    const bench = await open();
    const [run] = bench.world.runs.filter((one) => one.jobId === EXTRAS.subset && one.status === 10);
    const twice = resultsOf(bench.world, EXTRAS.production).filter(
      (row) => row.run === run && row.unique_id === "model.care.stg_tickets",
    );
    expect(twice).toHaveLength(2);
    const model = await bench.ask("get_model", { ...ONE, model_id: "stg_tickets", last_n_runs: 5 });
    const shown = rowsIn(model.historical_runs).filter((one) => one.run_id === String(run?.id));
    expect(shown.map((one) => one.runtime_s)).toEqual(
      twice.map((row) => expect.closeTo(row.execution_time, 3)),
    );
  });

  it("a model whose last attempt failed says so, and keeps the times of its successes", async () => {
    const bench = await open();
    const results = resultsOf(bench.world, EXTRAS.production);
    const stale = [...new Set(results.map((row) => row.unique_id))].filter(
      (id) => id.startsWith("model.") && results.find((row) => row.unique_id === id)?.status === "error",
    );
    expect(stale.length).toBeGreaterThan(0);
    for (const id of stale) {
      const model = await bench.ask("get_model", { ...ONE, model_id: id, last_n_runs: 5 });
      expect([id, model.last_run_status]).toEqual([id, "error"]);
      const times = lastRuntimes(results, id, 5);
      expect(model.runs_counted).toBe(times.length);
      if (times.length > 0) expect(model.average_runtime_s).toBeCloseTo(mean(times), 3);
    }
  });

  it("a run of seed, build and docs counts what was built, once", async () => {
    const bench = await open();
    const run = bench.world.runs.findLast((one) => one.jobId === EXTRAS.refresh && one.status === 10);
    expect(run?.steps.map((step) => step.command).filter((command) => command !== null)).toEqual([
      "dbt seed",
      "dbt build",
      "dbt docs generate",
    ]);
    const rows = resultsOf(bench.world, EXTRAS.production).filter((row) => row.run === run);
    const models = new Set(rows.map((row) => row.unique_id).filter((id) => id.startsWith("model.")));
    const answer = await bench.ask("get_run", { ...ONE, run_id: String(run?.id), slowest_n: 50 });
    expect(answer).toMatchObject({ status: "success", model_count: models.size, error_count: 0 });
    const total = rows
      .filter((row) => row.unique_id.startsWith("model."))
      .reduce((sum, row) => sum + row.execution_time, 0);
    expect(answer.total_model_runtime_s).toBeCloseTo(total, 2);
  });

  it("docs that list every model after a build of some are no build of the others", async () => {
    const bench = await open();
    const results = resultsOf(bench.world, EXTRAS.production);
    const { items } = await bench.ask("list_models", { ...CARE, limit: 50 });
    for (const model of items) {
      const last = results.find((row) => row.unique_id === model.unique_id);
      expect([model.unique_id, model.last_run_status]).toEqual([model.unique_id, last?.status ?? null]);
    }
  });

  it("rows of models that a run did not build do not count", async () => {
    const bench = await open();
    const run = bench.world.runs.findLast((one) => one.jobId === EXTRAS.freshness);
    const answer = await bench.ask("get_run", { ...ONE, run_id: String(run?.id) });
    expect(answer).toMatchObject({ model_count: 1 });
    const models = await bench.ask("list_models", { ...CARE, run_id: String(run?.id), limit: 50 });
    expect(models.items.map((model) => model.unique_id)).toEqual(["model.care.dim_agents"]);
  });

  it("a check of a pull request does not touch production", async () => {
    const bench = await open();
    const model = await bench.ask("get_model", { ...ONE, model_id: "fct_tickets", last_n_runs: 10 });
    const checks = bench.world.runs
      .filter((run) => run.environmentId === EXTRAS.checks)
      .map((run) => String(run.id));
    expect(checks.length).toBeGreaterThan(0);
    for (const one of rowsIn(model.historical_runs)) expect(checks).not.toContain(one.run_id);
  });
});

/** Rows of a part of an answer. */
function rowsIn(rows: unknown): Record<string, unknown>[] {
  return Array.isArray(rows) ? rows : [];
}
