/** A mark for each state, so that none is told by its colour alone; the word always stands beside it. */
import type { HealthStatus } from "../core/vocabulary.ts";
import { h, svg } from "./element.ts";
import { plain } from "./words.ts";

/** Both are drawn in a square of 16: the shape is filled, the sign stands out of it. */
const SHAPES: Readonly<Record<HealthStatus, { shape: string; sign: string }>> = {
  critical: { shape: "M5 1h6l4 4v6l-4 4H5l-4-4V5z", sign: "M5.5 5.5l5 5M10.5 5.5l-5 5" },
  blocked: { shape: "M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8z", sign: "M4.5 8h7" },
  warning: { shape: "M8 1.2 15.4 14.6H.6z", sign: "M8 6v4M8 12v.6" },
  unknown: { shape: "M1.5 1.5h13v13h-13z", sign: "M6 6.2a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1.2M8 11.6v.6" },
  healthy: { shape: "M8 .8a7.2 7.2 0 1 1 0 14.4A7.2 7.2 0 0 1 8 .8z", sign: "M4.8 8.3l2.2 2.2 4.2-4.6" },
};

/** The states of jobs, runs, sources and alerts that mean the same as one of health. */
const LIKE: Readonly<Record<string, HealthStatus>> = {
  success: "healthy",
  pass: "healthy",
  failure: "critical",
  error: "critical",
  fail: "critical",
  warn: "warning",
  cancelled: "blocked",
  skipped: "blocked",
};

function healthOf(state: string): HealthStatus {
  return isHealth(state) ? state : (LIKE[state] ?? "unknown");
}

function isHealth(state: string): state is HealthStatus {
  return state in SHAPES;
}

/** The mark alone, of 16 by 16 pixels. */
export function mark(state: string): SVGSVGElement {
  const health = healthOf(state);
  const { shape, sign } = SHAPES[health];
  return svg(
    "svg",
    {
      class: `mark ${health}`,
      viewBox: "0 0 16 16",
      width: 16,
      height: 16,
      "aria-hidden": "true",
    },
    svg("path", { class: "shape", d: shape }),
    svg("path", { class: "sign", d: sign }),
  );
}

/** The mark with its word. */
export function state(word: string, shown = plain(word)): HTMLElement {
  return h("span", { class: `state ${healthOf(word)}` }, mark(word), shown);
}
