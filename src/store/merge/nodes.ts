/** Nodes of definitions, and since when each had its code and materialization. */
import { finite, lastKey, type Merge, temp, wordJoins } from "./sql.ts";

const TEXTS = [
  "model_id",
  "name",
  "resource_type",
  "package_name",
  "version",
  "alias",
  "database_name",
  "schema_name",
  "description",
  "materialization",
  "tags",
  "owner",
  "path",
  "checksum",
  "attached",
  "column_name",
  "test_type",
  "severity",
  "source_name",
  "url",
] as const;

/** Columns of `nodes` that are copied as they are when one environment adopts the definitions of another. */
export const NODE_ATTRIBUTES = [
  ...TEXTS.filter((column) => column !== "attached"),
  "warn_after_s",
  "error_after_s",
] as const;

/** Writes nodes and their versions for `t_definitions`. */
export async function mergeNodes(merge: Merge): Promise<void> {
  const { store } = merge;
  // A row per node, state and environment: what each state says of which node.
  await temp(
    merge,
    "t_said",
    `SELECT d.definition_key, d.source_key, d.project_key, d.environment_key, d.generated_at,
       x.rowid AS staged, w.w AS unique_id
     FROM s_nodes x JOIN t_definitions d USING (u) JOIN s_words w ON w.i = x.unique_id
     QUALIFY row_number() OVER (PARTITION BY d.definition_key, w.w ORDER BY x.rowid DESC) = 1`,
  );
  await temp(
    merge,
    "t_won",
    `SELECT coalesce(n.node_key, ${lastKey(store, "nodes", "node_key")}
         + row_number() OVER (PARTITION BY n.node_key IS NULL ORDER BY s.environment_key, s.staged)) AS node_key,
       s.*, n.node_key IS NOT NULL AS known
     FROM (SELECT * FROM t_said QUALIFY row_number() OVER (PARTITION BY environment_key, unique_id
             ORDER BY generated_at DESC, definition_key DESC) = 1) s
     LEFT JOIN ${store}.nodes n ON n.environment_key = s.environment_key AND n.unique_id = s.unique_id
     LEFT JOIN ${store}.definitions old ON old.definition_key = n.definition_key
     WHERE old.definition_key IS NULL
       OR (s.generated_at, s.definition_key) > (old.generated_at, old.definition_key)`,
  );
  await writeNodes(merge);
  await mergeVersions(merge);
}

/** Rows are replaced rather than updated: with lists in them DuckDB would do the same, column by column. */
async function writeNodes(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_node_ids",
    `SELECT environment_key, unique_id, node_key FROM ${store}.nodes
     WHERE environment_key IN (SELECT environment_key FROM t_definitions)
     UNION SELECT environment_key, unique_id, node_key FROM t_won`,
  );
  await sql.change(`DELETE FROM ${store}.nodes WHERE node_key IN (SELECT node_key FROM t_won WHERE known)`);
  const attributes = NODE_ATTRIBUTES.map((column) => `"${column}"`).join(", ");
  const values = NODE_ATTRIBUTES.map((column) => {
    if (column === "tags") return "TRY_CAST(TRY_CAST(w_tags.w AS JSON) AS VARCHAR[])";
    return column.endsWith("_s") ? finite(`x.${column}`) : `w_${column}.w`;
  }).join(", ");
  await sql.change(
    `INSERT INTO ${store}.nodes (node_key, source_key, project_key, environment_key, definition_key, unique_id,
       attached_key, ${attributes})
     SELECT t.node_key, t.source_key, t.project_key, t.environment_key, t.definition_key, t.unique_id,
       a.node_key, ${values}
     FROM t_won t JOIN s_nodes x ON x.rowid = t.staged
     ${wordJoins("s_nodes", "x", TEXTS)}
     LEFT JOIN t_node_ids a ON a.environment_key = t.environment_key AND a.unique_id = w_attached.w
     ORDER BY t.node_key`,
  );
}

/**
 * Periods are computed anew from their ends and from what was said now. A state in the midst of a period
 * splits it; its ends then are the times of the known states before and after, all of which said the same. So
 * the order of arrival does not matter.
 */
async function mergeVersions(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_versions",
    `WITH now_said AS (
       SELECT ids.node_key, s.generated_at AS seen_at, wc.w AS checksum, wm.w AS materialization
       FROM t_said s JOIN s_nodes x ON x.rowid = s.staged
       JOIN t_node_ids ids ON ids.environment_key = s.environment_key AND ids.unique_id = s.unique_id
       LEFT JOIN s_words wc ON wc.i = x.checksum LEFT JOIN s_words wm ON wm.i = x.materialization
       WHERE wc.w IS NOT NULL OR wm.w IS NOT NULL),
     known AS (
       SELECT * FROM ${store}.node_versions WHERE node_key IN (SELECT node_key FROM now_said)),
     points AS (
       SELECT node_key, seen_at, checksum, materialization FROM now_said
       UNION SELECT node_key, first_seen_at, checksum, materialization FROM known
       UNION SELECT node_key, last_seen_at, checksum, materialization FROM known
       UNION SELECT k.node_key, d.generated_at, k.checksum, k.materialization FROM known k
         JOIN now_said s ON s.node_key = k.node_key
           AND s.seen_at > k.first_seen_at AND s.seen_at < k.last_seen_at
           AND (s.checksum, s.materialization) IS DISTINCT FROM (k.checksum, k.materialization)
         JOIN t_node_ids ids ON ids.node_key = k.node_key
         JOIN ${store}.definitions d ON d.environment_key = ids.environment_key
           AND d.generated_at > k.first_seen_at AND d.generated_at < k.last_seen_at
         WHERE d.definition_key NOT IN (SELECT definition_key FROM t_definitions)),
     changes AS (
       SELECT *, lag(checksum) OVER w IS DISTINCT FROM checksum
         OR lag(materialization) OVER w IS DISTINCT FROM materialization AS changed,
         row_number() OVER w AS position
       FROM points WINDOW w AS (PARTITION BY node_key ORDER BY seen_at, checksum, materialization)),
     numbered AS (
       SELECT *, sum(CASE WHEN changed THEN 1 ELSE 0 END)
         OVER (PARTITION BY node_key ORDER BY position) AS period
       FROM changes)
     SELECT node_key, any_value(checksum) AS checksum, any_value(materialization) AS materialization,
       min(seen_at) AS first_seen_at, max(seen_at) AS last_seen_at
     FROM numbered GROUP BY node_key, period`,
  );
  await sql.change(
    `DELETE FROM ${store}.node_versions WHERE node_key IN (SELECT DISTINCT node_key FROM t_versions)`,
  );
  await sql.change(
    `INSERT INTO ${store}.node_versions (node_key, checksum, materialization, first_seen_at, last_seen_at)
     SELECT node_key, checksum, materialization, first_seen_at, last_seen_at FROM t_versions
     ORDER BY node_key, first_seen_at`,
  );
}
