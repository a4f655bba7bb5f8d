/** The definition state: what the newest manifest says. */
import type { Resource } from "./dbt.ts";
import { type Filter, matches } from "./filters.ts";
import type { Kind } from "./graph.ts";
import { type LineageFilter, lineageOf } from "./lineage.ts";
import { GroupNode } from "./nodes/definitions.ts";
import type { Scope } from "./nodes/node.ts";
import { connection, type PageRequest } from "./paging.ts";
import { countsOf, ofKinds, packagesOfKind, type ResourcesFilter, tagsOfAll } from "./resources.ts";

type Args = PageRequest & { filter?: Filter | null };

/** `DefinitionState`. */
export class DefinitionState {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  get lastUpdatedAt(): string | null {
    return this.#scope.metadata.generated_at ?? null;
  }

  models(args: Args): object {
    return this.#connection("Model", args);
  }

  seeds(args: Args): object {
    return this.#connection("Seed", args);
  }

  snapshots(args: Args): object {
    return this.#connection("Snapshot", args);
  }

  sources(args: Args): object {
    return this.#connection("Source", args);
  }

  tests(args: Args): object {
    return this.#connection("Test", args);
  }

  exposures(args: Args): object {
    return this.#connection("Exposure", args);
  }

  macros(args: Args): object {
    return this.#connection("Macro", args);
  }

  metrics(args: Args): object {
    return this.#connection("Metric", args);
  }

  semanticModels(args: Args): object {
    return this.#connection("SemanticModel", args);
  }

  savedQueries(args: Args): object {
    return this.#connection("SavedQuery", args);
  }

  groups(args: Args): object {
    const groups = this.#scope.graph.groups.filter((group) => matches(group, args.filter ?? {}));
    return connection(groups, args, (group) => new GroupNode(this.#scope, group));
  }

  resources(args: PageRequest & { filter: ResourcesFilter }): object {
    const found = ofKinds(args.filter, (kind) => this.#scope.graph.of(kind));
    return connection(found, args, this.#scope.node);
  }

  lineage({ filter }: { filter: LineageFilter }): object[] {
    return lineageOf(this.#scope, filter);
  }

  packages({ resource }: { resource: "macro" | "model" }): readonly string[] {
    return packagesOfKind(this.#scope.graph, resource);
  }

  get resourceCounts(): object {
    return countsOf((kind) => this.#scope.graph.of(kind));
  }

  get tags(): object[] {
    return tagsOfAll(this.#scope.graph.all());
  }

  #connection(kind: Kind, args: Args): object {
    const wanted: Resource[] = this.#scope.graph
      .of(kind)
      .filter((entry) => matches(entry, args.filter ?? {}));
    return connection(wanted, args, this.#scope.node);
  }
}
