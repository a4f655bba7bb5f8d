/**
 * The sync layer: decides what is fresh, fetches the rest once however many ask, and answers in time.
 *
 * The ledger in the store decides, so that the next process starts warm. Each scope is answered, refreshed
 * behind, or waited for (`age.ts`); what runs is a flight (`flight.ts`); what the view says is `answer.ts`.
 */
import { LRUCache } from "lru-cache";
import type {
  AskOptions,
  Clock,
  EventFollow,
  Forgettable,
  Knowledge,
  KnownSource,
  View,
} from "../core/knowledge.ts";
import { cancelled, RunlensError, throwIfCancelled } from "../errors.ts";
import type {
  EventPage,
  EventQuery,
  LedgerEntry,
  ModelCode,
  Need,
  RunLog,
  Scope,
  Source,
} from "../sources/source.ts";
import type { Snapshot, Store } from "../store/port.ts";
import { tell } from "../telemetry.ts";
import { judge, type Rules, type Verdict } from "./age.ts";
import { about, type Settled } from "./answer.ts";
import { Call } from "./call.ts";
import { sourceFailure } from "./failure.ts";
import { fetchScope } from "./fetch.ts";
import { Flight, Flights, type Landing } from "./flight.ts";
import { Ledger, scopeId } from "./ledger.ts";
import { LiveCache } from "./live-cache.ts";
import { type Change, Revisions } from "./revisions.ts";
import { prefixesOf, type SourceScope, scopesOf } from "./scopes.ts";
import { Errands, firstOf, LATE } from "./waiting.ts";

export interface SyncOptions {
  store: Store;
  sources: readonly Source[];
  clock: Clock;
  /** Seconds for which facts are fresh; 300 by default, 0 as without caching. */
  ttl_s?: number;
  /** False: every question fetches. */
  caching?: boolean;
  /** Milliseconds after which a caller gets what is there; null waits for ever. 45,000 by default. */
  deadline_ms?: number | null;
  /** True: never answers with facts that are being refreshed behind. */
  alwaysWait?: boolean;
  /** What to throw when no source is configured; the caller knows where it looked. */
  unconfigured?: () => RunlensError;
  /** For the log: a fetch that nobody waited for has failed. */
  warn: (message: string) => void;
}

/** The core's port, with the end of it. */
export interface Sync extends Knowledge {
  /**
   * Aborts all fetches; who waits gets `CANCELLED`. Resolves when the store is no longer used, or after a
   * few seconds where a source does not let go. Neither the store nor the sources are closed.
   */
  close(): Promise<void>;
}

export function createSync(options: SyncOptions): Sync {
  return new SyncLayer(options);
}

/** For how long after a question came its events are looked for, where callers are not patient; clients give up after 60 s. */
const SCAN_MS = 30_000;
/** How long `close` waits for a source that does not heed its signal. */
const CLOSE_GRACE_MS = 5000;

/** One scope of a question, with what the ledger says of it. */
interface Asked extends SourceScope {
  entry: LedgerEntry | null;
}

function nothingConfigured(): RunlensError {
  return new RunlensError("CONFIG", "No source is configured.", "Run `runlens doctor` to see what to set.");
}

/** Characters of all lines. */
function sizeOfLog({ commands }: RunLog): number {
  return commands.reduce(
    (sum, { lines }) => sum + lines.reduce((length, line) => length + line.message.length, 0),
    0,
  );
}

class SyncLayer implements Sync {
  readonly clock: Clock;
  readonly #options: SyncOptions;
  readonly #rules: Rules;
  readonly #ledger: Ledger;
  readonly #flights = new Flights();
  readonly #errands = new Errands();
  readonly #revisions: Revisions;
  readonly #codes: LiveCache<ModelCode>;
  readonly #logs: LiveCache<RunLog>;
  /** The last failure of scopes that no newer fetch has made good. */
  readonly #failures = new LRUCache<string, RunlensError>({ max: 1000 });
  /** What landed lately, for callers that asked before it took off and come to it after it has landed. */
  readonly #landed = new LRUCache<string, { number: number; entry: LedgerEntry }>({ max: 1000 });
  #calls = 0;
  #closed = false;

