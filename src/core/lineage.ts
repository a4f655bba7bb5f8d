/**
 * Walks through the graph of who feeds whom, in SQL: only what is reached comes out of the store. The walks
 * gather sets of nodes, so that a broken graph with a cycle ends them too.
 */
import sql from "sql-template-tag";
import { amongKeys, type Facts } from "./facts.ts";

/** For each root, the models downstream of it, to any depth. Roots that feed no model are left out. */
export async function modelsDownstream(
  facts: Facts,
  roots: readonly number[],
): Promise<Map<number, readonly number[]>> {
  if (roots.length === 0) return new Map();
  const rows = await facts.rows<{ root: number; models: number[] }>(sql`
    WITH RECURSIVE reached(root, node_key) AS (
      SELECT e.parent_key, e.child_key FROM edges e WHERE ${amongKeys("e.parent_key", roots)}
      UNION
      SELECT r.root, e.child_key FROM reached r JOIN edges e ON e.parent_key = r.node_key)
    SELECT r.root, list(r.node_key ORDER BY r.node_key) AS models
    FROM reached r JOIN nodes n USING (node_key) WHERE n.resource_type = 'model' AND r.node_key <> r.root
    GROUP BY r.root`);
  return new Map(rows.map((row) => [row.root, row.models]));
}

/** For each node, the sources upstream of it, to any depth. Nodes without any are left out. */
export async function sourcesUpstream(
  facts: Facts,
  keys: readonly number[],
): Promise<Map<number, readonly number[]>> {
  if (keys.length === 0) return new Map();
  const rows = await facts.rows<{ root: number; sources: number[] }>(sql`
    WITH RECURSIVE reached(root, node_key) AS (
      SELECT e.child_key, e.parent_key FROM edges e WHERE ${amongKeys("e.child_key", keys)}
      UNION
      SELECT r.root, e.parent_key FROM reached r JOIN edges e ON e.child_key = r.node_key)
    SELECT r.root, list(r.node_key ORDER BY r.node_key) AS sources
    FROM reached r JOIN nodes n USING (node_key) WHERE n.resource_type = 'source' GROUP BY r.root`);
  return new Map(rows.map((row) => [row.root, row.sources]));
}

/** Everything upstream of any of the nodes, to any depth. */
export async function upstreamOf(facts: Facts, keys: readonly number[]): Promise<Set<number>> {
  if (keys.length === 0) return new Set();
  const rows = await facts.rows<{ node_key: number }>(sql`
    WITH RECURSIVE reached(node_key) AS (
      SELECT e.parent_key FROM edges e WHERE ${amongKeys("e.child_key", keys)}
      UNION
      SELECT e.parent_key FROM reached r JOIN edges e ON e.child_key = r.node_key)
    SELECT node_key FROM reached`);
  return new Set(rows.map((row) => row.node_key));
}
