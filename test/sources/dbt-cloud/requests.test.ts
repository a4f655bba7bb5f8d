/**
 * How many requests a question about a large account takes, and that what has changed there is seen for so few. The
 * counts do not depend on the machine; bench/dbt-cloud.mjs measures how long the answers take.
 */
import { afterAll, beforeAll, expect, it } from "vitest";
import { Account } from "../../../src/core/account.ts";
import { createDbtCloudSource } from "../../../src/sources/dbt-cloud/source.ts";
import { openStore } from "../../../src/store/open.ts";
import { systemClock } from "../../../src/sync/clock.ts";
import { createSync } from "../../../src/sync/sync.ts";
import {
  addRun,
  deleteJob,
  finishRun,
  removeModel,
  renameProject,
} from "../../emulators/dbt-cloud/changes.ts";
import { type Emulator, startEmulator } from "../../emulators/dbt-cloud/server.ts";
import { type MadeUpWorld, syntheticWorld } from "../../emulators/dbt-cloud/synthetic.ts";
import { FULL_TOKEN } from "../../emulators/dbt-cloud/tokens.ts";
import type { Job, Run } from "../../emulators/dbt-cloud/world.ts";

const SIZE = { projects: 12, jobs: 40, models: 3000, days: 60 };
const LAST_RUNS = 10;
const TTL_S = 300;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Requests a minute that the vendor allows. */
const RATES = { discovery: 500, admin: 5000 };

interface Counted {
  admin: number;
  discovery: number;
  answer: Record<string, unknown>[];
}

let now = Date.parse("2026-11-18T12:00:00Z");
let world: MadeUpWorld;
let emulator: Emulator;
let account: Account;
let cold: Counted;
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  world = syntheticWorld({ ...SIZE, now });
  const clock = { ...systemClock(), now: () => now };
  // Its clock stands still while a question is answered, so that it refuses what is beyond the rate of a minute.
  emulator = await startEmulator({
    world,
    now: clock.now,
    discoveryLimit: RATES.discovery,
    adminLimit: RATES.admin,
  });
  const source = createDbtCloudSource({
    token: FULL_TOKEN,
    accountId: String(world.account.id),
    adminUrl: emulator.adminUrl,
    discoveryUrl: emulator.discoveryUrl,
    clock,
  });
  const warn = (message: string) => {
    throw new Error(message);
  };
  const store = await openStore({ address: ":memory:", sourceIds: [source.ref.id], warn });
  const options = {
    store,
    sources: [source],
    clock,
    ttl_s: TTL_S,
    deadline_ms: null,
    alwaysWait: true,
    warn,
  };
  const sync = createSync(options);
  closers.push(
    () => sync.close(),
    () => source.close(),
    () => store.close(),
    () => emulator.close(),
  );
  account = new Account(sync);
  cold = await slowest();
}, 180_000);
afterAll(async () => {
  for (const close of closers) await close();
});

/** Asks, and counts what was sent for it; nothing of it was refused. */
async function counted(ask: () => Promise<{ toJSON(): object }>): Promise<Counted> {
  emulator.resetCounts();
  const { items }: { items: Counted["answer"] } = JSON.parse(JSON.stringify(await ask()));
  expect(emulator.requests.filter(({ status }) => status !== 200)).toEqual([]);
  return {
    admin: emulator.count("admin"),
    discovery: emulator.count("discovery"),
    answer: items,
  };
}

const slowest = () => counted(() => account.slowestModels({ lastNRuns: LAST_RUNS }));
const requests = ({ admin, discovery }: Counted) => admin + discovery;

/** Lets everything that is known grow too old. */
function expire(): void {
  now += TTL_S * 1000 + 1;
}

/** The job of that name in the first project. */
function jobNamed(name: string): Job {
  const job = world.jobs.find((one) => one.name === name);
  if (job === undefined) throw new Error(`no job ${name}`);
  return job;
}

