/** Artifacts are read late and once: a large account has thousands. */
import { beforeEach, describe, expect, test } from "vitest";
import type { World } from "../world.ts";
import { createDiscovery, type Discovery } from "./execute.ts";
import {
  ELSEWHERE,
  ENVIRONMENT,
  manifest,
  NIGHTLY,
  NOW,
  node,
  results,
  runOf,
  smallWorld,
} from "./support.ts";

const ORDERS = "model.small.orders";
const DAY = 86_400_000;

/** A run that began `days` before the last one. */
function parts(id: number, days: number, environmentId = ENVIRONMENT) {
  const at = new Date(NOW - days * DAY).toISOString();
  const steps = [
    { "manifest.json": manifest([node(ORDERS)], at), "run_results.json": results(at, { [ORDERS]: {} }) },
  ];
  return { id, environmentId, at, steps };
}

/** How often each artifact was read, as `run path`. */
const reads = new Map<string, number>();
let world: World;
let api: Discovery;

/** Counts what is read of a run. */
function watched(run: World["runs"][number]): World["runs"][number] {
  const steps = run.steps.map((step) => ({
    ...step,
    artifact(path: string) {
      const key = `${run.id} ${path}`;
      reads.set(key, (reads.get(key) ?? 0) + 1);
      return step.artifact(path);
    },
  }));
  return { ...run, steps };
}

beforeEach(() => {
  reads.clear();
  world = smallWorld([parts(1, 3), parts(2, 2), parts(3, 1), parts(4, 1, ELSEWHERE)]);
  world.runs = world.runs.map(watched);
  api = createDiscovery(world, { vintage: "2026-06", now: () => NOW });
});

async function ask(query: string): Promise<string> {
  return JSON.stringify((await api.execute({ query }, null)).body);
}

const APPLIED = `{ environment(id: ${ENVIRONMENT}) { applied { models { edges { node { uniqueId executionInfo { lastRunId } } } } } } }`;
const HISTORY = `{ environment(id: ${ENVIRONMENT}) { applied { modelHistoricalRuns(uniqueId: "${ORDERS}", lastRunCount: 9) { runId name status } } } }`;
const JOB = `{ job(id: ${NIGHTLY}, runId: 2) { models { uniqueId status } } }`;

describe("artifacts", () => {
  test("are read once, however often is asked", async () => {
    for (const query of [APPLIED, HISTORY, JOB, APPLIED, HISTORY, JOB]) await ask(query);
    expect(Object.fromEntries(reads)).toEqual({
      "1 run_results.json": 1,
      "2 run_results.json": 1,
      "3 run_results.json": 1,
      "2 manifest.json": 1,
      "3 manifest.json": 1,
    });
  });

  test("of one run are all that a job needs", async () => {
    expect(await ask(JOB)).toContain('"status":"success"');
    expect([...reads.keys()].sort()).toEqual(["2 manifest.json", "2 run_results.json"]);
  });

  test("are kept when the world changes, but for those of a new run", async () => {
    expect(await ask(APPLIED)).toContain('"lastRunId":3');
    world.runs.push(watched(runOf(parts(5, 0))));
    world.touch();
    expect(await ask(APPLIED)).toContain('"lastRunId":5');
    expect([...reads.values()].every((count) => count === 1)).toBe(true);
  });
});

test("manifests that differ in their metadata alone keep each their own", async () => {
  const query = (run: number) =>
    `{ job(id: ${NIGHTLY}, runId: ${run}) { exposures { name } models { dbtVersion } } }`;
  const [first, second] = [parts(6, 5), parts(7, 4)];
  const newer = { metadata: { dbt_version: "1.11.0" }, nodes: { [ORDERS]: node(ORDERS) } };
  world.runs = [runOf(first), runOf({ ...second, steps: [{ ...second.steps[0], "manifest.json": newer }] })];
  world.touch();
  expect(await ask(query(6))).toContain('"dbtVersion":"1.10.0"');
  expect(await ask(query(7))).toContain('"dbtVersion":"1.11.0"');
});
