/** What feeds a model and what it feeds: in words, as a graph and as a list. */
import type { Lineage } from "../core/lineage-answers.ts";
import { type Child, h } from "./element.ts";
import {
  graphOfLineage,
  type LineageGraph,
  type LineageLayout,
  type LineageNode,
  layoutLineage,
} from "./lineage-graph.ts";
import { lineagePlot, type Naming, nodeText } from "./lineage-plot.ts";
import { mark } from "./marks.ts";
import { counted, duration } from "./words.ts";

export function lineageView(lineage: Lineage, naming: Naming): Child[] {
  const { graph, layout } = placed(lineage);
  const summary = summaryOf(lineage);
  const beyond = lineage.source.notes.filter((note) => note.includes("beyond depth"));
  return [
    h("p", {}, summary),
    lineagePlot(layout, summary, naming),
    h(
      "ul",
      { class: "legend" },
      ...(["healthy", "unknown", "warning", "blocked", "critical"] as const).map((health) =>
        h("li", {}, mark(health), health),
      ),
      graph.lines.some(({ isCritical }) => isCritical) ? h("li", { class: "path" }, "critical path") : null,
    ),
    graph.unlisted > 0
      ? h("p", { class: "quiet" }, `${counted(graph.unlisted, "more model")} not drawn.`)
      : null,
    ...beyond.map((note) => h("p", { class: "quiet" }, note)),
    h(
      "details",
      {},
      h("summary", {}, "As a list"),
      listOf("Upstream, the nearest first", graph.nodes, "upstream", naming),
      listOf("Downstream, the nearest first", graph.nodes, "downstream", naming),
    ),
  ];
}

interface Placed {
  graph: LineageGraph;
  layout: LineageLayout;
}

const known = new WeakMap<Lineage, Placed>();

/** A layout of hundreds of nodes takes a second, and an answer is drawn again when something beside it changes. */
function placed(lineage: Lineage): Placed {
  const before = known.get(lineage);
  if (before !== undefined) return before;
  const graph = graphOfLineage(lineage);
  const found = { graph, layout: layoutLineage(graph) };
  known.set(lineage, found);
  return found;
}

function summaryOf({ upstream, downstream }: Lineage): string {
  const above = some([
    [upstream?.model_count, "model"],
    [upstream?.source_count, "source"],
  ]);
  const below = some([
    [downstream?.model_count, "model"],
    [downstream?.exposure_count, "exposure"],
  ]);
  const chain = downstream?.critical_path ?? [];
  const path =
    chain.length < 2
      ? ""
      : ` The critical path downstream takes ${duration(downstream?.critical_path_s)} over ${chain.length} models.`;
  return `Upstream: ${above}. Downstream: ${below}.${path}`;
}

function some(counts: readonly (readonly [count: number | undefined, thing: string])[]): string {
  const texts = counts.flatMap(([count = 0, thing]) => (count === 0 ? [] : [counted(count, thing)]));
  return texts.join(", ") || "nothing";
}

function listOf(
  title: string,
  nodes: readonly LineageNode[],
  side: LineageNode["side"],
  { hrefOf }: Naming,
): HTMLElement {
  const listed = nodes.filter((node) => node.side === side).sort((a, b) => a.distance - b.distance);
  return h(
    "div",
    {},
    h("h3", {}, title),
    listed.length === 0
      ? h("p", { class: "quiet" }, "Nothing.")
      : h("ul", { class: "steps" }, ...listed.map((node) => h("li", {}, ...entry(node, hrefOf)))),
  );
}

function entry(node: LineageNode, hrefOf: Naming["hrefOf"]): Child[] {
  const steps = `${counted(node.distance, "step")} away: `;
  const text = nodeText(node);
  if (node.kind !== "model") return [node.health === null ? null : mark(node.health), steps, text];
  return [
    node.health === null ? null : mark(node.health),
    steps,
    h("a", { href: hrefOf(node.name) }, node.name),
    text.slice(node.name.length),
  ];
}
