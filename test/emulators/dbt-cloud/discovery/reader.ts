/** Reads the artifacts of steps, each once, and keeps of the run results what the API can show. */
import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Run, Step } from "../world.ts";
import {
  builds,
  type Catalog,
  type CatalogEntry,
  type Criteria,
  type Manifest,
  type Metadata,
  type RunResult,
  type RunResults,
  type SourceResult,
  type Sources,
} from "./dbt.ts";
import { Graph } from "./graph.ts";

/** One dbt command that wrote run results. */
export interface Invocation {
  readonly run: Run;
  readonly id: string | null;
  /** As the artifact says it; the command has then ended. */
  readonly generatedAt: string | null;
  /** Epoch milliseconds of `generatedAt`. */
  readonly endedAt: number;
  /** Seconds. */
  readonly elapsed: number | null;
  /** The arguments of the command, as JSON. */
  readonly args: string;
  /** False for `dbt docs generate` and the like. */
  readonly builds: boolean;
  readonly executions: ReadonlyMap<string, Execution>;
}

/** What one dbt command did with one node. */
export interface Execution {
  readonly invocation: Invocation;
  readonly uniqueId: string;
  readonly status: string;
  readonly message: string | null;
  readonly failures: number | null;
  readonly threadId: string | null;
  /** Seconds. */
  readonly executionTime: number | null;
  readonly compileStartedAt: string | null;
  readonly compileCompletedAt: string | null;
  readonly executeStartedAt: string | null;
  readonly executeCompletedAt: string | null;
  readonly compiledCode: string | null;
}

/** One `dbt source freshness`. */
export interface FreshnessCheck {
  readonly run: Run;
  readonly generatedAt: string | null;
  /** Epoch milliseconds of `generatedAt`. */
  readonly endedAt: number;
  readonly elapsed: number | null;
  readonly results: ReadonlyMap<string, FreshnessResult>;
}

export interface FreshnessResult {
  readonly check: FreshnessCheck;
  readonly status: string;
  readonly maxLoadedAt: string | null;
  readonly snapshottedAt: string | null;
  /** Seconds. */
  readonly age: number | null;
  readonly criteria: Criteria | null;
}

/** One `dbt docs generate`. */
export interface Documentation {
  readonly run: Run;
  readonly generatedAt: string | null;
  entry(uniqueId: string): CatalogEntry | null;
}

/** One manifest; what is in it may be shared with those of other runs. */
export interface ManifestRecord {
  readonly metadata: Metadata;
  readonly graph: Graph;
}

/** Manifests of this many characters in all stay in memory. */
const MANIFEST_CHARACTERS = 256 * 1024 * 1024;

/** The artifacts of a step never change; to change what a step says, a test replaces the step. */
export class ArtifactReader {
  readonly #invocations = new WeakMap<Step, Invocation>();
  readonly #checks = new WeakMap<Step, FreshnessCheck>();
  readonly #documentations = new WeakMap<Step, Documentation>();
  readonly #manifests = new WeakMap<Step, { metadata: Metadata; digest: string }>();
  /** By digest: most runs write the manifest of the run before, but for its metadata. */
  readonly #graphs = new LRUCache<string, Graph>({ maxSize: MANIFEST_CHARACTERS });
  /** Texts that come again with every run: threads, messages, compiled code. */
  readonly #texts = new Map<string, string>();

