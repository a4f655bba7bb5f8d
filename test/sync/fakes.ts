/** A clock that moves when told to, a store in memory and a source that does as a test says. */
import type { MessagePort } from "node:worker_threads";
import { afterEach, expect } from "vitest";
import type { Clock } from "../../src/core/knowledge.ts";
import { cancelled, throwIfCancelled } from "../../src/errors.ts";
import type { ModelCode, Need, Scope, Source, SyncContext, SyncOutcome } from "../../src/sources/source.ts";
import type { Load, Published, Row, Snapshot, Store, StoreState } from "../../src/store/port.ts";
import type { Batch, InvocationUnit, LedgerUnit, SourceRef, Unit } from "../../src/store/units.ts";
import { createSync, type Sync, type SyncOptions } from "../../src/sync/sync.ts";

/** Lets everything run that does not wait for time or for a gate. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

export class FakeClock implements Clock {
  time = Date.parse("2024-05-01T06:00:00Z");
  readonly #sleepers = new Set<{ until: number; wake: () => void }>();

  now(): number {
    return this.time;
  }

  /** Timers that are set now. */
  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(signal.reason));
      const sleeper = { until: this.time + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener(
        "abort",
        () => {
          this.#sleepers.delete(sleeper);
          reject(cancelled(signal.reason));
        },
        { once: true },
      );
    });
  }

  async advance(seconds: number): Promise<void> {
    await settle();
    this.time += seconds * 1000;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.time) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
    await settle();
  }
}

interface Generation {
  name: string;
  facts: string[];
  ledger: LedgerUnit[];
}

/** Keeps the ids of invocations as facts, and the ledger. Each publication is a generation of its own. */
export class FakeStore implements Store {
  readonly state: StoreState = { mode: "memory", location: ":memory:", degraded: null };
  generation: Generation = { name: "empty", facts: [], ledger: [] };
  publications = 0;
  pins = 0;
  /** Error of the next writes. */
  broken: Error | null = null;
  #line: Promise<unknown> = Promise.resolve();

  async snapshot(): Promise<Snapshot> {
    const { name, facts, ledger } = this.generation;
    let released = false;
    this.pins += 1;
    return {
      generation: name,
      query: async <T extends Row = Row>(sql: string): Promise<T[]> => {
        if (released) throw new Error("the snapshot was released");
        const rows: Row[] = sql.includes("FROM ledger")
          ? ledger.map(({ source, synced_at, kind, ...entry }) => ({
              source_id: source.id,
              synced_at: new Date(synced_at / 1000).toISOString(),
              ...entry,
            }))
          : facts.map((fact) => ({ fact }));
        // The fake knows two queries, whose rows are as the caller says.
        return rows as T[];
      },
      sql: () => Promise.reject(new Error("nobody asks the fake in SQL")),
      release: () => {
        if (released) throw new Error("the snapshot was released twice");
        released = true;
        this.pins -= 1;
      },
    };
  }

  load<T>(work: (load: Load) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#line.then(async () => {
      throwIfCancelled(signal);
      let staged: Unit[] = [];
      return work({
        send: async ({ units }: Batch) => {
          if (this.broken) throw this.broken;
          staged.push(...units);
        },
        port: (): MessagePort => {
          throw new Error("the fake store has no port");
        },
        publish: async () => {
          const units = staged;
          staged = [];
          return this.#publish(units);
        },
      });
    });
    this.#line = turn.catch(() => {});
    return turn;
  }

  #publish(units: readonly Unit[]): Published {
    const added = { invocations: 0, definitions: 0, executions: 0 };
    if (units.length === 0) return { generation: this.generation.name, added };
    const facts = new Set(this.generation.facts);
    let ledger = this.generation.ledger;
    for (const unit of units) {
      if (unit.kind === "invocation") facts.add(unit.invocation.invocation_id);
      if (unit.kind !== "ledger") continue;
      ledger = ledger.filter((row) => row.scope !== unit.scope || row.source.id !== unit.source.id);
      ledger = [...ledger, unit];
    }
    this.#next({ facts: [...facts], ledger });
    return { generation: this.generation.name, added };
  }

  #next(parts: Omit<Generation, "name">): void {
    this.publications += 1;
    this.generation = { name: `g${this.publications}`, ...parts };
  }

  async invalidate(scopePrefix: string | null): Promise<void> {
    const turn = this.#line.then(() => {
      const { facts, ledger } = this.generation;
      const kept = ledger.filter(({ scope }) => scopePrefix !== null && !scope.startsWith(scopePrefix));
      this.#next({ facts, ledger: kept });
    });
    this.#line = turn;
    await turn;
  }

  async close(): Promise<void> {}
}

