/** Answers queries beside a writer whose facts are in memory: the same views, the same SQL. */
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Row, SqlAnswer, SqlQuestion, SqlValue } from "./port.ts";
import { Gate, runQuery } from "./queries.ts";
import { createTables } from "./schema.ts";
import { FACTS } from "./sql/enclosure.ts";
import { SqlRoom } from "./sql/room.ts";
import { SHOWN_TABLES } from "./sql/tables.ts";
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
  readonly #room = new SqlRoom();

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

  /** Runs a statement of somebody else over a copy of what these sources have: what is in memory cannot be attached. */
  async sql(
    { sourceIds, question }: { sourceIds: readonly string[]; question: SqlQuestion },
    signal: AbortSignal,
  ): Promise<SqlAnswer> {
    const { generation } = this.#memory();
    const fill = (target: DuckDBConnection) =>
      this.#turns.run(async () => {
        await copyShown(await this.#seat(sourceIds), target);
        return { catalog: FACTS, sourceKeys: null, shown: null, home: "" };
      });
    return this.#room.ask({ name: `${generation} ${sourceIds.join(" ")}`, fill }, question, signal);
  }

  #memory(): NonNullable<Writer["memory"]> {
    const { memory } = this.#writer;
    if (memory === null) throw new Error("the facts of this store are not in memory");
    return memory;
  }

  async #seat(sourceIds: readonly string[]): Promise<DuckDBConnection> {
    const memory = this.#memory();
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

  async close(): Promise<void> {
    await this.#room.close();
    return this.#turns.run(async () => {
      for (const { connection } of this.#seats.values()) connection.closeSync();
      this.#seats.clear();
    });
  }
}

/** Copies what the views of `seat` show into another instance, in blocks as DuckDB has them. */
async function copyShown(seat: DuckDBConnection, target: DuckDBConnection): Promise<void> {
  await target.run(`ATTACH ':memory:' AS ${FACTS}; ${createTables(FACTS)}`);
  for (const { name } of SHOWN_TABLES) {
    const result = await seat.stream(`FROM ${name}`);
    const appender = await target.createAppender(name, "main", FACTS);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }
}
