/** Rows of what is built in the database: models, seeds, snapshots; and of sources. */
import { columnsOf, statsOf } from "../catalog.ts";
import type { CatalogEntry } from "../dbt.ts";
import { accessOf, compiledCodeOf, groupOf, materializationOf, packagesOf, rawCodeOf } from "../facts.ts";
import { criteriaOf, type FreshnessStatus, freshnessStatus } from "../freshness.ts";
import { kindOf } from "../graph.ts";
import type { FreshnessResult } from "../reader.ts";
import { Row, RunInfo } from "./row.ts";
import { TestRow } from "./tests.ts";

abstract class RelationRow extends Row {
  protected get entry(): CatalogEntry | null {
    return this.scope.catalog(this.uniqueId);
  }

  get database(): string | null {
    return this.resource.database ?? null;
  }

  get schema(): string | null {
    return this.resource.schema ?? null;
  }

  get alias(): string | null {
    return this.resource.alias ?? null;
  }

  get columns(): object[] | null {
    return this.entry === null ? null : columnsOf(this.entry, this.resource);
  }

  get stats(): object[] {
    return this.entry === null ? [] : statsOf(this.entry);
  }

  get comment(): string | null {
    return this.entry?.metadata?.comment ?? null;
  }

  get owner(): string | null {
    return this.entry?.metadata?.owner ?? null;
  }

  get type(): string | null {
    return this.entry?.metadata?.type ?? null;
  }

  /** The models and the like that refer to it; tests are a field of their own. */
  get childrenL1(): string[] {
    const children = this.scope.graph()?.children(this.uniqueId) ?? [];
    return children.filter((id) => kindOf(this.scope.resource(id)) !== "Test");
  }

  get rawCode(): string | null {
    return rawCodeOf(this.resource);
  }

  get rawSql(): string | null {
    return this.rawCode;
  }

  get compiledCode(): string | null {
    return this.execution === null ? null : (this.execution.compiledCode ?? compiledCodeOf(this.resource));
  }

  get compiledSql(): string | null {
    return this.compiledCode;
  }

  get parentsModels(): ModelRow[] {
    return this.parentsOf("Model").map((id) => new ModelRow(this.scope, id));
  }

  get parentsSources(): SourceRow[] {
    return this.parentsOf("Source").map((id) => new SourceRow(this.scope, id));
  }

  get tests(): TestRow[] {
    const tests = this.scope.graph()?.tests(this.uniqueId) ?? [];
    return tests.map((test) => new TestRow(this.scope, test.unique_id));
  }
}

export class ModelRow extends RelationRow {
  readonly __typename = "ModelNode";

  /** Every execution of the run, in the order of its steps; `dbt docs generate` is one of them. */
  get runResults(): RunInfo[] {
    return this.scope.record.executions(this.uniqueId).map((execution) => new RunInfo(execution));
  }

  get access(): string | null {
    return accessOf(this.resource);
  }

  get dbtGroup(): string | null {
    return groupOf(this.resource);
  }

  get language(): string | null {
    return this.resource.language ?? null;
  }

  get materializedType(): string | null {
    return materializationOf(this.resource);
  }

  get packages(): string[] {
    return packagesOf(this.resource);
  }
}

export class SeedRow extends RelationRow {
  readonly __typename = "SeedNode";

  override get columns(): object[] {
    return super.columns ?? [];
  }

  /** The schema's own spelling. */
  get thread_id(): string | null {
    return this.threadId;
  }
}

export class SnapshotRow extends RelationRow {
  readonly __typename = "SnapshotNode";
}

export class SourceRow extends RelationRow {
  readonly __typename = "SourceNode";
  readonly #result: FreshnessResult | null = this.scope.freshness(this.uniqueId);

  get sourceName(): string | null {
    return this.resource.source_name ?? null;
  }

  get sourceDescription(): string | null {
    return this.resource.source_description ?? null;
  }

  get identifier(): string | null {
    return this.resource.identifier ?? null;
  }

  get loader(): string | null {
    return this.resource.loader ?? null;
  }

  get criteria(): object {
    return criteriaOf(this.resource, this.#result);
  }

  get freshnessChecked(): boolean {
    return this.#result !== null;
  }

  get state(): FreshnessStatus | null {
    return freshnessStatus(this.#result);
  }

  get maxLoadedAt(): string | null {
    return this.#result?.maxLoadedAt ?? null;
  }

  get maxLoadedAtTimeAgoInS(): number | null {
    return this.#result?.age ?? null;
  }

  get snapshottedAt(): string | null {
    return this.#result?.snapshottedAt ?? null;
  }

  override get runGeneratedAt(): string | null {
    return this.#result?.check.generatedAt ?? null;
  }

  override get runElapsedTime(): number | null {
    return this.#result?.check.elapsed ?? null;
  }
}
