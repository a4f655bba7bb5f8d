/** Building the columns of units: rows in, typed arrays out, texts as words of the load. */
import type { EdgeColumns, ExecutionColumns, FreshnessColumns, NodeColumns } from "../../store/units.ts";

/** Every text of a load once, in the order in which the store is to hear of them. */
export class Words {
  readonly #index = new Map<string, number>();
  #fresh: string[] = [];

  /** The index of a word, -1 for null. */
  of(text: string | null): number {
    if (text === null) return -1;
    const known = this.#index.get(text);
    if (known !== undefined) return known;
    const index = this.#index.size;
    this.#index.set(text, index);
    this.#fresh.push(text);
    return index;
  }

  /** The words that came since the last call. */
  takeFresh(): string[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }
}

type Columns = ExecutionColumns | FreshnessColumns | NodeColumns | EdgeColumns;

/** A row of `C`: text or null where the column holds words, a number or NaN where it holds numbers. */
export type RowOf<C extends Columns> = {
  [K in Exclude<keyof C, "length">]: C[K] extends Int32Array ? string | null : number;
};

const EXECUTION = {
  node: "word",
  status: "word",
  raw_status: "word",
  thread: "word",
  message: "word",
  partition: "word",
  recorded_at: "number",
  started_at: "number",
  ended_at: "number",
  runtime_s: "number",
  compile_s: "number",
  execute_s: "number",
  failures: "number",
  rows_affected: "number",
  bytes_processed: "number",
  attempt: "number",
} as const satisfies Layout<ExecutionColumns>;

const FRESHNESS = {
  node: "word",
  status: "word",
  raw_status: "word",
  message: "word",
  max_loaded_at: "number",
  snapshotted_at: "number",
  age_s: "number",
  warn_after_s: "number",
  error_after_s: "number",
} as const satisfies Layout<FreshnessColumns>;

const NODE = {
  unique_id: "word",
  model_id: "word",
  name: "word",
  resource_type: "word",
  package_name: "word",
  version: "word",
  alias: "word",
  database_name: "word",
  schema_name: "word",
  description: "word",
  materialization: "word",
  tags: "word",
  owner: "word",
  path: "word",
  checksum: "word",
  attached: "word",
  column_name: "word",
  test_type: "word",
  severity: "word",
  source_name: "word",
  url: "word",
  warn_after_s: "number",
  error_after_s: "number",
} as const satisfies Layout<NodeColumns>;

const EDGE = { parent: "word", child: "word" } as const satisfies Layout<EdgeColumns>;

type Layout<C extends Columns> = {
  [K in Exclude<keyof C, "length">]: C[K] extends Int32Array ? "word" : "number";
};

/** Takes rows one by one and gives them as columns. */
export class ColumnBuilder<C extends Columns> {
  readonly #columns: { name: string; isWord: boolean; values: number[] }[];
  readonly #words: Words;
  #length = 0;

  constructor(layout: Layout<C>, words: Words) {
    this.#words = words;
    this.#columns = Object.entries(layout).map(([name, kind]) => ({
      name,
      isWord: kind === "word",
      values: [],
    }));
  }

  get length(): number {
    return this.#length;
  }

  add(row: RowOf<C>): void {
    // The layout names exactly the properties of a row, which TypeScript cannot follow through Object.entries.
    const values = row as Readonly<Record<string, string | number | null>>;
    for (const column of this.#columns) {
      const value = values[column.name];
      if (column.isWord) column.values.push(this.#words.of(typeof value === "string" ? value : null));
      else column.values.push(typeof value === "number" ? value : Number.NaN);
    }
    this.#length++;
  }

  /** Writes another text into a row that was added before. */
  setText(row: number, name: Exclude<keyof C, "length">, text: string | null): void {
    const column = this.#columns.find((one) => one.name === name);
    if (column?.isWord !== true) throw new Error(`${String(name)} is no column of texts`);
    column.values[row] = this.#words.of(text);
  }

  /** The columns; with `isKept` only of the rows, by their number, that it keeps. */
  finish(isKept?: (row: number) => boolean): C {
    const columns: Record<string, unknown> = { length: this.#length };
    for (const { name, isWord, values } of this.#columns) {
      const kept = isKept === undefined ? values : values.filter((_, row) => isKept(row));
      columns.length = kept.length;
      columns[name] = isWord ? new Int32Array(kept) : new Float64Array(kept);
    }
    // Built from the same layout that its type was derived from.
    return columns as unknown as C;
  }
}

export const executionColumns = (words: Words): ColumnBuilder<ExecutionColumns> =>
  new ColumnBuilder<ExecutionColumns>(EXECUTION, words);
export const freshnessColumns = (words: Words): ColumnBuilder<FreshnessColumns> =>
  new ColumnBuilder<FreshnessColumns>(FRESHNESS, words);
export const nodeColumns = (words: Words): ColumnBuilder<NodeColumns> =>
  new ColumnBuilder<NodeColumns>(NODE, words);
export const edgeColumns = (words: Words): ColumnBuilder<EdgeColumns> =>
  new ColumnBuilder<EdgeColumns>(EDGE, words);

/** A node of which nothing is known but what stands beside this. */
export const UNKNOWN_NODE = {
  version: null,
  alias: null,
  database_name: null,
  schema_name: null,
  description: null,
  materialization: null,
  tags: "[]",
  owner: null,
  path: null,
  checksum: null,
  attached: null,
  column_name: null,
  test_type: null,
  severity: null,
  source_name: null,
  url: null,
  warn_after_s: Number.NaN,
  error_after_s: Number.NaN,
} as const satisfies Partial<RowOf<NodeColumns>>;
