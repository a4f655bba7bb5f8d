/** Answers of queries already asked: a published generation never changes, so the same question has the same rows. */
import { LRUCache } from "lru-cache";
import type { Row, Snapshot, SqlValue } from "../store/port.ts";

/** About 20 MB of small values. */
const MOST_CELLS = 400_000;

/** Things made of whole generations: graphs and pictures of a few environments. */
const MOST_DERIVED = 8;

export class QueryMemory {
  readonly #derived = new LRUCache<string, object>({ max: MOST_DERIVED });
  readonly #rows = new LRUCache<string, readonly Row[]>({
    maxSize: MOST_CELLS,
    sizeCalculation: (rows) => 1 + rows.length * Object.keys(rows[0] ?? {}).length,
  });

  /** Rows of the query, from memory where this generation has been asked the same. Callers must not change them. */
  async query(
    snapshot: Snapshot,
    sql: string,
    values: readonly SqlValue[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Row[]> {
    const key = `${snapshot.generation}\n${sql}\n${JSON.stringify(values)}`;
    const known = this.#rows.get(key);
    if (known !== undefined) return known;
    const rows = await snapshot.query(sql, values, signal);
    this.#rows.set(key, rows);
    return rows;
  }

  /** What `make` makes of this generation under that name, made once. Callers must not change it. */
  async derived<T extends object>(snapshot: Snapshot, name: string, make: () => Promise<T>): Promise<T> {
    const key = `${snapshot.generation}\n${name}`;
    const known = this.#derived.get(key);
    // One name always stands for one kind of thing.
    if (known !== undefined) return known as T;
    const made = await make();
    this.#derived.set(key, made);
    return made;
  }
}
