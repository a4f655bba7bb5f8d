/** The answer about lineage as a graph of nodes and edges, with the place of each. */
import { Graph, layout } from "@dagrejs/dagre";
import type { Lineage } from "../core/lineage-answers.ts";
import type { FreshnessStatus, HealthStatus } from "../core/vocabulary.ts";
import { ago } from "./words.ts";

export type NodeKind = "root" | "model" | "source" | "exposure";

export interface LineageNode {
  /** As edges name it. */
  key: string;
  kind: NodeKind;
  name: string;
  /** Null for what has no health, such as an exposure. */
  health: HealthStatus | null;
  /** Its state in a few words. */
  state: string;
  reasons: readonly string[];
  side: "upstream" | "root" | "downstream";
  distance: number;
  /** On the chain downstream that takes longest. */
  isCritical: boolean;
}

export interface LineageLine {
  parent: string;
  child: string;
  isCritical: boolean;
}

export interface LineageGraph {
  nodes: LineageNode[];
  lines: LineageLine[];
  /** Models that there are but that the answer does not list. */
  unlisted: number;
}

/** How a source's freshness is marked. */
const FRESHNESS: Readonly<Record<FreshnessStatus, { health: HealthStatus; state: string }>> = {
  pass: { health: "healthy", state: "fresh" },
  warn: { health: "warning", state: "stale (warn)" },
  error: { health: "critical", state: "stale (error)" },
  runtime_error: { health: "unknown", state: "could not be checked" },
  unchecked: { health: "unknown", state: "not checked" },
};

export function graphOfLineage(lineage: Lineage): LineageGraph {
  const { upstream, downstream } = lineage;
  const chain = (downstream?.critical_path ?? []).map(({ model_id }) => model_id);
  // A chain of one is no chain.
  const critical = new Set(chain.length > 1 ? chain : []);
  const nodes = new Map<string, LineageNode>();
  const add = (node: Omit<LineageNode, "isCritical">) => {
    if (!nodes.has(node.key)) nodes.set(node.key, { ...node, isCritical: critical.has(node.key) });
  };
  for (const root of lineage.roots) {
    const { model_id: name, resource_type, health_status: health, reasons } = root;
    const key =
      resource_type === "source" || resource_type === "exposure" ? `${resource_type}:${name}` : name;
    add({
      key,
      kind: "root",
      name,
      health,
      state: health ?? resource_type,
      reasons,
      side: "root",
      distance: 0,
    });
  }
  for (const side of ["upstream", "downstream"] as const) {
    for (const { model_id: key, distance, health_status: health, reasons } of lineage[side]?.models ?? [])
      add({ key, kind: "model", name: key, health, state: health, reasons, side, distance });
  }
  const now = lineage.source.as_of;
  for (const { name, distance, status, max_loaded_at } of upstream?.sources ?? []) {
    const reasons = max_loaded_at === null || now === null ? [] : [`newest row ${ago(max_loaded_at, now)}`];
    add({
      key: `source:${name}`,
      kind: "source",
      name,
      ...FRESHNESS[status],
      reasons,
      side: "upstream",
      distance,
    });
  }
  for (const { name, distance, owner } of downstream?.exposures ?? []) {
    const reasons = owner === null ? [] : [`owned by ${owner}`];
    const shown = { name, health: null, state: "exposure", reasons, distance };
    add({ key: `exposure:${name}`, kind: "exposure", side: "downstream", ...shown });
  }
  const next = new Map(chain.map((id, i) => [id, chain[i + 1]]));
  const lines = (lineage.edges ?? [])
    .filter(({ parent, child }) => nodes.has(parent) && nodes.has(child))
    .map(({ parent, child }) => ({ parent, child, isCritical: next.get(parent) === child }));
  const listed = (upstream?.models.length ?? 0) + (downstream?.models.length ?? 0);
  const all = (upstream?.listed_count ?? 0) + (downstream?.model_count ?? 0);
  return { nodes: [...nodes.values()], lines, unlisted: all - listed };
}

export const NODE_WIDTH = 196;
export const NODE_HEIGHT = 44;

export interface PlacedNode {
  /** The upper left corner. */
  x: number;
  y: number;
  node: LineageNode;
}

export interface PlacedLine {
  path: string;
  line: LineageLine;
}

export interface LineageLayout {
  width: number;
  height: number;
  nodes: PlacedNode[];
  lines: PlacedLine[];
}

/** In layers from left to right, so that what feeds stands before what it feeds, and few lines cross. */
export function layoutLineage({ nodes, lines }: LineageGraph): LineageLayout {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, edgesep: 10, ranksep: 36, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { key } of nodes) graph.setNode(key, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { parent, child, isCritical } of lines)
    graph.setEdge(parent, child, { weight: isCritical ? 4 : 1 });
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const side = (key: string, to: 1 | -1) => {
    const { x, y } = graph.node(key);
    return { x: x + (to * NODE_WIDTH) / 2, y };
  };
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: nodes.map((node) => {
      const { x, y } = graph.node(node.key);
      return { x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y - NODE_HEIGHT / 2), node };
    }),
    lines: lines.map((line) => {
      // It leaves at the middle of one side and arrives at the middle of the other, whatever lies between.
      const between = graph.edge(line.parent, line.child).points.slice(1, -1);
      return { path: curve([side(line.parent, 1), ...between, side(line.child, -1)]), line };
    }),
  };
}

/** Through all points, level at each: a line leaves and arrives as it reads, from left to right. */
function curve(points: readonly { x: number; y: number }[]): string {
  return points
    .map(({ x, y }, i) => {
      const before = points[i - 1];
      if (before === undefined) return `M${x.toFixed(1)},${y.toFixed(1)}`;
      const middle = ((before.x + x) / 2).toFixed(1);
      return `C${middle},${before.y.toFixed(1)} ${middle},${y.toFixed(1)} ${x.toFixed(1)},${y.toFixed(1)}`;
    })
    .join("");
}
