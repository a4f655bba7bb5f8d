/** Run times over time, drawn. Whoever points at a point, or walks along with the arrow keys, reads what it is. */
import type { RuntimeTrend } from "../core/trend-answers.ts";
import { type Child, h, svg } from "./element.ts";
import { layoutTrend, type PlacedPoint, type PointShape, type TrendLayout } from "./trend-layout.ts";
import { pointText } from "./trend-words.ts";

const HEIGHT = 310;
const NARROWEST = 260;

/** The shapes of points, about their middle. */
const SHAPES: Readonly<Record<PointShape, string>> = {
  run: "M0-3.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z",
  full_refresh: "M-4-4h8v8h-8z",
  warning: "M0-7 7 6H-7z",
  critical: "M0-8 8 0 0 8-8 0z",
  none: "M-4-4 4 4M4-4-4 4",
};

const LEGEND: Readonly<Record<PointShape, string>> = {
  run: "run time (p50)",
  full_refresh: "with a full refresh",
  warning: "anomaly (warning)",
  critical: "anomaly (critical)",
  none: "no time that counts",
};

/** @param summary what the plot shows, for those who do not see it */
export function trendPlot(trend: RuntimeTrend, summary: string): HTMLElement {
  const reading = h("p", { class: "reading", "aria-live": "polite" }, "Point at the plot to read a run.");
  const frame = h("div", {
    class: "plot",
    tabindex: 0,
    role: "group",
    "aria-label": "Run times; the arrow keys go from point to point",
  });
  const figure = h("figure", {}, frame, legend(trend), reading);
  const plot = new Plot(trend, summary, { frame, reading });
  new ResizeObserver(() => plot.draw()).observe(frame);
  return figure;
}

class Plot {
  readonly #trend: RuntimeTrend;
  readonly #summary: string;
  readonly #frame: HTMLElement;
  readonly #reading: HTMLElement;
  #layout: TrendLayout | null = null;
  #cursor: SVGGElement = svg("g");
  #at = -1;

  constructor(
    trend: RuntimeTrend,
    summary: string,
    { frame, reading }: { frame: HTMLElement; reading: HTMLElement },
  ) {
    this.#trend = trend;
    this.#summary = summary;
    this.#frame = frame;
    this.#reading = reading;
    frame.addEventListener("pointermove", (event) => this.#pointAt(event));
    frame.addEventListener("keydown", (event) => this.#step(event));
  }

  draw(): void {
    const width = Math.max(this.#frame.clientWidth, NARROWEST);
    if (this.#layout?.width === width) return;
    this.#layout = layoutTrend(this.#trend, { width, height: HEIGHT });
    this.#cursor = svg("g", { class: "cursor" });
    this.#frame.replaceChildren(drawn(this.#layout, this.#summary, this.#cursor));
  }

  #pointAt(event: PointerEvent): void {
    const points = this.#layout?.points ?? [];
    const x = event.clientX - this.#frame.getBoundingClientRect().left;
    const distances = points.map((point) => Math.abs(point.x - x));
    this.#read(distances.indexOf(Math.min(...distances)));
  }

  #step(event: KeyboardEvent): void {
    const last = this.#trend.points.length - 1;
    const at = {
      ArrowRight: Math.min(this.#at + 1, last),
      ArrowLeft: Math.max(this.#at - 1, 0),
      Home: 0,
      End: last,
    }[event.key];
    if (at === undefined) return;
    event.preventDefault();
    this.#read(at);
  }

  #read(at: number): void {
    const placed = this.#layout?.points[at];
    if (placed === undefined || this.#layout === null) return;
    this.#at = at;
    this.#reading.textContent = pointText(placed.point);
    this.#cursor.replaceChildren(
      svg("line", { x1: placed.x, x2: placed.x, y1: this.#layout.top, y2: this.#layout.bottom }),
      svg("circle", { cx: placed.x, cy: placed.y, r: 8 }),
    );
  }
}

function drawn(layout: TrendLayout, summary: string, cursor: SVGGElement): SVGSVGElement {
  const { width, height, left, right, top, bottom } = layout;
  return svg(
    "svg",
    { class: "trend", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": summary },
    ...layout.up.flatMap(({ at, label }) => [
      svg("line", { class: "grid", x1: left, x2: right, y1: at, y2: at }),
      svg("text", { class: "up", x: left - 8, y: at + 4 }, label),
    ]),
    ...layout.across.flatMap(({ at, label }) => [
      svg("line", { class: "tick", x1: at, x2: at, y1: bottom, y2: bottom + 5 }),
      svg("text", { class: "across", x: at, y: bottom + 20 }, label),
    ]),
    ...changed(layout),
    ...layout.expected.map(({ x, low, high }) =>
      svg("rect", { class: "expected", x: x - 7, width: 14, y: high, height: Math.max(low - high, 2) }),
    ),
    ...layout.points.map(({ x, y, top: p95 }) =>
      p95 === null ? null : svg("line", { class: "spread", x1: x, x2: x, y1: y, y2: p95 }),
    ),
    svg("path", { class: "line", d: layout.line }),
    cursor,
    ...layout.points.map(pointMark),
    svg("line", { class: "axis", x1: left, x2: right, y1: bottom, y2: bottom }),
    svg("line", { class: "axis", x1: left, x2: left, y1: top, y2: bottom }),
  );
}

function pointMark({ x, y, shape }: PlacedPoint): SVGPathElement {
  return svg("path", { class: `point ${shape}`, d: SHAPES[shape], transform: `translate(${x} ${y})` });
}

/** The levels before and after a change, and when it was. */
function changed({ change, left, right, top, bottom }: TrendLayout): Child[] {
  if (change === null) return [];
  const { x, before, after, label } = change;
  // Beside the line on the side where there is room.
  const isLate = x > (left + right) / 2;
  return [
    svg("line", { class: "level", x1: left, x2: x, y1: before, y2: before }),
    svg("line", { class: "level", x1: x, x2: right, y1: after, y2: after }),
    svg("line", { class: "change", x1: x, x2: x, y1: top - 8, y2: bottom }),
    svg("text", { class: isLate ? "change" : "change after", x: x + (isLate ? -8 : 8), y: top }, label),
  ];
}

/** What the shapes and lines mean, as far as they are on this plot. */
function legend(trend: RuntimeTrend): HTMLElement {
  const layout = layoutTrend(trend, { width: NARROWEST, height: HEIGHT });
  const shapes = [...new Set(layout.points.map(({ shape }) => shape))];
  const hasSpread = layout.points.some(({ top }) => top !== null);
  const entries: [Child, string][] = shapes.map((shape) => [
    svg("path", { class: `point ${shape}`, d: SHAPES[shape] }),
    LEGEND[shape],
  ]);
  if (hasSpread)
    entries.push([svg("line", { class: "spread", x1: 0, x2: 0, y1: -7, y2: 7 }), "up to p95 of the day"]);
  if (layout.expected.length > 0)
    entries.push([svg("rect", { class: "expected", x: -7, y: -7, width: 14, height: 14 }), "expected then"]);
  if (layout.change !== null)
    entries.push([
      svg("line", { class: "level", x1: -8, x2: 8, y1: 0, y2: 0 }),
      "median before and after the change",
    ]);
  return h(
    "ul",
    { class: "legend" },
    ...entries.map(([drawing, text]) =>
      h(
        "li",
        {},
        svg("svg", { viewBox: "-9 -9 18 18", width: 18, height: 18, "aria-hidden": "true" }, drawing),
        text,
      ),
    ),
  );
}