  constructor(options: SyncOptions) {
    const ttl_ms = (options.ttl_s ?? 300) * 1000;
    const caching = (options.caching ?? true) && ttl_ms > 0;
    this.#options = options;
    this.#rules = { ttl_ms, caching, alwaysWait: options.alwaysWait ?? false };
    this.clock = options.clock;
    this.#ledger = new Ledger(options.store);
    this.#revisions = new Revisions(options.clock, this.#errands);
    const held_ms = caching ? ttl_ms : 0;
    this.#codes = new LiveCache(
      options.clock,
      held_ms,
      ({ raw_sql, compiled_sql }) => (raw_sql?.length ?? 0) + (compiled_sql?.length ?? 0),
    );
    this.#logs = new LiveCache(options.clock, held_ms, sizeOfLog);
  }

  async ready(): Promise<void> {}

  sources(): KnownSource[] {
    return this.#options.sources.map(({ ref, label }) => ({ id: ref.id, system: ref.system, label }));
  }

  async view(need: Need, options: AskOptions = {}): Promise<View> {
    throwIfCancelled(options.signal);
    this.#assertOpen();
    const { store, sources, unconfigured = nothingConfigured, deadline_ms = 45_000 } = this.#options;
    if (sources.length === 0) throw unconfigured();
    const scopes = scopesOf(sources, need);
    this.#calls += 1;
    const call = new Call(this.#calls, options, this.clock, deadline_ms);
    // Pinned at first for the ledger, and kept as the answer where nothing has to be waited for.
    let snapshot: Snapshot | null = await store.snapshot();
    const unpin = () => {
      snapshot?.release();
      snapshot = null;
    };
    try {
      const asked = await this.#entries(scopes, snapshot);
      const settled = await Promise.all(asked.map((each) => this.#settle(each, call, unpin)));
      throwIfCancelled(options.signal);
      const pinned: Snapshot = snapshot ?? (await store.snapshot());
      snapshot = pinned;
      // Asked after the pin, which may be what finds out that the store cannot be read.
      return {
        snapshot: pinned,
        ...about(settled, need, this.clock.now(), store.state.degraded),
        on_demand: settled.some(({ source }) => source.on_demand),
      };
    } catch (error) {
      unpin();
      throw error;
    } finally {
      call.deadline.stop();
    }
  }

  #entries(scopes: readonly SourceScope[], snapshot: Snapshot): Promise<Asked[]> {
    return Promise.all(
      scopes.map(async ({ source, scope }) => ({
        source,
        scope,
        entry: await this.#ledger.entry(snapshot, source.ref.id, scope.key),
      })),
    );
  }

  /** Answers for one scope: at once, or when its flight has landed, or when the call's time is over. */
  async #settle(asked: Asked, call: Call, unpin: () => void): Promise<Settled> {
    const { source, scope } = asked;
    const id = scopeId(source.ref.id, scope.key);
    const { entry, verdict } = await this.#judged(asked, call);
    tell("facts-lookup", () => ({ source_id: source.ref.id, verdict }));
    const settled: Settled = { source, scope, entry, error: null, late: null, before: null };
    if (verdict === "fresh") return settled;
    if (verdict === "behind") {
      settled.before = this.#failures.get(id) ?? null;
      this.#fly(id, source, scope, null).keep();
      return settled;
    }

    unpin();
    const landed = this.#landed.get(id);
    if (landed !== undefined && landed.number >= call.number) return { ...settled, entry: landed.entry };

    const before = this.#failures.get(id) ?? null;
    const flight = this.#fly(
      id,
      source,
      scope,
      this.#rules.caching && !call.refresh ? null : call.refreshed_since,
    );
    const leave = flight.join(call.listener(id));
    try {
      const landing = await firstOf<Landing | typeof LATE>(
        [flight.landing, call.deadline.passed()],
        call.signal,
      );
      if (landing === LATE) {
        // The caller has gone with what there is; the fetch goes on for the next call.
        flight.keep();
        const late = { progress: flight.latest, shown_since: flight.published ? flight.asked_at : null };
        return { ...settled, late, before };
      }
      if (landing.error?.code === "CANCELLED") throw landing.error;
      return { ...settled, entry: landing.entry ?? entry, error: landing.error };
    } finally {
      leave();
    }
  }

  /** The verdict by age, and by a look at the source where that costs almost nothing. */
  async #judged(asked: Asked, call: Call): Promise<{ entry: LedgerEntry | null; verdict: Verdict }> {
    const { source, scope, entry } = asked;
    const refresh = call.refresh && !call.hasRefreshed(entry);
    const verdict = judge(entry, this.clock.now(), refresh, this.#rules);
    if (entry === null || refresh || !this.#rules.caching) return { entry, verdict };
    const change = await firstOf<Change | typeof LATE>(
      [this.#revisions.compare(source, scope, entry), call.deadline.passed()],
      call.signal,
    );
    if (change === LATE || change.kind === "unknown") return { entry, verdict };
    if (change.kind === "changed") return { entry, verdict: "wait" };
    // What is not complete is tried again when its time is over, even where the source looks the same.
    if (verdict === "fresh" || !entry.complete) return { entry, verdict };
    await this.#ledger.renew(source.ref.id, scope.key, change.at);
    return { entry: { ...entry, synced_at: change.at }, verdict: "fresh" };
  }

  /**
   * The flight of a scope. A caller who says `refresh` joins one that is under way too: it would else never
   * see the end of a fetch that takes longer than its patience.
   */
  #fly(id: string, source: Source, scope: Scope, refreshed_since: number | null): Flight {
    this.#assertOpen();
    const { store } = this.#options;
    const { ttl_ms } = this.#rules;
    const fetching = { store, ledger: this.#ledger, clock: this.clock, ttl_ms, refreshed_since };
    return this.#flights.take(
      id,
      (landed, before) =>
        new Flight(
          scope.key,
          this.#calls,
          async (flight) => {
            await firstOf([before], flight.signal);
            return fetchScope(flight, source, scope, fetching);
          },
          (flight, landing) => {
            landed(flight);
            this.#land(id, source, flight, landing);
          },
        ),
    );
  }

  #land(id: string, source: Source, flight: Flight, { entry, error }: Landing): void {
    if (flight.published) this.#forgetLive();
    if (error !== null) {
      if (error.code === "CANCELLED") return;
      this.#failures.set(id, error);
      if (flight.callers === 0) this.#options.warn(`${source.label} could not be read: ${error.message}`);
      return;
    }
    this.#failures.delete(id);
    if (flight.outdated) return;
    this.#revisions.learned(id, entry.revision);
    this.#landed.set(id, { number: flight.number, entry });
  }

  async code(sourceId: string, uniqueId: string, location: string, signal?: AbortSignal): Promise<ModelCode> {
    const source = this.#live(sourceId, signal);
    return this.#codes.get([sourceId, uniqueId, location].join("\u0000"), () =>
      this.#ask(source, signal, (own) => source.code(uniqueId, location, own)),
    );
  }

  async log(
    sourceId: string,
    runId: string,
    options: { debug: boolean },
    signal?: AbortSignal,
  ): Promise<RunLog | null> {
    const source = this.#live(sourceId, signal);
    const { log } = source;
    if (log === undefined) return null;
    return this.#logs.get([sourceId, runId, options.debug].join("\u0000"), () =>
      this.#ask(source, signal, (own) => log.call(source, runId, options, own)),
    );
  }

  async events(
    sourceId: string,
    runId: string,
    query: EventQuery,
    { signal, progress, asked_at }: EventFollow,
  ): Promise<EventPage | null> {
    throwIfCancelled(signal);
    this.#assertOpen();
    const source = this.#options.sources.find(({ ref }) => ref.id === sourceId);
    const events = source?.events;
    if (source === undefined || events === undefined) return null;
    const { deadline_ms = 45_000 } = this.#options;
    const context = {
      progress: progress ?? (() => {}),
      deadline: deadline_ms === null ? null : asked_at + Math.min(SCAN_MS, deadline_ms),
      now: () => this.clock.now(),
    };
    return this.#ask(source, signal, (own) => events.call(source, runId, query, { ...context, signal: own }));
  }

  /** The source that is to be asked something live. */
  #live(sourceId: string, signal: AbortSignal | undefined): Source {
    throwIfCancelled(signal);
    this.#assertOpen();
    const source = this.#options.sources.find(({ ref }) => ref.id === sourceId);
    if (source !== undefined) return source;
    throw new RunlensError(
      "NOT_FOUND",
      "The source of this is not configured any more.",
      "Ask for it again.",
    );
  }

  #ask<T>(
    source: Source,
    signal: AbortSignal | undefined,
    ask: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    return this.#errands.run(signal, async (own) => {
      try {
        return await ask(own);
      } catch (error) {
        throw sourceFailure(error, source.label, own);
      }
    });
  }

  #forgetLive(): void {
    this.#codes.clear();
    this.#logs.clear();
  }

  async invalidate(what: Forgettable): Promise<void> {
    this.#assertOpen();
    const { sources, store } = this.#options;
    const prefixes = prefixesOf(sources, what);
    const touches = (scope: string) => prefixes.some((prefix) => prefix === null || scope.startsWith(prefix));
    const sealed = this.#flights.outdate(touches);
    this.#landed.clear();
    this.#ledger.forgetHeld();
    this.#forgetLive();
    // Each is a write that copies the generation: only where there is something to forget.
    const scopes = sealed ? null : await this.#ledger.scopes();
    for (const prefix of prefixes) {
      const any = scopes === null || scopes.some((scope) => prefix === null || scope.startsWith(prefix));
      if (any) await store.invalidate(prefix);
    }
  }

  #assertOpen(): void {
    if (this.#closed) throw cancelled(new Error("runlens was closed"));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#errands.close();
    const grace = new AbortController();
    try {
      const patience = this.clock.sleep(CLOSE_GRACE_MS, grace.signal).catch(() => {});
      await Promise.race([this.#flights.close(), patience]);
    } finally {
      grace.abort();
    }
  }
}
