/** Whether a source has something new, asked of those that can tell for almost nothing. */
import { LRUCache } from "lru-cache";
import type { Clock } from "../core/knowledge.ts";
import type { LedgerEntry, Scope, Source } from "../sources/source.ts";
import { ageOf } from "./age.ts";
import { scopeId } from "./ledger.ts";
import type { Errands } from "./waiting.ts";

/** A scope is looked at no more often than this. */
const LOOK_INTERVAL_MS = 1000;

/** `revision` resolves with null where the source could not tell; it never rejects. */
interface Look {
  at: number;
  revision: Promise<string | null>;
}

/**
 * What a look says of an entry. `same` at `at` (epoch milliseconds); `changed` also where the source could
 * not be asked, so that the fetch which follows finds out why; `unknown` where there is nothing to compare.
 */
export type Change = { kind: "same"; at: number } | { kind: "changed" } | { kind: "unknown" };

export class Revisions {
  readonly #looks = new LRUCache<string, Look>({ max: 10_000 });

  constructor(
    readonly clock: Clock,
    readonly errands: Errands,
  ) {}

  /** Compares the source with the entry; many callers share one look. */
  async compare(source: Source, scope: Scope, entry: LedgerEntry): Promise<Change> {
    if (source.revision === undefined || entry.revision === null) return { kind: "unknown" };
    const look = this.#look(source, scope);
    const revision = await look.revision;
    if (revision === entry.revision) return { kind: "same", at: look.at };
    // The facts are newer than the look, for instance because another process fetched them.
    return look.at < entry.synced_at ? { kind: "unknown" } : { kind: "changed" };
  }

  #look(source: Source, scope: Scope): Look {
    const id = scopeId(source.ref.id, scope.key);
    const now = this.clock.now();
    const last = this.#looks.get(id);
    if (last !== undefined && ageOf(last.at, now) < LOOK_INTERVAL_MS) return last;
    const asked = this.errands.run(undefined, async (signal) => source.revision?.(scope, signal) ?? null);
    const look = { at: now, revision: asked.catch(() => null) };
    this.#looks.set(id, look);
    return look;
  }

  /** A fetch has just seen `revision`: the last look must not make the scope stale again. */
  learned(id: string, revision: string | null): void {
    const last = this.#looks.get(id);
    if (last !== undefined) this.#looks.set(id, { at: last.at, revision: Promise.resolve(revision) });
  }
}
