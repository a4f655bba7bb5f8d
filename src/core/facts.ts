/** The facts of one question: one pinned snapshot, asked in SQL. */
import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Row, Snapshot, SqlValue } from "../store/port.ts";
import type { SourceNote } from "./answers.ts";
import type { View } from "./knowledge.ts";
import type { QueryMemory } from "./memory.ts";
import type { System } from "./vocabulary.ts";

/** Reads one snapshot and gathers what has to be said about the answer. */
export class Facts {
  readonly snapshot: Snapshot;
  readonly #view: View;
  readonly #memory: QueryMemory;
  readonly #notes: string[];
  readonly #signal: AbortSignal | undefined;
  /** Null for all that there are. */
  #systems: readonly System[] | null = null;
  /** Epoch milliseconds by the injected clock; the same for the whole answer. */
  readonly now: number;

  constructor(
    view: View,
    context: { memory: QueryMemory; now: number; signal: AbortSignal | undefined; notes: readonly string[] },
  ) {
    const { memory, now, signal, notes } = context;
    this.#view = view;
    this.#memory = memory;
    this.snapshot = view.snapshot;
    this.now = now;
    this.#signal = signal;
    this.#notes = [...notes, ...view.notes];
  }

  /** All rows; `T` names the columns that the query selects. They are shared: do not change them. */
  async rows<T extends Row>(query: Sql): Promise<T[]> {
    // sql-template-tag types its values as unknown (all of ours are SQL values); the columns are the query's.
    const values = query.values as SqlValue[];
    return (await this.#memory.query(this.snapshot, query.sql, values, this.#signal)) as T[];
  }

  async first<T extends Row>(query: Sql): Promise<T | undefined> {
    return (await this.rows<T>(query))[0];
  }

  /**
   * What is made of the whole snapshot and takes long to make, such as a graph: made once for all questions. `name` says
   * what it is and of which part of the facts.
   */
  derived<T extends object>(name: string, make: () => Promise<T>): Promise<T> {
    return this.#memory.derived(this.snapshot, name, make);
  }

  /** Rows that are not kept, for what is kept in another form. */
  async read<T extends Row>(query: Sql): Promise<T[]> {
    // As above.
    return this.snapshot.query<T>(query.sql, query.values as SqlValue[], this.#signal);
  }

  /** The same facts for a question within the question: what it notes is not told. */
  aside(): Facts {
    const context = { memory: this.#memory, now: this.now, signal: this.#signal, notes: [] };
    return new Facts(this.#view, context);
  }

  /** Adds a sentence to the answer's notes, once. */
  note(sentence: string | null): void {
    if (sentence !== null && !this.#notes.includes(sentence)) this.#notes.push(sentence);
  }

  /** Leaves all other systems out of what the answer says of its origin. */
  tellOnly(systems: readonly System[]): void {
    this.#systems = systems;
  }

  /** What the answer says of its own origin. */
  get source(): SourceNote {
    const { as_of, complete } = this.#view;
    const systems = this.#view.systems.filter((system) => this.#systems?.includes(system) ?? true);
    return { systems, as_of, complete, notes: [...this.#notes] };
  }
}

/** Up to so many keys stand in the SQL itself: DuckDB then tests them while it scans, ten times faster than a join. */
const MOST_LITERAL_KEYS = 100;

/** `column` is one of the integers. */
export function amongKeys(column: string, keys: readonly number[]): Sql {
  if (keys.length === 0) return raw("FALSE");
  if (keys.length <= MOST_LITERAL_KEYS) return raw(`${column} IN (${keys.map(Math.trunc).join(", ")})`);
  return sql`${raw(column)} IN (SELECT unnest(${keys}::INTEGER[]))`;
}

/** `column` is one of the texts. */
export function amongTexts(column: string, texts: readonly string[]): Sql {
  return sql`${raw(column)} IN (SELECT unnest(${texts}::VARCHAR[]))`;
}

/** All conditions hold; TRUE where there are none. */
export function all(conditions: readonly (Sql | null)[]): Sql {
  const present = conditions.filter((condition) => condition !== null);
  return present.length === 0 ? raw("TRUE") : join(present, " AND ");
}

/** Seconds to milliseconds' precision: what answers show. */
export function roundSeconds(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1000) / 1000;
}

/** How long ago a time was, in seconds; null where it is not known. */
export function secondsSince(time: string | null, now: number): number | null {
  return time === null ? null : roundSeconds((now - Date.parse(time)) / 1000);
}

/** One page of a query's rows, and how many rows it has in all, also past the end. */
export async function pageOf<T extends Row>(
  facts: Facts,
  query: Sql,
  order: Sql,
  page: { offset: number; limit: number },
): Promise<{ rows: T[]; total: number }> {
  const rows = await facts.rows<T & { total: number }>(
    sql`SELECT *, count(*) OVER () AS total FROM (${query}) ORDER BY ${order} LIMIT ${page.limit} OFFSET ${page.offset}`,
  );
  const known = rows[0]?.total;
  if (known !== undefined) return { rows, total: known };
  const counted =
    page.offset === 0
      ? undefined
      : await facts.first<{ total: number }>(sql`SELECT count(*) AS total FROM (${query})`);
  return { rows, total: counted?.total ?? 0 };
}
