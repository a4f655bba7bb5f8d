/** One fetch: what it may use, what it has gathered, and what is to be said of it. */
import type { LRUCache } from "lru-cache";
import { RunlensError } from "../../errors.ts";
import type { Row } from "../../store/port.ts";
import type { SourceRef } from "../../store/units.ts";
import type { LedgerEntry, SyncContext, SyncOutcome } from "../source.ts";
import type { AdminApi } from "./admin.ts";
import type { DiscoveryApi } from "./discovery.ts";
import type { Hierarchy, Pages } from "./hierarchy.ts";
import type { Locks } from "./locks.ts";
import { runUnit } from "./run-rows.ts";
import { Slices } from "./slice.ts";
import type { CloudRun } from "./wire.ts";

/** What all fetches of a source share. */
export interface Platform {
  ref: SourceRef;
  label: string;
  admin: AdminApi;
  discovery: DiscoveryApi;
  pages: Pages;
  locks: Locks;
  /** True where the account's plan or the token has no Discovery API: artifacts tell all then. */
  withoutDiscovery: boolean;
  /** Environments whose runs have more rows than Discovery is sure to give at once. */
  large: Set<string>;
  /** What was found of single nodes, and as of which runs; in memory alone. */
  asked: LRUCache<string, string>;
}

/** What came of a part; what is `unchanged` keeps its entry, with a new age. */
export type PartOutcome =
  | { unchanged: true }
  | { watermark: string | null; revision?: string; notes: string[]; complete: boolean };

const MINUTE_MS = 60_000;

export class Visit {
  readonly platform: Platform;
  readonly context: SyncContext;
  readonly slices: Slices;
  /** Set by the first part of every fetch. */
  hierarchy: Hierarchy | null = null;
  readonly #notes = new Set<string>();
  #complete = true;
  /** Epoch milliseconds to which the list of runs reaches back; null where it has all that there are. */
  listedBackTo: number | null = null;
  #asOf = Number.POSITIVE_INFINITY;

  constructor(platform: Platform, context: SyncContext) {
    this.platform = platform;
    this.context = context;
    this.slices = new Slices(platform.ref, context);
  }

  get admin(): AdminApi {
    return this.platform.admin;
  }

  get discovery(): DiscoveryApi {
    return this.platform.discovery;
  }

  /** The hierarchy, once it is known. */
  get account(): Hierarchy {
    if (this.hierarchy === null) throw new Error("the hierarchy comes first");
    return this.hierarchy;
  }

  note(note: string): void {
    this.#notes.add(note);
  }

  /** Says what is missing of the answer. */
  miss(note: string): void {
    this.#complete = false;
    this.note(note);
  }

  /**
   * Makes one part fresh: does nothing while it is, and keeps what is known of it where the platform fails. Rejects
   * with the failure where nothing is known. `suffices` tells whether what is known is what is asked for, `name` is
   * what people call the part.
   */
  part(
    key: string,
    work: (entry: LedgerEntry | null) => Promise<PartOutcome>,
    suffices: (entry: LedgerEntry) => boolean = () => true,
    name = this.platform.label,
  ): Promise<void> {
    const { context, platform, slices } = this;
    return platform.locks.run(key, context.signal, async () => {
      const entry = await this.entry(key);
      // An entry of a time to come is that of another clock, and tells nothing.
      const isFresh =
        entry !== null && entry.synced_at >= context.fresh_since && entry.synced_at <= context.now();
      if (isFresh && suffices(entry)) {
        this.#seen(entry);
        return;
      }
      const asked = context.now();
      try {
        const outcome = await work(entry);
        if ("unchanged" in outcome) {
          await slices.publish();
          await context.renew(key);
          if (entry !== null) this.#seen({ ...entry, synced_at: asked });
          return;
        }
        const { watermark, revision = null, notes, complete } = outcome;
        const written = { scope: key, synced_at: asked, revision, watermark, complete, notes };
        await slices.add(() => [slices.entry(written)]);
        await slices.publish();
        this.#seen(written);
      } catch (error) {
        if (entry === null || context.signal.aborted || !(error instanceof RunlensError)) throw error;
        this.#seen(entry);
        this.fail(error, entry, name);
      }
    });
  }

  /** The ledger's entry of a part. */
  async entry(key: string): Promise<LedgerEntry | null> {
    return (await this.context.entries(key)).find((entry) => entry.scope === key) ?? null;
  }

  #seen(entry: LedgerEntry): void {
    this.#asOf = Math.min(this.#asOf, entry.synced_at);
    this.#complete &&= entry.complete;
    for (const note of entry.notes) this.note(`${this.platform.label}: ${note}.`);
  }

  /** Says that a part could not be fetched anew; `what` names it where that is not all of the source. */
  fail(error: RunlensError, entry: LedgerEntry | null, what = this.platform.label): void {
    const age =
      entry === null
        ? "It is missing here."
        : `What is here is ${Math.max(0, Math.round((this.context.now() - entry.synced_at) / MINUTE_MS))} minutes old.`;
    this.miss(`${what} could not be read: ${error.message.replace(/\.$/, "")}. ${age}`);
  }

  /** Rows of this source in the store, with nothing hidden. `?` stands for the source's id first. */
  rows<T extends Row>(
    sql: string,
    params: readonly (string | number | readonly string[])[] = [],
  ): Promise<T[]> {
    return this.context.query<T>(sql, [this.platform.ref.id, ...params]);
  }

  /** One run of the Admin API; null where it is not there any more. */
  async run(id: string): Promise<CloudRun | null> {
    try {
      return await this.admin.run(id, {}, this.context.signal);
    } catch (error) {
      if (error instanceof RunlensError && error.code === "NOT_FOUND") return null;
      throw error;
    }
  }

  /** Hands runs to the store, without results; those of projects that are not wanted are left out. */
  async addRuns(runs: readonly CloudRun[]): Promise<void> {
    const { ref, pages } = this.platform;
    await this.slices.add(() =>
      runs.flatMap((run) => {
        const place = this.account.placeOf(run);
        return place === null ? [] : [runUnit(ref, place, run, pages)];
      }),
    );
  }

  outcome(): SyncOutcome {
    return {
      revision: null,
      watermark: null,
      complete: this.#complete,
      notes: [...this.#notes],
      as_of: Math.min(this.#asOf, this.context.now()),
    };
  }
}
