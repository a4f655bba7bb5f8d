/** One fetch of one scope: from the source into the store, with the ledger's row in the same load. */
import type { Clock } from "../core/knowledge.ts";
import { throwIfCancelled } from "../errors.ts";
import type { LedgerEntry, Scope, Source, SyncOutcome } from "../sources/source.ts";
import type { Store } from "../store/port.ts";
import type { LedgerUnit } from "../store/units.ts";
import { ageOf } from "./age.ts";
import { sourceFailure } from "./failure.ts";
import type { Flight } from "./flight.ts";
import type { Ledger } from "./ledger.ts";
import { LineLoad } from "./line-load.ts";

export interface Fetching {
  store: Store;
  ledger: Ledger;
  clock: Clock;
  ttl_ms: number;
  /** Epoch milliseconds before which nothing counts as fresh, where the asker wants everything anew; else null. */
  refreshed_since: number | null;
}

function unchanged(entry: LedgerEntry, outcome: SyncOutcome): boolean {
  return (
    entry.revision === outcome.revision &&
    entry.watermark === outcome.watermark &&
    entry.complete === outcome.complete &&
    entry.notes.length === outcome.notes.length &&
    entry.notes.every((note, index) => note === outcome.notes[index])
  );
}

/** Fetches `scope` and resolves with its new entry. Throws the source's or the store's failure. */
export async function fetchScope(
  flight: Flight,
  source: Source,
  scope: Scope,
  { store, ledger, clock, ttl_ms, refreshed_since }: Fetching,
): Promise<LedgerEntry> {
  const { signal } = flight;
  throwIfCancelled(signal);
  const line = new LineLoad(store, flight);
  try {
    const known = await ledger.current(source.ref.id, scope.key);
    const asked_at = clock.now();
    flight.asked_at = asked_at;
    /** Rows to write anew, in one publication: those in the store are too old for the next process to rely on. */
    const aged: LedgerUnit[] = [];
    const renew = async (key: string): Promise<void> => {
      const row = await ledger.current(source.ref.id, key);
      if (row === null) return;
      await ledger.renew(source.ref.id, key, asked_at);
      if (ageOf(row.written_at, asked_at) <= ttl_ms) return;
      aged.push({ kind: "ledger", source: source.ref, ...row.entry, synced_at: asked_at * 1000 });
    };
    let outcome: SyncOutcome;
    try {
      outcome = await source.sync(scope, {
        entry: known?.entry ?? null,
        entries: (prefix) => ledger.entries(source.ref.id, prefix),
        renew,
        query: async (sql, params) => {
          const snapshot = await store.snapshot();
          try {
            return await snapshot.query(sql, params, signal);
          } finally {
            snapshot.release();
          }
        },
        load: line,
        signal,
        progress: (progress) => flight.report(progress),
        now: () => clock.now(),
        fresh_since: refreshed_since ?? asked_at - ttl_ms,
        refresh: refreshed_since !== null,
      });
    } catch (error) {
      throw sourceFailure(error, source.label, signal);
    }
    throwIfCancelled(signal);
    await line.send({ words: [], units: aged });
    const { revision, watermark, complete, notes, as_of } = outcome;
    const synced_at = as_of ?? asked_at;
    const entry = { scope: scope.key, synced_at, revision, watermark, complete, notes };

    if (flight.outdated) {
      await line.publish();
      return entry;
    }
    if (as_of !== undefined) {
      await line.publish();
      ledger.hold(source.ref.id, entry);
      return entry;
    }

    // Publishing copies the whole generation. Where nothing is new, a source that can be asked for its revision
    // never needs that: the next process asks it too, for almost nothing. For the others the row is written
    // anew once it is older than the TTL, so that the next process does not send requests for nothing.
    if (!line.sent && known !== null && unchanged(known.entry, outcome)) {
      const cold = source.revision === undefined && ageOf(known.written_at, asked_at) > ttl_ms;
      if (!cold) {
        await ledger.renew(source.ref.id, scope.key, asked_at);
        return entry;
      }
    }
    flight.sealed = true;
    const row = { kind: "ledger", source: source.ref, ...entry, synced_at: asked_at * 1000 } as const;
    await line.send({ words: [], units: [row] });
    await line.publish();
    return entry;
  } finally {
    await line.leave();
  }
}
