/** Fills DuckDB's chunks: numbers by the vector, mixed rows one by one. */
import type { DuckDBAppender, DuckDBDataChunk, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { DuckDb } from "./engine.ts";
import { BULK_TABLES, type BulkTableName } from "./staged-tables.ts";

/** Rows that DuckDB takes at a time. */
export const VECTOR = 2048;

export type NumberColumn = Int32Array | Float64Array;

/** Fills chunks of numbers, whatever the sizes of the units are. */
export class BulkTable {
  /** How many rows have come since it was opened. */
  length = 0;
  #used = 0;
  #items: NumberColumn[] = [];
  #appender: DuckDBAppender;

  constructor(
    readonly name: BulkTableName,
    appender: DuckDBAppender,
    private readonly chunk: DuckDBDataChunk,
  ) {
    this.#appender = appender;
    this.#bind();
  }

  /** Setting the row count makes new vectors, so that they are looked up anew after each append. */
  #bind(): void {
    this.chunk.rowCount = VECTOR;
    this.#items = BULK_TABLES[this.name].map((_, index) => numbersOf(this.chunk, index));
  }

  /** Appends `length` rows of unit `u`; `columns` in the order of the table, without `u`. */
  add(u: number, columns: readonly NumberColumn[], length: number): void {
    this.length += length;
    for (let from = 0; from < length; ) {
      const count = Math.min(VECTOR - this.#used, length - from);
      for (const [index, items] of this.#items.entries()) {
        const column = columns[index - 1];
        if (column === undefined) items.fill(u, this.#used, this.#used + count);
        else items.set(column.subarray(from, from + count), this.#used);
      }
      this.#used += count;
      from += count;
      if (this.#used === VECTOR) this.#append();
    }
  }

  #append(): void {
    for (let index = 0; index < this.#items.length; index++) this.chunk.getColumnVector(index).flush();
    if (this.#used < VECTOR) this.chunk.rowCount = this.#used;
    this.#appender.appendDataChunk(this.chunk);
    this.#used = 0;
    this.#bind();
  }

  flush(): void {
    if (this.#used > 0) this.#append();
    if (this.length > 0) this.#appender.flushSync();
  }

  close(): void {
    this.#appender.closeSync();
  }

  /** Begins anew with an empty table. */
  reopen(appender: DuckDBAppender): void {
    this.#appender = appender;
    this.#used = 0;
    this.length = 0;
    // What was appended last may have failed on its way, with vectors that are of no use any more.
    this.#bind();
  }
}

/** Gathers rows of mixed types: one per unit, so that speed does not matter. */
export class RowTable {
  /** How many rows have come since it was opened. */
  length = 0;
  #rows: DuckDBValue[][] = [];
  #appender: DuckDBAppender;

  constructor(
    private readonly duckdb: DuckDb,
    private readonly types: readonly DuckDBType[],
    appender: DuckDBAppender,
  ) {
    this.#appender = appender;
  }

  /** Takes a row; several texts are one list. */
  add(row: readonly (DuckDBValue | readonly string[])[]): void {
    this.length++;
    this.#rows.push(row.map((value) => (isTexts(value) ? this.duckdb.listValue(value) : value)));
    if (this.#rows.length === VECTOR) this.#append();
  }

  #append(): void {
    const chunk = this.duckdb.DuckDBDataChunk.create(this.types, this.#rows.length);
    chunk.setRows(this.#rows);
    this.#appender.appendDataChunk(chunk);
    this.#rows = [];
  }

  flush(): void {
    if (this.#rows.length > 0) this.#append();
    if (this.length > 0) this.#appender.flushSync();
  }

  close(): void {
    this.#appender.closeSync();
  }

  /** Begins anew with an empty table. */
  reopen(appender: DuckDBAppender): void {
    this.#appender = appender;
    this.#rows = [];
    this.length = 0;
  }
}

function isTexts(value: DuckDBValue | readonly string[]): value is readonly string[] {
  return Array.isArray(value);
}

/** The tables are named after the unit's columns, so that the schema of staging is written once. */
export function columnsOf(table: BulkTableName, unit: { length: number }): NumberColumn[] {
  const given = new Map<string, unknown>(Object.entries(unit));
  return BULK_TABLES[table].slice(1).map(([name]) => {
    const column = given.get(name);
    const fits = column instanceof Int32Array || column instanceof Float64Array;
    if (!fits || column.length < unit.length)
      throw new Error(`column ${name} of ${table} is not of length ${unit.length}`);
    return column;
  });
}

function numbersOf(chunk: DuckDBDataChunk, index: number): NumberColumn {
  const vector = chunk.getColumnVector(index);
  if ("items" in vector && (vector.items instanceof Int32Array || vector.items instanceof Float64Array)) {
    return vector.items;
  }
  throw new Error("a bulk column is neither INTEGER nor DOUBLE");
}
