/** `lineage`: resources with the ids of their parents, in one list without pages. */
import type { Resource } from "./dbt.ts";
import { worstStatus } from "./execution-info.ts";
import { accessOf, groupOf, layerOf, materializationOf, tagsOf, versionOf } from "./facts.ts";
import { type Filter, matches } from "./filters.ts";
import { type Kind, kindOf } from "./graph.ts";
import type { Scope } from "./nodes/node.ts";
import { type Selected, select } from "./selection.ts";

export interface LineageFilter extends Pick<Filter, "tags" | "uniqueIds"> {
  types?: readonly Kind[] | null;
  select?: string | null;
  exclude?: string | null;
}

export function lineageOf(scope: Scope, filter: LineageFilter): LineageNode[] {
  const { types, uniqueIds, tags } = filter;
  const selected = filter.select ? select(scope.graph, filter.select) : null;
  const excluded = filter.exclude ? select(scope.graph, filter.exclude) : null;
  return [...scope.graph.all()].flatMap((entry) => {
    const kind = kindOf(entry);
    if (kind === null || (types && !types.includes(kind)) || !matches(entry, { uniqueIds, tags })) return [];
    if (selected?.reached.has(entry.unique_id) === false || excluded?.reached.has(entry.unique_id)) return [];
    return new LineageNode(scope, entry, kind, selected);
  });
}

/** The fields of all the lineage types; what a kind has no type for cannot be asked of it. */
class LineageNode {
  readonly __typename: string;
  readonly resourceType: Kind;
  readonly #scope: Scope;
  readonly #entry: Resource;
  readonly #selected: Selected | null;

  constructor(scope: Scope, entry: Resource, kind: Kind, selected: Selected | null) {
    this.__typename = `${kind}LineageNode`;
    this.resourceType = kind;
    this.#scope = scope;
    this.#entry = entry;
    this.#selected = selected;
  }

  get uniqueId(): string {
    return this.#entry.unique_id;
  }

  get name(): string {
    return this.#entry.name;
  }

  get projectId(): number {
    return this.#scope.record.environment.projectId;
  }

  get filePath(): string {
    return this.#entry.original_file_path ?? "";
  }

  get fqn(): string[] {
    return this.#entry.fqn ?? [];
  }

  get tags(): string[] {
    return tagsOf(this.#entry);
  }

  get alias(): string | null {
    return this.#entry.alias ?? null;
  }

  get database(): string | null {
    return this.#entry.database ?? null;
  }

  get schema(): string | null {
    return this.#entry.schema ?? null;
  }

  get access(): string | null {
    return accessOf(this.#entry);
  }

  get group(): string | null {
    return groupOf(this.#entry);
  }

  get version(): string | null {
    return versionOf(this.#entry);
  }

  get materializationType(): string | null {
    return materializationOf(this.#entry);
  }

  get modelingLayer(): string | null {
    return layerOf(this.#entry);
  }

  get sourceName(): string | null {
    return this.#entry.source_name ?? null;
  }

  /** Whether `select` names this resource itself; null where nothing was selected. */
  get matchesMethod(): boolean | null {
    return this.#selected?.named.has(this.uniqueId) ?? null;
  }

  /** All of them, also those that the filter leaves out of the list. */
  get parentIds(): string[] {
    return this.#scope.graph.parents(this.#entry);
  }

  get publicParentIds(): string[] {
    const { graph } = this.#scope;
    return this.parentIds.filter((id) => {
      const parent = graph.get(id);
      return parent !== null && accessOf(parent) === "public";
    });
  }

  /** The definition knows nothing of runs. */
  get lastRunStatus(): string | null {
    return this.#lastStatus(this.uniqueId);
  }

  get worstTestStatus(): string | null {
    const tests = this.#scope.graph.tests(this.uniqueId);
    return worstStatus(tests.map(({ unique_id }) => this.#lastStatus(unique_id)));
  }

  #lastStatus(uniqueId: string): string | null {
    if (this.#scope.side === "Definition") return null;
    return this.#scope.history.outcome(uniqueId)?.last.status ?? null;
  }
}
