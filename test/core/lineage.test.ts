import { expect, it } from "vitest";
import { reach } from "../../src/core/lineage.ts";

const edges = new Map([
  [1, [2, 3]],
  [2, [4]],
  [3, [4]],
  [4, [1]],
]);
const next = (key: number) => edges.get(key) ?? [];

it("reaches everything once, nearest first, also where the graph has a cycle", () => {
  expect(reach(1, next)).toEqual([2, 3, 4]);
});

it("reaches nothing from a leaf or an unknown node", () => {
  expect(reach(9, next)).toEqual([]);
});

it("walks a chain of 100,000 nodes without a stack", () => {
  expect(reach(0, (key) => (key < 100_000 ? [key + 1] : []))).toHaveLength(100_000);
});
