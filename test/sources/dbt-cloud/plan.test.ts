import { expect, it } from "vitest";
import {
  cheapest,
  executionsFor,
  HISTORY_BATCH,
  historyCost,
  MOST_EXECUTIONS,
} from "../../../src/sources/dbt-cloud/plan.ts";
import { type KnownRun, lastOfEachJob } from "../../../src/sources/visit/known-runs.ts";

const NEVER = Number.POSITIVE_INFINITY;

it.each([
  ["one new run against the history of 3,000 models", { runs: 1, history: 60, latest: NEVER }, "runs"],
  ["800 runs against the history of 3,000 models", { runs: 800, history: 60, latest: NEVER }, "history"],
  ["40 runs against one page of the latest state", { runs: 40, history: NEVER, latest: 1 }, "latest"],
  ["the same either way: runs also tell of tests", { runs: 2, history: 2, latest: 2 }, "runs"],
] as const)("takes what needs the fewest requests: %s", (_name, costs, way) => {
  expect(cheapest(costs)).toBe(way);
});

it("asks for the history of many models in one request", () => {
  expect(historyCost(0)).toBe(0);
  expect(historyCost(1)).toBe(1);
  expect(historyCost(HISTORY_BATCH + 1)).toBe(2);
});

it("asks for more executions than successes are wanted, but never for more than the platform is known to give", () => {
  for (const successes of [1, 5, 10, 50]) expect(executionsFor(successes)).toBeGreaterThan(successes);
  expect(executionsFor(1000)).toBe(MOST_EXECUTIONS);
});

it("goes back in each job until it has succeeded so often", () => {
  const run = (run_id: string, job_id: string, status: KnownRun["status"]): KnownRun => ({
    run_id,
    job_id,
    status,
    project_id: "1",
    environment_id: "1",
    raw_status: null,
    queued_at: null,
    started_at: 1,
    ended_at: 2,
    trigger: null,
    commit_sha: null,
    branch: null,
    url: null,
    error_message: null,
    results_read: false,
    kind: "full",
  });
  const newestFirst = [
    run("9", "a", "failure"),
    run("8", "a", "success"),
    run("7", "b", "success"),
    run("6", "a", "cancelled"),
    run("5", "a", "success"),
    run("4", "a", "success"),
    run("3", "b", "failure"),
  ];
  expect(lastOfEachJob(newestFirst, 2).map((one) => one.run_id)).toEqual(["9", "8", "7", "6", "5", "3"]);
  expect(lastOfEachJob(newestFirst, 1).map((one) => one.run_id)).toEqual(["9", "8", "7"]);
});
