/**
 * An answer as blocks of fields and tables, before anybody decides how they look. The compact text of MCP and
 * the tables of the command line are two drawings of the same blocks. Nulls and empty lists are left out.
 */
import { isRecord } from "./clean.ts";

export type Scalar = string | number | boolean;

export interface Field {
  name: string;
  value: Scalar | Scalar[];
}

export interface Fields {
  kind: "fields";
  fields: Field[];
}

/** `same` holds the columns that say the same in every row; a cell is undefined where nothing is known. */
export interface Table {
  kind: "table";
  name: string;
  same: Field[];
  columns: string[];
  rows: (Scalar | Scalar[] | undefined)[][];
}

export type Block = Fields | Table;

/** What stands after the facts: how to go on, and where they came from. */
export interface Closing {
  returned: number | null;
  total: number | null;
  hasMore: boolean;
  nextCursor: string | null;
  systems: string[];
  asOf: string | null;
  complete: boolean;
  notes: string[];
}

export interface Layout {
  blocks: Block[];
  closing: Closing;
}

export interface LayoutOptions {
  /** Fields in the order in which they are to be read. */
  columns: readonly string[];
  /**
   * `all` for a reader who has to get everything in few words: other fields follow, and what is the same in
   * every row is said once. `chosen` for a person who wants the same columns every time.
   */
  show: "all" | "chosen";
}

const ENVELOPE = new Set(["returned", "total", "has_more", "next_cursor", "source"]);

/** Lays out an operation's answer. */
export function layOut(answer: Record<string, unknown>, options: LayoutOptions): Layout {
  const closing = readClosing(answer);
  const facts = Object.fromEntries(Object.entries(answer).filter(([name]) => !ENVELOPE.has(name)));
  const { items, ...rest } = facts;
  if (!Array.isArray(items)) return { blocks: record("", pick(facts, options)), closing };
  const rows = items.filter(isRecord).map((item) => pick(item, options));
  const blocks = [...record("", rest), ...tables("items", rows)];
  return { blocks: options.show === "all" ? blocks.map(hoist) : blocks, closing };
}

/** The row with its fields in the order asked for. */
function pick(row: Record<string, unknown>, { columns, show }: LayoutOptions): Record<string, unknown> {
  const first = columns.filter((name) => name in row);
  const rest =
    show === "chosen" && first.length > 0 ? [] : Object.keys(row).filter((name) => !columns.includes(name));
  return Object.fromEntries([...first, ...rest].map((name) => [name, row[name]]));
}

/** `models.critical 0` and its neighbours belong on one line: fields by what stands before the last dot. */
export function grouped(fields: readonly Field[]): { name: string; fields: Field[] }[] {
  const groups: { name: string; fields: Field[] }[] = [];
  for (const field of fields) {
    const dot = field.name.lastIndexOf(".");
    const name = field.name.slice(0, Math.max(dot, 0));
    const last = groups.at(-1);
    const inside = { ...field, name: field.name.slice(dot + 1) };
    if (name !== "" && last?.name === name) last.fields.push(inside);
    else groups.push({ name, fields: [inside] });
  }
  return groups;
}

/** Fields of an object, then one table per list of objects in it. */
function record(prefix: string, value: Record<string, unknown>): Block[] {
  const { fields, lists } = flatten(prefix, value);
  const blocks: Block[] = fields.length > 0 ? [{ kind: "fields", fields }] : [];
  return [...blocks, ...lists.flatMap(({ name, rows }) => tables(name, rows))];
}

interface Flat {
  /** Every name in order, also of what is null here, so that columns keep the order of the answer. */
  names: string[];
  fields: Field[];
  lists: { name: string; rows: Record<string, unknown>[] }[];
}

/** Nested objects become dotted names; lists of objects stand apart. */
function flatten(prefix: string, value: Record<string, unknown>): Flat {
  const flat: Flat = { names: [], fields: [], lists: [] };
  for (const [key, inner] of Object.entries(value)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    flat.names.push(name);
    if (isScalar(inner)) flat.fields.push({ name, value: inner });
    else if (Array.isArray(inner)) addList(flat, name, inner);
    else if (isRecord(inner)) {
      const { names, fields, lists } = flatten(name, inner);
      flat.names.push(...names);
      flat.fields.push(...fields);
      flat.lists.push(...lists);
    }
  }
  return flat;
}

