/** What the store's ledger says of each scope, and the ages that are known better than it says. */
import { LRUCache } from "lru-cache";
import type { LedgerEntry } from "../sources/source.ts";
import type { Cell, Snapshot, Store } from "../store/port.ts";

const QUERY = `SELECT s.source_id, l.scope, l.synced_at, l.revision, l.watermark, l.complete, l.notes
  FROM ledger l JOIN sources s ON s.source_key = l.source_key`;

/** Ledger rows of one generation, by source and scope. */
type Rows = ReadonlyMap<string, LedgerEntry>;

/** One name for a scope of a source. */
export function scopeId(sourceId: string, scope: string): string {
  return `${sourceId}\u0000${scope}`;
}

const text = (cell: Cell | undefined): string | null => (typeof cell === "string" ? cell : null);

function toEntry(row: Record<string, Cell>): LedgerEntry | null {
  const scope = text(row.scope);
  const synced_at = Date.parse(text(row.synced_at) ?? "");
  if (scope === null || Number.isNaN(synced_at)) return null;
  return {
    scope,
    synced_at,
    revision: text(row.revision),
    watermark: text(row.watermark),
    complete: row.complete === true,
    notes: Array.isArray(row.notes) ? row.notes.filter((note) => typeof note === "string") : [],
  };
}

async function read(snapshot: Snapshot): Promise<Rows> {
  const rows = new Map<string, LedgerEntry>();
  for (const row of await snapshot.query(QUERY)) {
    const entry = toEntry(row);
    if (entry === null) continue;
    const id = scopeId(text(row.source_id) ?? "", entry.scope);
    const known = rows.get(id);
    if (known === undefined || known.synced_at < entry.synced_at) rows.set(id, entry);
  }
  return rows;
}

/**
 * The ledger of the newest generation. A scope that was looked at and found unchanged keeps its row, because
 * a write copies the whole generation to say nothing new; its new age is held here, bound to that very row:
 * it is gone with the row, whichever process writes or removes it.
 */
export class Ledger {
  readonly #store: Store;
  #read: { generation: string; rows: Promise<Rows> } | null = null;
  /** Entries that only this process has. */
  readonly #held = new LRUCache<string, LedgerEntry>({ max: 1000 });
  readonly #renewed = new LRUCache<string, { row: number; synced_at: number }>({ max: 10_000 });

  constructor(store: Store) {
    this.#store = store;
  }

  async #rows(snapshot: Snapshot): Promise<Rows> {
    if (this.#read?.generation !== snapshot.generation) {
      this.#read = { generation: snapshot.generation, rows: read(snapshot) };
    }
    const mine = this.#read;
    try {
      return await mine.rows;
    } catch (error) {
      if (this.#read === mine) this.#read = null;
      throw error;
    }
  }

  #aged(id: string, row: LedgerEntry): LedgerEntry {
    const renewed = this.#renewed.get(id);
    return renewed?.row === row.synced_at ? { ...row, synced_at: renewed.synced_at } : row;
  }

  /** The entry of a scope as `snapshot` has it. */
  async entry(snapshot: Snapshot, sourceId: string, scope: string): Promise<LedgerEntry | null> {
    const id = scopeId(sourceId, scope);
    const held = this.#held.get(id);
    if (held !== undefined) return held;
    const row = (await this.#rows(snapshot)).get(id);
    return row === undefined ? null : this.#aged(id, row);
  }

  /** Keeps an entry in this process alone. */
  hold(sourceId: string, entry: LedgerEntry): void {
    this.#held.set(scopeId(sourceId, entry.scope), entry);
  }

  /** Forgets what only this process has. */
  forgetHeld(): void {
    this.#held.clear();
  }

  /** Entries of a source whose scope begins with `prefix`, as the newest generation has them. */
  async entries(sourceId: string, prefix: string): Promise<LedgerEntry[]> {
    const start = scopeId(sourceId, prefix);
    const rows = await this.#newest();
    return [...rows].filter(([id]) => id.startsWith(start)).map(([id, row]) => this.#aged(id, row));
  }

  /** The entry of a scope and the time that its row itself says, as the newest generation has them. */
  async current(sourceId: string, scope: string): Promise<{ entry: LedgerEntry; written_at: number } | null> {
    const id = scopeId(sourceId, scope);
    const row = (await this.#newest()).get(id);
    return row === undefined ? null : { entry: this.#aged(id, row), written_at: row.synced_at };
  }

  /** All scopes that any source has a row for, as the newest generation has them. */
  async scopes(): Promise<string[]> {
    return [...(await this.#newest()).values()].map((row) => row.scope);
  }

  async #newest(): Promise<Rows> {
    const snapshot = await this.#store.snapshot();
    try {
      return await this.#rows(snapshot);
    } finally {
      snapshot.release();
    }
  }

  /** Notes that the facts of a scope were found unchanged at `synced_at`, in epoch milliseconds. */
  async renew(sourceId: string, scope: string, synced_at: number): Promise<void> {
    const id = scopeId(sourceId, scope);
    const row = (await this.#newest()).get(id);
    if (row !== undefined) this.#renewed.set(id, { row: row.synced_at, synced_at });
  }
}
