/** How many requests questions take, where there is much and where nothing is new. */
import { expect, it } from "vitest";
import { addBuild, madeUpWorld } from "../../emulators/paradime/made-up.ts";
import { HOUR, MINUTE, NOW, openBench } from "./bench.ts";

const PROJECTS = ["harbour", "ferries"];

/** How often each name came. */
function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

it("asks for many schedules together, and later only for what is new", { timeout: 60_000 }, async () => {
  const world = madeUpWorld({ now: NOW, schedules: 24, runs: 3, projects: PROJECTS });
  const { ask, clock, requests } = await openBench({ world });

  expect((await ask("list_jobs", { limit: 100 })).items).toHaveLength(24);
  // Twenty of a kind in one request: the newest runs, to find the project of each schedule by the beginning of a
  // manifest that one of their two commands left, and the list of runs.
  expect(tally(requests())).toEqual({
    Schedules: 1,
    Runs: 4,
    Commands: 2,
    Resources: 3,
    ResourceUrls: 2,
    "manifest.json": 24,
  });

  expect((await ask("slowest_models", { slowest_n: 50 })).items).toHaveLength(4);
  // For each project its newest manifest, and the newest results of its schedules.
  expect(tally(requests())).toEqual({
    ResourceUrls: 4,
    "manifest.json": 2,
    "run_results.json": 24,
  });

  await ask("slowest_models", { slowest_n: 50 });
  expect(requests()).toEqual([]);

  clock.pass(HOUR);
  await ask("slowest_models", { slowest_n: 50 });
  expect(requests()).toEqual(["Schedules"]);

  addBuild(world, "s7", clock.now() - MINUTE, { project: "ferries" });
  clock.pass(HOUR);
  await ask("slowest_models", { slowest_n: 50 });
  expect(tally(requests())).toEqual({
    Schedules: 1,
    Runs: 1,
    Commands: 1,
    Resources: 1,
    ResourceUrls: 2,
    "manifest.json": 1,
    "run_results.json": 1,
  });
});

it("reads a run once, whoever asks for it", async () => {
  const world = madeUpWorld({ now: NOW, runs: 6 });
  const { ask, requests } = await openBench({ world });
  await ask("slowest_models", { last_n_runs: 6 });
  const read = () => requests().filter((name) => name === "run_results.json").length;
  expect(read()).toBe(6);
  await ask("slowest_models", { last_n_runs: 6, refresh: true });
  await ask("get_run", { run_id: String(world.runs[0]?.id) });
  await ask("get_job", { job_id: "s0", last_n_runs: 6 });
  expect(read()).toBe(0);
});
