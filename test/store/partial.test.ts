import { expect, test } from "vitest";
import { type ExecutionInput, type InvocationInput, LoadRows } from "./rows.ts";
import { ask, expectNothingNew, publish, testStore } from "./stores.ts";

const EXECUTIONS = `SELECT name, partition, runtime_s FROM executions JOIN nodes USING (node_key)
  JOIN invocations USING (invocation_key) WHERE invocation_id = 'i1' ORDER BY ALL`;

const rowsOf = (times: Record<string, number>): ExecutionInput[] =>
  Object.entries(times).map(([name, runtime_s]) => ({ node: `model.shop.${name}`, runtime_s }));

/** A part of `i1`: run times by model. */
const part = (times: Record<string, number>, more: InvocationInput["invocation"] = {}): InvocationInput => ({
  invocation: { complete: false, ...more },
  executions: rowsOf(times),
});

const load = (...parts: InvocationInput[]): LoadRows =>
  parts.reduce((rows, each) => rows.invocation(each), new LoadRows());

const found = async (store: Parameters<typeof ask>[0]): Promise<Record<string, unknown>> =>
  Object.fromEntries((await ask(store, EXECUTIONS)).map((row) => [String(row.name), row.runtime_s]));

test("parts add up, and the last word on a node counts", async () => {
  const store = await testStore();
  expect((await publish(store, load(part({ a: 1, b: 1 })))).added).toEqual({
    invocations: 1,
    definitions: 0,
    executions: 2,
  });
  const second = () => load(part({ b: 2, c: 2 }));
  expect((await publish(store, second())).added).toEqual({ invocations: 0, definitions: 0, executions: 2 });
  expect(await found(store)).toEqual({ a: 1, b: 2, c: 2 });
  await expectNothingNew(store, second);
  await expectNothingNew(store, () => load(part({ a: 1 })));
  await expectNothingNew(store, () => load(part({})));
});

test("several parts in one load are all taken, as if one came after the other", async () => {
  const store = await testStore();
  const rows = () => load(part({ a: 1, b: 1 }), part({ b: 2, c: 2 }), part({ c: 3 }));
  expect((await publish(store, rows())).added).toEqual({ invocations: 1, definitions: 0, executions: 3 });
  expect(await found(store)).toEqual({ a: 1, b: 2, c: 3 });
  await expectNothingNew(store, rows);
});

test("all rows of a node come and go together", async () => {
  const store = await testStore();
  const days = (...partitions: string[]): InvocationInput => ({
    invocation: { complete: false },
    executions: partitions.map((partition) => ({ node: "model.shop.a", partition })),
  });
  await publish(store, load(days("mon", "tue"), part({ b: 1 })));
  await publish(store, load(days("wed")));
  expect(await ask(store, EXECUTIONS)).toEqual([
    { name: "a", partition: "wed", runtime_s: null },
    { name: "b", partition: null, runtime_s: 1 },
  ]);
  const both = () => load(days("wed", "thu"));
  await publish(store, both());
  expect(await ask(store, EXECUTIONS)).toMatchObject([
    { name: "a", partition: "thu" },
    { name: "a", partition: "wed" },
    { name: "b" },
  ]);
  await expectNothingNew(store, both);
});

test.each([
  ["before", [[part({ a: 1, gone: 1 })], [{ executions: rowsOf({ a: 2, b: 2 }) }]]],
  ["after", [[{ executions: rowsOf({ a: 2, b: 2 }) }], [part({ a: 1, gone: 1 })]]],
  ["with", [[part({ a: 1, gone: 1 }), { executions: rowsOf({ a: 2, b: 2 }) }, part({ a: 3 })]]],
])("nothing is left of parts that come %s the whole", async (_, loads) => {
  const store = await testStore();
  for (const units of loads) await publish(store, load(...units));
  expect(await found(store)).toEqual({ a: 2, b: 2 });
  expect(await ask(store, "SELECT complete FROM invocations")).toEqual([{ complete: true }]);
  await expectNothingNew(store, () => load(part({ a: 1, gone: 1 })));
});

test("a node that was running is as it ended once that is told, and the whole replaces the part", async () => {
  const store = await testStore();
  const running = { status: "running", runtime_s: null };
  const told = (executions: ExecutionInput[], complete: boolean): LoadRows =>
    load({ invocation: { complete, status: complete ? "success" : "running" }, executions });
  const statuses = () =>
    ask(store, "SELECT name, status, runtime_s FROM executions JOIN nodes USING (node_key) ORDER BY ALL");
  const [a, b] = ["model.shop.a", "model.shop.b"];
  const first = () =>
    told(
      [
        { node: a, runtime_s: 3 },
        { node: b, ...running },
      ],
      false,
    );
  await publish(store, first());
  await expectNothingNew(store, first);
  await publish(store, told([{ node: b, status: "error", runtime_s: 2 }], false));
  expect(await statuses()).toEqual([
    { name: "a", status: "success", runtime_s: 3 },
    { name: "b", status: "error", runtime_s: 2 },
  ]);
  await publish(store, told([{ node: b, attempt: 2, runtime_s: 4 }], true));
  expect(await statuses()).toEqual([{ name: "b", status: "success", runtime_s: 4 }]);
});

test("parts of one invocation leave others alone", async () => {
  const store = await testStore();
  const other = { invocation: { invocation_id: "i2" }, executions: rowsOf({ a: 9 }) };
  await publish(store, load(other, part({ a: 1 })));
  await publish(store, load(part({ a: 2 })));
  expect(
    await ask(
      store,
      "SELECT invocation_id, runtime_s FROM executions JOIN invocations USING (invocation_key) ORDER BY 1",
    ),
  ).toEqual([
    { invocation_id: "i1", runtime_s: 2 },
    { invocation_id: "i2", runtime_s: 9 },
  ]);
});

test("freshness adds up alike", async () => {
  const store = await testStore();
  const checked = (statuses: Record<string, string>): InvocationInput => ({
    invocation: { kind: "freshness", complete: false },
    freshness: Object.entries(statuses).map(([name, status]) => ({
      node: `source.shop.raw.${name}`,
      status,
    })),
  });
  await publish(store, load(checked({ a: "pass", b: "pass" })));
  const rows = () => load(checked({ b: "warn" }), checked({ c: "error" }));
  await publish(store, rows());
  expect(
    await ask(store, "SELECT name, status FROM freshness JOIN nodes USING (node_key) ORDER BY 1"),
  ).toEqual([
    { name: "a", status: "pass" },
    { name: "b", status: "warn" },
    { name: "c", status: "error" },
  ]);
  await expectNothingNew(store, rows);
});

test("what a part says of its invocation itself is as the last part says", async () => {
  const store = await testStore();
  await publish(store, load(part({ a: 1 }, { status: "running", elapsed_s: null })));
  await publish(store, load(part({ b: 1 }, { status: "failure", elapsed_s: 7 })));
  expect(await ask(store, "SELECT status, elapsed_s, complete FROM invocations")).toEqual([
    { status: "failure", elapsed_s: 7, complete: false },
  ]);
});
