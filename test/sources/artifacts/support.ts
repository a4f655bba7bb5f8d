/** Small artifacts, and a load that keeps what a source sends instead of storing it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach } from "vitest";
import { type ArtifactsOptions, createArtifactsSource } from "../../../src/sources/artifacts/source.ts";
import type { LedgerEntry, Progress, SyncContext, SyncOutcome } from "../../../src/sources/source.ts";
import type { Load, Published } from "../../../src/store/port.ts";
import type { Batch, DefinitionsUnit, InvocationUnit, LedgerUnit, Unit } from "../../../src/store/units.ts";

export const NOW = Date.UTC(2026, 10, 21, 12);

type Cell = string | number | null;
type Row = Record<string, Cell>;

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own for one test. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "runlens-artifacts-"));
  folders.push(folder);
  return folder;
}

/** Writes a file: text as it is, anything else as JSON. */
export function put(folder: string, name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

interface Parts {
  version?: string;
  dbt?: string;
  id?: string;
  at?: string;
  env?: Record<string, string>;
  metadata?: object;
  args?: object;
  results?: object[];
  elapsed?: number;
}

function metadata(schema: string, parts: Parts): object {
  return {
    dbt_schema_version: `https://schemas.getdbt.com/dbt/${schema}/${parts.version}.json`,
    dbt_version: parts.dbt ?? "1.9.0",
    generated_at: parts.at ?? "2026-11-20T02:00:10.000000Z",
    invocation_id: parts.id ?? "i-1",
    env: parts.env ?? {},
    ...parts.metadata,
  };
}

/** A `run_results.json`. */
export function runResults(parts: Parts = {}): Record<string, unknown> {
  return {
    metadata: metadata("run-results", { version: "v6", ...parts }),
    results: (parts.results ?? [result()]).map((row) => ({ ...row })),
    elapsed_time: parts.elapsed ?? 10,
    args: { which: "build", ...parts.args },
  };
}

/** One result: a model that was built in 1.5 seconds. */
export function result(fields: object = {}): object {
  return {
    status: "success",
    timing: [
      {
        name: "compile",
        started_at: "2026-11-20T02:00:01.000000Z",
        completed_at: "2026-11-20T02:00:01.250000Z",
      },
      {
        name: "execute",
        started_at: "2026-11-20T02:00:01.250000Z",
        completed_at: "2026-11-20T02:00:02.500000Z",
      },
    ],
    thread_id: "Thread-1",
    execution_time: 1.5,
    adapter_response: { _message: "SELECT 5", rows_affected: 5 },
    message: "SELECT 5",
    failures: null,
    unique_id: "model.shop.orders",
    compiled: true,
    compiled_code: "select 1",
    ...fields,
  };
}

/** A `sources.json`. */
export function sources(parts: Parts = {}): Record<string, unknown> {
  return {
    metadata: metadata("sources", { version: "v3", ...parts }),
    results: parts.results ?? [],
    elapsed_time: parts.elapsed ?? 1,
  };
}

/** A `manifest.json` of the project `shop`. */
export function manifest(nodes: Record<string, unknown> = {}, parts: Parts & { members?: object } = {}) {
  return {
    metadata: {
      ...metadata("manifest", { version: "v12", ...parts }),
      project_name: "shop",
      adapter_type: "duckdb",
      ...parts.metadata,
    },
    nodes,
    sources: {},
    macros: {},
    ...parts.members,
  };
}

/** A model of a manifest. */
export function model(name: string, fields: object = {}): Record<string, object> {
  const unique_id = `model.shop.${name}`;
  return {
    [unique_id]: {
      unique_id,
      name,
      resource_type: "model",
      package_name: "shop",
      original_file_path: `models/${name}.sql`,
      config: { enabled: true, materialized: "table" },
      depends_on: { macros: [], nodes: [] },
      raw_code: `select '${name}'`,
      ...fields,
    },
  };
}

/** Keeps what is sent, and answers as the store does. */
export class KeptLoad implements Load {
  readonly batches: Batch[] = [];
  /** How many batches there were at each publication. */
  readonly publications: number[] = [];
  /** Batches that were not acknowledged yet, and the most there ever were. */
  #open = 0;
  mostOpen = 0;
  /** Called before a batch is acknowledged. */
  beforeAck: () => Promise<void> | void = () => undefined;
  /** Makes the load refuse all batches. */
  failure: Error | null = null;
  readonly #ports: MessagePort[] = [];

  port(): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.#ports.push(port2);
    port2.on("message", async ({ batch }: { type: "batch"; batch: Batch }) => {
      this.#open++;
      this.mostOpen = Math.max(this.mostOpen, this.#open);
      await this.beforeAck();
      this.#open--;
      if (this.failure === null) this.batches.push(batch);
      port2.postMessage(this.failure === null ? { type: "ack" } : { type: "failed", failure: {} });
    });
    return port1;
  }

  async send(batch: Batch): Promise<void> {
    this.batches.push(batch);
  }

  async publish(): Promise<Published> {
    if (this.failure !== null) throw this.failure;
    this.publications.push(this.batches.length);
    return { generation: "g", added: { invocations: 0, definitions: 0, executions: 0 } };
  }

  close(): void {
    for (const port of this.#ports) port.close();
  }

  /** All units in the order in which they came. */
  units(): Unit[] {
    return this.batches.flatMap(({ units }) => units);
  }

  invocations(): (InvocationUnit & { rows: Row[] })[] {
    return this.#decoded()
      .filter((unit) => unit.kind === "invocation")
      .map(({ rows, ...unit }) => ({ ...unit, rows: rows[0] ?? [] }));
  }

  definitions(): (DefinitionsUnit & { nodeRows: Row[]; edgeRows: Row[] })[] {
    return this.#decoded()
      .filter((unit) => unit.kind === "definitions")
      .map(({ rows, ...unit }) => ({ ...unit, nodeRows: rows[0] ?? [], edgeRows: rows[1] ?? [] }));
  }

  ledger(): LedgerUnit[] {
    return this.units().filter((unit) => unit.kind === "ledger");
  }

  #decoded(): (Unit & { rows: Row[][] })[] {
    let words: string[] = [];
    return this.batches.flatMap((batch, index) => {
      // A publication ends the words of a load.
      if (this.publications.includes(index)) words = [];
      words = [...words, ...batch.words];
      return batch.units.map((unit) => ({
        ...unit,
        rows: columnsOf(unit).map((table) => rowsOf(table, words)),
      }));
    });
  }
}

function columnsOf(unit: Unit): object[] {
  if (unit.kind === "definitions") return [unit.nodes, unit.edges];
  if (unit.kind === "invocation") return [unit.executions ?? unit.freshness ?? { length: 0 }];
  return [];
}

function rowsOf(table: object, words: readonly string[]): Row[] {
  const length = "length" in table ? Number(table.length) : 0;
  return Array.from({ length }, (_, row) => {
    const cells: Row = {};
    for (const [name, column] of Object.entries(table)) {
      if (column instanceof Int32Array) {
        const word = column[row] ?? -1;
        cells[name] = word === -1 ? null : (words[word] ?? `no word ${word}`);
      } else if (column instanceof Float64Array) {
        const value = column[row] ?? Number.NaN;
        cells[name] = Number.isNaN(value) ? null : value;
      }
    }
    return cells;
  });
}

export interface Synced {
  load: KeptLoad;
  outcome: SyncOutcome;
  /** The ledger's entries after it, for the next. */
  entries: LedgerEntry[];
  progress: Progress[];
}

/** Syncs a source of these options once; `before` is what the ledger says of earlier times. */
export async function sync(
  options: ArtifactsOptions,
  before: readonly LedgerEntry[] = [],
  load: KeptLoad = new KeptLoad(),
  signal: AbortSignal = new AbortController().signal,
): Promise<Synced> {
  const source = createArtifactsSource(options);
  const [scope] = source.scopes({ facts: ["executions"] });
  if (scope === undefined) throw new Error("the source has no scope");
  const progress: Progress[] = [];
  const context: SyncContext = {
    entry: null,
    entries: async (prefix) => before.filter(({ scope: key }) => key.startsWith(prefix)),
    load,
    signal,
    progress: (step) => progress.push(step),
    now: () => NOW,
    fresh_since: NOW,
    refresh: false,
    renew: () => Promise.resolve(),
    query: () => Promise.reject(new Error("artifacts ask nothing of the store")),
  };
  try {
    const outcome = await source.sync(scope, context);
    const entries = new Map(before.map((entry) => [entry.scope, entry]));
    for (const { scope: key, synced_at, revision, watermark, complete, notes } of load.ledger()) {
      entries.set(key, { scope: key, synced_at: synced_at / 1000, revision, watermark, complete, notes });
    }
    return { load, outcome, entries: [...entries.values()], progress };
  } finally {
    load.close();
    await source.close();
  }
}

/** The single invocation of a folder that holds only this `run_results.json`. */
export async function readOne(content: unknown, options: Partial<ArtifactsOptions> = {}) {
  const folder = newFolder();
  put(folder, "run_results.json", content);
  const { load, outcome } = await sync({ paths: [folder], ...options });
  const [unit] = load.invocations();
  if (unit === undefined) throw new Error(`nothing was read: ${outcome.notes.join("; ")}`);
  return { unit, notes: outcome.notes };
}
