/** An emulated deployment with all that asks it (source, store, sync, operations), by a clock that tests set. */
import { inspect } from "node:util";
import { afterAll, afterEach, expect, vi } from "vitest";
import * as z from "zod";
import { Account } from "../../../src/core/account.ts";
import { RunlensError } from "../../../src/errors.ts";
import { cleanAnswer } from "../../../src/frontends/clean.ts";
import type { DagsterOptions } from "../../../src/sources/dagster/options.ts";
import { createDagsterSource } from "../../../src/sources/dagster/source.ts";
import type { Source } from "../../../src/sources/source.ts";
import { openStore } from "../../../src/store/open.ts";
import { createSync } from "../../../src/sync/sync.ts";
import { operations } from "../../../tools/index.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulators/dagster/server.ts";
import { syntheticWorld } from "../../emulators/dagster/synthetic.ts";
import type { World } from "../../emulators/dagster/world.ts";
import { SetClock } from "../dbt-cloud/bench.ts";

export { HOUR, MINUTE, shortenTimeout } from "../dbt-cloud/bench.ts";
export const NOW = Date.parse("2026-11-18T07:30:00Z");
export const TOKEN = "user:acme:made-up-0123456789abcdef";

/** A clock whose short pauses are over at once, and took as long as they should have. */
export class PassingClock extends SetClock {
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await super.sleep(ms, signal);
    this.pass(ms);
  }
}

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
  source?: Partial<DagsterOptions>;
  /** Folder of the store; in memory where it is left out. */
  store?: string;
  /** How long it is open; for one test where it is left out. */
  until?: "test" | "file";
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
  /** Names of the documents that came since this was last asked. */
  requests(): string[];
  close(): Promise<void>;
}

interface Opened {
  bench: Bench;
  secrets: readonly string[];
  said: unknown[];
}

const opened: Record<"test" | "file", Opened[]> = { test: [], file: [] };

/** Whatever a test was about: no secret in anything that was said. */
async function closeAll(benches: Opened[]): Promise<void> {
  for (const { bench, secrets, said } of benches.splice(0)) {
    await bench.close();
    for (const thing of said) {
      const shown = inspect(thing, { depth: null, showHidden: true, maxStringLength: null });
      for (const secret of secrets) expect(shown).not.toContain(secret);
    }
  }
}

afterEach(async () => {
  vi.restoreAllMocks();
  await closeAll(opened.test);
});
afterAll(() => closeAll(opened.file));

/** Two op jobs and an asset job over four assets, four runs of each. */
export const smallWorld = (): World => syntheticWorld({ now: NOW, runs: 4, jobs: 2, assets: 4 });

/** Opens all, and closes what is left open. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const {
    world = smallWorld(),
    source: more = {},
    store: address = ":memory:",
    until = "test",
    ...emulated
  } = options;
  const clock = new PassingClock(NOW);
  const emulator = await startEmulator({ now: () => clock.now(), ...emulated, world });
  const said: unknown[] = [];
  const warn = (message: string) => said.push(message);
  const { plus } = emulated;
  const token = plus === undefined ? {} : { token: TOKEN, deployment: plus.deployment };
  const source = createDagsterSource({ url: emulator.url, clock, ...token, ...more });
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
      return fresh.map(({ operationName }) => operationName ?? "");
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
  const secrets = [
    TOKEN,
    ...Object.values(more.headers ?? {}),
    ...(more.token === undefined ? [] : [more.token]),
  ];
  opened[until].push({ bench, secrets, said });
  return bench;
}
