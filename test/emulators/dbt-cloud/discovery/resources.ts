/** What both states of an environment say of resources of all kinds. */
import type { Resource } from "./dbt.ts";
import { tagsOf } from "./facts.ts";
import { type Filter, matches } from "./filters.ts";
import type { Graph, Kind } from "./graph.ts";

export interface ResourcesFilter extends Pick<Filter, "tags" | "uniqueIds"> {
  types: readonly Kind[];
}

type OfKind = (kind: Kind) => readonly Resource[];

/** Kind after kind as the filter names them, by unique id within each. */
export function ofKinds({ types, tags, uniqueIds }: ResourcesFilter, ofKind: OfKind): Resource[] {
  return [...new Set(types)].flatMap((kind) =>
    ofKind(kind).filter((entry) => matches(entry, { tags, uniqueIds })),
  );
}

const COUNTED: Readonly<Record<string, Kind>> = {
  model: "Model",
  seed: "Seed",
  snapshot: "Snapshot",
  source: "Source",
  test: "Test",
  exposure: "Exposure",
  macro: "Macro",
  metric: "Metric",
  semantic_model: "SemanticModel",
  saved_query: "SavedQuery",
};

export function countsOf(ofKind: OfKind): object {
  return Object.fromEntries(Object.entries(COUNTED).map(([name, kind]) => [name, ofKind(kind).length]));
}

export function packagesOfKind(graph: Graph, resource: "macro" | "model"): readonly string[] {
  return graph.packages(resource === "macro" ? "Macro" : "Model");
}

/** Each tag once, as `Tag`s. */
export function tagsOfAll(resources: Iterable<Resource>): object[] {
  const names = new Set([...resources].flatMap(tagsOf));
  return [...names].sort().map((name) => ({ name }));
}
