import { expect, it } from "vitest";
import { type ExecutionInput, LoadRows, type NodeInput } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const model = (name: string) => `model.shop.${name}`;
const at = (seconds: number) => new Date(Date.parse("2024-05-01T03:00:00Z") + seconds * 1000).toISOString();

/** An execution of `node` from one second of the run to another. */
function ran(node: string, from: number, to: number, more: Partial<ExecutionInput> = {}): ExecutionInput {
  return {
    node,
    started_at: at(from),
    ended_at: at(to),
    recorded_at: at(to),
    runtime_s: to - from,
    thread: "Thread-1",
    ...more,
  };
}

function shop(edges: readonly string[], more: readonly NodeInput[] = []): LoadRows {
  const pairs = edges.map((pair) => pair.split(" ").map((name) => (name.includes(".") ? name : model(name))));
  const known = new Set(more.map((node) => node.unique_id));
  const ids = [...new Set(pairs.flat())].filter((id) => !known.has(id));
  return new LoadRows().definitions({
    nodes: [...ids.map((unique_id) => ({ unique_id })), ...more],
    edges: pairs.map(([parent = "", child = ""]) => [parent, child]),
  });
}

/** One command of run `r1`. */
function command(
  rows: LoadRows,
  id: string,
  [from, to]: [number, number],
  executions: ExecutionInput[],
): LoadRows {
  return rows.invocation({
    run: { run_id: "r1" },
    invocation: { invocation_id: id, started_at: at(from), ended_at: at(to) },
    executions,
  });
}

async function getRun(rows: LoadRows) {
  const run = (await (await accountOver(rows)).getRun({ runId: "r1" })).toJSON();
  const steps = run.critical_path?.steps.map((step) => [
    step.model_id.replace("shop.", ""),
    step.runtime_s,
    step.waited_s,
    step.waited_for,
    step.gain_s,
  ]);
  return { ...run, steps };
}

it("finds the path, what it gains, and the threads of a run", async () => {
  const rows = command(
    shop(["a b", "a x", "b c", "x c"]),
    "i1",
    [0, 12],
    [
      ran(model("a"), 1, 3),
      ran(model("b"), 3, 9),
      ran(model("x"), 3, 5, { thread: "Thread-2" }),
      ran(model("c"), 10, 12),
    ],
  );
  const run = await getRun(rows);
  expect(run.steps).toEqual([
    ["a", 2, 1, "start", 2],
    ["b", 6, 0, "upstream", 4],
    ["c", 2, 1, "upstream", 2],
  ]);
  expect(run.critical_path).toMatchObject({ step_count: 3, runtime_s: 10, waited_s: 2 });
  expect(run.slowest_models?.map((one) => [one.model_id, one.on_critical_path, one.gain_s])).toEqual([
    ["shop.b", true, 4],
    ["shop.a", true, 2],
    ["shop.c", true, 2],
    ["shop.x", false, 0],
  ]);
  expect(run.thread_use).toEqual({
    threads_seen: 2,
    busy_average: 1.09,
    busy_max: 2,
    one_thread_share: 0.727,
    idle_share: 0.091,
    span_s: 11,
  });
});

it("takes the attempts of a node as one step, from the first start to the last end", async () => {
  const rows = command(
    shop(["a b"]),
    "i1",
    [0, 9],
    [
      ran(model("a"), 0, 2, { attempt: 1, status: "error" }),
      ran(model("a"), 4, 7, { attempt: 2 }),
      ran(model("b"), 7, 9),
    ],
  );
  const { steps, thread_use } = await getRun(rows);
  expect(steps).toEqual([
    ["a", 7, 0, "start", 7],
    ["b", 2, 0, "upstream", 2],
  ]);
  // Between the attempts nothing ran.
  expect(thread_use).toMatchObject({ span_s: 9, busy_max: 1, idle_share: 0.222 });
});

it("goes through the commands of a run, hooks apart", async () => {
  const hook = "operation.shop.shop-on-run-end-0";
  const rows = shop(["a b"]);
  command(rows, "i1", [0, 3], [ran("seed.shop.s", 1, 3)]);
  command(
    rows,
    "i2",
    [3, 14],
    [ran(model("a"), 5, 6), ran(model("b"), 6, 7), ran(hook, 8, 13, { thread: "MainThread" })],
  );
  expect((await getRun(rows)).steps).toEqual([
    ["s", 2, 1, "start", 2],
    ["a", 1, 2, "start", 1],
    ["b", 1, 0, "upstream", 1],
    ["shop-on-run-end-0", 5, 1, "start", 5],
  ]);
});

it("leaves out what has no times, and has no path where nothing has", async () => {
  const rows = command(
    shop(["a b", "b c"]),
    "i1",
    [0, 9],
    [ran(model("a"), 0, 2), { node: model("b"), status: "skipped" }, { node: model("c"), runtime_s: 3 }],
  );
  expect((await getRun(rows)).steps).toEqual([["a", 2, 0, "start", 2]]);
  const none = command(shop(["a b"]), "i1", [0, 9], [{ node: model("a"), runtime_s: 3 }]);
  expect(await getRun(none)).toMatchObject({ critical_path: null, thread_use: null });
});

it("has no path where nothing tells how steps depend on each other", async () => {
  const op = (name: string): NodeInput => ({ unique_id: `op:shop:job:${name}`, resource_type: "model" });
  const rows = command(
    shop([], [op("load"), op("clean")]),
    "i1",
    [0, 9],
    [ran("op:shop:job:load", 0, 2, { thread: null }), ran("op:shop:job:clean", 2, 6, { thread: null })],
  );
  const { critical_path, thread_use, slowest_models } = await getRun(rows);
  expect(critical_path).toBeNull();
  expect(thread_use).toMatchObject({ threads_seen: null, busy_max: 1, span_s: 6 });
  expect(slowest_models?.map((one) => one.on_critical_path)).toEqual([undefined, undefined]);
});

it("marks the slowest models of a run, and of a job by its last full run", async () => {
  const rows = command(
    shop(["a b", "x y"]),
    "i1",
    [0, 9],
    [ran(model("a"), 0, 2), ran(model("b"), 2, 9), ran(model("x"), 0, 5, { thread: "Thread-2" })],
  );
  const account = await accountOver(rows);
  for (const question of [{ runId: "r1" }, { jobId: "nightly" }]) {
    const models = await account.slowestModels(question);
    expect(models.map((one) => [one.name, one.toJSON().on_critical_path])).toEqual([
      ["b", true],
      ["x", false],
      ["a", true],
    ]);
  }
  const [any] = await account.slowestModels();
  expect(any?.toJSON()).not.toHaveProperty("on_critical_path");
});
