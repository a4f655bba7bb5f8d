/** Values on their way into DuckDB and out of it. */
import type { DuckDBResult, DuckDBType, DuckDBValue, DuckDBValueConverter } from "@duckdb/node-api";
import { throwIfCancelled } from "../errors.ts";
import { type DuckDb, loadDuckDb } from "./engine.ts";
import type { Cell, Row, SqlValue } from "./port.ts";

export interface Bound {
  values: DuckDBValue[];
  types: DuckDBType[];
}

/** Parameters as DuckDB binds them: whole numbers as integers, so that they fit keys and LIMIT. */
export async function bind(params: readonly SqlValue[]): Promise<Bound> {
  const duckdb = await loadDuckDb();
  const bound: Bound = { values: [], types: [] };
  for (const param of params) {
    const [value, type] = bindOne(duckdb, param);
    bound.values.push(value);
    bound.types.push(type);
  }
  return bound;
}

function bindOne(duckdb: DuckDb, param: SqlValue): [DuckDBValue, DuckDBType] {
  if (param === null) return [null, duckdb.SQLNULL];
  if (typeof param === "string") return [param, duckdb.VARCHAR];
  if (typeof param === "boolean") return [param, duckdb.BOOLEAN];
  if (typeof param === "number") {
    return Number.isSafeInteger(param) ? [BigInt(param), duckdb.BIGINT] : [param, duckdb.DOUBLE];
  }
  const items: DuckDBValue[] = [];
  // An empty list of no type fits texts and numbers alike.
  let type: DuckDBType = duckdb.SQLNULL;
  const whole = param.every((item) => Number.isSafeInteger(item));
  for (const item of param) {
    if (typeof item === "string") {
      items.push(item);
      type = duckdb.VARCHAR;
    } else {
      items.push(whole ? BigInt(item) : item);
      type = whole ? duckdb.BIGINT : duckdb.DOUBLE;
    }
  }
  return [duckdb.listValue(items), duckdb.LIST(type)];
}

/** Rows of a result as plain data. Large results are converted chunk by chunk, so that others get their turn. */
export async function rowsOf(result: DuckDBResult, signal: AbortSignal | undefined): Promise<Row[]> {
  const converter = cellConverter(await loadDuckDb());
  const names = result.deduplicatedColumnNames();
  const rows: Row[] = [];
  for (const chunk of await result.fetchAllChunks()) {
    if (rows.length > 0) await new Promise((resolve) => setImmediate(resolve));
    throwIfCancelled(signal);
    for (const cells of chunk.convertRows(converter)) {
      const row: Row = {};
      for (const [index, name] of names.entries()) row[name] = cells[index] ?? null;
      rows.push(row);
    }
  }
  return rows;
}

let cached: DuckDBValueConverter<Cell> | undefined;

function cellConverter(duckdb: DuckDb): DuckDBValueConverter<Cell> {
  if (cached !== undefined) return cached;
  const plain = new Set([
    duckdb.DuckDBTypeId.BOOLEAN,
    duckdb.DuckDBTypeId.VARCHAR,
    duckdb.DuckDBTypeId.ENUM,
    duckdb.DuckDBTypeId.SQLNULL,
  ]);
  const convert: DuckDBValueConverter<Cell> = (value, type) => {
    if (value === null || value === undefined) return null;
    if (typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number") return Number.isFinite(value) ? value : null;
    if (typeof value === "bigint") return wholeNumber(value);
    if (plain.has(type.typeId)) return String(value);
    if (value instanceof duckdb.DuckDBTimestampValue || value instanceof duckdb.DuckDBTimestampTZValue) {
      return isoTime(value.micros / 1000n);
    }
    if (value instanceof duckdb.DuckDBTimestampMillisecondsValue) return isoTime(value.millis);
    if (value instanceof duckdb.DuckDBTimestampSecondsValue) return isoTime(value.seconds * 1000n);
    if (value instanceof duckdb.DuckDBTimestampNanosecondsValue) return isoTime(value.nanos / 1_000_000n);
    if (value instanceof duckdb.DuckDBDecimalValue) return value.toDouble();
    if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) {
      const inner = "valueType" in type ? type.valueType : type;
      return value.items.map((item) => convert(item, inner, convert));
    }
    if (value instanceof duckdb.DuckDBStructValue) {
      const inner = "entryTypes" in type ? type.entryTypes : [];
      const entries = Object.entries(value.entries);
      return Object.fromEntries(
        entries.map(([name, item], index) => [name, convert(item, inner[index] ?? type, convert)]),
      );
    }
    if (value instanceof duckdb.DuckDBMapValue) {
      const inner = "valueType" in type ? type.valueType : type;
      return Object.fromEntries(
        value.entries.map(({ key, value: item }) => [String(key), convert(item, inner, convert)]),
      );
    }
    return String(value);
  };
  cached = convert;
  return convert;
}

function wholeNumber(value: bigint): Cell {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** ISO 8601 UTC; null for infinities, which no calendar has. */
function isoTime(millis: bigint): Cell {
  const date = new Date(Number(millis));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
