import { expect, test } from "vitest";
import { DEFAULT_TIME, type InvocationInput, LoadRows, micros } from "./rows.ts";
import { ask, askList, expectNothingNew, publish, type TestStore, testStore } from "./stores.ts";

const told = {
  run_id: "1",
  derived: false,
  status: "success",
  started_at: micros(DEFAULT_TIME) - 60e6,
  ended_at: micros(DEFAULT_TIME),
  results_read: false,
} as const;

const executions = (times: Record<string, number>) =>
  Object.entries(times).map(([name, runtime_s]) => ({ node: `model.shop.${name}`, runtime_s }));

/** The last results of run `1`, or of another, of which no command is known. */
const standIn = (times: Record<string, number>, run: InvocationInput["run"] = {}): InvocationInput => ({
  run: { ...told, ...run },
  invocation: { invocation_id: `last results of ${run.run_id ?? "1"}`, complete: false, stand_in: true },
  executions: executions(times),
});

const command = (
  times: Record<string, number>,
  given: InvocationInput["invocation"] = {},
): InvocationInput => ({
  run: told,
  invocation: { invocation_id: "i1", ...given },
  executions: executions(times),
});

const load = (...units: InvocationInput[]): LoadRows =>
  units.reduce((rows, each) => rows.invocation(each), new LoadRows());

/** Run times by the invocation's id and the model. */
async function found(store: TestStore): Promise<string[]> {
  const rows = await ask(
    store,
    `SELECT invocation_id, name, runtime_s FROM executions JOIN nodes USING (node_key)
     JOIN invocations USING (invocation_key) ORDER BY ALL`,
  );
  return rows.map((row) => `${row.invocation_id}: ${row.name} ${row.runtime_s}`);
}

const INVOCATIONS = "SELECT invocation_id FROM invocations ORDER BY 1";

test("last results are kept where nothing better is known, and add up", async () => {
  const store = await testStore();
  const rows = () => load(standIn({ a: 1, b: 1 }));
  expect((await publish(store, rows())).added).toEqual({ invocations: 0, definitions: 0, executions: 0 });
  await expectNothingNew(store, rows);
  await publish(store, load(standIn({ b: 2 })));
  expect(await found(store)).toEqual(["last results of 1: a 1", "last results of 1: b 2"]);
  expect(await ask(store, "SELECT stand_in, complete FROM invocations")).toEqual([
    { stand_in: true, complete: false },
  ]);
});

const ORDERS: [string, InvocationInput[][]][] = [
  ["before", [[standIn({ a: 1, b: 1 })], [command({ a: 2 })]]],
  ["after", [[command({ a: 2 })], [standIn({ a: 1, b: 1 })]]],
  ["with", [[standIn({ a: 1, b: 1 }), command({ a: 2 })]]],
];

test.each(ORDERS)("they give way, node by node, when they come %s a command's results", async (_, loads) => {
  const store = await testStore();
  for (const units of loads) await publish(store, load(...units));
  expect(await found(store)).toEqual(["i1: a 2", "last results of 1: b 1"]);
  await expectNothingNew(store, () => load(standIn({ a: 1, b: 1 })));
  await expectNothingNew(store, () => load(command({ a: 2 }), standIn({ a: 9 })));
});

test.each(ORDERS)("a part of a command's results that comes %s them is better too", async (_, loads) => {
  const store = await testStore();
  const partial = (unit: InvocationInput) =>
    unit.invocation?.stand_in === true ? unit : command({ a: 2 }, { complete: false });
  for (const units of loads) await publish(store, load(...units.map(partial)));
  expect(await found(store)).toEqual(["i1: a 2", "last results of 1: b 1"]);
});

test("one without rows left is gone, and does not come again", async () => {
  const store = await testStore();
  await publish(store, load(standIn({ a: 1 })));
  await publish(store, load(command({ a: 2, b: 2 })));
  expect(await askList(store, INVOCATIONS)).toEqual(["i1"]);
  await expectNothingNew(store, () => load(standIn({ a: 1, b: 1 })));
  expect(await askList(store, INVOCATIONS)).toEqual(["i1"]);
});

test("one that tells of no results is not kept", async () => {
  const store = await testStore();
  await publish(store, new LoadRows().run({ run: told }));
  await expectNothingNew(store, () => load(standIn({})).run({ run: told }));
});

test("they go wholly when the results of all commands have been read, and stay away", async () => {
  const store = await testStore();
  await publish(store, load(standIn({ a: 1, b: 1 }), command({ c: 2 })));
  await publish(store, new LoadRows().run({ run: { ...told, results_read: true } }));
  expect(await found(store)).toEqual(["i1: c 2"]);
  expect(await askList(store, INVOCATIONS)).toEqual(["i1"]);
  await expectNothingNew(store, () => load(standIn({ a: 1, b: 1 })));
});

test("they go with the load that reads the last results", async () => {
  const store = await testStore();
  const read = () =>
    load(standIn({ a: 1, b: 1 }), { ...command({ a: 2 }), run: { ...told, results_read: true } });
  await publish(store, load(standIn({ b: 1 })));
  await publish(store, read());
  expect(await found(store)).toEqual(["i1: a 2"]);
  expect(await askList(store, INVOCATIONS)).toEqual(["i1"]);
  await expectNothingNew(store, read);
});

test("another run, and another kind, is no concern of theirs", async () => {
  const store = await testStore();
  const freshness = (stand_in: boolean): InvocationInput => ({
    run: told,
    invocation: {
      invocation_id: stand_in ? "last freshness of 1" : "i1",
      kind: "freshness",
      complete: !stand_in,
      stand_in,
    },
    freshness: [{ node: "source.shop.raw.t", status: stand_in ? "warn" : "pass" }],
  });
  const ofOther = standIn({ a: 1 }, { run_id: "2" });
  await publish(store, load(standIn({ b: 1 }), freshness(true), ofOther));
  // A command of one kind may bring rows of the other, which are not what the stand-in is about.
  const built = { ...command({ a: 2 }), freshness: [{ node: "source.shop.raw.t", status: "error" }] };
  await publish(store, load(built));
  expect(await found(store)).toEqual(["i1: a 2", "last results of 1: b 1", "last results of 2: a 1"]);
  expect(await askList(store, "SELECT status FROM freshness ORDER BY 1")).toEqual(["error", "warn"]);
  await publish(store, load(freshness(false)));
  expect(await askList(store, "SELECT status FROM freshness ORDER BY 1")).toEqual(["error", "pass"]);
  expect(await found(store)).toHaveLength(3);
  await publish(store, new LoadRows().run({ run: { ...told, results_read: true } }));
  expect(await found(store)).toEqual(["i1: a 2", "last results of 2: a 1"]);
});
