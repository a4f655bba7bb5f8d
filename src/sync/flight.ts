/** One fetch of one scope, shared by everybody who asks for it while it runs. */
import { cancelled, type RunlensError } from "../errors.ts";
import type { LedgerEntry, Progress } from "../sources/source.ts";
import { storeFailure } from "./failure.ts";

export type Landing = { entry: LedgerEntry; error: null } | { entry: null; error: RunlensError };
type Listener = (progress: Progress) => void;

export class Flight {
  /** Epoch milliseconds at which the source was asked; null while the flight waits in the store's line. */
  asked_at: number | null = null;
  /** True once something that it sent can be seen. */
  published = false;
  /** True once its ledger row is on the way. */
  sealed = false;
  /** True where the facts were invalidated meanwhile: they are worth keeping, but do not count as fresh. */
  outdated = false;
  latest: Progress | null = null;
  /** Resolves once, with `CANCELLED` as soon as the flight is aborted; never rejects. */
  readonly landing: Promise<Landing>;
  /** Resolves when the work is really over, which may be after the landing; never rejects. */
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<Listener>();
  readonly #landed: (landing: Landing) => void;
  #kept = false;
  #over = false;

  /** `number` is that of the newest call when it took off; `landed` is told the outcome before the callers. */
  constructor(
    readonly scope: string,
    readonly number: number,
    work: (flight: Flight) => Promise<LedgerEntry>,
    landed: (flight: Flight, landing: Landing) => void,
  ) {
    const { promise, resolve } = settleable<Landing>();
    this.landing = promise;
    this.#landed = (landing) => {
      if (this.#over) return;
      this.#over = true;
      landed(this, landing);
      resolve(landing);
    };
    this.ended = this.#run(work);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get callers(): number {
    return this.#listeners.size;
  }

  async #run(work: (flight: Flight) => Promise<LedgerEntry>): Promise<void> {
    // The registry must know the flight before the first thing happens in it.
    await null;
    try {
      this.#landed({ entry: await work(this), error: null });
    } catch (error) {
      this.#landed({ entry: null, error: storeFailure(error, this.signal) });
    }
  }

  /** One more caller; the returned function is called once, when that caller leaves. */
  join(listener: Listener): () => void {
    // Wrapped, so that two callers with the same function are two.
    const mine: Listener = (progress) => listener(progress);
    this.#listeners.add(mine);
    if (this.latest !== null) tell(mine, this.latest);
    return () => {
      this.#listeners.delete(mine);
      if (this.#listeners.size === 0 && !this.#kept) this.abort();
    };
  }

  /** From now on the flight goes on without callers. */
  keep(): void {
    this.#kept = true;
  }

  abort(): void {
    if (this.#over) return;
    this.#abort.abort();
    this.#landed({ entry: null, error: cancelled() });
  }

  report(progress: Progress): void {
    if (this.#over) return;
    this.latest = progress;
    for (const listener of this.#listeners) tell(listener, progress);
  }
}

/** A caller whose progress function throws harms neither the fetch nor the other callers. */
function tell(listener: Listener, progress: Progress): void {
  try {
    listener(progress);
  } catch {
    // Progress is a courtesy; the answer comes all the same.
  }
}

function settleable<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** The flights under way: at most one per scope that can be joined. */
export class Flights {
  readonly #joinable = new Map<string, Flight>();
  /** The newest of each scope, joinable or not, until it has ended. */
  readonly #newest = new Map<string, Flight>();
  readonly #all = new Set<Flight>();

  /**
   * The flight of `id` that is under way, or a new one. `before` resolves when one that nobody may join any more
   * has ended: two of one scope would do the same work twice.
   */
  take(id: string, start: (landed: (flight: Flight) => void, before: Promise<void>) => Flight): Flight {
    const known = this.#joinable.get(id);
    if (known !== undefined) return known;
    const before = this.#newest.get(id)?.ended ?? Promise.resolve();
    const flight = start((landed) => this.#part(id, landed), before);
    this.#joinable.set(id, flight);
    this.#newest.set(id, flight);
    this.#all.add(flight);
    void flight.ended.then(() => {
      this.#all.delete(flight);
      if (this.#newest.get(id) === flight) this.#newest.delete(id);
    });
    return flight;
  }

  #part(id: string, flight: Flight): void {
    if (this.#joinable.get(id) === flight) this.#joinable.delete(id);
  }

  /**
   * Marks the flights whose facts were just invalidated; nobody joins them any more. True where a ledger row
   * of one of them may be written any moment.
   */
  outdate(touches: (scope: string) => boolean): boolean {
    let sealed = false;
    for (const [id, flight] of this.#joinable) {
      if (!touches(flight.scope)) continue;
      flight.outdated = true;
      sealed ||= flight.sealed;
      this.#joinable.delete(id);
    }
    return sealed;
  }

  /** Aborts all and resolves when all have really ended. */
  async close(): Promise<void> {
    const all = [...this.#all];
    for (const flight of all) flight.abort();
    await Promise.all(all.map((flight) => flight.ended));
  }
}
