/** Who feeds whom among what an answer about lineage lists, so that it can be drawn. */
import type { Graph, GraphNode } from "./graph.ts";
import type { LineageEdge } from "./lineage-answers.ts";

/** Nodes that an answer lists, by key, with what its edges call them. */
export type Listed = Map<number, string>;

/** As dbt selects a node: a model by its id alone, what is of another kind also by its kind. */
export function edgeName(type: string, name: string): string {
  return type === "source" || type === "exposure" ? `${type}:${name}` : name;
}

/**
 * The edges among `listed`. What lies between two of them without being listed itself, such as a snapshot, is one of
 * `between` and is passed over: they are still one edge apart.
 */
export function edgesAmong(graph: Graph, listed: Listed, between: Iterable<GraphNode>): LineageEdge[] {
  const passed = new Set([...between].map((node) => node.key));
  const edges: LineageEdge[] = [];
  for (const [key, parent] of listed) {
    const seen = new Set([key]);
    const open = graph.children(key);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const child = listed.get(at);
      if (child !== undefined) edges.push({ parent, child });
      else if (passed.has(at)) open.push(...graph.children(at));
    }
  }
  return edges;
}