/** An invocation without results, whose id is the fact. */
export function fact(source: SourceRef, id: string): InvocationUnit {
  const text = { name: id, url: null } as const;
  return {
    kind: "invocation",
    source,
    project: {
      ...text,
      project_id: "shop",
      dbt_project_name: "shop",
      adapter_type: null,
      created_at: null,
      updated_at: null,
    },
    environment: { environment_id: "prod", name: "prod", type: "production" },
    job: { ...text, job_id: "nightly", schedule: null, commands: [] },
    run: {
      run_id: id,
      derived: true,
      status: "success",
      raw_status: null,
      queued_at: null,
      started_at: null,
      ended_at: null,
      trigger: null,
      commit_sha: null,
      branch: null,
      url: null,
      error_message: null,
      results_read: true,
      kind: "full",
    },
    invocation: {
      invocation_id: id,
      kind: "results",
      command: "build",
      command_line: "dbt build",
      builds: true,
      tests: true,
      full_refresh: false,
      complete: true,
      stand_in: false,
      status: "success",
      started_at: null,
      ended_at: Date.parse("2024-05-01T05:00:00Z") * 1000,
      elapsed_s: 1,
      dbt_version: null,
      location: `runs/${id}`,
    },
    executions: null,
    freshness: null,
  };
}

/** One scope per kind of facts, `<kind>:all`; a sync sends one new fact unless the test says otherwise. */
export class FakeSource implements Source {
  readonly on_demand = false;
  readonly ref: SourceRef;
  readonly label: string;
  syncs: string[] = [];
  signals: AbortSignal[] = [];
  codes = 0;
  /** What a sync does; throws, waits or sends as the test likes. */
  work: (scope: Scope, context: SyncContext) => Promise<Partial<SyncOutcome> | undefined>;

  constructor(readonly name: string) {
    this.ref = { id: `dbt-cloud ${name}`, system: name === "dagster" ? "dagster" : "dbt-cloud" };
    this.label = `the ${name} source`;
    this.work = (scope, context) => this.send(context, `${name} ${scope.key} ${this.syncs.length}`);
  }

  async send(context: SyncContext, id: string): Promise<undefined> {
    await context.load.send({ words: [], units: [fact(this.ref, id)] });
  }

  scopes(need: Need): Scope[] {
    const suffix = need.run_id === undefined ? "all" : `run ${need.run_id}`;
    return need.facts.map((kind) => ({ key: `${kind}:${suffix}`, need: { facts: [kind] } }));
  }

  async sync(scope: Scope, context: SyncContext): Promise<SyncOutcome> {
    this.syncs.push(scope.key);
    this.signals.push(context.signal);
    const outcome = await this.work(scope, context);
    return { revision: null, watermark: null, complete: true, notes: [], ...outcome };
  }

  async code(uniqueId: string): Promise<ModelCode> {
    this.codes += 1;
    return { raw_sql: `select ${this.codes} -- ${uniqueId}`, compiled_sql: null, language: "sql" };
  }

  async probe() {
    return { ok: true, summary: "a fake", hint: null };
  }

  async close(): Promise<void> {}
}

/** A source that can tell its revision; `looks` counts how often it was asked. */
export class LookableSource extends FakeSource {
  current = "r1";
  looks = 0;
  blind: Error | null = null;

  constructor(name: string) {
    super(name);
    this.work = async (scope, context) => {
      if (context.entry?.revision !== this.current) await this.send(context, `${scope.key} ${this.current}`);
      return { revision: this.current };
    };
  }

  async revision(): Promise<string> {
    this.looks += 1;
    if (this.blind) throw this.blind;
    return this.current;
  }
}

/** Something that a test lets happen: work waits for `passed`. */
export class Gate {
  open: () => void = () => {};
  readonly passed = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

export interface World {
  clock: FakeClock;
  store: FakeStore;
  warnings: string[];
  sync: Sync;
}

const worlds: World[] = [];

export function world(sources: readonly Source[], options: Partial<SyncOptions> = {}): World {
  const clock = new FakeClock();
  const store = new FakeStore();
  const warnings: string[] = [];
  const sync = createSync({ store, sources, clock, warn: (text) => warnings.push(text), ...options });
  const made = { clock, store, warnings, sync };
  worlds.push(made);
  return made;
}

// Holds for every test: no pin and no timer outlives the calls.
afterEach(async () => {
  for (const { sync, store, clock } of worlds.splice(0)) {
    // The time that closing leaves to a source which does not let go.
    await Promise.all([sync.close(), clock.advance(5)]);
    expect(store.pins, "snapshots that were not released").toBe(0);
    expect(clock.sleepers, "timers that were not stopped").toBe(0);
  }
});

export interface Seen {
  facts: string[];
  as_of: string | null;
  complete: boolean;
  notes: string[];
  systems: string[];
}

/** Asks, reads the facts and lets go of the view. */
export async function ask(
  sync: Sync,
  need: Need = { facts: ["runs"] },
  options: Parameters<Sync["view"]>[1] = {},
): Promise<Seen> {
  const { snapshot, as_of, complete, notes, systems } = await sync.view(need, options);
  try {
    const rows = await snapshot.query("SELECT fact FROM facts");
    return { facts: rows.map((row) => String(row.fact)), as_of, complete, notes, systems };
  } finally {
    snapshot.release();
  }
}
