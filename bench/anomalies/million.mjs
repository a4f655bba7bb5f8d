/**
 * A million executions in a store in memory, and questions about their trend: 10,000 models built on a hundred nights,
 * of which one in twenty has become slower.
 */
import { performance } from "node:perf_hooks";
import { Account } from "../../src/core/account.ts";
import { openStore } from "../../src/store/open.ts";
import { LoadRows } from "../../test/store/rows.ts";
import { Random } from "../generator/random.mjs";
import { median } from "../lib/statistics.mjs";

const MODELS = 10_000;
const NIGHTS = 100;
const DAY_MS = 86_400_000;
const FIRST = Date.UTC(2026, 6, 1, 2);
const NOW = FIRST + NIGHTS * DAY_MS;
const QUESTIONS = 40;

const model = (/** @type {number} */ index) => `model.shop.m${index}`;
const random = new Random(5);
const usual = Array.from({ length: MODELS }, () => random.uneven(20, 1.2));

const store = await openStore({ address: ":memory:", sourceIds: ["test"], warn: () => {} });
const names = Array.from({ length: MODELS }, (_, index) => ({
  unique_id: model(index),
  materialization: "table",
}));
const definitions = new LoadRows().definitions({ nodes: names, generated_at: new Date(FIRST).toISOString() });
await store.load(async (load) => {
  await load.send(definitions.batch());
  await load.publish();
});
for (let night = 0; night < NIGHTS; night++) {
  const start = (FIRST + night * DAY_MS) * 1000;
  const executions = usual.map((seconds, index) => ({
    node: model(index),
    recorded_at: start + index * 1e6,
    runtime_s: random.uneven(index % 20 === 0 && night >= 90 ? 2 * seconds : seconds, 0.15),
  }));
  const rows = new LoadRows().invocation({
    run: { run_id: `n${night}`, started_at: start, ended_at: start + 3600e6, status: "success" },
    invocation: { invocation_id: `n${night}`, started_at: start, ended_at: start + 3600e6 },
    executions,
  });
  await store.load(async (load) => {
    await load.send(rows.batch());
    await load.publish();
  });
}
const account = new Account({
  ready: () => Promise.resolve(),
  view: async () => ({
    snapshot: await store.snapshot(),
    as_of: new Date(NOW).toISOString(),
    systems: ["artifacts"],
    complete: true,
    notes: [],
    on_demand: false,
  }),
  code: () => Promise.reject(new Error("no code")),
  log: () => Promise.resolve(null),
  events: () => Promise.resolve(null),
  invalidate: () => Promise.resolve(),
  sources: () => [],
  clock: { now: () => NOW, sleep: () => new Promise(() => {}) },
});

/** Median milliseconds of new questions; the first few warm. @param {(index: number) => object} question */
async function times(question) {
  const taken = [];
  for (let index = 0; index < QUESTIONS; index++) {
    const from = performance.now();
    await account.getRuntimeTrend(question(index));
    taken.push(performance.now() - from);
  }
  return median(taken.slice(5));
}

const measured = {
  model: await times((index) => ({ modelId: `m${index * 20}` })),
  job: await times((index) => ({ jobId: "nightly", since: `${14 + index}d` })),
  project: await times((index) => ({ projectId: "shop", since: `${14 + index}d` })),
};
process.stdout.write(`${JSON.stringify(measured)}\n`);
await store.close();
