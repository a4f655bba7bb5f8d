/** The critical paths of all nightly builds of the demo, held against the files by plain code. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { chainOf, replayed, timedResults, workload } from "../contract/lineage-records.ts";
import { builds, manifest } from "../contract/records.ts";
import { type Demo, openDemo } from "../demo.ts";

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

interface Step {
  model_id: string;
  resource_type: string;
  runtime_s: number;
  waited_s: number;
  gain_s: number | null;
}
interface RunAnswer {
  started_at: string;
  critical_path: { step_count: number; runtime_s: number; waited_s: number; steps: Step[] };
  thread_use: object;
  slowest_models: { model_id: string; on_critical_path: boolean; gain_s: number | null }[];
}

const getRun = async (id: string, more: object = {}): Promise<RunAnswer> => {
  // The oracle says what this answer has to be.
  return (await demo.ask("get_run", { run_id: id, ...more })) as unknown as RunAnswer;
};

/** `model.shop.orders` and `test.shop.unique_orders.0123456789` as answers call them. */
const nameOf = (id: string) =>
  id
    .replace(/^\w+\./, "")
    .replace(/^(test\..*)\.[0-9a-f]{10}$/, "$1")
    .replace(/\.[0-9a-f]{10}$/, "");

// What was defined since would not fit older runs: those since the last change of the project.
const nightly = builds.filter((run) => run.job === "nightly" && run.folder > "2026-11-13");

it("has runs to look at", () => {
  expect(nightly.length).toBeGreaterThan(4);
});

it.each(nightly)("says what determined the end of $folder", async (run) => {
  const results = timedResults(run);
  const chain = chainOf(results, manifest.parent_map);
  const {
    critical_path: path,
    slowest_models: slow,
    thread_use: threads,
  } = await getRun(run.id, { slowest_n: 3 });
  expect(path.step_count).toBe(chain.length);
  // The ten that took longest, with their waits, in the order of time.
  const names = chain.map(({ id }) => nameOf(id));
  const shown = path.steps.map((step) => step.model_id);
  expect(names.filter((name) => shown.includes(name))).toEqual(shown);
  expect(shown.length).toBe(Math.min(10, chain.length));
  for (const step of path.steps) {
    const at = names.indexOf(step.model_id);
    const [row, before] = [chain[at], chain[at - 1]];
    expect(step.runtime_s).toBeCloseTo((row?.ended ?? 0) - (row?.started ?? 0), 2.9);
    if (before !== undefined) expect(step.waited_s).toBeCloseTo((row?.started ?? 0) - before.ended, 2.9);
  }
  // What ran on the path and what it waited make up the time from the start of the command to the end.
  const began = (chain[0]?.started ?? 0) - (path.steps[0]?.waited_s ?? 0);
  expect(path.runtime_s + path.waited_s).toBeCloseTo((chain.at(-1)?.ended ?? 0) - began, 1);
  const { average, max, one, span } = workload(results);
  expect(threads).toMatchObject({
    busy_average: expect.closeTo(average, 1.9),
    busy_max: max,
    one_thread_share: expect.closeTo(one, 2.9),
    span_s: expect.closeTo(span, 2.9),
    threads_seen: new Set(results.map((row) => row.thread)).size,
  });
  const whole = replayed(results, manifest.parent_map, null);
  for (const model of slow) {
    const id = `model.${model.model_id}`;
    expect(model.on_critical_path).toBe(chain.some((row) => row.id === id));
    expect(model.gain_s).toBeCloseTo(Math.max(0, whole - replayed(results, manifest.parent_map, id)), 2.9);
  }
});
