/** Pieces of SQL that the steps of a merge share. */
import type { Statements } from "../engine.ts";
import type { Staging } from "../staging.ts";

/** One merge: the statements, the catalog that is being written (its name in DuckDB), and what is merged into it. */
export interface Merge {
  sql: Statements;
  store: string;
  staging: Staging;
}

/** Epoch microseconds as a timestamp; null for NaN and for what no calendar holds. */
export function timestamp(expression: string): string {
  return `CASE WHEN abs(${expression}) < 9e15 THEN make_timestamp(CAST(${expression} AS BIGINT)) END`;
}

/** A double as a whole number; null for NaN. */
export function whole(expression: string): string {
  return `CASE WHEN abs(${expression}) < 9.1e15 THEN CAST(${expression} AS BIGINT) END`;
}

/** A double without NaN and infinities. */
export function finite(expression: string): string {
  return `CASE WHEN isfinite(${expression}) THEN ${expression} END`;
}

/**
 * Joins that turn the word columns of `alias`, rows of the staged `table`, into text: column `x` becomes
 * `w_x.w`. Each join looks only at the words of its column, or twenty of them would hold all words each.
 */
export function wordJoins(table: string, alias: string, columns: readonly string[]): string {
  return columns
    .map(
      (column) => `LEFT JOIN (FROM s_words WHERE i IN (SELECT DISTINCT "${column}" FROM ${table})) w_${column}
        ON w_${column}.i = ${alias}."${column}"`,
    )
    .join("\n");
}

/** Makes a temporary table that lives for one merge. */
export async function temp({ sql }: Merge, name: string, select: string): Promise<void> {
  await sql.run(`CREATE OR REPLACE TEMP TABLE ${name} AS ${select}`);
}

/** The next key of a table, as an expression: what is handed out under the mutex stays unique. */
export function lastKey(store: string, table: string, key: string): string {
  return `(SELECT coalesce(max(${key}), 0) FROM ${store}.${table})`;
}

/**
 * Brings rows of `table` to what the temporary table `wanted` says, matched by `key`. Rows that say so already
 * are not touched, so that a load that brings nothing new writes nothing.
 */
export async function bring(
  { sql, store }: Merge,
  table: string,
  wanted: string,
  key: string,
  columns: readonly string[],
): Promise<void> {
  const set = columns.map((column) => `"${column}" = f."${column}"`).join(", ");
  const differs = columns.map((column) => `t."${column}" IS DISTINCT FROM f."${column}"`).join(" OR ");
  await sql.change(
    `UPDATE ${store}.${table} t SET ${set} FROM ${wanted} f WHERE t.${key} = f.${key} AND (${differs})`,
  );
  const names = [key, ...columns].map((column) => `"${column}"`).join(", ");
  await sql.change(
    `INSERT INTO ${store}.${table} (${names}) SELECT ${names} FROM ${wanted} f
     WHERE NOT EXISTS (SELECT 1 FROM ${store}.${table} t WHERE t.${key} = f.${key})`,
  );
}
