/** One fetch of one scope: from the source into the store, with the ledger's row in the same load. */
import type { Clock } from "../core/knowledge.ts";
import { throwIfCancelled } from "../errors.ts";
import type { LedgerEntry, Scope, Source, SyncOutcome } from "../sources/source.ts";
import type { Load, Published, Store } from "../store/port.ts";
import type { Batch } from "../store/units.ts";
import { ageOf } from "./age.ts";
import { sourceFailure, storeFailure } from "./failure.ts";
import type { Flight } from "./flight.ts";
import type { Ledger } from "./ledger.ts";

export interface Fetching {
  store: Store;
  ledger: Ledger;
  clock: Clock;
  ttl_ms: number;
}

/** A load that knows whether anything was sent, and whose failures are those of the store. */
class WatchedLoad implements Load {
  sent = false;

  constructor(
    readonly load: Load,
    readonly flight: Flight,
  ) {}

  async send(batch: Batch): Promise<void> {
    this.sent ||= batch.units.length > 0;
    await this.#guarded(this.load.send(batch));
  }

  port(): ReturnType<Load["port"]> {
    // What a worker sends through it does not pass here.
    this.sent = true;
    return this.load.port();
  }

  async publish(): Promise<Published> {
    const published = await this.#guarded(this.load.publish());
    this.flight.published ||= this.sent;
    return published;
  }

  async #guarded<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw storeFailure(error, this.flight.signal);
    }
  }
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
  { store, ledger, clock, ttl_ms }: Fetching,
): Promise<LedgerEntry> {
  const { signal } = flight;
  throwIfCancelled(signal);
  return store.load(async (load) => {
    throwIfCancelled(signal);
    // Read here and not when the flight took off: the load before this one may have written it.
    const known = await ledger.current(source.ref.id, scope.key);
    const asked_at = clock.now();
    flight.asked_at = asked_at;
    const watched = new WatchedLoad(load, flight);
    let outcome: SyncOutcome;
    try {
      outcome = await source.sync(scope, {
        entry: known?.entry ?? null,
        entries: (prefix) => ledger.entries(source.ref.id, prefix),
        load: watched,
        signal,
        progress: (progress) => flight.report(progress),
        now: () => clock.now(),
      });
    } catch (error) {
      throw sourceFailure(error, source.label, signal);
    }
    throwIfCancelled(signal);
    const { revision, watermark, complete, notes } = outcome;
    const entry = { scope: scope.key, synced_at: asked_at, revision, watermark, complete, notes };

    if (flight.outdated) {
      await watched.publish();
      return entry;
    }

    // Publishing copies the whole generation. Where nothing is new, a source that can be asked for its revision
    // never needs that: the next process asks it too, for almost nothing. For the others the row is written
    // anew once it is older than the TTL, so that the next process does not send requests for nothing.
    if (!watched.sent && known !== null && unchanged(known.entry, outcome)) {
      const cold = source.revision === undefined && ageOf(known.written_at, asked_at) > ttl_ms;
      if (!cold) {
        await ledger.renew(source.ref.id, scope.key, asked_at);
        return entry;
      }
    }
    flight.sealed = true;
    const row = { kind: "ledger", source: source.ref, ...entry, synced_at: asked_at * 1000 } as const;
    await watched.send({ words: [], units: [row] });
    await watched.publish();
    return entry;
  }, signal);
}
