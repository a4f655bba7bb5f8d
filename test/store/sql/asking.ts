/** Statements asked of a store, for tests. */

import type { SqlAnswer, SqlQuestion, Store } from "../../../src/store/port.ts";
import { createTables } from "../../../src/store/schema.ts";
import { FACTS, type SqlLimits } from "../../../src/store/sql/enclosure.ts";
import { type Generation, SqlRoom } from "../../../src/store/sql/room.ts";

export const NOW = Date.parse("2024-05-10T12:00:00Z");

export function question(sql: string, more: Partial<SqlQuestion> = {}): SqlQuestion {
  return { sql, params: [], offset: 0, limit: 100, projectKeys: null, now: NOW, ...more };
}

/** The answer of the newest generation. */
export async function askSql(
  store: Store,
  sql: string,
  more: Partial<SqlQuestion> = {},
  signal?: AbortSignal,
): Promise<SqlAnswer> {
  const snapshot = await store.snapshot();
  try {
    return await snapshot.sql(question(sql, more), signal);
  } finally {
    snapshot.release();
  }
}

/** Facts without any rows. */
export const NOTHING: Generation = {
  name: "nothing",
  async fill(connection) {
    await connection.run(`ATTACH ':memory:' AS ${FACTS}; ${createTables(FACTS)}`);
    return { catalog: FACTS, sourceKeys: null, shown: null, home: "" };
  },
};

/** A room whose statements may use little. */
export function smallRoom(limits: Partial<SqlLimits> = {}): SqlRoom {
  return new SqlRoom({ time_ms: 300, memory_mb: 64, characters: 2000, ...limits });
}
