/** An account over facts that a test makes up, for what the demo cannot show: several environments and projects. */
import { Account } from "../../src/core/account.ts";
import type { Knowledge } from "../../src/core/knowledge.ts";
import type { LoadRows } from "../store/rows.ts";
import { publish, testStore } from "../store/stores.ts";

/** The account, asked at `now` (ISO). Its store is in memory and closed with the test; `sourceIds` as for a store. */
export async function accountOver(
  rows: LoadRows,
  now = "2024-05-02T09:00:00Z",
  sourceIds: readonly string[] = ["test"],
): Promise<Account> {
  const store = await testStore({ address: ":memory:", sourceIds });
  await publish(store, rows);
  const knowledge: Knowledge = {
    view: async () => ({
      snapshot: await store.snapshot(),
      as_of: now,
      systems: ["artifacts"],
      complete: true,
      notes: [],
      on_demand: false,
    }),
    code: () => Promise.reject(new Error("no code here")),
    log: () => Promise.resolve(null),
    invalidate: () => Promise.resolve(),
    sources: () => [],
    clock: { now: () => Date.parse(now), sleep: () => new Promise<void>(() => {}) },
  };
  return new Account(knowledge);
}
