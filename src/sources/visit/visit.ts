/**
 * One fetch of a source that asks a network: it is made of parts, each with an age of its own in the ledger, and says
 * at the end what is missing and how old the oldest part is.
 */
import { RunlensError } from "../../errors.ts";
import type { Row } from "../../store/port.ts";
import type { SourceRef } from "../../store/units.ts";
import type { LedgerEntry, SyncContext, SyncOutcome } from "../source.ts";
import type { Locks } from "./locks.ts";
import { Slices } from "./slice.ts";

/** What all fetches of a source share, as far as the parts need it. */
export interface Platform {
  ref: SourceRef;
  /** What people call the source, e.g. in notes. */
  label: string;
  locks: Locks;
}

/** What came of a part; what is `unchanged` keeps its entry, with a new age. */
export type PartOutcome =
  | { unchanged: true }
  | { watermark: string | null; revision?: string; notes: string[]; complete: boolean };

const MINUTE_MS = 60_000;

export class Visit<P extends Platform = Platform> {
  readonly platform: P;
  readonly context: SyncContext;
  readonly slices: Slices;
  readonly #notes = new Set<string>();
  #complete = true;
  #asOf = Number.POSITIVE_INFINITY;

  constructor(platform: P, context: SyncContext) {
    this.platform = platform;
    this.context = context;
    this.slices = new Slices(platform.ref, context);
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
