/** Stores in folders of their own, for tests: each is closed and removed when its test has ended. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { openStore, type StoreOptions } from "../../src/store/open.ts";
import type { Published, Row, SqlValue, Store } from "../../src/store/port.ts";
import type { LoadRows } from "./rows.ts";

/** A folder that is gone when the test has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "runlens-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestStore extends Store {
  readonly warnings: string[];
}

/** Opens a store in a new folder, or at `address`; closed when the test has ended. */
export async function testStore(given: Partial<StoreOptions> = {}): Promise<TestStore> {
  const warnings: string[] = [];
  const store = await openStore({
    address: given.address ?? join(temporaryFolder(), "store"),
    sourceIds: ["test"],
    warn: (message) => warnings.push(message),
    ...given,
  });
  onTestFinished(() => store.close());
  return Object.assign(store, { warnings });
}

/** Loads and publishes what `rows` has gathered. */
export function publish(store: Store, rows: LoadRows): Promise<Published> {
  return store.load(async (load) => {
    await load.send(rows.batch());
    return load.publish();
  });
}

/** Rows of one query on the newest generation. */
export async function ask(store: Store, sql: string, params: SqlValue[] = []): Promise<Row[]> {
  const snapshot = await store.snapshot();
  try {
    return await snapshot.query(sql, params);
  } finally {
    snapshot.release();
  }
}

/** The first column of all rows. */
export async function askList(store: Store, sql: string, params: SqlValue[] = []): Promise<unknown[]> {
  return (await ask(store, sql, params)).map((row) => Object.values(row)[0]);
}

/** Loads `rows` again, as anew each time, and expects that nothing is written. */
export async function expectNothingNew(store: Store, rows: () => LoadRows): Promise<void> {
  const before = await store.load((load) => load.publish());
  expect(await publish(store, rows())).toEqual({
    generation: before.generation,
    added: { invocations: 0, definitions: 0, executions: 0 },
  });
}
