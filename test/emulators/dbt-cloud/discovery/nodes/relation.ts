/** Nodes that are relations of the database: models, seeds, snapshots, sources. */
import { catalogNode } from "../catalog.ts";
import { ExecutionInfo, ModelExecutionInfo } from "../execution-info.ts";
import {
  accessOf,
  compiledCodeOf,
  contractOf,
  groupOf,
  latestVersionOf,
  layerOf,
  materializationOf,
  packagesOf,
  type Release,
  rawCodeOf,
  releaseOf,
  versionOf,
} from "../facts.ts";
import { freshnessNode } from "../freshness.ts";
import { Node } from "./node.ts";

abstract class Relation extends Node {
  get database(): string | null {
    return this.entry.database ?? null;
  }

  get schema(): string | null {
    return this.entry.schema ?? null;
  }

  get alias(): string | null {
    return this.entry.alias ?? null;
  }

  get relationName(): string | null {
    return this.entry.relation_name ?? null;
  }

  get config(): object | null {
    return this.entry.config ?? null;
  }

  get rawCode(): string | null {
    return rawCodeOf(this.entry);
  }

  /** As the last run compiled it, else as the manifest has it. */
  get compiledCode(): string | null {
    const executions = this.scope.history.of(this.uniqueId);
    const compiled = executions.find(({ compiledCode }) => compiledCode !== null)?.compiledCode;
    return compiled ?? compiledCodeOf(this.entry);
  }

  get catalog(): object | null {
    return catalogNode(this.scope.record.documentation(), this.entry, this.environmentId);
  }

  get columnCount(): number | null {
    const columns = this.scope.record.documentation()?.entry(this.uniqueId)?.columns;
    return columns === undefined ? null : Object.keys(columns).length;
  }

  /** The last status of each test by its unique id. */
  get testStatuses(): object {
    const { graph, history } = this.scope;
    const tests = graph.tests(this.uniqueId);
    return Object.fromEntries(
      tests.map(({ unique_id }) => [unique_id, history.outcome(unique_id)?.last.status ?? null]),
    );
  }
}

export class ModelNode extends Relation {
  /** A model that was never attempted, such as an ephemeral one, has none. */
  get executionInfo(): ModelExecutionInfo | null {
    const outcome = this.scope.history.outcome(this.uniqueId);
    return outcome === null ? null : new ModelExecutionInfo(outcome);
  }

  get access(): string | null {
    return accessOf(this.entry);
  }

  get group(): string | null {
    return groupOf(this.entry);
  }

  get language(): string | null {
    return this.entry.language ?? null;
  }

  get materializedType(): string | null {
    return materializationOf(this.entry);
  }

  get modelingLayer(): string | null {
    return layerOf(this.entry);
  }

  get packages(): string[] {
    return packagesOf(this.entry);
  }

  get version(): string | null {
    return versionOf(this.entry);
  }

  get latestVersion(): string | null {
    return latestVersionOf(this.entry);
  }

  get releaseVersion(): Release {
    return releaseOf(this.entry);
  }

  get versions(): object[] {
    if (this.version === null) return [];
    const { name, package_name } = this.entry;
    return this.scope.graph
      .of("Model")
      .filter((model) => model.name === name && model.package_name === package_name)
      .map((model) => ({ name, releaseVersion: releaseOf(model), uniqueId: model.unique_id }));
  }

  get deprecationDate(): string | null {
    return this.entry.deprecation_date ?? null;
  }

  get contractEnforced(): boolean {
    return contractOf(this.entry);
  }

  /** Descriptions come down the lineage on the platform only, not in a manifest. */
  get isDescriptionInherited(): boolean {
    return false;
  }

  get constraints(): object[] {
    return (this.entry.constraints ?? []).map((constraint) => ({
      type: constraint.type ?? null,
      name: constraint.name ?? null,
      expression: constraint.expression ?? null,
      columns: constraint.columns ?? null,
      warnUnenforced: constraint.warn_unenforced ?? null,
      warnUnsupported: constraint.warn_unsupported ?? null,
    }));
  }
}

export class SeedNode extends Relation {
  get executionInfo(): ExecutionInfo {
    return new ExecutionInfo(this.scope.history.outcome(this.uniqueId));
  }
}

export class SnapshotNode extends Relation {
  get executionInfo(): ExecutionInfo | null {
    const outcome = this.scope.history.outcome(this.uniqueId);
    return outcome === null ? null : new ExecutionInfo(outcome);
  }
}

export class SourceNode extends Relation {
  get sourceName(): string | null {
    return this.entry.source_name ?? null;
  }

  get sourceDescription(): string | null {
    return this.entry.source_description ?? null;
  }

  get identifier(): string | null {
    return this.entry.identifier ?? null;
  }

  get loader(): string | null {
    return this.entry.loader ?? null;
  }

  get freshness(): object {
    return freshnessNode(this.entry, this.scope.record.freshness().get(this.uniqueId) ?? null);
  }
}
