/**
 * The graph of who feeds whom, in arrays: a walk over a hundred thousand edges takes milliseconds. Broken graphs may
 * have cycles; every walk sees each node once.
 */

/** `name` is the model_id, or what a node of another kind is called in the same manner. */
export interface GraphNode {
  key: number;
  name: string;
  resource_type: string;
  environment_key: number;
}

export interface Edge {
  parent_key: number;
  child_key: number;
}

/** One direction of the edges: the neighbours of node `i` are `ends` from `starts[i]` up to `starts[i + 1]`. */
interface Neighbours {
  starts: Int32Array;
  ends: Int32Array;
}

export type Direction = "upstream" | "downstream";

/** What a walk has met, the nearest first; `distances` are edges from the nearest root, along the shortest way. */
export interface Reached {
  nodes: readonly GraphNode[];
  distances: readonly number[];
}

export class Graph {
  readonly #nodes: readonly GraphNode[];
  readonly #index: ReadonlyMap<number, number>;
  readonly #children: Neighbours;
  readonly #parents: Neighbours;

  /** `aliases` are keys of nodes that stand for others, which take their place. Edges to unknown nodes are left out. */
  constructor(
    nodes: readonly GraphNode[],
    edges: Iterable<Edge>,
    aliases: ReadonlyMap<number, number> = new Map(),
  ) {
    this.#nodes = nodes.filter((node) => !aliases.has(node.key));
    const index = new Map(this.#nodes.map((node, at) => [node.key, at]));
    for (const [alias, key] of aliases) {
      const at = index.get(key);
      if (at !== undefined) index.set(alias, at);
    }
    this.#index = index;
    const parents: number[] = [];
    const children: number[] = [];
    for (const { parent_key, child_key } of edges) {
      const parent = index.get(parent_key);
      const child = index.get(child_key);
      if (parent === undefined || child === undefined || parent === child) continue;
      parents.push(parent);
      children.push(child);
    }
    this.#children = neighbours(this.#nodes.length, parents, children);
    this.#parents = neighbours(this.#nodes.length, children, parents);
  }

  /** The node of this key, or the one that it stands for. */
  node(key: number): GraphNode | undefined {
    const at = this.#index.get(key);
    return at === undefined ? undefined : this.#nodes[at];
  }

  /** Keys of what feeds it. */
  parents(key: number): number[] {
    return this.#beside(this.#parents, key);
  }

  /** Keys of what it feeds. */
  children(key: number): number[] {
    return this.#beside(this.#children, key);
  }

  /** Everything that can be reached from the roots, without the roots themselves. */
  walk(roots: readonly number[], direction: Direction): Reached {
    const { starts, ends } = direction === "upstream" ? this.#parents : this.#children;
    const seen = new Uint8Array(this.#nodes.length);
    let level = roots.flatMap((key) => this.#index.get(key) ?? []);
    for (const at of level) seen[at] = 1;
    const nodes: GraphNode[] = [];
    const distances: number[] = [];
    for (let distance = 1; level.length > 0; distance++) {
      const next: number[] = [];
      for (const at of level) {
        for (let i = starts[at] ?? 0; i < (starts[at + 1] ?? 0); i++) {
          const end = ends[i] ?? 0;
          if (seen[end] === 1) continue;
          seen[end] = 1;
          next.push(end);
          const node = this.#nodes[end];
          if (node === undefined) continue;
          nodes.push(node);
          distances.push(distance);
        }
      }
      level = next;
    }
    return { nodes, distances };
  }

  /**
   * The chain downstream of the roots, root included, whose weights add up to the most; of a cycle it takes no more than
   * one way through. `weightOf` says what a node adds, or null for one through which no chain leads.
   */
  heaviestChain(roots: readonly number[], weightOf: (node: GraphNode) => number | null): GraphNode[] {
    const begin = roots.flatMap((key) => this.#index.get(key) ?? []);
    const heaviest = new Float64Array(this.#nodes.length);
    const next = new Int32Array(this.#nodes.length).fill(-1);
    for (const at of this.#childrenFirst(begin)) {
      const node = this.#nodes[at];
      const weight = node === undefined ? null : weightOf(node);
      if (weight === null) {
        heaviest[at] = -1;
        continue;
      }
      const child = this.#heaviestChild(at, heaviest);
      next[at] = child;
      heaviest[at] = weight + (child === -1 ? 0 : (heaviest[child] ?? 0));
    }
    const [first = -1, ...others] = begin;
    const chain: GraphNode[] = [];
    let at = others.reduce(
      (best, other) => (value(heaviest, other) > value(heaviest, best) ? other : best),
      first,
    );
    for (; at !== -1; at = next[at] ?? -1) {
      const node = this.#nodes[at];
      if (node !== undefined) chain.push(node);
    }
    return chain;
  }

  /** Among children that are done already; one that is not lies on a cycle. -1 where there is none. */
  #heaviestChild(at: number, heaviest: Float64Array): number {
    const { starts, ends } = this.#children;
    let best = -1;
    for (let i = starts[at] ?? 0; i < (starts[at + 1] ?? 0); i++) {
      const end = ends[i] ?? 0;
      if (value(heaviest, end) > 0 && (best === -1 || value(heaviest, end) > value(heaviest, best)))
        best = end;
    }
    return best;
  }

  /** All that can be reached, each after its children, as far as cycles allow. */
  *#childrenFirst(begin: readonly number[]): Generator<number> {
    const { starts, ends } = this.#children;
    const seen = new Uint8Array(this.#nodes.length);
    const cursor = starts.slice();
    for (const root of begin) {
      if (seen[root] === 1) continue;
      seen[root] = 1;
      const stack = [root];
      for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
        const i = cursor[at] ?? 0;
        if (i >= (starts[at + 1] ?? 0)) {
          stack.pop();
          yield at;
          continue;
        }
        cursor[at] = i + 1;
        const end = ends[i] ?? 0;
        if (seen[end] === 1) continue;
        seen[end] = 1;
        stack.push(end);
      }
    }
  }

  #beside({ starts, ends }: Neighbours, key: number): number[] {
    const at = this.#index.get(key);
    const found: number[] = [];
    if (at === undefined) return found;
    for (let i = starts[at] ?? 0; i < (starts[at + 1] ?? 0); i++) {
      const node = this.#nodes[ends[i] ?? 0];
      if (node !== undefined) found.push(node.key);
    }
    return found;
  }
}

const value = (values: Float64Array, at: number): number => values[at] ?? 0;

function neighbours(size: number, from: readonly number[], to: readonly number[]): Neighbours {
  const starts = new Int32Array(size + 1);
  for (const at of from) starts[at + 1] = (starts[at + 1] ?? 0) + 1;
  for (let at = 0; at < size; at++) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0);
  const free = starts.slice();
  const ends = new Int32Array(to.length);
  for (const [i, at] of from.entries()) {
    const place = free[at] ?? 0;
    free[at] = place + 1;
    ends[place] = to[i] ?? 0;
  }
  return { starts, ends };
}
