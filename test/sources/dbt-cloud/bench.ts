/** An emulated account with all that asks it (source, store, sync, operations), by a clock that tests set. */
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { afterEach, expect, vi } from "vitest";
import * as z from "zod";
import { Account } from "../../../src/core/account.ts";
import type { Clock } from "../../../src/core/knowledge.ts";
import { cancelled, RunlensError } from "../../../src/errors.ts";
import { cleanAnswer } from "../../../src/frontends/clean.ts";
import { createDbtCloudSource } from "../../../src/sources/dbt-cloud/source.ts";
import type { Source } from "../../../src/sources/source.ts";
import { openStore } from "../../../src/store/open.ts";
import { createSync } from "../../../src/sync/sync.ts";
import { operations } from "../../../tools/index.ts";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulators/dbt-cloud/server.ts";
import { type MadeUpWorld, syntheticWorld } from "../../emulators/dbt-cloud/synthetic.ts";
import { FULL_TOKEN } from "../../emulators/dbt-cloud/tokens.ts";
import type { World } from "../../emulators/dbt-cloud/world.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const NOW = Date.parse("2026-11-18T07:30:00Z");

/** The pauses between attempts are shorter than this; whatever waits longer waits for `pass`. */
const SHORT = 5000;

/** Time passes when a test says so. Short pauses end at once, long ones with their signal. */
export class SetClock implements Clock {
  /** The short pauses, in milliseconds. */
  readonly pauses: number[] = [];
  #now: number;

  constructor(now: number) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw cancelled(signal.reason);
    if (ms < SHORT) {
      this.pauses.push(ms);
      return;
    }
    await new Promise((_, reject) =>
      signal?.addEventListener("abort", () => reject(cancelled(signal.reason))),
    );
  }
}

const SourceNote = z.looseObject({
  systems: z.array(z.string()),
  as_of: z.string().nullable(),
  complete: z.boolean(),
  notes: z.array(z.string()),
});
const Answer = z.looseObject({ source: SourceNote, items: z.array(z.looseObject({})).default([]) });
/** Any answer; `items` is empty where it is no list. */
export type Answer = z.infer<typeof Answer>;

export interface BenchOptions extends Partial<Omit<EmulatorOptions, "world">> {
  world?: World;
  /** Another account than that of the world. */
  accountId?: string;
  token?: string;
  clock?: SetClock;
  /** Folder of the store; in memory where it is left out. */
  store?: string;
  /** One that serves the same world already. */
  emulator?: Emulator;
  /** Changes what arrives, where the emulator would never send it; the body of an artifact stays as it is. */
  rewrite?: (path: string, body: unknown) => unknown;
}

export interface Bench {
  readonly world: World;
  readonly emulator: Emulator;
  readonly clock: SetClock;
  readonly account: Account;
  readonly source: Source;
  /** Runs an operation by its name, as a front end does. */
  ask(name: string, input?: Record<string, unknown>): Promise<Answer>;
  /** The error that an operation ends in; fails where there is an answer. */
  failure(name: string, input?: Record<string, unknown>): Promise<RunlensError>;
  /** Requests since this was last asked. */
  requests(): string[];
  close(): Promise<void>;
}

const open: { bench: Bench; token: string; said: unknown[] }[] = [];

/** Whatever a test was about: no token in anything that was said. */
afterEach(async () => {
  vi.restoreAllMocks();
  for (const { bench, token, said } of open.splice(0)) {
    await bench.close();
    for (const thing of said) {
      expect(inspect(thing, { depth: null, showHidden: true, maxStringLength: null })).not.toContain(token);
    }
  }
});

/** Three projects with two or one jobs each; five builds of everything. */
export function smallWorld(now = NOW): MadeUpWorld {
  return syntheticWorld({ projects: 3, jobs: 5, models: 30, days: 5, now });
}

/** A project with a job that builds everything each night, and one that builds a part of it. */
export function oneProject(now = NOW): MadeUpWorld {
  return syntheticWorld({ projects: 1, jobs: 2, models: 12, days: 5, now });
}

/** Opens all; what is left open is closed after the test. */
export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const { world = smallWorld(), token = FULL_TOKEN, accountId, store: address = ":memory:" } = options;
  const { clock = new SetClock(NOW), emulator: running, rewrite, ...emulated } = options;
  const now = () => clock.now();
  // The clock stands still, so that no minute of requests would ever end.
  const limits = { discoveryLimit: 1e6, adminLimit: 1e6 };
  const emulator = running ?? (await startEmulator({ now, ...limits, ...emulated, world }));
  const said: unknown[] = [];
  const warn = (message: string) => said.push(message);
  const source = createDbtCloudSource({
    token,
    accountId: accountId ?? String(world.account.id),
    adminUrl: emulator.adminUrl,
    discoveryUrl: emulator.discoveryUrl,
    clock,
    ...(rewrite && { fetch: rewritten(rewrite) }),
  });
  const store = await openStore({ address, sourceIds: [source.ref.id], warn });
  const sync = createSync({ store, sources: [source], clock, warn, deadline_ms: null, alwaysWait: true });
  const account = new Account(sync);
  let counted = emulator.requests.length;
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
    account,
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
      return fresh.map(({ api, path, operationName }) => `${api} ${operationName ?? path}`);
    },
    async close() {
      if (closed) return;
      closed = true;
      await sync.close();
      await source.close();
      await store.close();
      if (running === undefined) await emulator.close();
    },
  };
  open.push({ bench, token, said });
  return bench;
}

/** How long the source waits for a request. */
const TIMEOUT = 30_000;
const realSetTimeout = globalThis.setTimeout;

/** Ends every request after so many milliseconds instead of half a minute; the rest of the machine keeps its time. */
export function shortenTimeout(ms: number): void {
  const shortened = (work: (...given: unknown[]) => void, delayMs?: number, ...given: unknown[]) =>
    realSetTimeout(work, delayMs === TIMEOUT ? ms : delayMs, ...given);
  vi.spyOn(globalThis, "setTimeout").mockImplementation(Object.assign(shortened, realSetTimeout));
}

/** Lets what was sent but not waited for come to its end. */
export function settle(): Promise<void> {
  return delay(50);
}

/** A fetch whose JSON answers pass through `rewrite`. */
function rewritten(rewrite: (path: string, body: unknown) => unknown): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    if (!response.ok || pathname.includes("/artifacts/")) return response;
    const body = JSON.stringify(rewrite(pathname, await response.json()));
    return new Response(body, { status: response.status, headers: { "content-type": "application/json" } });
  };
}
