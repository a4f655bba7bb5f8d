/** The SELECT behind each view. */
import type { Table } from "../schema.ts";
import type { Shown } from "./shown.ts";

/** What the views of one generation read. */
export interface Reading {
  /** The generation's name in DuckDB. */
  catalog: string;
  /** Keys of the sources that may be seen; null where the generation has no others. */
  sourceKeys: readonly number[] | null;
  /** Null where nothing is told twice: the common case, and the fast one. */
  shown: Shown | null;
  /** The database with the tables that `shown` speaks of. */
  home: string;
}

export function selectOf(table: Table, reading: Reading): string {
  const { catalog, shown, home } = reading;
  const { name } = table;
  const stored = `${catalog}.${name} t`;
  if (shown === null) return `FROM ${stored}${where(limits(table, reading))}`;
  if (shown.whole.includes(name)) return `FROM ${home}.shown_${name}`;
  if (name === "executions" || name === "freshness") return results(name, reading, shown);
  const changed = shown.changed.get(name);
  if (changed !== undefined) {
    const values = changed.columns.map((column) => `coalesce(s.${column}, t.${column}) AS ${column}`);
    const replace = values.length === 0 ? "" : ` REPLACE (${values.join(", ")})`;
    const visible = where([...limits(table, reading), "s.hidden IS NOT TRUE"]);
    return `SELECT t.*${replace} FROM ${stored} LEFT JOIN ${home}.shown_${name} s ON s.of_key = t.${changed.key}${visible}`;
  }
  if (name === "node_versions" && shown.whole.length > 0) return versions(reading, limits(table, reading));
  const moved = shown.rekeyed.get(name);
  if (moved !== undefined) {
    return `SELECT t.* REPLACE (coalesce(s.same_as, t.${moved.key}) AS ${moved.key}) FROM ${stored}
      LEFT JOIN ${home}.${moved.keys} s ON s.${moved.key} = t.${moved.key}${where(limits(table, reading))}`;
  }
  return `FROM ${stored}${where(limits(table, reading))}`;
}

function where(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
}

/** Conditions that keep to the configured sources. */
function limits({ name, columns }: Table, { catalog, sourceKeys }: Reading): string[] {
  if (sourceKeys === null) return [];
  const visible = `source_key IN (${sourceKeys.length === 0 ? "NULL" : sourceKeys.join(", ")})`;
  if (columns.some((column) => column.name === "source_key")) return [`t.${visible}`];
  if (name !== "node_versions") return [];
  return [`t.node_key IN (SELECT node_key FROM ${catalog}.nodes WHERE ${visible})`];
}

/** Apart, so that a question about a few nodes still finds them by the keys that are stored, in a few blocks. */
function results(name: string, { catalog, home }: Reading, shown: Shown): string {
  const rest = shown.thinned.includes(name)
    ? ` ANTI JOIN ${home}.hidden_${name} h ON h.invocation_key = t.invocation_key AND h.node_key = t.node_key`
    : "";
  const of = (invocations: string): string =>
    `${rest} WHERE t.invocation_key IN (SELECT invocation_key FROM ${home}.${invocations})`;
  const unmoved = `SELECT t.* FROM ${catalog}.${name} t${of("unmoved_invocations")}`;
  if (!shown.moved) return unmoved;
  const moved = `SELECT t.* REPLACE (n.same_as AS node_key)
    FROM ${catalog}.${name} t JOIN ${home}.moved_nodes n ON n.node_key = t.node_key${of("moved_invocations")}`;
  return shown.unmoved ? `${unmoved} UNION ALL ${moved}` : moved;
}

/**
 * Periods of a node that several sources know are computed anew from the ends of theirs, as the writer does with
 * what it is told; a source that does not know the code says nothing beside one that does.
 */
function versions({ catalog, home }: Reading, conditions: readonly string[]): string {
  const joined = `SELECT node_key FROM ${home}.node_keys UNION SELECT same_as FROM ${home}.node_keys`;
  const end = (column: string): string =>
    `SELECT coalesce(s.same_as, t.node_key) AS node_key, t.${column} AS seen_at, t.checksum, t.materialization
     FROM ${catalog}.node_versions t LEFT JOIN ${home}.node_keys s ON s.node_key = t.node_key
     ${where([...conditions, `t.node_key IN (${joined})`])}`;
  return `SELECT node_key, checksum, materialization, first_seen_at, last_seen_at
    FROM ${catalog}.node_versions t ${where([...conditions, `t.node_key NOT IN (${joined})`])}
    UNION ALL
    SELECT node_key, any_value(checksum), any_value(materialization), min(seen_at), max(seen_at) FROM (
      SELECT *, sum(changed) OVER (PARTITION BY node_key ORDER BY place) AS period FROM (
        SELECT *, row_number() OVER w AS place, CASE WHEN lag(checksum) OVER w IS DISTINCT FROM checksum
            OR lag(materialization) OVER w IS DISTINCT FROM materialization THEN 1 ELSE 0 END AS changed
        FROM (FROM (${end("first_seen_at")} UNION ${end("last_seen_at")})
          QUALIFY checksum IS NOT NULL OR bool_and(checksum IS NULL) OVER (PARTITION BY node_key))
        WINDOW w AS (PARTITION BY node_key ORDER BY seen_at, checksum, materialization)))
    GROUP BY node_key, period`;
}
