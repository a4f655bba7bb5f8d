/** dbt's node selection, as far as `lineage` is known to take it: ids, names, `tag:`, and `+` with a depth. */
import type { Resource } from "./dbt.ts";
import { tagsOf } from "./facts.ts";
import type { Graph } from "./graph.ts";

export interface Selected {
  /** Ids that the text names itself. */
  named: ReadonlySet<string>;
  /** These, and what the `+` signs reach from there. */
  reached: ReadonlySet<string>;
}

/** Terms stand apart by spaces, and add up. */
export function select(graph: Graph, text: string): Selected {
  const named = new Set<string>();
  const reached = new Set<string>();
  for (const term of text.split(/\s+/).filter((part) => part !== "")) {
    const [, up, method = "", down] = /^(\d*\+)?(.*?)(\+\d*)?$/.exec(term) ?? [];
    for (const start of graph.all()) {
      if (!isNamed(start, method)) continue;
      named.add(start.unique_id);
      const found = [start];
      if (up) found.push(...graph.walk(start, (entry) => graph.parents(entry), depthOf(up)));
      if (down) found.push(...graph.walk(start, (entry) => graph.children(entry.unique_id), depthOf(down)));
      for (const { unique_id } of found) reached.add(unique_id);
    }
  }
  return { named, reached };
}

function isNamed(entry: Resource, method: string): boolean {
  if (method.startsWith("tag:")) return tagsOf(entry).includes(method.slice("tag:".length));
  return entry.unique_id === method || entry.name === method;
}

function depthOf(plus: string): number {
  const digits = plus.replace("+", "");
  return digits === "" ? Infinity : Number(digits);
}
