/** The connection that finds out what views have to show, and the tables it makes for that. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { quote, type RawRow } from "../engine.ts";

/** Where a configured source stands in their order; 0 is the first. */
export interface Place {
  source_key: number;
  place: number;
  system: string;
}

/** One connection, looking at one generation. A table replaces the one that had its name. */
export class Look {
  readonly #connection: DuckDBConnection;
  /** The generation's name in DuckDB. */
  readonly catalog: string;
  /** The schema for what views read: `temp`, or one that other connections see too. */
  readonly home: string;
  #kept = false;
  readonly #passing = new Set<string>();

  constructor(connection: DuckDBConnection, catalog: string, home: string) {
    this.#connection = connection;
    this.catalog = catalog;
    this.home = home;
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  async rows(sql: string): Promise<RawRow[]> {
    return (await this.#connection.runAndReadAll(sql)).getRowObjects();
  }

  /** The first column of the first row as a number; 0 where there is none. */
  async number(sql: string): Promise<number> {
    const [row] = await this.rows(sql);
    return row === undefined ? 0 : Number(Object.values(row)[0] ?? 0);
  }

  /** Makes a table for the way, gone with `tidy`. Gives the number of its rows. */
  async temp(name: string, select: string): Promise<number> {
    this.#passing.add(name);
    return this.number(`CREATE OR REPLACE TEMP TABLE ${name} AS ${select}`);
  }

  /** Makes a table that views read. Gives the number of its rows. */
  async keep(name: string, select: string): Promise<number> {
    if (this.home === "temp") return this.number(`CREATE OR REPLACE TEMP TABLE ${name} AS ${select}`);
    // Most generations need none.
    if (!this.#kept) await this.run(`CREATE SCHEMA IF NOT EXISTS ${this.home}`);
    this.#kept = true;
    return this.number(`CREATE OR REPLACE TABLE ${this.home}.${name} AS ${select}`);
  }

  /** Makes the table `source_places`. */
  async placeSources(places: readonly Place[]): Promise<void> {
    const rows = places.map(({ source_key, place, system }) => `(${source_key}, ${place}, ${quote(system)})`);
    await this.temp("source_places", `FROM (VALUES ${rows.join(", ")}) AS p(source_key, place, system)`);
  }

  /** Drops the tables of the way: they would hold memory for as long as the connection lives. */
  async tidy(): Promise<void> {
    if (this.#passing.size === 0) return;
    await this.run([...this.#passing].map((name) => `DROP TABLE temp.${name}`).join("; "));
    this.#passing.clear();
  }
}
