/** A manifest as a graph: its resources by kind, and who depends on whom. */
import type { Manifest, Resource } from "./dbt.ts";

/** As the schema's `ResourceNodeType` names them; groups are no resource there. */
export type Kind =
  | "Model"
  | "Seed"
  | "Snapshot"
  | "Source"
  | "Test"
  | "Exposure"
  | "Macro"
  | "Metric"
  | "SemanticModel"
  | "SavedQuery";

const KINDS: Readonly<Record<string, Kind>> = {
  model: "Model",
  seed: "Seed",
  snapshot: "Snapshot",
  source: "Source",
  test: "Test",
  unit_test: "Test",
  exposure: "Exposure",
  macro: "Macro",
  metric: "Metric",
  semantic_model: "SemanticModel",
  saved_query: "SavedQuery",
};

/** Null for what the API does not know, such as analyses and operations. */
export function kindOf(resource: Resource): Kind | null {
  return KINDS[resource.resource_type] ?? null;
}

export class Graph {
  readonly groups: readonly Resource[];
  readonly #resources = new Map<string, Resource>();
  readonly #byKind = new Map<Kind, Resource[]>();
  readonly #packages = new Map<Kind, readonly string[]>();
  #children: Map<string, string[]> | null = null;
  #tests: Map<string, Resource[]> | null = null;

  constructor(manifest: Omit<Manifest, "metadata">) {
    this.groups = sorted(Object.values(manifest.groups ?? {}));
    const { nodes, sources, unit_tests, exposures, macros, metrics, semantic_models, saved_queries } =
      manifest;
    const parts = [nodes, sources, unit_tests, exposures, macros, metrics, semantic_models, saved_queries];
    for (const resource of parts.flatMap((part) => Object.values(part ?? {}))) {
      const kind = kindOf(resource);
      if (kind === null) continue;
      this.#resources.set(resource.unique_id, resource);
      const known = this.#byKind.get(kind);
      if (known === undefined) this.#byKind.set(kind, [resource]);
      else known.push(resource);
    }
    for (const resources of this.#byKind.values()) sorted(resources);
  }

  get(uniqueId: string): Resource | null {
    return this.#resources.get(uniqueId) ?? null;
  }

  /** By unique id. */
  of(kind: Kind): readonly Resource[] {
    return this.#byKind.get(kind) ?? [];
  }

  all(): Iterable<Resource> {
    return this.#resources.values();
  }

  packages(kind: Kind): readonly string[] {
    const known = this.#packages.get(kind);
    if (known !== undefined) return known;
    const found = [...new Set(this.of(kind).flatMap((resource) => resource.package_name ?? []))].sort();
    this.#packages.set(kind, found);
    return found;
  }

  /** Unique ids of what a resource refers to and the manifest has; for a macro, macros. */
  parents(resource: Resource): string[] {
    const { nodes, macros } = resource.depends_on ?? {};
    const ids = resource.resource_type === "macro" ? macros : nodes;
    return (ids ?? []).filter((id) => this.#resources.has(id));
  }

  /** Unique ids of what refers to a resource, tests among them. */
  children(uniqueId: string): readonly string[] {
    this.#children ??= this.#invert();
    return this.#children.get(uniqueId) ?? [];
  }

  /** Everything upstream, the nearest first. */
  ancestors(resource: Resource): Resource[] {
    return this.walk(resource, (current) => this.parents(current));
  }

  /** What can be reached from `start` in at most `depth` steps, without `start`. */
  walk(start: Resource, next: (resource: Resource) => readonly string[], depth = Infinity): Resource[] {
    const seen = new Set([start.unique_id]);
    const found: Resource[] = [];
    let layer = [start];
    for (let step = 0; step < depth && layer.length > 0; step += 1) {
      const reached: Resource[] = [];
      for (const id of layer.flatMap(next)) {
        const resource = this.#resources.get(id);
        if (resource === undefined || seen.has(id)) continue;
        seen.add(id);
        reached.push(resource);
      }
      found.push(...reached);
      layer = reached;
    }
    return found;
  }

  /** The tests, data and unit, of a resource. */
  tests(uniqueId: string): readonly Resource[] {
    this.#tests ??= this.#testsByNode();
    return this.#tests.get(uniqueId) ?? [];
  }

  /**
   * The resource that a test is about. A relationships test refers to two models, and is about the one it is
   * written at. Null for a test of one's own that refers to several.
   */
  testedBy(test: Resource): string | null {
    if (typeof test.attached_node === "string") return test.attached_node;
    const parents = this.parents(test);
    if (test.resource_type !== "unit_test") return parents.length === 1 ? (parents[0] ?? null) : null;
    return parents.find((id) => this.#resources.get(id)?.name === test.model) ?? parents[0] ?? null;
  }

  #testsByNode(): Map<string, Resource[]> {
    const tests = new Map<string, Resource[]>();
    for (const test of this.of("Test")) {
      const tested = this.testedBy(test);
      for (const id of tested === null ? this.parents(test) : [tested]) add(tests, id, test);
    }
    return tests;
  }

  #invert(): Map<string, string[]> {
    const children = new Map<string, string[]>();
    for (const resource of this.#resources.values()) {
      for (const parent of new Set(this.parents(resource))) add(children, parent, resource.unique_id);
    }
    return children;
  }
}

/** Sorts in place by unique id. */
function sorted(resources: Resource[]): Resource[] {
  return resources.sort((a, b) => (a.unique_id < b.unique_id ? -1 : 1));
}

function add<V>(map: Map<string, V[]>, key: string, value: V): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
