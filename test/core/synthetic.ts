/** An account over facts that a test makes up, for what the demo cannot show: several environments and projects. */
import { Account } from "../../src/core/account.ts";
import type { Knowledge } from "../../src/core/knowledge.ts";
import type { LoadRows } from "../store/rows.ts";
import { publish, testStore } from "../store/stores.ts";

/**
 * The account, asked at `now` (ISO). Its store is in memory, gets `rows` (several are loads one after the other) and is
 * closed with the test; `sourceIds` as for a store; `live` answers what is asked for live.
 */
export async function accountOver(
  rows: LoadRows | readonly LoadRows[],
  now = "2024-05-02T09:00:00Z",
  sourceIds: readonly string[] = ["test"],
  live: Partial<Knowledge> = {},
): Promise<Account> {
  const store = await testStore({ address: ":memory:", sourceIds });
  for (const load of [rows].flat()) await publish(store, load);
  const knowledge: Knowledge = {
    view: async () => ({
      snapshot: await store.snapshot(),
      as_of: now,
      systems: ["artifacts"],
      complete: true,
      notes: [],
      on_demand: false,
    }),
    ready: () => Promise.resolve(),
    code: () => Promise.reject(new Error("no code here")),
    log: () => Promise.resolve(null),
    events: () => Promise.resolve(null),
    invalidate: () => Promise.resolve(),
    sources: () => [],
    clock: { now: () => Date.parse(now), sleep: () => new Promise<void>(() => {}) },
    ...live,
  };
  return new Account(knowledge);
}
