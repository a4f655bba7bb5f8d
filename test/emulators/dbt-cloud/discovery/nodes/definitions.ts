/** What is only defined: exposures, macros, groups, and the semantic layer. */

import type { Resource } from "../dbt.ts";
import { groupOf, textOrNull } from "../facts.ts";
import { type FreshnessStatus, worstFreshness } from "../freshness.ts";
import { kindOf } from "../graph.ts";
import { Node, type Scope } from "./node.ts";

export class ExposureNode extends Node {
  get exposureType(): string | null {
    return this.entry.type ?? null;
  }

  get label(): string | null {
    return this.entry.label ?? null;
  }

  get maturity(): string | null {
    return this.entry.maturity ?? null;
  }

  get ownerEmail(): string | null {
    return this.entry.owner?.email ?? null;
  }

  get ownerName(): string | null {
    return this.entry.owner?.name ?? null;
  }

  get url(): string | null {
    return this.entry.url ?? null;
  }

  /** The worst of the sources upstream. */
  get freshnessStatus(): FreshnessStatus | null {
    const sources = this.scope.graph.ancestors(this.entry).filter((entry) => kindOf(entry) === "Source");
    const latest = this.scope.record.freshness();
    return worstFreshness(sources.map(({ unique_id }) => latest.get(unique_id) ?? null));
  }
}

export class MacroNode extends Node {
  get macroSql(): string {
    return this.entry.macro_sql ?? "";
  }

  get arguments(): object[] {
    return (this.entry.arguments ?? []).map(({ name, type, description }) => ({
      name: name ?? null,
      type: type ?? null,
      description: description ?? null,
    }));
  }
}

export class GroupNode extends Node {
  readonly #models: readonly Resource[];

  constructor(scope: Scope, entry: Resource) {
    super(scope, entry, "GroupNode");
    this.#models = scope.graph.of("Model").filter((model) => groupOf(model) === entry.name);
  }

  override get resourceType(): string {
    return "group";
  }

  get modelCount(): number {
    return this.#models.length;
  }

  get models(): Node[] {
    return this.#models.map((model) => this.scope.nested(model));
  }

  get ownerEmail(): string | null {
    return this.entry.owner?.email ?? null;
  }

  get ownerName(): string | null {
    return this.entry.owner?.name ?? null;
  }
}

export class MetricNode extends Node {
  get group(): string | null {
    return groupOf(this.entry);
  }

  get type(): string | null {
    return this.entry.type ?? null;
  }

  get typeParams(): object | null {
    return this.entry.type_params ?? null;
  }

  get filter(): object | null {
    return this.entry.filter ?? null;
  }

  /** Of a derived metric. */
  get formula(): string | null {
    return textOrNull(this.entry.type_params?.expr);
  }
}

export class SemanticModelNode extends Node {
  get entities(): object[] {
    return (this.entry.entities ?? []).map(({ name, type, description }) => ({
      name: name ?? null,
      type: type ?? null,
      description: description ?? null,
    }));
  }

  get dimensions(): object[] {
    return (this.entry.dimensions ?? []).map(({ name, type, description, type_params }) => ({
      name: name ?? null,
      type: type ?? null,
      description: description ?? null,
      typeParams: type_params ?? null,
    }));
  }

  get measures(): object[] {
    return (this.entry.measures ?? []).map(({ name, agg, description, expr, create_metric }) => ({
      name: name ?? null,
      agg: agg ?? null,
      description: description ?? null,
      expr: expr ?? null,
      createMetric: create_metric ?? null,
    }));
  }
}

export class SavedQueryNode extends Node {
  get group(): string | null {
    return groupOf(this.entry);
  }

  get queryParams(): object {
    const { metrics, group_by, order_by, limit, where } = this.entry.query_params ?? {};
    const filters = (where?.where_filters ?? []).map((filter) => ({
      whereSqlTemplate: filter.where_sql_template ?? "",
    }));
    return {
      metrics: metrics ?? [],
      groupBy: group_by ?? [],
      orderBy: order_by ?? null,
      limit: limit ?? null,
      where: where ? { whereFilters: filters } : null,
    };
  }

  get exports(): object[] {
    return (this.entry.exports ?? []).map(({ name, config }) => ({
      name: name ?? null,
      config: config
        ? {
            exportAs: config.export_as ?? "",
            alias: config.alias ?? null,
            database: config.database ?? null,
            schema: config.schema_name ?? null,
          }
        : null,
    }));
  }
}
