/** What Discovery has taken in: the artifacts of finished runs, by environment and by job. */
import type { Environment, Run, Step, World } from "../world.ts";
import { History } from "./history.ts";
import { lazy } from "./lazy.ts";
import type { ArtifactReader, Execution, FreshnessResult, ManifestRecord } from "./reader.ts";

/** One finished run. Its artifacts are read when they are first asked for. */
export class RunRecord {
  readonly run: Run;
  readonly environment: EnvironmentRecord;
  readonly #reader: ArtifactReader;

  constructor(run: Run, environment: EnvironmentRecord, reader: ArtifactReader) {
    this.run = run;
    this.environment = environment;
    this.#reader = reader;
  }

  /** In the order of the steps. */
  readonly invocations = lazy(() => this.#each((step) => this.#reader.invocation(this.run, step)));
  readonly checks = lazy(() => this.#each((step) => this.#reader.check(this.run, step)));
  readonly documentation = lazy(
    () => this.#each((step) => this.#reader.documentation(this.run, step)).at(-1) ?? null,
  );

  wrote(...paths: string[]): boolean {
    return this.run.steps.some((step) => paths.some((path) => step.paths.includes(path)));
  }

  /**
   * The manifest of the last step that wrote one; that of the next older run where this one kept none. Read
   * anew where it has left the memory of the reader.
   */
  manifest(): ManifestRecord | null {
    for (const step of this.run.steps.toReversed()) {
      const manifest = this.#reader.manifest(step);
      if (manifest !== null) return manifest;
    }
    return this.environment.before(this)?.manifest() ?? null;
  }

  /** Everything the run did with a node, in the order of the steps, documentation included. */
  executions(uniqueId: string): Execution[] {
    return this.invocations().flatMap(({ executions }) => executions.get(uniqueId) ?? []);
  }

  #each<V>(read: (step: Step) => V | null): V[] {
    return this.run.steps.flatMap((step) => read(step) ?? []);
  }
}

/** A manifest, and the run that wrote it. */
export interface DefinitionRecord extends ManifestRecord {
  readonly run: Run;
}

export class EnvironmentRecord {
  readonly environment: Environment;
  readonly accountId: number;
  /** Newest first. */
  readonly runs: RunRecord[] = [];

  constructor(environment: Environment, accountId: number) {
    this.environment = environment;
    this.accountId = accountId;
  }

  /** The newest manifest. */
  readonly definition = lazy((): DefinitionRecord | null => {
    const record = this.runs.find((candidate) => candidate.wrote("manifest.json"));
    const manifest = record?.manifest() ?? null;
    return record === undefined || manifest === null ? null : { ...manifest, run: record.run };
  });

  readonly history = lazy(() => new History(this.runs.flatMap((record) => record.invocations())));

  /** The newest catalog. */
  readonly documentation = lazy(() => {
    const record = this.runs.find((candidate) => candidate.wrote("catalog.json"));
    return record?.documentation() ?? null;
  });

  /** What the last check of each source said. */
  readonly freshness = lazy(() => {
    const checks = this.runs.flatMap((record) => record.checks());
    const latest = new Map<string, FreshnessResult>();
    for (const { results } of checks.sort((a, b) => a.endedAt - b.endedAt)) {
      for (const [uniqueId, result] of results) latest.set(uniqueId, result);
    }
    return latest;
  });

  /** When the last command that built or checked something ended; null where none ever did. */
  readonly lastUpdatedAt = lazy(() => {
    const built = this.runs.flatMap((record) => record.invocations()).filter(({ builds }) => builds);
    const ended = [...built, ...this.runs.flatMap((record) => record.checks())];
    return ended.sort((a, b) => b.endedAt - a.endedAt)[0]?.endedAt ?? null;
  });

  readonly #runsById = lazy(() => new Map(this.runs.map((record) => [record.run.id, record])));

  run(id: number): RunRecord | null {
    return this.#runsById().get(id) ?? null;
  }

  /** The next older run with a manifest. */
  before(record: RunRecord): RunRecord | null {
    const older = this.runs.slice(this.runs.indexOf(record) + 1);
    return older.find((candidate) => candidate.wrote("manifest.json")) ?? null;
  }
}

/** A world as of one version of it. */
export class AccountRecord {
  readonly #environments = new Map<number, EnvironmentRecord>();
  readonly #byJob = new Map<number, RunRecord[]>();

  constructor(world: World, reader: ArtifactReader) {
    for (const environment of world.environments) {
      if (environment.state === 2) continue;
      this.#environments.set(environment.id, new EnvironmentRecord(environment, world.account.id));
    }
    const finished = world.runs.filter(({ finishedAt }) => finishedAt !== null);
    for (const run of finished.sort((a, b) => endOf(b) - endOf(a) || b.id - a.id)) {
      const environment = this.#environments.get(run.environmentId);
      if (environment === undefined) continue;
      const record = new RunRecord(run, environment, reader);
      environment.runs.push(record);
      if (run.jobId === null) continue;
      const ofJob = this.#byJob.get(run.jobId);
      if (ofJob === undefined) this.#byJob.set(run.jobId, [record]);
      else ofJob.push(record);
    }
  }

  environment(id: number): EnvironmentRecord | null {
    return this.#environments.get(id) ?? null;
  }

  /** Newest first. */
  runsOfJob(jobId: number): readonly RunRecord[] {
    return this.#byJob.get(jobId) ?? [];
  }
}

function endOf(run: Run): number {
  return run.finishedAt ?? 0;
}
