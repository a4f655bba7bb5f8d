/** The graph of an environment: who feeds whom. Walks are breadth-first with a visited set: broken graphs may have cycles. */
import sql from "sql-template-tag";
import { amongKeys, type Facts } from "./facts.ts";

export interface Graph {
  parents(key: number): readonly number[];
  children(key: number): readonly number[];
}

/** Loads the edges of the environments once. */
export async function loadGraph(facts: Facts, environmentKeys: readonly number[]): Promise<Graph> {
  const edges = await facts.rows<{ parent_key: number; child_key: number }>(
    sql`SELECT parent_key, child_key FROM edges WHERE ${amongKeys("environment_key", environmentKeys)}`,
  );
  const parents = new Map<number, number[]>();
  const children = new Map<number, number[]>();
  for (const { parent_key, child_key } of edges) {
    append(parents, child_key, parent_key);
    append(children, parent_key, child_key);
  }
  return { parents: (key) => parents.get(key) ?? [], children: (key) => children.get(key) ?? [] };
}

function append(map: Map<number, number[]>, key: number, value: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** All nodes reached from `start` (itself not among them), nearest first. */
export function reach(start: number, next: (key: number) => readonly number[]): number[] {
  const seen = new Set([start]);
  const queue = [start];
  for (let index = 0; index < queue.length; index += 1) {
    const key = queue[index];
    if (key === undefined) break;
    for (const neighbour of next(key)) {
      if (seen.has(neighbour)) continue;
      seen.add(neighbour);
      queue.push(neighbour);
    }
  }
  return queue.slice(1);
}