  invocation(run: Run, step: Step): Invocation | null {
    return once(this.#invocations, step, () => {
      const found = parse<RunResults>(step, "run_results.json");
      return found === null ? null : this.#readResults(run, found);
    });
  }

  check(run: Run, step: Step): FreshnessCheck | null {
    return once(this.#checks, step, () => {
      const found = parse<Sources>(step, "sources.json");
      return found === null ? null : readSources(run, found);
    });
  }

  documentation(run: Run, step: Step): Documentation | null {
    return once(this.#documentations, step, () => {
      const found = parse<Catalog>(step, "catalog.json");
      if (found === null) return null;
      const { nodes, sources, metadata } = found;
      return {
        run,
        generatedAt: metadata.generated_at ?? null,
        entry: (uniqueId) => nodes?.[uniqueId] ?? sources?.[uniqueId] ?? null,
      };
    });
  }

  manifest(step: Step): ManifestRecord | null {
    const known = this.#manifests.get(step);
    const graph = known === undefined ? undefined : this.#graphs.get(known.digest);
    if (known !== undefined && graph !== undefined) return { metadata: known.metadata, graph };
    const text = textOf(step, "manifest.json");
    return text === null ? null : this.#readManifest(step, text);
  }

  #readManifest(step: Step, text: string): ManifestRecord {
    const { metadata, body } = splitManifest(text);
    const digest = createHash("sha1").update(body).digest("base64");
    const graph = this.#graphs.get(digest) ?? new Graph(trusted<Manifest>(body));
    this.#graphs.set(digest, graph, { size: body.length });
    this.#manifests.set(step, { metadata, digest });
    return { metadata, graph };
  }

  #readResults(run: Run, found: RunResults): Invocation {
    const args = found.args ?? {};
    const executions = new Map<string, Execution>();
    const invocation: Invocation = {
      run,
      id: found.metadata.invocation_id ?? null,
      ...ending(found.metadata.generated_at, run),
      elapsed: found.elapsed_time ?? null,
      args: JSON.stringify(args),
      builds: builds(String(args.which ?? "")),
      executions,
    };
    for (const result of found.results) {
      executions.set(result.unique_id, this.#readResult(invocation, result));
    }
    return invocation;
  }

  #readResult(invocation: Invocation, result: RunResult): Execution {
    const compile = result.timing?.find((span) => span.name === "compile");
    const execute = result.timing?.find((span) => span.name === "execute");
    return {
      invocation,
      uniqueId: this.#shared(result.unique_id),
      status: this.#shared(result.status),
      message: this.#sharedOrNull(result.message),
      failures: result.failures ?? null,
      threadId: this.#sharedOrNull(result.thread_id),
      executionTime: result.execution_time ?? null,
      compileStartedAt: compile?.started_at ?? null,
      compileCompletedAt: compile?.completed_at ?? null,
      executeStartedAt: execute?.started_at ?? null,
      executeCompletedAt: execute?.completed_at ?? null,
      compiledCode: this.#sharedOrNull(result.compiled_code),
    };
  }

  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    this.#texts.set(text, text);
    return text;
  }

  #sharedOrNull(text: string | null | undefined): string | null {
    return text === null || text === undefined ? null : this.#shared(text);
  }
}

function readSources(run: Run, found: Sources): FreshnessCheck {
  const results = new Map<string, FreshnessResult>();
  const check: FreshnessCheck = {
    run,
    ...ending(found.metadata.generated_at, run),
    elapsed: found.elapsed_time ?? null,
    results,
  };
  for (const result of found.results) results.set(result.unique_id, readSource(check, result));
  return check;
}

function readSource(check: FreshnessCheck, result: SourceResult): FreshnessResult {
  return {
    check,
    status: result.status,
    maxLoadedAt: result.max_loaded_at ?? null,
    snapshottedAt: result.snapshotted_at ?? null,
    age: result.max_loaded_at_time_ago_in_s ?? null,
    criteria: result.criteria ?? null,
  };
}

/** A manifest begins with its metadata, and the nodes follow; one in another order is not taken apart. */
function splitManifest(text: string): { metadata: Metadata; body: string } {
  const end = text.search(/,\s*"nodes":/);
  if (/^\s*\{\s*"metadata":/.test(text) && end > 0) {
    const head = trusted<Pick<Manifest, "metadata">>(`${text.slice(0, end)}}`);
    if (Object.keys(head).length === 1) return { ...head, body: `{${text.slice(end + 1)}` };
  }
  return { metadata: trusted<Manifest>(text).metadata, body: text };
}

/** When a command ended; the end of its run where the artifact does not say. */
function ending(generatedAt: string | undefined, run: Run): { generatedAt: string | null; endedAt: number } {
  const endedAt = generatedAt === undefined ? Number.NaN : Date.parse(generatedAt);
  return {
    generatedAt: generatedAt ?? null,
    endedAt: Number.isNaN(endedAt) ? (run.finishedAt ?? run.createdAt) : endedAt,
  };
}

function once<V extends object>(cache: WeakMap<Step, V>, step: Step, make: () => V | null): V | null {
  const known = cache.get(step);
  if (known !== undefined) return known;
  const made = make();
  if (made !== null) cache.set(step, made);
  return made;
}

function parse<T>(step: Step, path: string): T | null {
  const text = textOf(step, path);
  return text === null ? null : trusted<T>(text);
}

function textOf(step: Step, path: string): string | null {
  return step.paths.includes(path) ? step.artifact(path) : null;
}

/** The types of `dbt.ts` leave open what dbt may leave out; the rest is taken as dbt wrote it. */
function trusted<T>(text: string): T {
  return JSON.parse(text) as T;
}
