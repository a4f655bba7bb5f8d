/**
 * How many requests a question about a large deployment takes, and that what has changed there is seen for so few. The
 * counts do not depend on the machine.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { syntheticWorld } from "../../emulators/dagster/synthetic.ts";
import type { World } from "../../emulators/dagster/world.ts";
import { type Answer, type Bench, MINUTE, NOW, openBench } from "./bench.ts";
import { addRun } from "./changes.ts";

/** Ten op jobs and one over all assets: 440 runs. */
const SIZE = { jobs: 10, assets: 300, runs: 40 };
const RUNS = (SIZE.jobs + 1) * SIZE.runs;
const LAST_RUNS = 10;
const TTL = 5 * MINUTE;

/** What the source promises of its documents: things of one request. */
const RUNS_A_PAGE = 500;
const RUNS_WITH_STEPS = 10;
const ASSETS_DEFINED = 400;
const ASSETS_STATED = 200;
const JOBS_WITH_OPS = 20;
const CHECKS = 40;
/** Runs whose checks are asked for together. */
const RUNS_TOGETHER = 100;

interface Counted {
  answer: Answer;
  /** By the name of the document. */
  sent: Map<string, number>;
  total: number;
}

let world: World;
let bench: Bench;
let cold: Counted;

beforeAll(async () => {
  world = syntheticWorld({ now: NOW, ...SIZE });
  bench = await openBench({ world, until: "file" });
  cold = await counted("slowest_models", { last_n_runs: LAST_RUNS, slowest_n: 5 });
});

async function counted(name: string, input: Record<string, unknown> = {}): Promise<Counted> {
  bench.requests();
  const answer = await bench.ask(name, input);
  expect(answer.source).toMatchObject({ complete: true, notes: [] });
  const names = bench.requests();
  const sent = new Map<string, number>();
  for (const document of names) sent.set(document, (sent.get(document) ?? 0) + 1);
  return { answer, sent, total: names.length };
}

const slowest = () => counted("slowest_models", { last_n_runs: LAST_RUNS, slowest_n: 5 });
const shown = ({ answer }: Counted) =>
  answer.items.map(({ model_id, average_runtime_s, runs_counted }) => [
    model_id,
    average_runtime_s,
    runs_counted,
  ]);

/** The five longest averages by the world itself, each of the newest runs of a step that succeeded. */
function expected(): number[] {
  const times = new Map<string, number[]>();
  for (const run of world.runs.toSorted((one, other) => other.createdAt - one.createdAt)) {
    for (const { key, status, attempts } of run.steps) {
      const id = run.jobName === "assets_job" ? key : `${run.jobName} ${key}`;
      const seconds = times.get(id) ?? [];
      times.set(id, seconds);
      const [attempt] = attempts;
      if (status !== "SUCCESS" || seconds.length === LAST_RUNS || attempt === undefined) continue;
      seconds.push((attempt.endedAt ?? 0) - attempt.startedAt);
    }
  }
  return [...times.values()]
    .map((seconds) => seconds.reduce((sum, one) => sum + one, 0) / seconds.length)
    .sort((one, other) => other - one)
    .slice(0, 5);
}

describe("slowest_models, cold", () => {
  it("tells what the runs of the world say", () => {
    expect(shown(cold).map(([, average]) => average)).toEqual(
      expected().map((one) => expect.closeTo(one, 2)),
    );
    expect(shown(cold).every(([, , runs]) => runs === LAST_RUNS)).toBe(true);
  });

  it("asks for runs by hundreds, for their steps by tens, for assets by hundreds", () => {
    const { sent } = cold;
    expect(sent.get("RunlensRuns")).toBeLessThanOrEqual(Math.ceil(RUNS / RUNS_A_PAGE));
    expect(sent.get("RunlensAssets")).toBe(Math.ceil(SIZE.assets / ASSETS_DEFINED));
    expect(sent.get("RunlensOps")).toBe(Math.ceil(SIZE.jobs / JOBS_WITH_OPS));
    // Of each job the newest runs until ten have succeeded: one in seven fails.
    const runs = (SIZE.jobs + 1) * Math.ceil(LAST_RUNS * (7 / 6));
    expect(sent.get("RunlensSteps")).toBeLessThanOrEqual(Math.ceil(runs / RUNS_WITH_STEPS) + 1);
  });

  it("asks for no model, no check and no run alone", () => {
    const { sent, total } = cold;
    // Once for the runs that are read together, whatever the number of runs in which a check was evaluated.
    const together = Math.ceil(((sent.get("RunlensSteps") ?? 0) * RUNS_WITH_STEPS) / RUNS_TOGETHER);
    expect(sent.get("RunlensChecks")).toBeLessThanOrEqual(together * Math.ceil(SIZE.assets / CHECKS));
    // What it is all for: the last executions of every model.
    const executions = (SIZE.assets + SIZE.jobs * 3) * LAST_RUNS;
    expect(total * 30).toBeLessThan(executions);
  });

  it("asks once what the server has, and for the workspace", () => {
    expect([cold.sent.get("RunlensSchema"), cold.sent.get("RunlensWorkspace")]).toEqual([1, 1]);
  });
});

