/** Opens the store: a folder of published generations, or memory where there is none that can be used. */
import { AnySignal } from "../abort.ts";
import { RunlensError, throwIfCancelled } from "../errors.ts";
import { StoreUnusable } from "./failures.ts";
import { runLoad } from "./load.ts";
import type { Load, Row, Snapshot, SqlValue, Store, StoreState } from "./port.ts";
import { Reader } from "./reader.ts";
import { joinWriter, type WriterClient } from "./writer-client.ts";

export interface StoreOptions {
  /** A folder, which is made with the first load, or `:memory:`. */
  address: string;
  /** The configured sources, first the one whose word on an invocation counts. */
  sourceIds: readonly string[];
  /** Told once when the store turns to memory. */
  warn(message: string): void;
  /** True to refuse loads. */
  readOnly?: boolean;
}

/** Opens a store. Nothing is made or loaded before the first load or query. */
export async function openStore(options: StoreOptions): Promise<Store> {
  return new OpenStore(options);
}

class OpenStore implements Store {
  readonly #options: StoreOptions;
  readonly #reader: Reader | null;
  readonly #client: WriterClient;
  readonly #leave: () => Promise<void>;
  /** Ends the loads of this store when it is closed: their work may wait for what never comes. */
  readonly #closing = new AbortController();
  #warned = false;

  constructor(options: StoreOptions) {
    this.#options = options;
    const address = options.address === ":memory:" ? null : options.address;
    this.#reader = address === null ? null : new Reader(address, options.sourceIds);
    const { client, leave } = joinWriter(address);
    this.#client = client;
    this.#leave = leave;
  }

  get state(): StoreState {
    const { degraded } = this.#client.standing;
    const mode = this.#reader === null || degraded !== null ? "memory" : "file";
    return { mode, location: this.#options.address, degraded };
  }

  async snapshot(): Promise<Snapshot> {
    if (this.#reader !== null && this.#client.standing.memory === null) {
      try {
        return this.#watched(await this.#reader.snapshot());
      } catch (error) {
        if (!(error instanceof StoreUnusable)) throw error;
        await this.#degrade(error);
      }
    }
    if (this.#client.standing.memory === null) await this.#client.openMemory();
    return this.#memorySnapshot();
  }

  async #degrade(error: StoreUnusable): Promise<void> {
    await this.#client.degrade(error.reason);
    this.#warn();
  }

  /** Damage may lie where only a query comes by: that query fails, the next snapshot is of memory. */
  #watched(snapshot: Snapshot): Snapshot {
    const watch = async <T>(answer: Promise<T>): Promise<T> => {
      try {
        return await answer;
      } catch (error) {
        if (!(error instanceof StoreUnusable)) throw error;
        await this.#degrade(error);
        throw new RunlensError("CONFIG", error.reason, "Ask again: the facts are then fetched anew.", {
          cause: error,
        });
      }
    };
    return {
      generation: snapshot.generation,
      query: <T extends Row>(sql: string, params: readonly SqlValue[] = [], signal?: AbortSignal) =>
        watch(snapshot.query<T>(sql, params, signal)),
      sql: (question, signal) => watch(snapshot.sql(question, signal)),
      release: () => snapshot.release(),
    };
  }

  #memorySnapshot(): Snapshot {
    const client = this.#client;
    const { sourceIds } = this.#options;
    return {
      generation: client.standing.memory ?? "empty",
      query: <T extends Row>(sql: string, params: readonly SqlValue[] = [], signal?: AbortSignal) =>
        // The caller's SQL decides what its rows are; nothing here can check it.
        client.query(sourceIds, sql, params, signal) as Promise<T[]>,
      sql: (question, signal) => client.sql(sourceIds, question, signal),
      release: () => undefined,
    };
  }

  async load<T>(work: (load: Load) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const any = new AnySignal([...(signal === undefined ? [] : [signal]), this.#closing.signal]);
    try {
      return await this.#write(() => runLoad(this.#client, work, any.signal, () => this.#warn()), any.signal);
    } finally {
      any.end();
    }
  }

  invalidate(scopePrefix: string | null): Promise<void> {
    return this.#write(async () => {
      await this.#client.invalidate(this.#options.sourceIds, scopePrefix);
      this.#warn();
    }, undefined);
  }

  #write<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    if (this.#options.readOnly === true) {
      const hint = "Open it without `readOnly` to load facts.";
      return Promise.reject(new RunlensError("UNSUPPORTED", "This store was opened for reading only.", hint));
    }
    return this.#client.inLine(async () => {
      throwIfCancelled(signal);
      if (this.#reader === null && this.#client.standing.memory === null) await this.#client.openMemory();
      return work();
    }, signal);
  }

  #warn(): void {
    const { degraded } = this.#client.standing;
    if (degraded === null || this.#warned) return;
    this.#warned = true;
    this.#options.warn(degraded);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reader?.close();
    await this.#leave();
  }
}
