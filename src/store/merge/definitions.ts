/**
 * Definitions of a load. A node is as the newest definitions of its environment that have it say; older ones
 * that arrive late only add what was not known.
 */
import { mergeNodes } from "./nodes.ts";
import { lastKey, type Merge, temp, timestamp, whole } from "./sql.ts";

/**
 * Leaves `t_definitions`: what is to be applied, one row per unit and environment, with its key; and applies it, with
 * its nodes and edges. Gives the number of units that are new.
 *
 * dbt writes a manifest when a run begins and the results when it ends, so that one read in between may be of
 * any environment: where several have definitions known to be theirs, such a state is not taken.
 */
export async function mergeDefinitions(merge: Merge): Promise<number> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_definition_news",
    `SELECT d.u, x.source_key, x.project_key, x.environment_key, d.invocation_id,
       ${timestamp("d.generated_at")} AS generated_at, d.schema_version, d.dbt_version, d.location,
       ${whole("d.node_count")} AS node_count, d.digest
     FROM s_definitions d JOIN t_units x USING (u)`,
  );
  await temp(
    merge,
    "t_definitions",
    `WITH invoked AS (
       SELECT project_key, environment_key, invocation_id FROM ${store}.invocations
         WHERE invocation_key NOT IN (SELECT known_key FROM t_invocation_news WHERE known_key IS NOT NULL)
       UNION SELECT x.project_key, x.environment_key, i.invocation_id FROM t_invocation_news i
         JOIN t_units x USING (u)),
     held AS (
       SELECT environment_key, max(generated_at) AS newest_at, bool_and(guessed) AS only_guessed
       FROM ${store}.definitions GROUP BY environment_key),
     siblings AS (SELECT project_key, count(*) AS environments FROM ${store}.environments GROUP BY project_key),
     named AS (
       SELECT u, environment_key FROM t_definition_news WHERE environment_key IS NOT NULL
       UNION SELECT n.u, i.environment_key FROM t_definition_news n
         JOIN invoked i ON i.project_key = n.project_key AND i.invocation_id = n.invocation_id
         WHERE n.environment_key IS NULL),
     placed AS (
       SELECT u, environment_key, false AS guessed FROM named
       UNION SELECT n.u, e.environment_key, true FROM t_definition_news n
         JOIN ${store}.environments e ON e.project_key = n.project_key
         JOIN siblings s ON s.project_key = n.project_key
         LEFT JOIN held h ON h.environment_key = e.environment_key
         LEFT JOIN ${store}.definitions known ON known.environment_key = e.environment_key
           AND known.generated_at = n.generated_at AND known.invocation_id IS NOT DISTINCT FROM n.invocation_id
         WHERE n.u NOT IN (SELECT u FROM named) AND (known.guessed OR h.newest_at IS NULL
           OR (h.newest_at < n.generated_at AND (s.environments = 1 OR h.only_guessed))))
     SELECT coalesce(known.definition_key, ${lastKey(store, "definitions", "definition_key")}
         + row_number() OVER (PARTITION BY known.definition_key IS NULL
             ORDER BY n.generated_at, n.u, p.environment_key)) AS definition_key,
       n.* REPLACE (p.environment_key AS environment_key), p.guessed, known.definition_key IS NULL AS is_new
     FROM t_definition_news n JOIN placed p USING (u)
     LEFT JOIN ${store}.definitions known ON known.environment_key = p.environment_key
       AND known.generated_at = n.generated_at AND known.invocation_id IS NOT DISTINCT FROM n.invocation_id
     WHERE known.definition_key IS NULL OR known.digest IS DISTINCT FROM n.digest
     QUALIFY row_number() OVER (PARTITION BY p.environment_key, n.generated_at, n.invocation_id
       ORDER BY n.u DESC) = 1`,
  );
  if ((await sql.number("SELECT count(*) FROM t_definitions")) === 0) return 0;
  await forgetReplaced(merge);
  const columns =
    "definition_key, source_key, project_key, environment_key, invocation_id, generated_at, schema_version, " +
    "dbt_version, location, node_count, digest, guessed";
  await sql.change(`INSERT INTO ${store}.definitions (${columns}) SELECT ${columns} FROM t_definitions`);
  await mergeNodes(merge);
  await mergeEdges(merge);
  return sql.number("SELECT count(DISTINCT u) FROM t_definitions WHERE is_new");
}

/**
 * A state that comes again, otherwise than before, is replaced whole; and an environment that lived on the
 * definitions of another has its own from now on. Nodes of either no longer count as defined.
 */
async function forgetReplaced({ sql, store }: Merge): Promise<void> {
  await sql.change(
    `UPDATE ${store}.nodes n SET definition_key = NULL
     WHERE definition_key IN (SELECT definition_key FROM t_definitions WHERE NOT is_new)
       OR (environment_key IN (SELECT environment_key FROM t_definitions)
           AND definition_key IN (SELECT d.definition_key FROM ${store}.definitions d
                                  WHERE d.environment_key <> n.environment_key))`,
  );
  await sql.change(
    `DELETE FROM ${store}.definitions
     WHERE definition_key IN (SELECT definition_key FROM t_definitions WHERE NOT is_new)`,
  );
}

/** The newest definitions of each environment, and the edges they say. */
async function mergeEdges(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_newest",
    `SELECT environment_key, arg_max(definition_key, (generated_at, definition_key)) AS definition_key
     FROM ${store}.definitions
     WHERE environment_key IN (SELECT environment_key FROM t_definitions) GROUP BY environment_key`,
  );
  await temp(
    merge,
    "t_edge_units",
    `SELECT d.u, d.source_key, d.environment_key FROM t_definitions d JOIN t_newest USING (definition_key)`,
  );
  await sql.change(
    `DELETE FROM ${store}.edges WHERE environment_key IN (SELECT environment_key FROM t_edge_units)`,
  );
  await sql.change(
    `INSERT INTO ${store}.edges (source_key, environment_key, parent_key, child_key)
     SELECT DISTINCT d.source_key, d.environment_key, p.node_key, c.node_key
     FROM s_edges x JOIN t_edge_units d USING (u)
     JOIN s_words wp ON wp.i = x.parent JOIN s_words wc ON wc.i = x.child
     JOIN ${store}.nodes p ON p.environment_key = d.environment_key AND p.unique_id = wp.w
     JOIN ${store}.nodes c ON c.environment_key = d.environment_key AND c.unique_id = wc.w`,
  );
  await sql.change(
    `UPDATE ${store}.environments e SET definition_key = t.definition_key FROM t_newest t
     WHERE t.environment_key = e.environment_key AND e.definition_key IS DISTINCT FROM t.definition_key`,
  );
}
