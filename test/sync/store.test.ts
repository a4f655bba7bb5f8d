/** The sync layer with the store itself: what the ledger says outlives the process. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/port.ts";
import { createSync, type Sync } from "../../src/sync/sync.ts";
import { FakeClock, FakeSource, fact, LookableSource } from "./fakes.ts";

const RUNS = { facts: ["runs"] } as const;

let folder = "";
let clock = new FakeClock();
let opened: { sync: Sync; store: Store }[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "runlens-sync-"));
  clock = new FakeClock();
});

afterEach(async () => {
  for (const { sync, store } of opened) {
    await sync.close();
    await store.close();
  }
  opened = [];
  await rm(folder, { recursive: true, force: true });
});

/** The layer as a process of its own would have it. */
async function process(source: FakeSource): Promise<Sync> {
  const store = await openStore({
    address: folder,
    sourceIds: [source.ref.id],
    warn: () => {},
  });
  const sync = createSync({ store, sources: [source], clock, warn: () => {} });
  opened.push({ sync, store });
  return sync;
}

async function ask(sync: Sync, refresh = false) {
  const { snapshot, as_of, complete, notes } = await sync.view(RUNS, { refresh });
  try {
    const rows = await snapshot.query("SELECT invocation_id FROM invocations ORDER BY 1");
    const facts = rows.map(({ invocation_id }) => invocation_id);
    return { facts, as_of, complete, notes, generation: snapshot.generation };
  } finally {
    snapshot.release();
  }
}

test("what was fetched, its age and its gaps are those of the next process", async () => {
  const source = new FakeSource("cloud");
  source.work = async (_scope, context) => {
    await source.send(context, "one");
    return { complete: false, notes: ["a run's log could not be read"] };
  };
  clock.time += 123;
  const first = await ask(await process(source));
  await clock.advance(60);
  expect(await ask(await process(source))).toEqual(first);
  expect(first).toMatchObject({
    facts: ["one"],
    as_of: "2024-05-01T06:00:00.123Z",
    complete: false,
    notes: ["a run's log could not be read"],
  });
  expect(source.syncs).toHaveLength(1);
});

test("the next fetch gets revision and watermark of the one before", async () => {
  const source = new FakeSource("cloud");
  source.work = async (_scope, context) => {
    await source.send(context, "one");
    return { revision: "r1", watermark: "2024-05-01" };
  };
  const sync = await process(source);
  await ask(sync);
  let seen: unknown = null;
  source.work = async (_scope, { entry }) => {
    seen = entry;
    return {};
  };
  await ask(sync, true);
  expect(seen).toEqual({
    scope: "runs:all",
    synced_at: clock.now(),
    revision: "r1",
    watermark: "2024-05-01",
    complete: true,
    notes: [],
  });
});

test("a fetch that finds nothing new makes no new generation", async () => {
  const source = new LookableSource("files");
  const sync = await process(source);
  const { generation } = await ask(sync);
  await clock.advance(10);
  expect(await ask(sync, true)).toMatchObject({ generation, as_of: "2024-05-01T06:00:10.000Z" });
  expect(await readdir(folder, { recursive: true })).toEqual(
    expect.arrayContaining([expect.stringContaining(generation)]),
  );
});

test("what is invalidated is fetched again, and the facts stay", async () => {
  const source = new FakeSource("cloud");
  const sync = await process(source);
  await ask(sync);
  await sync.invalidate("runs");
  source.work = async () => ({});
  expect((await ask(sync)).facts).toEqual(["cloud runs:all 1"]);
  expect(source.syncs).toHaveLength(2);
});

test("a source that sends by the port of a worker has its entry in the same load", async () => {
  const source = new FakeSource("cloud");
  source.work = async (_scope, { load }) => {
    const port = await load.port();
    const taken = new Promise((resolve) => port.once("message", resolve));
    port.postMessage({ type: "batch", batch: { words: ["a", "b"], units: [fact(source.ref, "one")] } });
    expect(await taken).toEqual({ type: "ack" });
    port.close();
    return {};
  };
  const sync = await process(source);
  expect((await ask(sync)).facts).toEqual(["one"]);
  await clock.advance(10);
  await ask(sync);
  expect(source.syncs).toHaveLength(1);
});

test("a caller that leaves ends the fetch, and the store takes the next one", async () => {
  const source = new FakeSource("cloud");
  const caller = new AbortController();
  source.work = (_scope, { signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      caller.abort();
    });
  const sync = await process(source);
  await expect(sync.view(RUNS, { signal: caller.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  source.work = (_scope, context) => source.send(context, "two");
  expect((await ask(sync)).facts).toEqual(["two"]);
});
