/** Runs that Discovery has forgotten: their results come from artifacts. */
import { expect, it } from "vitest";
import { addRun } from "../../emulators/dbt-cloud/changes.ts";
import { DAY, NOW, oneProject, openBench, SetClock } from "./bench.ts";
import { lastRuntimes, mean, resultsOf } from "./world-results.ts";

const PRODUCTION = 2_100_011;

it("averages over runs of eighty days ago are those of their artifacts", async () => {
  const clock = new SetClock(NOW + 80 * DAY);
  const bench = await openBench({ world: oneProject(), clock });
  addRun(bench.world, 510_001, { startedAt: clock.now() - DAY / 2 });
  const results = resultsOf(bench.world, PRODUCTION);
  const { items, source } = await bench.ask("slowest_models", { last_n_runs: 5, slowest_n: 50, limit: 50 });
  expect(items).toHaveLength(12);
  for (const model of items) {
    const times = lastRuntimes(results, String(model.unique_id), 5);
    expect([model.unique_id, model.runs_counted]).toEqual([model.unique_id, times.length]);
    expect(model.average_runtime_s).toBeCloseTo(mean(times), 3);
  }
  expect(source).toMatchObject({ complete: true });
  expect(bench.requests().some((request) => request.endsWith("run_results.json"))).toBe(true);
});

it("one such run is told in full", async () => {
  const clock = new SetClock(NOW + 80 * DAY);
  const bench = await openBench({ world: oneProject(), clock });
  const run = bench.world.runs.findLast(({ jobId }) => jobId === 510_001);
  const rows = resultsOf(bench.world, PRODUCTION).filter((row) => row.run === run);
  const models = rows.filter((row) => row.unique_id.startsWith("model."));
  const answer = await bench.ask("get_run", { run_id: String(run?.id), slowest_n: 50 });
  expect(answer.model_count).toBe(models.length);
  expect(answer.total_model_runtime_s).toBeCloseTo(
    models.reduce((sum, row) => sum + row.execution_time, 0),
    2,
  );
});
