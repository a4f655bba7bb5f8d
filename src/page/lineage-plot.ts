/** Lineage drawn from left to right: what feeds it, itself, and what it feeds. */
import { h, svg } from "./element.ts";
import {
  type LineageLayout,
  type LineageNode,
  NODE_HEIGHT,
  NODE_WIDTH,
  type PlacedNode,
} from "./lineage-graph.ts";
import { mark } from "./marks.ts";
import { fitted, plain } from "./words.ts";

/** Characters of a name that have room in a node. */
const NAME_LENGTH = 23;
const STATE_LENGTH = 26;
/** A drawing that is wider than its place is made as much smaller as this, so that it can still be read. */
const SMALLEST = 0.85;

export interface Naming {
  /** Without the project, where that goes without saying. */
  nameOf: (id: string) => string;
  hrefOf: (model: string) => string;
}

/** @param summary what the plot shows, for those who do not see it */
export function lineagePlot(
  { width, height, nodes, lines }: LineageLayout,
  summary: string,
  naming: Naming,
): HTMLElement {
  const drawing = svg(
    "svg",
    {
      class: "lineage",
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      "aria-label": summary,
      role: "group",
    },
    svg("defs", {}, arrow("arrow"), arrow("critical-arrow")),
    ...[...lines]
      .sort((a, b) => Number(a.line.isCritical) - Number(b.line.isCritical))
      .map(({ path, line: { isCritical } }) =>
        svg("path", {
          class: isCritical ? "edge critical-path" : "edge",
          d: path,
          "marker-end": `url(#${isCritical ? "critical-arrow" : "arrow"})`,
        }),
      ),
    ...nodes.map((placed) => nodeMark(placed, naming)),
  );
  drawing.style.minWidth = `${Math.round(width * SMALLEST)}px`;
  const frame = h(
    "div",
    { class: "scrolls lineage", tabindex: 0, role: "region", "aria-label": "Lineage" },
    drawing,
  );
  const root = nodes.find(({ node }) => node.kind === "root");
  // Where it does not fit, what it is about is in sight first.
  if (root !== undefined)
    requestAnimationFrame(() => {
      const scale = drawing.clientWidth / width;
      frame.scrollLeft = (root.x + NODE_WIDTH / 2) * scale - frame.clientWidth / 2;
    });
  return frame;
}

function arrow(id: string): SVGMarkerElement {
  return svg(
    "marker",
    {
      id,
      viewBox: "0 0 8 8",
      refX: 7,
      refY: 4,
      markerWidth: 8,
      markerHeight: 8,
      orient: "auto",
      markerUnits: "userSpaceOnUse",
    },
    svg("path", { d: "M0 .5 8 4 0 7.5z" }),
  );
}

function nodeMark({ x, y, node }: PlacedNode, { nameOf, hrefOf }: Naming): SVGElement {
  const drawing = [
    // Shown to who points at the node; what is read aloud is below.
    svg(
      "rect",
      { width: NODE_WIDTH, height: NODE_HEIGHT, rx: 7, "aria-hidden": "true" },
      svg("title", {}, nodeText(node)),
    ),
    placedMark(node),
    svg("text", { class: "name", x: 32, y: 18 }, fitted(nameOf(node.name), NAME_LENGTH)),
    " ",
    svg("text", { class: "state", x: 32, y: 34 }, fitted(stateText(node), STATE_LENGTH)),
  ];
  const attributes = {
    class: ["node", node.kind, node.health ?? "plain", ...(node.isCritical ? ["on-path"] : [])].join(" "),
    transform: `translate(${x} ${y})`,
    "data-key": node.key,
  };
  return node.kind === "model"
    ? svg("a", { ...attributes, href: hrefOf(node.name), "aria-description": nodeText(node) }, ...drawing)
    : svg("g", { ...attributes, role: "img", "aria-label": nodeText(node) }, ...drawing);
}

function placedMark({ health }: LineageNode): SVGElement {
  if (health === null) return svg("path", { class: "board", d: "M9 15h14v10H9zM13 29h6M16 25v4" });
  const sign = mark(health);
  sign.setAttribute("x", "8");
  sign.setAttribute("y", "14");
  return sign;
}

function stateText({ kind, state, isCritical }: LineageNode): string {
  const what = kind === "source" ? `source, ${state}` : plain(state);
  return isCritical ? `${what}, critical path` : what;
}

/** A node in one line. */
export function nodeText(node: LineageNode): string {
  const reasons = node.reasons.length === 0 ? "" : `: ${node.reasons.join("; ")}`;
  return `${node.name}, ${stateText(node)}${reasons}`;
}
