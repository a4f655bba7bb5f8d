/** A source's way into the store: it stands in the store's line only while it has something to write. */
import type { MessagePort } from "node:worker_threads";
import { throwIfCancelled } from "../errors.ts";
import type { SourceLoad } from "../sources/source.ts";
import type { Load, Store } from "../store/port.ts";
import type { Batch } from "../store/units.ts";
import { storeFailure } from "./failure.ts";
import type { Flight } from "./flight.ts";

/** One stay in the line. */
interface Turn {
  load: Load;
  /** Ends the stay; what was sent and not published is dropped. */
  end(): void;
  /** Resolves when the store takes the next one; never rejects. */
  ended: Promise<void>;
}

/**
 * Loads of a process wait in line, and a network may take a minute to answer: the line is entered with the first
 * thing that is sent and left with the publication. Its failures are those of the store.
 */
export class LineLoad implements SourceLoad {
  /** True once anything was sent. */
  sent = false;
  /** True while something that was sent is in no publication. */
  #pending = false;
  /** True where a worker sends: its port is bound to the turn, which lasts to the end then. */
  #isHeld = false;
  #turn: Promise<Turn> | null = null;
  /** The publications that are under way. */
  #publishing: Promise<void> = Promise.resolve();

  constructor(
    readonly store: Store,
    readonly flight: Flight,
  ) {}

  async send(batch: Batch): Promise<void> {
    if (batch.units.length === 0 && batch.words.length === 0) return;
    this.sent ||= batch.units.length > 0;
    this.#pending = true;
    await this.#guarded(async () => (await this.#enter()).load.send(batch));
  }

  /** What a worker sends through it does not pass here. */
  port(): Promise<MessagePort> {
    this.sent = true;
    this.#isHeld = true;
    return this.#guarded(async () => (await this.#enter()).load.port());
  }

  /** Resolves once everything that was sent before can be seen, whoever of several parts of a fetch published it. */
  async publish(): Promise<void> {
    const turn = this.#turn;
    if (turn !== null && (this.#pending || this.#isHeld)) {
      this.#pending = false;
      // What is sent from now on is not part of this publication, and begins a turn of its own.
      if (!this.#isHeld) this.#turn = null;
      const mine = this.#publishTurn(turn);
      this.#publishing = Promise.all([this.#publishing, mine]).then(() => undefined);
      // Looked at by whoever waits for it, if anybody does.
      this.#publishing.catch(() => undefined);
    }
    await this.#guarded(() => this.#publishing);
  }

  async #publishTurn(taken: Promise<Turn>): Promise<void> {
    const turn = await taken;
    try {
      await turn.load.publish();
      this.flight.published = true;
    } finally {
      if (!this.#isHeld) {
        turn.end();
        await turn.ended;
      }
    }
  }

  /** Lets the next one pass. */
  async leave(): Promise<void> {
    const turn = await this.#turn?.catch(() => null);
    this.#turn = null;
    turn?.end();
    await turn?.ended;
    await this.#publishing.catch(() => undefined);
  }

  #enter(): Promise<Turn> {
    throwIfCancelled(this.flight.signal);
    this.#turn ??= new Promise<Turn>((resolve, reject) => {
      const stay = new AbortController();
      const over = new Promise<void>((done) => stay.signal.addEventListener("abort", () => done()));
      const left = this.store.load(async (load) => {
        resolve({ load, end: () => stay.abort(), ended });
        await over;
      }, this.flight.signal);
      const ended = left.catch(reject);
    });
    return this.#turn;
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeFailure(error, this.flight.signal);
    }
  }
}
