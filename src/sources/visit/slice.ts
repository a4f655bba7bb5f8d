/** What has arrived of a fetch and is not in the store yet. */
import type { Batch, LedgerUnit, SourceRef, Unit } from "../../store/units.ts";
import type { LedgerEntry, SyncContext } from "../source.ts";
import { Words } from "./columns.ts";

/** Rows after which a slice is published, and milliseconds: a publication copies the store, a kill loses a slice. */
const MOST_ROWS = 50_000;
const LONGEST_MS = 3_000;

/**
 * Gathers units and publishes them slice by slice. Units are built with `words` and added in one go, without
 * waiting in between: a publication ends the words of a load.
 */
export class Slices {
  readonly #source: SourceRef;
  readonly #context: SyncContext;
  #words = new Words();
  #units: Unit[] = [];
  #rows = 0;
  #publishedAt: number;
  #line: Promise<unknown> = Promise.resolve();

  constructor(source: SourceRef, context: SyncContext) {
    this.#source = source;
    this.#context = context;
    this.#publishedAt = context.now();
  }

  /** Adds what `build` makes with the words of this slice; publishes where enough has gathered. */
  async add(build: (words: Words) => readonly Unit[]): Promise<void> {
    const units = build(this.#words);
    this.#units.push(...units);
    for (const unit of units) this.#rows += sizeOf(unit);
    const waited = this.#context.now() - this.#publishedAt;
    if (this.#rows >= MOST_ROWS || (this.#rows > 0 && waited >= LONGEST_MS)) await this.publish();
  }

  /** What the ledger is to say of a part; `synced_at` is in epoch milliseconds. */
  entry(entry: LedgerEntry): LedgerUnit {
    return { kind: "ledger", source: this.#source, ...entry, synced_at: entry.synced_at * 1000 };
  }

  /**
   * Puts everything that was added into the store. What is added while another publication goes on goes with the
   * next, so that many parts that end together are one publication.
   */
  publish(): Promise<void> {
    return this.#afterwards(async () => {
      const batch = this.#take();
      if (batch.units.length > 0) await this.#load(batch);
    });
  }

  /** Publishes a batch that has words of its own, made in another thread. */
  publishBatch(batch: Batch): Promise<void> {
    return this.#afterwards(() => this.#load(batch));
  }

  async #load(batch: Batch): Promise<void> {
    await this.#context.load.send(batch);
    await this.#context.load.publish();
    this.#publishedAt = this.#context.now();
  }

  #take(): Batch {
    const batch = { words: this.#words.takeFresh(), units: this.#units };
    this.#words = new Words();
    this.#units = [];
    this.#rows = 0;
    return batch;
  }

  /** One publication after the other, also where several parts of a fetch go on at once. */
  #afterwards(work: () => Promise<void>): Promise<void> {
    const mine = this.#line.then(work);
    this.#line = mine.catch(() => undefined);
    return mine;
  }
}

function sizeOf(unit: Unit): number {
  if (unit.kind === "definitions") return unit.nodes.length + unit.edges.length;
  if (unit.kind === "invocation") return (unit.executions?.length ?? 0) + (unit.freshness?.length ?? 0) + 1;
  return 1;
}
