/** What parts of a fetch that go on at once put into the store: all of it, whoever publishes first. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Load, Store } from "../../../src/store/port.ts";
import type { Batch } from "../../../src/store/units.ts";
import { Flight } from "../../../src/sync/flight.ts";
import { LineLoad } from "../../../src/sync/line-load.ts";

/** Does one thing after the other, as the writer's thread does, and takes its time to publish. */
function writer() {
  const staged: Batch[] = [];
  const published: Batch[] = [];
  let line: Promise<unknown> = Promise.resolve();
  const next = <T>(work: () => T | Promise<T>): Promise<T> => {
    const mine = line.then(work);
    line = mine;
    return mine;
  };
  const load: Load = {
    send: (batch) => next(() => void staged.push(batch)),
    port: () => {
      throw new Error("not used here");
    },
    publish: () =>
      next(async () => {
        await delay(20);
        published.push(...staged.splice(0));
        return { generation: "g", added: { invocations: 0, definitions: 0, executions: 0 } };
      }),
  };
  let loads: Promise<unknown> = Promise.resolve();
  const store: Pick<Store, "load"> = {
    load(work) {
      // Loads of a process wait in line.
      const mine = loads.then(async () => {
        try {
          return await work(load);
        } finally {
          // What was not published is dropped with the load.
          await next(() => staged.splice(0));
        }
      });
      loads = mine;
      return mine;
    },
  };
  return { store, published };
}

const batchOf = (scope: string): Batch => ({
  words: [],
  units: [
    {
      kind: "ledger",
      source: { id: "s", system: "dbt-cloud" },
      scope,
      synced_at: 0,
      revision: null,
      watermark: null,
      complete: true,
      notes: [],
    },
  ],
});

it("loses nothing that is sent while another part publishes", async () => {
  const { store, published } = writer();
  const flight = new Flight(
    "scope",
    1,
    () => new Promise(() => undefined),
    () => undefined,
  );
  // LineLoad uses nothing else of a store.
  const line = new LineLoad(store as Store, flight);
  const part = async (scope: string) => {
    await line.send(batchOf(scope));
    await line.publish();
  };
  const renewed = part("renewed");
  await delay(10);
  await Promise.all([renewed, part("read")]);
  expect(published.flatMap(({ units }) => units)).toHaveLength(2);
});