describe("afterwards", () => {
  it("nothing is sent for what is fresh, also for less of it", async () => {
    const again = await slowest();
    expect([again.total, shown(again)]).toEqual([0, shown(cold)]);
    expect((await counted("slowest_models", { last_n_runs: 3 })).total).toBe(0);
    expect((await counted("list_runs", { limit: 50 })).total).toBe(0);
  });

  it("a dashboard takes the state of the assets, and nothing of runs", async () => {
    const { sent, total } = await counted("health_dashboard");
    expect(sent.get("RunlensAssetStates")).toBe(Math.ceil(SIZE.assets / ASSETS_STATED));
    expect(sent.get("RunlensConditions")).toBe(1);
    expect(total).toBeLessThanOrEqual(2 + Math.ceil(SIZE.assets / ASSETS_STATED));
  });

  it("a run takes its steps and those of the runs that it is compared with", async () => {
    const run = world.runs.find(({ jobName }) => jobName === "job_1");
    const { answer, total } = await counted("get_run", { run_id: run?.id });
    expect(answer).toMatchObject({ status: "success", model_count: 3 });
    expect(total).toBeLessThanOrEqual(3);
  });

  it("looks whether anything is new in a few requests, and reads no run twice", async () => {
    bench.clock.pass(TTL + 1);
    const { sent, total, answer } = await slowest();
    expect(shown({ answer, sent, total })).toEqual(shown(cold));
    expect(sent.get("RunlensSteps")).toBeUndefined();
    // The workspace, the runs that have changed, and the definitions: names, assets, jobs, ops.
    expect(total).toBeLessThanOrEqual(6);
  });

  it("reads one new run in two requests more", async () => {
    bench.clock.pass(TTL + 1);
    addRun(bench, "job_1");
    const { sent, total } = await slowest();
    expect(sent.get("RunlensSteps")).toBe(1);
    expect(total).toBeLessThanOrEqual(8);
  });

  it("reads a new run of all assets in a request for forty checks each", async () => {
    bench.clock.pass(TTL + 1);
    const made = addRun(bench, "assets_job");
    const { sent } = await slowest();
    expect(sent.get("RunlensSteps")).toBe(1);
    expect(sent.get("RunlensChecks")).toBeLessThanOrEqual(Math.ceil(SIZE.assets / CHECKS));
    const run = await counted("get_run", { run_id: made.id });
    expect(run.answer).toMatchObject({ status: "success", model_count: SIZE.assets });
  });

  it("sees a run end that was going on, and keeps what it saw meanwhile", async () => {
    bench.clock.pass(TTL + 1);
    const run = addRun(bench, "job_2");
    const going = { ...run, status: "STARTED" as const, endedAt: null, steps: run.steps.slice(0, 1) };
    world.runs.splice(world.runs.indexOf(run), 1, going);
    world.touch();
    const before = await counted("get_run", { run_id: run.id });
    expect(before.answer).toMatchObject({ status: "running" });
    bench.clock.pass(TTL + 1);
    const updatedAt = bench.clock.now() / 1000 - 30;
    world.runs.splice(world.runs.indexOf(going), 1, { ...run, endedAt: updatedAt, updatedAt });
    world.touch();
    const after = await counted("get_run", { run_id: run.id });
    expect(after.answer).toMatchObject({ status: "success", model_count: run.steps.length });
    expect(after.total).toBeLessThanOrEqual(8);
  });
});
