/**
 * What a query sees: views named like the tables of the schema, over one generation, limited to the configured
 * sources, and each dbt invocation once.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { quote } from "./engine.ts";
import { TABLES } from "./schema.ts";

/** Which invocations are seen a second time, by whom; what depends on them is hidden with them. */
const HIDDEN = "hidden_invocations";

/**
 * Makes the views on `connection` (they are temporary, so each connection has its own). The filters are left
 * out where they would hide nothing, which is the common case and the fast one.
 *
 * @param sourceIds the configured sources; an invocation that several have seen is that of the first of them
 */
export async function makeViews(
  connection: DuckDBConnection,
  catalog: string,
  sourceIds: readonly string[],
): Promise<void> {
  const number = async (sql: string): Promise<number> => {
    const rows = (await connection.runAndReadAll(sql)).getRows();
    return Number(rows[0]?.[0] ?? 0);
  };
  const configured = sourceIds.map((id, place) => `(${quote(id)}, ${place})`).join(", ") || "(NULL, 0)";
  const ranked = `(SELECT source_key, place FROM ${catalog}.sources
    JOIN (VALUES ${configured}) AS given(source_id, place) USING (source_id))`;
  const foreign = await number(
    `SELECT count(*) FROM ${catalog}.sources WHERE source_key NOT IN (SELECT source_key FROM ${ranked})`,
  );
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE ${HIDDEN} AS
     SELECT invocation_key, run_key FROM ${catalog}.invocations JOIN ${ranked} USING (source_key)
     QUALIFY place > min(place) OVER (PARTITION BY invocation_id, kind)`,
  );
  const doubles = (await number(`SELECT count(*) FROM ${HIDDEN}`)) > 0;
  for (const { name, columns } of TABLES) {
    const has = (column: string): boolean => columns.some((each) => each.name === column);
    const limits: string[] = [];
    const visible = `SELECT source_key FROM ${ranked}`;
    if (foreign > 0 && has("source_key")) limits.push(`source_key IN (${visible})`);
    if (foreign > 0 && name === "node_versions") {
      limits.push(`node_key IN (SELECT node_key FROM ${catalog}.nodes WHERE source_key IN (${visible}))`);
    }
    if (doubles && has("invocation_key")) {
      limits.push(`invocation_key NOT IN (SELECT invocation_key FROM ${HIDDEN})`);
    }
    if (doubles && name === "runs") limits.push(`run_key NOT IN (${hiddenRuns(catalog)})`);
    const where = limits.length === 0 ? "" : ` WHERE ${limits.join(" AND ")}`;
    await connection.run(`CREATE OR REPLACE TEMP VIEW ${name} AS FROM ${catalog}.${name}${where}`);
  }
}

/** Runs of which every command was seen elsewhere: they are that other run. */
function hiddenRuns(catalog: string): string {
  return `SELECT run_key FROM ${HIDDEN} WHERE run_key IS NOT NULL EXCEPT
    SELECT run_key FROM ${catalog}.invocations
    WHERE invocation_key NOT IN (SELECT invocation_key FROM ${HIDDEN}) AND run_key IS NOT NULL`;
}
