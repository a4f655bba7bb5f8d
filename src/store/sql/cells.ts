/** Values of any type as JSON can hold them, without losing any digit. */
import type { DuckDBType, DuckDBValueConverter } from "@duckdb/node-api";
import type { DuckDb } from "../engine.ts";
import type { Cell } from "../port.ts";

/** Decimals of so many digits are the same as a number. */
const EXACT_DIGITS = 15;

/**
 * Numbers stay numbers where those are exact, and become texts where they are not: whole numbers past 2^53, long
 * decimals, NaN and infinities. Times are ISO 8601 in UTC, with as many digits as they have. Structs and maps are
 * objects, lists and unnamed structs arrays; what else there is stays as DuckDB writes it.
 */
export function exactConverter(duckdb: DuckDb): DuckDBValueConverter<Cell> {
  const convert: DuckDBValueConverter<Cell> = (value, type) => {
    if (value === null || value === undefined) return null;
    if (typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
    if (typeof value === "bigint") {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : value.toString();
    }
    if (value instanceof duckdb.DuckDBDecimalValue) {
      const digits = value.toString();
      return digits.replaceAll(/\D/g, "").length <= EXACT_DIGITS ? Number(digits) : digits;
    }
    if (value instanceof duckdb.DuckDBDateValue && !value.isFinite)
      return value.days > 0 ? "infinity" : "-infinity";
    // Of a time with a zone the client would tell the machine's; in truth all are moments of UTC.
    if (value instanceof duckdb.DuckDBTimestampTZValue) {
      return isoTime(new duckdb.DuckDBTimestampValue(value.micros).toString());
    }
    if (isTime(duckdb, value)) return isoTime(value.toString());
    if (value instanceof duckdb.DuckDBListValue || value instanceof duckdb.DuckDBArrayValue) {
      const inner = "valueType" in type ? type.valueType : type;
      return value.items.map((item) => convert(item, inner, convert));
    }
    if (value instanceof duckdb.DuckDBStructValue) {
      const types = "entryTypes" in type ? type.entryTypes : [];
      const entries = Object.entries(value.entries).map(([name, item], index): [string, Cell] => [
        name,
        convert(item, types[index] ?? type, convert),
      ]);
      return Object.fromEntries(entries);
    }
    if (value instanceof duckdb.DuckDBMapValue) {
      const inner = "valueType" in type ? type.valueType : type;
      return Object.fromEntries(
        value.entries.map(({ key, value: item }) => [String(key), convert(item, inner, convert)]),
      );
    }
    if (value instanceof duckdb.DuckDBUnionValue) {
      const inner = "memberTypes" in type ? memberType(type, value.tag) : type;
      return convert(value.value, inner, convert);
    }
    return String(value);
  };
  return convert;
}

type Time = InstanceType<
  | DuckDb["DuckDBTimestampValue"]
  | DuckDb["DuckDBTimestampMillisecondsValue"]
  | DuckDb["DuckDBTimestampSecondsValue"]
  | DuckDb["DuckDBTimestampNanosecondsValue"]
>;

function isTime(duckdb: DuckDb, value: object): value is Time {
  return (
    value instanceof duckdb.DuckDBTimestampValue ||
    value instanceof duckdb.DuckDBTimestampMillisecondsValue ||
    value instanceof duckdb.DuckDBTimestampSecondsValue ||
    value instanceof duckdb.DuckDBTimestampNanosecondsValue
  );
}

/** `2026-11-18 02:03:18.5` is in UTC, as everything is; `infinity` and years before Christ stay as they are. */
function isoTime(text: string): string {
  const parts = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00(?::00)?)?$/.exec(text);
  if (parts === null) return text;
  const [, date, clock, fraction = ""] = parts;
  const digits = fraction.replace(/0+$/, "");
  return `${date}T${clock}.${digits.padEnd(3, "0")}Z`;
}

function memberType(type: Extract<DuckDBType, { memberTypes: unknown }>, tag: string): DuckDBType {
  return type.memberTypes[type.memberTags.indexOf(tag)] ?? type;
}
