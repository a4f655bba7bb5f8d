import { describe, expect, it } from "vitest";
import { graphOfLineage, layoutLineage, NODE_HEIGHT, NODE_WIDTH } from "../../src/page/lineage-graph.ts";
import { lineageOf } from "./answers.ts";

describe("the graph of lineage", () => {
  it("has a node for all that the answer lists, with its state in words", () => {
    const { nodes } = graphOfLineage(lineageOf());
    expect(nodes.map(({ key, kind, side, health, state }) => [key, kind, side, health, state])).toEqual([
      ["shop.b", "root", "root", "critical", "critical"],
      ["shop.a", "model", "upstream", "healthy", "healthy"],
      ["shop.c", "model", "downstream", "healthy", "healthy"],
      ["shop.d", "model", "downstream", "healthy", "healthy"],
      ["source:raw.orders", "source", "upstream", "critical", "stale (error)"],
      ["exposure:board", "exposure", "downstream", null, "exposure"],
    ]);
    expect(nodes.find(({ kind }) => kind === "source")?.reasons).toEqual(["newest row 4d 9h ago"]);
  });

  it("has the edges among them, and knows those of the critical path", () => {
    const { lines, nodes } = graphOfLineage(lineageOf());
    expect(lines).toHaveLength(6);
    expect(lines.filter(({ isCritical }) => isCritical)).toEqual([
      { parent: "shop.b", child: "shop.c", isCritical: true },
    ]);
    expect(nodes.filter(({ isCritical }) => isCritical).map(({ key }) => key)).toEqual(["shop.b", "shop.c"]);
  });

  it("says how many models are not in it", () => {
    expect(graphOfLineage(lineageOf()).unlisted).toBe(2);
    expect(graphOfLineage(lineageOf({ upstream: null })).unlisted).toBe(0);
  });

  it("has each node once, also where it lies on both sides of a cycle", () => {
    const { upstream, downstream } = lineageOf();
    if (upstream === null || downstream === null) throw new Error("both sides are there");
    const cyclic = lineageOf({ upstream: { ...upstream, models: downstream.models } });
    const keys = graphOfLineage(cyclic).nodes.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("its layout", () => {
  it("puts what feeds to the left of what it feeds, and no node upon another", () => {
    const graph = graphOfLineage(lineageOf());
    const { nodes, lines, width, height } = layoutLineage(graph);
    const at = new Map(nodes.map((placed) => [placed.node.key, placed]));
    for (const { parent, child } of graph.lines)
      expect((at.get(parent)?.x ?? 0) + NODE_WIDTH).toBeLessThan(at.get(child)?.x ?? 0);
    for (const one of nodes) {
      expect(one.x).toBeGreaterThanOrEqual(0);
      expect(one.x + NODE_WIDTH).toBeLessThanOrEqual(width);
      expect(one.y + NODE_HEIGHT).toBeLessThanOrEqual(height);
      const upon = nodes.filter(
        (other) =>
          other !== one && Math.abs(other.x - one.x) < NODE_WIDTH && Math.abs(other.y - one.y) < NODE_HEIGHT,
      );
      expect(upon).toEqual([]);
    }
    expect(lines).toHaveLength(6);
    for (const { path } of lines) expect(path).toMatch(/^M[\d.,C -]+$/);
  });

  it("lets a line leave at one side of a node and arrive at the other", () => {
    const { nodes, lines } = layoutLineage(graphOfLineage(lineageOf()));
    const at = new Map(nodes.map((placed) => [placed.node.key, placed]));
    const { path, line } = lines[2] ?? {};
    const [parent, child] = [at.get(line?.parent ?? ""), at.get(line?.child ?? "")];
    const point = (x = 0, y = 0) => `${x.toFixed(1)},${y.toFixed(1)}`;
    expect(
      path?.startsWith(`M${point((parent?.x ?? 0) + NODE_WIDTH, (parent?.y ?? 0) + NODE_HEIGHT / 2)}`),
    ).toBe(true);
    expect(path?.endsWith(point(child?.x, (child?.y ?? 0) + NODE_HEIGHT / 2))).toBe(true);
  });

  it("ends also for a cycle, and for one node alone", () => {
    const edges = [
      { parent: "shop.b", child: "shop.c" },
      { parent: "shop.c", child: "shop.b" },
    ];
    expect(layoutLineage(graphOfLineage(lineageOf({ edges }))).lines).toHaveLength(2);
    const alone = lineageOf({ upstream: null, downstream: null, edges: [] });
    expect(layoutLineage(graphOfLineage(alone))).toMatchObject({ nodes: [{ x: 8, y: 8 }], lines: [] });
  });
});
