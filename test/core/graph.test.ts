import { describe, expect, it } from "vitest";
import { Graph } from "../../src/core/graph.ts";

/** A graph of models given as `parent child` pairs; each letter is a node. */
function graph(pairs: readonly string[], aliases: Record<string, string> = {}): Graph {
  const names = [...new Set([...pairs.flatMap((pair) => pair.split(" ")), ...Object.keys(aliases)])];
  const nodes = names.map((name) => ({ key: keyOf(name), name, resource_type: "model", environment_key: 1 }));
  const edges = pairs.map((pair) => {
    const [parent = "", child = ""] = pair.split(" ");
    return { parent_key: keyOf(parent), child_key: keyOf(child) };
  });
  const stands = Object.entries(aliases).map(([alias, name]) => [keyOf(alias), keyOf(name)] as const);
  return new Graph(nodes, edges, new Map(stands));
}

const keyOf = (name: string) => name.charCodeAt(0);

const walked = (of: Graph, roots: string, direction: "upstream" | "downstream") => {
  const { nodes, distances } = of.walk([...roots].map(keyOf), direction);
  return nodes.map((node, i) => `${node.name}${distances[i]}`).sort();
};

const chain = (of: Graph, roots: string, weights: Record<string, number | null>) =>
  of
    .heaviestChain([...roots].map(keyOf), ({ name }) => weights[name] ?? (name in weights ? null : 0))
    .map((node) => node.name)
    .join("");

describe("walk", () => {
  it("meets everything once, with the length of the shortest way", () => {
    const diamond = graph(["a b", "a c", "b d", "c d", "d e", "a e", "x e"]);
    expect(walked(diamond, "a", "downstream")).toEqual(["b1", "c1", "d2", "e1"]);
    expect(walked(diamond, "e", "upstream")).toEqual(["a1", "b2", "c2", "d1", "x1"]);
  });

  it("counts from the nearest of several roots, and leaves the roots out", () => {
    expect(walked(graph(["a b", "b c", "c d"]), "ac", "downstream")).toEqual(["b1", "d1"]);
  });

  it("ends where a broken graph has cycles, also of one node", () => {
    expect(walked(graph(["a b", "b c", "c a", "c c", "c d"]), "a", "downstream")).toEqual(["b1", "c2", "d3"]);
    expect(walked(graph(["a b", "b c", "c a"]), "a", "upstream")).toEqual(["b2", "c1"]);
  });

  it("goes on at the node that another one stands for", () => {
    const joined = graph(["a b", "s c", "c d"], { s: "b" });
    expect(walked(joined, "a", "downstream")).toEqual(["b1", "c2", "d3"]);
    expect(walked(joined, "s", "upstream")).toEqual(["a1"]);
    expect(joined.node(keyOf("s"))?.name).toBe("b");
  });

  it("knows nothing of what is not in it", () => {
    const small = graph(["a b"]);
    expect(walked(small, "z", "downstream")).toEqual([]);
    expect(small.node(keyOf("z"))).toBeUndefined();
    expect(small.children(keyOf("z"))).toEqual([]);
  });
});

describe("heaviestChain", () => {
  it("adds up weights, not steps", () => {
    const of = graph(["a b", "b c", "c d", "a x", "x d"]);
    expect(chain(of, "a", { a: 1, b: 2, c: 2, x: 5, d: 1 })).toBe("axd");
    expect(chain(of, "a", { a: 1, b: 3, c: 3, x: 5, d: 1 })).toBe("abcd");
  });

  it("goes through what weighs nothing, and not through what no chain leads through", () => {
    const of = graph(["a b", "b c", "a x", "x c"]);
    expect(chain(of, "a", { a: 1, b: 0, c: 4, x: null })).toBe("abc");
    expect(chain(of, "a", { a: 1, b: null, c: 4, x: null })).toBe("a");
  });

  it("begins at the root with the heaviest chain, and ends in a cycle", () => {
    expect(chain(graph(["a b", "x y"]), "ax", { a: 1, b: 1, x: 1, y: 2 })).toBe("xy");
    const cyclic = graph(["a b", "b c", "c a", "c d"]);
    expect(chain(cyclic, "a", { a: 1, b: 1, c: 1, d: 1 })).toBe("abcd");
    expect(chain(cyclic, "", {})).toBe("");
  });
});
