/**
 * What a query sees: views named like the tables of the schema, over one generation, limited to the configured
 * sources, and everything once.
 *
 * What several sources know is told by one of them. In general that is the first in the order in which they are
 * configured. Before that order goes what says more: all results of an invocation before a part of them, a run or
 * job that its system describes before one computed from results, and the newest definitions. `views/likeness.ts`
 * says what counts as the same.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { TABLES } from "./schema.ts";
import { findDoubles } from "./views/doubles.ts";
import { Look, type Place } from "./views/look.ts";
import { type Reading, selectOf } from "./views/tables.ts";

/** Makes the views on `connection`, as `viewsOf` says. */
export async function makeViews(
  connection: DuckDBConnection,
  catalog: string,
  sourceIds: readonly string[],
): Promise<void> {
  await connection.run(await viewsOf(connection, { catalog, sourceIds, home: "temp" }));
}

/**
 * Finds out what the views have to show and gives the statements that make them. Views are temporary: each
 * connection has its own. Beside each stands one called `stored_*`, which is the table with nothing hidden.
 */
export async function viewsOf(connection: DuckDBConnection, of: Generation): Promise<string> {
  const reading = await readingOf(connection, of);
  return TABLES.flatMap((table) => [
    `CREATE OR REPLACE TEMP VIEW ${table.name} AS ${selectOf(table, reading)};`,
    `CREATE OR REPLACE TEMP VIEW stored_${table.name} AS FROM ${of.catalog}.${table.name};`,
  ]).join("\n");
}

/** An attached generation, and what may be seen of it. */
export interface Generation {
  catalog: string;
  /** The configured sources, first the one whose word counts. */
  sourceIds: readonly string[];
  /**
   * The schema for tables that the views read: made where it is needed; with `temp` the views are for this
   * connection alone.
   */
  home: string;
}

/** Finds out what the views have to show. */
export async function readingOf(connection: DuckDBConnection, of: Generation): Promise<Reading> {
  const { catalog, sourceIds, home } = of;
  const look = new Look(connection, catalog, home);
  const sources = await look.rows(`SELECT source_key, source_id, system FROM ${catalog}.sources`);
  const places: Place[] = sources.flatMap(({ source_key, source_id, system }) => {
    const place = sourceIds.indexOf(String(source_id));
    return place === -1 ? [] : [{ source_key: Number(source_key), place, system: String(system) }];
  });
  const shown = await findDoubles(look, places);
  await look.tidy();
  const sourceKeys = places.length === sources.length ? null : places.map(({ source_key }) => source_key);
  return { catalog, sourceKeys, shown, home };
}
