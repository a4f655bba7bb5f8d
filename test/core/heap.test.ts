import { expect, it } from "vitest";
import { Heap } from "../../src/core/heap.ts";

it("gives everything back, the smallest first, whatever the order in which it came", () => {
  const ranks = Array.from({ length: 200 }, (_, i) => (i * 7919) % 101);
  const heap = new Heap<string>();
  for (const rank of ranks) heap.push(rank, `item ${rank}`);
  const found = Array.from({ length: ranks.length }, () => heap.pop());
  expect(found.map((one) => one?.rank)).toEqual([...ranks].sort((a, b) => a - b));
  expect(found.every((one) => one?.item === `item ${one?.rank}`)).toBe(true);
  expect([heap.size, heap.pop()]).toEqual([0, undefined]);
});
