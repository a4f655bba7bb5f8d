/** An emulated workspace with all that asks it (source, store, sync, operations), by a clock that tests set. */
import { inspect } from "node:util";
import { afterEach, expect, vi } from "vitest";
import * as z from "zod";
import { Account } from "../../../src/core/account.ts";
import { RunlensError } from "../../../src/errors.ts";
import { cleanAnswer } from "../../../src/frontends/clean.ts";
import type { ParadimeOptions } from "../../../src/sources/paradime/options.ts";
import { createParadimeSource } from "../../../src/sources/paradime/source.ts";
import type { Source } from "../../../src/sources/source.ts";
import { openStore } from "../../../src/store/open.ts";
import { createSync } from "../../../src/sync/sync.ts";
import { operations } from "../../../tools/index.ts";
import { madeUpWorld } from "../../emulators/paradime/made-up.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulators/paradime/server.ts";
import { CREDENTIALS, type World } from "../../emulators/paradime/world.ts";
import { SetClock } from "../dbt-cloud/bench.ts";

export { HOUR, MINUTE, SetClock, shortenTimeout } from "../dbt-cloud/bench.ts";
export const NOW = Date.parse("2026-11-18T07:30:00Z");

const SourceNote = z.looseObject({
  as_of: z.string().nullable(),
  complete: z.boolean(),
  notes: z.array(z.string()),
});
const Answer = z.looseObject({ source: SourceNote, items: z.array(z.looseObject({})).default([]) });
/** Any answer; `items` is empty where it is no list. */
export type Answer = z.infer<typeof Answer>;

export interface BenchOptions extends Partial<Omit<EmulatorOptions, "world">> {
  world?: World;
  /** Of the source, beside its address. */
  source?: Partial<ParadimeOptions>;
  clock?: SetClock;
  /** Folder of the store; in memory where it is left out. */
  store?: string;
}

export interface Bench {
  readonly world: World;
  readonly emulator: Emulator;
  readonly clock: SetClock;
  readonly source: Source;
  /** Runs an operation by its name, as a front end does. */
  ask(name: string, input?: Record<string, unknown>): Promise<Answer>;
  /** The error that an operation ends in; fails where there is an answer. */
  failure(name: string, input?: Record<string, unknown>): Promise<RunlensError>;
  /** Names of the documents and artifacts that were asked for since this was last asked. */
  requests(): string[];
  close(): Promise<void>;
}

const open: { bench: Bench; said: unknown[] }[] = [];

/** What stands in no answer, error or warning: keys, and what makes an address of an artifact work. */
export const SECRETS = [
  CREDENTIALS.key,
  CREDENTIALS.secret,
  CREDENTIALS.workspaceToken,
  CREDENTIALS.companyToken,
  "X-Amz-",
];

/** Whatever a test was about: nothing secret in anything that was said, and no credentials where the artifacts lie. */
afterEach(async () => {
  vi.restoreAllMocks();
  for (const { bench, said } of open.splice(0)) {
    await bench.close();
    for (const thing of said) {
      const text = inspect(thing, { depth: null, showHidden: true, maxStringLength: null });
      for (const secret of SECRETS) expect(text).not.toContain(secret);
    }
    for (const { host, headers } of bench.emulator.requests) {
      const names = Object.keys(headers).filter((name) => /^x-|authorization|cookie/.test(name));
      if (host === "storage") expect(names).toEqual([]);
    }
  }
});

/** Opens all; what is left open is closed after the test. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const {
    world = madeUpWorld({ now: NOW }),
    clock = new SetClock(NOW),
    store: address = ":memory:",
  } = options;
  const emulator = await startEmulator({ now: () => clock.now(), ...options, world });
  const said: unknown[] = [];
  const warn = (message: string) => said.push(message);
  const source = createParadimeSource({
    endpoint: emulator.url,
    apiKey: CREDENTIALS.key,
    apiSecret: CREDENTIALS.secret,
    clock,
    ...options.source,
  });
  const store = await openStore({ address, sourceIds: [source.ref.id], warn });
  const sync = createSync({ store, sources: [source], clock, warn, deadline_ms: null, alwaysWait: true });
  const account = new Account(sync);
  let counted = 0;
  let closed = false;

  async function run(name: string, input: Record<string, unknown>): Promise<Answer> {
    const operation = operations.find((one) => one.name === name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    const answer = cleanAnswer(await operation.run(input, { account }));
    said.push(answer);
    return Answer.parse(answer);
  }

  const bench: Bench = {
    world,
    emulator,
    clock,
    source,
    ask: (name, input = {}) => run(name, input),
    async failure(name, input = {}) {
      const error: unknown = await run(name, input).then(
        (answer) => new Error(`${name} answered: ${JSON.stringify(answer.source)}`),
        (thrown) => thrown,
      );
      said.push(error);
      if (error instanceof RunlensError) return error;
      throw error;
    },
    requests() {
      const fresh = emulator.requests.slice(counted);
      counted = emulator.requests.length;
      return fresh.map(({ name }) => name);
    },
    async close() {
      if (closed) return;
      closed = true;
      await sync.close();
      await source.close();
      await store.close();
      await emulator.close();
    },
  };
  open.push({ bench, said });
  return bench;
}