/** A model that takes little time, as its unique id. */
const QUICK = "model.division_1.stg_invoices_10";

interface Execution {
  model: string;
  seconds: number;
}

/** Successful executions by the artifacts of each run, read once. */
const read = new Map<Run, Execution[]>();

function executionsOf(run: Run): Execution[] {
  const known = read.get(run);
  if (known !== undefined) return known;
  const text = run.steps.at(-1)?.artifact("run_results.json") ?? '{ "results": [] }';
  const { results }: { results: { unique_id: string; status: string; execution_time: number }[] } =
    JSON.parse(text);
  const found = results
    .filter(({ unique_id, status }) => unique_id.startsWith("model.") && status === "success")
    .map(({ unique_id, execution_time }) => ({ model: unique_id, seconds: execution_time }));
  read.set(run, found);
  return found;
}

/** The five slowest models as the artifacts of the last two weeks tell, which hold ten successes of every model. */
function expected(): unknown[] {
  const times = new Map<string, number[]>();
  const ended = world.runs.filter(({ finishedAt }) => finishedAt !== null && finishedAt > now - 14 * DAY_MS);
  for (const run of ended.sort((one, other) => (other.finishedAt ?? 0) - (one.finishedAt ?? 0))) {
    for (const { model, seconds } of executionsOf(run)) {
      const known = times.get(model) ?? [];
      if (known.length < LAST_RUNS) times.set(model, [...known, seconds]);
    }
  }
  return [...times]
    .map(([model, seconds]) => ({ model, average: seconds.reduce((sum, one) => sum + one, 0) / LAST_RUNS }))
    .sort((one, other) => other.average - one.average)
    .slice(0, 5)
    .map(({ model, average }) => [model.slice("model.".length), expect.closeTo(average, 2), LAST_RUNS]);
}

function shown({ answer }: Counted): unknown[] {
  return answer.map((item) => [item.model_id, item.average_runtime_s, item.runs_counted]);
}

it("reads history cold within the rates of a minute, at least 20 times cheaper than model by model", () => {
  expect(shown(cold)).toEqual(expected());
  expect(cold.discovery).toBeLessThanOrEqual(RATES.discovery);
  expect(requests(cold) * 20).toBeLessThanOrEqual(SIZE.models);
});

it("takes a page of each list and a document for fifty models", () => {
  // Projects with their environments, jobs, and the runs of sixty days; definitions, and histories.
  expect(cold.admin).toBeLessThanOrEqual(2 + Math.ceil(world.runs.length / 100));
  expect(cold.discovery).toBeLessThanOrEqual(SIZE.projects + SIZE.models / 50);
});

it("sends nothing for what is fresh, also for less of it", async () => {
  expect(await slowest()).toEqual({ ...cold, admin: 0, discovery: 0 });
  const fewer = await counted(() => account.slowestModels({ lastNRuns: 3, tags: ["finance"] }));
  expect(fewer.answer).toHaveLength(5);
  expect(requests(fewer)).toBe(0);
});

it("looks whether anything is new in two requests", async () => {
  expire();
  const again = await slowest();
  expect(again.answer).toEqual(cold.answer);
  expect(requests(again)).toBeLessThanOrEqual(2);
});

it("reads one new run in five requests", async () => {
  addRun(world, jobNamed("Nightly build").id, {
    startedAt: now,
    finishedAt: now + MINUTE_MS,
    seconds: { [QUICK]: 2000 },
  });
  expire();
  const after = await slowest();
  expect(shown(after)).toEqual(expected());
  expect(after.answer[0]?.model_id).toBe(QUICK.slice("model.".length));
  expect(requests(after)).toBeLessThanOrEqual(5);
});