function addList(flat: Flat, name: string, list: readonly unknown[]): void {
  // Lists in lists and gaps have no place of their own, and must not vanish.
  if (list.some((item) => item === null || Array.isArray(item))) {
    flat.fields.push({ name, value: JSON.stringify(list) });
    return;
  }
  const rows = list.filter(isRecord);
  const scalars = list.filter(isScalar);
  if (rows.length > 0) flat.lists.push({ name, rows });
  else if (scalars.length > 0) flat.fields.push({ name, value: scalars });
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** One table for the rows, and one for each kind of list inside them, led by the key of the row it belongs to. */
function tables(name: string, rows: readonly Record<string, unknown>[]): Block[] {
  if (rows.length === 0) return [];
  const flats = rows.map((row) => flatten("", row));
  const places = new Map<string, number>();
  for (const { names } of flats) {
    for (const column of names) if (!places.has(column)) places.set(column, places.size);
  }
  const isKnown = Array.from({ length: places.size }, () => false);
  const all = flats.map(({ fields }) => {
    const cells: Table["rows"][number] = Array.from({ length: places.size }, () => undefined);
    for (const field of fields) {
      const place = places.get(field.name) ?? 0;
      cells[place] = field.value;
      isKnown[place] = true;
    }
    return cells;
  });
  const columns = [...places.keys()].filter((_, place) => isKnown[place]);
  const cells = all.map((row) => row.filter((_, place) => isKnown[place]));
  const table: Table = { kind: "table", name, same: [], columns, rows: cells };
  return [table, ...inner(name, columns[0] ?? "", cells, flats)];
}

function inner(name: string, keyName: string, cells: Table["rows"], flats: readonly Flat[]): Block[] {
  const keys = cells.map(([key], row) => (key === undefined ? row + 1 : String(key)));
  const unique = new Set(keys).size === keys.length;
  const byName = new Map<string, Record<string, unknown>[]>();
  flats.forEach(({ lists }, row) => {
    for (const list of lists) {
      const lead = unique ? { [keyName]: keys[row] } : { row: row + 1 };
      const known = byName.get(list.name) ?? [];
      for (const inside of list.rows) known.push({ ...lead, ...inside });
      byName.set(list.name, known);
    }
  });
  return [...byName].flatMap(([list, rows]) => tables(name === "items" ? list : `${name}.${list}`, rows));
}

function equal(one: Scalar | Scalar[] | undefined, other: Scalar | Scalar[]): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** Takes out the columns that say the same in every row; the first column stays, it tells rows apart. */
function hoist(table: Block): Block {
  if (table.kind === "fields") return table;
  const [first] = table.rows;
  if (first === undefined || table.rows.length < 3) return table;
  const isSame = table.columns.map((_, column) => {
    const value = first[column];
    return column > 0 && value !== undefined && table.rows.every((row) => equal(row[column], value));
  });
  return {
    ...table,
    same: table.columns.flatMap((name, column) => {
      const value = first[column];
      return isSame[column] && value !== undefined ? [{ name, value }] : [];
    }),
    columns: table.columns.filter((_, column) => !isSame[column]),
    rows: table.rows.map((row) => row.filter((_, column) => !isSame[column])),
  };
}

function readClosing(answer: Record<string, unknown>): Closing {
  const source = isRecord(answer.source) ? answer.source : {};
  return {
    returned: typeof answer.returned === "number" ? answer.returned : null,
    total: typeof answer.total === "number" ? answer.total : null,
    hasMore: answer.has_more === true,
    nextCursor: typeof answer.next_cursor === "string" ? answer.next_cursor : null,
    systems: strings(source.systems),
    asOf: typeof source.as_of === "string" ? source.as_of : null,
    complete: source.complete !== false,
    notes: strings(source.notes),
  };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
