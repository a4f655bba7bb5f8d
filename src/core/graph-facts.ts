/** Graphs of whole environments out of the store, made once for each generation. */
import sql, { type Sql } from "sql-template-tag";
import { all, amongKeys, type Facts } from "./facts.ts";
import { isCurrent } from "./filters.ts";
import { type Edge, Graph, type GraphNode } from "./graph.ts";

/**
 * The graph of these environments. A node that stands for one of another project (a reference across dbt projects, an
 * asset of another code location) is that node, so that walks go on there. A test hangs on what it is attached to, also in a
 * system that has no edges to tests.
 */
export function graphOf(facts: Facts, environmentKeys: readonly number[]): Promise<Graph> {
  const keys = [...environmentKeys].sort((a, b) => a - b);
  return facts.derived(`graph ${keys.join()}`, () => readGraph(facts, keys));
}

async function readGraph(facts: Facts, keys: readonly number[]): Promise<Graph> {
  const [nodes, edges, aliases] = await Promise.all([
    facts.read<GraphNode & { [column: string]: string | number }>(sql`
      SELECT n.node_key AS key, n.environment_key, n.resource_type,
             CASE WHEN n.resource_type = 'source' THEN coalesce(n.source_name || '.', '') || n.name ELSE n.model_id END AS name
      FROM nodes n JOIN environments e USING (environment_key)
      WHERE ${all([amongKeys("n.environment_key", keys), isCurrent])} ORDER BY n.node_key`),
    facts.read<Edge & { [column: string]: number }>(sql`
      SELECT parent_key, child_key FROM edges WHERE ${amongKeys("environment_key", keys)}
      UNION
      SELECT n.attached_key, n.node_key FROM nodes n JOIN environments e USING (environment_key)
      WHERE ${all([amongKeys("n.environment_key", keys), isCurrent])} AND n.attached_key IS NOT NULL
      ORDER BY 1, 2`),
    keys.length < 2 ? [] : facts.read<{ alias: number; key: number }>(strangers(keys)),
  ]);
  return new Graph(nodes, edges, new Map(aliases.map(({ alias, key }) => [alias, key])));
}

/**
 * Nodes that another project of the same source defines, with the node there. The package of such a node is the name
 * of the other project. A project may also have installed that package and build it for itself: then it has built the
 * node, or has it in a relation of its own, and it is another one.
 */
function strangers(keys: readonly number[]): Sql {
  return sql`
    WITH named AS (SELECT project_key, coalesce(dbt_project_name, project_id) AS name FROM projects),
    strange AS (
      SELECT n.node_key, n.source_key, n.project_key, n.unique_id, n.package_name, n.database_name, n.schema_name, n.alias,
             CASE WHEN starts_with(n.unique_id, 'external:') THEN 'asset:' || n.unique_id[10:] END AS asset_id
      FROM nodes n JOIN named p USING (project_key)
      WHERE ${amongKeys("n.environment_key", keys)} AND n.package_name <> p.name
        AND n.resource_type IN ('model', 'seed', 'snapshot', 'source')
        AND n.package_name IN (SELECT name FROM named)
        AND n.node_key NOT IN (SELECT x.node_key FROM executions x WHERE x.builds)),
    homes AS (
      SELECT n.*, p.name AS home FROM nodes n JOIN named p USING (project_key) JOIN environments e USING (environment_key)
      WHERE ${all([amongKeys("n.environment_key", keys), isCurrent])} AND n.package_name = p.name),
    pairs AS (
      SELECT s.node_key AS alias, h.node_key AS key FROM strange s
      JOIN homes h ON h.source_key = s.source_key AND h.home = s.package_name AND h.unique_id = s.unique_id
      WHERE coalesce(s.database_name = h.database_name, TRUE) AND coalesce(s.schema_name = h.schema_name, TRUE)
        AND coalesce(s.alias = h.alias, TRUE)
      UNION
      SELECT s.node_key, h.node_key FROM strange s
      JOIN homes h ON h.source_key = s.source_key AND h.home = s.package_name AND h.unique_id = s.asset_id)
    SELECT alias, min(key) AS key FROM pairs GROUP BY alias HAVING count(*) = 1`;
}
