/** What ties environments, invocations and definitions together once all rows are there. */

import { NODE_ATTRIBUTES } from "./nodes.ts";
import { lastKey, type Merge, temp } from "./sql.ts";

/**
 * Gives every invocation the definitions that it ran with: its own, else the newest of its environment (then
 * of its project) at its end, else the oldest after it. Done for whole projects, because definitions that
 * arrive late may be nearer than those known before.
 */
export async function linkDefinitions(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_linked",
    `WITH i AS (
       SELECT invocation_key, project_key, environment_key, invocation_id, ended_at FROM ${store}.invocations
       WHERE project_key IN (SELECT project_key FROM t_touched)),
     d AS (
       SELECT definition_key, project_key, environment_key, invocation_id, generated_at FROM ${store}.definitions
       WHERE project_key IN (SELECT project_key FROM t_touched)),
     -- one state per moment, so that what is nearest is one row
     here AS (
       SELECT environment_key, generated_at, max(definition_key) AS definition_key FROM d GROUP BY ALL),
     anywhere AS (
       SELECT project_key, generated_at, max(definition_key) AS definition_key FROM d GROUP BY ALL),
     own AS (
       SELECT i.invocation_key, arg_max(d.definition_key,
           (d.environment_key = i.environment_key, d.generated_at, d.definition_key)) AS definition_key
       FROM i JOIN d ON d.project_key = i.project_key AND d.invocation_id = i.invocation_id GROUP BY ALL)
     SELECT i.invocation_key, own.definition_key IS NOT NULL AS own_definition,
       coalesce(own.definition_key, before_here.definition_key, before.definition_key,
         after_here.definition_key, after.definition_key) AS definition_key
     FROM i LEFT JOIN own ON own.invocation_key = i.invocation_key
     ASOF LEFT JOIN here before_here
       ON before_here.environment_key = i.environment_key AND i.ended_at >= before_here.generated_at
     ASOF LEFT JOIN anywhere before
       ON before.project_key = i.project_key AND i.ended_at >= before.generated_at
     ASOF LEFT JOIN here after_here
       ON after_here.environment_key = i.environment_key AND i.ended_at < after_here.generated_at
     ASOF LEFT JOIN anywhere after
       ON after.project_key = i.project_key AND i.ended_at < after.generated_at`,
  );
  await sql.change(
    `UPDATE ${store}.invocations i SET definition_key = t.definition_key, own_definition = t.own_definition
     FROM t_linked t WHERE t.invocation_key = i.invocation_key
       AND (i.definition_key IS DISTINCT FROM t.definition_key
            OR i.own_definition IS DISTINCT FROM t.own_definition)`,
  );
}

/**
 * An environment that ran without definitions of its own takes over the newest of its project, so that its
 * nodes have tags, materializations and edges. Its own, when they come, replace them.
 */
export async function adoptDefinitions(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_adopted",
    `WITH own AS (
       SELECT environment_key, project_key, definition_key, generated_at FROM ${store}.definitions
       WHERE project_key IN (SELECT project_key FROM t_touched)),
     newest AS (
       SELECT project_key, arg_max(definition_key, (generated_at, definition_key)) AS definition_key FROM own
       GROUP BY project_key)
     SELECT e.environment_key, e.source_key, e.project_key, n.definition_key, o.environment_key AS donor_key
     FROM ${store}.environments e JOIN newest n USING (project_key)
     JOIN own o ON o.definition_key = n.definition_key
     WHERE e.environment_key NOT IN (SELECT environment_key FROM own)
       AND e.environment_key IN (SELECT environment_key FROM ${store}.invocations)
       AND e.definition_key IS DISTINCT FROM n.definition_key`,
  );
  if ((await sql.number("SELECT count(*) FROM t_adopted")) > 0) await copyDefinitions(merge, "t_adopted");
}

/**
 * Copies the nodes and edges of definitions from one environment to another, for the rows of the temporary
 * table `copies` (`environment_key`, `source_key`, `project_key`, `definition_key`, `donor_key`). Leaves
 * `t_copied`: which node became which.
 */
export async function copyDefinitions(merge: Merge, copies: string): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_copied",
    `SELECT coalesce(mine.node_key, ${lastKey(store, "nodes", "node_key")}
         + row_number() OVER (PARTITION BY mine.node_key IS NULL ORDER BY a.environment_key, n.node_key)) AS node_key,
       a.environment_key, a.source_key, a.project_key, a.definition_key, n.node_key AS donor_node_key,
       mine.node_key IS NOT NULL AS known
     FROM ${copies} a JOIN ${store}.nodes n
       ON n.environment_key = a.donor_key AND n.definition_key = a.definition_key
     LEFT JOIN ${store}.nodes mine
       ON mine.environment_key = a.environment_key AND mine.unique_id = n.unique_id`,
  );
  await sql.change(
    `DELETE FROM ${store}.nodes WHERE node_key IN (SELECT node_key FROM t_copied WHERE known)`,
  );
  const attributes = NODE_ATTRIBUTES.map((column) => `"${column}"`);
  await sql.change(
    `INSERT INTO ${store}.nodes (node_key, source_key, project_key, environment_key, definition_key, unique_id,
       attached_key, ${attributes.join(", ")})
     SELECT c.node_key, c.source_key, c.project_key, c.environment_key, c.definition_key, n.unique_id, a.node_key,
       ${attributes.map((column) => `n.${column}`).join(", ")}
     FROM t_copied c JOIN ${store}.nodes n ON n.node_key = c.donor_node_key
     LEFT JOIN t_copied a ON a.environment_key = c.environment_key AND a.donor_node_key = n.attached_key`,
  );
  await sql.change(
    `DELETE FROM ${store}.edges WHERE environment_key IN (SELECT environment_key FROM ${copies})`,
  );
  await sql.change(
    `INSERT INTO ${store}.edges (source_key, environment_key, parent_key, child_key)
     SELECT a.source_key, a.environment_key, p.node_key, c.node_key
     FROM ${copies} a JOIN ${store}.edges x ON x.environment_key = a.donor_key
     JOIN t_copied p ON p.environment_key = a.environment_key AND p.donor_node_key = x.parent_key
     JOIN t_copied c ON c.environment_key = a.environment_key AND c.donor_node_key = x.child_key`,
  );
  await sql.change(
    `UPDATE ${store}.environments e SET definition_key = a.definition_key FROM ${copies} a
     WHERE a.environment_key = e.environment_key`,
  );
}