it("fetches what is fresh when asked to, with every run since", async () => {
  const { id } = jobNamed("Nightly build");
  for (const startedAt of [now, now + 3 * MINUTE_MS]) {
    addRun(world, id, { startedAt, finishedAt: startedAt + MINUTE_MS, seconds: { [QUICK]: 3000 } });
  }
  now += 4 * MINUTE_MS;
  const before = await slowest();
  const after = await counted(() => account.slowestModels({ lastNRuns: LAST_RUNS, refresh: true }));
  expect(requests(before)).toBe(0);
  expect(shown(before)).not.toEqual(expected());
  expect(shown(after)).toEqual(expected());
  expect(requests(after)).toBeGreaterThan(0);
  expect(requests(after)).toBeLessThanOrEqual(requests(cold));
});

it("sees a run that began before others that were seen and ended after them", async () => {
  const slow = addRun(world, jobNamed("Nightly build").id, { stage: "running", startedAt: now });
  expire();
  expect(requests(await slowest())).toBeLessThanOrEqual(5);
  const { id } = jobNamed("Build finance");
  addRun(world, id, { startedAt: now, finishedAt: now + MINUTE_MS });
  expire();
  const meanwhile = await slowest();
  expect(requests(meanwhile)).toBeLessThanOrEqual(5);

  finishRun(world, slow.id, { seconds: { [QUICK]: 5000 } });
  now = Math.max(now, slow.finishedAt ?? 0);
  expire();
  const after = await slowest();
  expect(shown(after)).not.toEqual(shown(meanwhile));
  expect(shown(after)).toEqual(expected());
  expect(requests(after)).toBeLessThanOrEqual(5);
});

it("sees a run end that has gone on for days", async () => {
  const { id } = jobNamed("Nightly build");
  const slow = addRun(world, id, { stage: "running", startedAt: now });
  expire();
  await slowest();
  now += 3 * DAY_MS;
  addRun(world, id, { startedAt: now - 5 * MINUTE_MS, finishedAt: now });
  const meanwhile = await slowest();
  finishRun(world, slow.id, { seconds: { [QUICK]: (3 * DAY_MS) / 1000 } });
  now = Math.max(now, slow.finishedAt ?? 0);
  expire();
  const after = await slowest();
  expect(after.answer[0]?.average_runtime_s).toBeGreaterThan(Number(meanwhile.answer[0]?.average_runtime_s));
  expect(shown(after)).toEqual(expected());
  expect(requests(after)).toBeLessThanOrEqual(5);
});

it("sees that a job was deleted", async () => {
  const { id, name } = jobNamed("Build marketing");
  const list = () => counted(() => account.getJobs({ limit: 100 }));
  const before = await list();
  deleteJob(world, id);
  expire();
  const after = await list();
  expect(before.answer.filter(({ job_id }) => job_id === String(id))).toMatchObject([{ name }]);
  expect(after.answer).toHaveLength(SIZE.jobs - 1);
  expect(after.answer.filter(({ job_id }) => job_id === String(id))).toEqual([]);
  expect(requests(after)).toBeLessThanOrEqual(5);
});

it("sees that a project was renamed", async () => {
  const [project] = world.projects;
  renameProject(world, project?.id ?? 0, "Division of Riders");
  expire();
  const { answer, ...sent } = await counted(() => account.getProjects({ limit: 100 }));
  expect(answer).toHaveLength(SIZE.projects);
  expect(answer.map((item) => item.name)).toContain("Division of Riders");
  expect(answer.map((item) => item.name)).not.toContain("Division 1");
  expect(sent.admin + sent.discovery).toBeLessThanOrEqual(5);
});

it("sees that a model was removed", async () => {
  removeModel(world, QUICK);
  addRun(world, jobNamed("Nightly build").id, { startedAt: now, finishedAt: now + MINUTE_MS });
  expire();
  const after = await slowest();
  expect(after.answer.map((item) => item.model_id)).not.toContain(QUICK.slice("model.".length));
  expect(after.answer).toHaveLength(5);
  // New code: the definitions of the environment are read anew, in two pages beside what a new run takes.
  expect(requests(after)).toBeLessThanOrEqual(7);
});
