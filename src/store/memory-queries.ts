/** Answers queries beside a writer whose facts are in memory: the same views, the same SQL. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Row, SqlValue } from "./port.ts";
import { Gate, runQuery } from "./queries.ts";
import { makeViews } from "./views.ts";
import type { Writer } from "./writer.ts";

/** The views of one set of sources, as of one revision. */
interface Seat {
  connection: DuckDBConnection;
  revision: number;
}

export class MemoryQueries {
  readonly #writer: Writer;
  /** Queries and publications take turns, so that views never lag behind the facts that they show. */
  readonly #turns = new Gate(1);
  readonly #seats = new Map<string, Seat>();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  /** Runs what changes the facts while no query does; in file mode queries are elsewhere. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#writer.memory === null ? work() : this.#turns.run(work);
  }

  run(
    { sourceIds, sql, params }: { sourceIds: readonly string[]; sql: string; params: readonly SqlValue[] },
    signal: AbortSignal,
  ): Promise<Row[]> {
    return this.#turns.run(async () => {
      const connection = await this.#seat(sourceIds);
      return runQuery(connection, sql, params, signal);
    }, signal);
  }

  async #seat(sourceIds: readonly string[]): Promise<DuckDBConnection> {
    const memory = this.#writer.memory;
    if (memory === null) throw new Error("the facts of this store are not in memory");
    const key = JSON.stringify(sourceIds);
    let seat = this.#seats.get(key);
    if (seat === undefined) {
      seat = { connection: await memory.instance.connect(), revision: -1 };
      this.#seats.set(key, seat);
    }
    if (seat.revision !== memory.revision) {
      await makeViews(seat.connection, memory.catalog, sourceIds);
      seat.revision = memory.revision;
    }
    return seat.connection;
  }

  close(): Promise<void> {
    return this.#turns.run(async () => {
      for (const { connection } of this.#seats.values()) connection.closeSync();
      this.#seats.clear();
    });
  }
}
