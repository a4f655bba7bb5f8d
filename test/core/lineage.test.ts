import { expect, it } from "vitest";
import { Facts } from "../../src/core/facts.ts";
import { modelsDownstream, upstreamOf } from "../../src/core/lineage.ts";
import { QueryMemory } from "../../src/core/memory.ts";
import { LoadRows } from "../store/rows.ts";
import { publish, testStore } from "../store/stores.ts";

/** Facts over a graph of models given as `parent child` pairs, and the key of each model. */
async function graph(pairs: readonly string[]): Promise<{ facts: Facts; keys: Map<string, number> }> {
  const edges = pairs.map((pair) => pair.split(" ").map((name) => `model.shop.${name}`));
  const store = await testStore({ address: ":memory:" });
  const load = new LoadRows();
  const nodes = [...new Set(edges.flat())].map((unique_id) => ({ unique_id }));
  load.definitions({ nodes, edges: edges.map(([parent = "", child = ""]) => [parent, child]) });
  await publish(store, load);
  const snapshot = await store.snapshot();
  const view = { snapshot, as_of: null, systems: [], complete: true, notes: [], on_demand: false };
  const facts = new Facts(view, {
    memory: new QueryMemory(),
    now: 0,
    signal: undefined,
    notes: [],
  });
  const rows = await facts.snapshot.query<{ node_key: number; name: string }>(
    "SELECT node_key, name FROM nodes",
  );
  return { facts, keys: new Map(rows.map((row) => [row.name, row.node_key])) };
}

const named = (keys: Map<string, number>, found: Iterable<number>) => {
  const names = new Map([...keys].map(([name, key]) => [key, name]));
  return [...found].map((key) => names.get(key)).sort();
};

it("reaches everything downstream of each root once, to any depth", async () => {
  const { facts, keys } = await graph(["a b", "a c", "b d", "c d", "d e", "x e"]);
  const found = await modelsDownstream(facts, [keys.get("a") ?? -1, keys.get("x") ?? -1]);
  expect(named(keys, found.get(keys.get("a") ?? -1) ?? [])).toEqual(["b", "c", "d", "e"]);
  expect(named(keys, found.get(keys.get("x") ?? -1) ?? [])).toEqual(["e"]);
});

it("ends where a broken graph has a cycle, and does not count a root as downstream of itself", async () => {
  const { facts, keys } = await graph(["a b", "b c", "c a"]);
  const found = await modelsDownstream(facts, [keys.get("a") ?? -1]);
  expect(named(keys, found.get(keys.get("a") ?? -1) ?? [])).toEqual(["b", "c"]);
});

it("finds what is upstream of several nodes, and nothing for none", async () => {
  const { facts, keys } = await graph(["a b", "b c", "x y"]);
  expect(named(keys, await upstreamOf(facts, [keys.get("c") ?? -1, keys.get("y") ?? -1]))).toEqual([
    "a",
    "b",
    "x",
  ]);
  expect(await upstreamOf(facts, [])).toEqual(new Set());
  expect(await modelsDownstream(facts, [])).toEqual(new Map());
});
