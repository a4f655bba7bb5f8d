/** Rows of a job: one resource of the manifest in one run. */

import type { CatalogEntry, Resource } from "../dbt.ts";
import { isFailure, metaOf, tagsOf } from "../facts.ts";
import { type Graph, type Kind, kindOf } from "../graph.ts";
import { lazy } from "../lazy.ts";
import { cursorOf } from "../paging.ts";
import type { Execution, FreshnessResult } from "../reader.ts";
import type { RunRecord } from "../records.ts";

/** One run, as its rows see it. */
export class RunScope {
  readonly record: RunRecord;
  readonly jobId: number;
  readonly manifest = lazy(() => this.record.manifest());
  readonly #catalog: (uniqueId: string) => CatalogEntry | null;

  /** `catalog` where another than the run's own is wanted. */
  constructor(
    record: RunRecord,
    jobId: number,
    catalog: (uniqueId: string) => CatalogEntry | null = (id) => record.documentation()?.entry(id) ?? null,
  ) {
    this.record = record;
    this.jobId = jobId;
    this.#catalog = catalog;
  }

  graph(): Graph | null {
    return this.manifest()?.graph ?? null;
  }

  /** As the run's own manifest has it, else the newest one, else what the id says. */
  resource(uniqueId: string): Resource {
    const [resource_type = "", , name = uniqueId] = uniqueId.split(".");
    return (
      this.graph()?.get(uniqueId) ?? this.#newest(uniqueId) ?? { unique_id: uniqueId, resource_type, name }
    );
  }

  /** The name is part of the id: the newest manifest, which is read already, will do. */
  name(uniqueId: string): string {
    return (this.#newest(uniqueId) ?? this.resource(uniqueId)).name;
  }

  /** The last thing that the run did with a node; to document it does not count. */
  execution(uniqueId: string): Execution | null {
    return this.record.executions(uniqueId).findLast(({ invocation }) => invocation.builds) ?? null;
  }

  freshness(uniqueId: string): FreshnessResult | null {
    const results = this.record.checks().flatMap((check) => check.results.get(uniqueId) ?? []);
    return results.at(-1) ?? null;
  }

  catalog(uniqueId: string): CatalogEntry | null {
    return this.#catalog(uniqueId);
  }

  #newest(uniqueId: string): Resource | null {
    return this.record.environment.definition()?.graph.get(uniqueId) ?? null;
  }
}

/** `RunInfoNode`: one execution. All of it is null where a node was not run, except `skip`. */
export class RunInfo {
  protected readonly execution: Execution | null;

  constructor(execution: Execution | null) {
    this.execution = execution;
  }

  get status(): string | null {
    return this.execution?.status ?? null;
  }

  get error(): string | null {
    return this.execution !== null && isFailure(this.execution.status) ? this.execution.message : null;
  }

  get skip(): boolean {
    return this.execution?.status === "skipped";
  }

  get args(): string | null {
    return this.execution?.invocation.args ?? null;
  }

  get invocationId(): string | null {
    return this.execution?.invocation.id ?? null;
  }

  get threadId(): string | null {
    return this.execution?.threadId ?? null;
  }

  get runGeneratedAt(): string | null {
    return this.execution?.invocation.generatedAt ?? null;
  }

  /** Of the dbt command, in seconds. */
  get runElapsedTime(): number | null {
    return this.execution?.invocation.elapsed ?? null;
  }

  get executionTime(): number | null {
    return this.execution?.executionTime ?? null;
  }

  get compileStartedAt(): string | null {
    return this.execution?.compileStartedAt ?? null;
  }

  get compileCompletedAt(): string | null {
    return this.execution?.compileCompletedAt ?? null;
  }

  get executeStartedAt(): string | null {
    return this.execution?.executeStartedAt ?? null;
  }

  get executeCompletedAt(): string | null {
    return this.execution?.executeCompletedAt ?? null;
  }
}

/** What `CloudArtifactInterface` and `NodeInterface` have, and the execution where there was one. */
export abstract class Row extends RunInfo {
  abstract readonly __typename: string;
  readonly uniqueId: string;
  protected readonly scope: RunScope;

  constructor(scope: RunScope, uniqueId: string) {
    super(scope.execution(uniqueId));
    this.scope = scope;
    this.uniqueId = uniqueId;
  }

  protected get resource(): Resource {
    return this.scope.resource(this.uniqueId);
  }

  get accountId(): number {
    return this.scope.record.environment.accountId;
  }

  get environmentId(): number {
    return this.scope.record.run.environmentId;
  }

  get projectId(): number {
    return this.scope.record.run.projectId;
  }

  get jobId(): number {
    return this.scope.jobId;
  }

  get runId(): number {
    return this.scope.record.run.id;
  }

  get paginationCursor(): string {
    return cursorOf(this.uniqueId);
  }

  get name(): string {
    return this.scope.name(this.uniqueId);
  }

  get resourceType(): string {
    return this.resource.resource_type;
  }

  get dbtVersion(): string | null {
    return this.scope.manifest()?.metadata.dbt_version ?? null;
  }

  /** A missing description is an empty one here. */
  get description(): string {
    return this.resource.description ?? "";
  }

  get meta(): object {
    return metaOf(this.resource);
  }

  get tags(): string[] {
    return tagsOf(this.resource);
  }

  get packageName(): string | null {
    return this.resource.package_name ?? null;
  }

  get dependsOn(): string[] {
    return this.resource.depends_on?.nodes ?? [];
  }

  /** Unique ids of the resources of a kind that this one refers to. */
  protected parentsOf(kind: Kind): string[] {
    const graph = this.scope.graph();
    const parents = graph?.parents(this.resource) ?? [];
    return parents.filter((id) => kindOf(this.scope.resource(id)) === kind);
  }
}
