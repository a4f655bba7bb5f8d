/** Rows of what is only defined: exposures, macros, metrics. */
import { kindOf } from "../graph.ts";
import { ModelRow, SeedRow, SnapshotRow, SourceRow } from "./relations.ts";
import { Row, type RunScope } from "./row.ts";

export class ExposureRow extends Row {
  readonly __typename = "ExposureNode";

  get exposureType(): string | null {
    return this.resource.type ?? null;
  }

  get maturity(): string | null {
    return this.resource.maturity ?? null;
  }

  get ownerEmail(): string | null {
    return this.resource.owner?.email ?? null;
  }

  get ownerName(): string | null {
    return this.resource.owner?.name ?? null;
  }

  get url(): string | null {
    return this.resource.url ?? null;
  }

  get manifestGeneratedAt(): string | null {
    return this.scope.manifest()?.metadata.generated_at ?? null;
  }

  get parents(): Row[] {
    const parents = this.scope.graph()?.parents(this.resource) ?? [];
    return parents.flatMap((id) => rowOf(this.scope, id) ?? []);
  }

  get parentsModels(): ModelRow[] {
    return this.parentsOf("Model").map((id) => new ModelRow(this.scope, id));
  }

  get parentsSources(): SourceRow[] {
    return this.parentsOf("Source").map((id) => new SourceRow(this.scope, id));
  }
}

export class MacroRow extends Row {
  readonly __typename = "MacroNode";

  override get dependsOn(): string[] {
    return this.resource.depends_on?.macros ?? [];
  }

  get macroSql(): string | null {
    return this.resource.macro_sql ?? null;
  }

  get originalFilePath(): string | null {
    return this.resource.original_file_path ?? null;
  }

  get path(): string | null {
    return this.resource.path ?? null;
  }

  get rootPath(): string | null {
    return this.resource.root_path ?? null;
  }
}

/** The metrics of today's dbt; what only those of before 1.6 had is empty. */
export class MetricRow extends Row {
  readonly __typename = "MetricNode";
  readonly calculation_method = null;
  readonly dimensions: readonly string[] = [];
  readonly expression = null;
  readonly filters: readonly object[] = [];
  readonly model = null;
  readonly sql = null;
  readonly timeGrains: readonly string[] = [];
  readonly timestamp = null;

  get environmentName(): string {
    return this.scope.record.environment.environment.name;
  }

  get label(): string | null {
    return this.resource.label ?? null;
  }

  get type(): string | null {
    return this.resource.type ?? null;
  }
}

function rowOf(scope: RunScope, uniqueId: string): Row | null {
  switch (kindOf(scope.resource(uniqueId))) {
    case "Model":
      return new ModelRow(scope, uniqueId);
    case "Seed":
      return new SeedRow(scope, uniqueId);
    case "Snapshot":
      return new SnapshotRow(scope, uniqueId);
    case "Source":
      return new SourceRow(scope, uniqueId);
    case "Metric":
      return new MetricRow(scope, uniqueId);
    default:
      return null;
  }
}
