/** Where everything of the plot of a run-time trend lies, in pixels. */
import { nice, ticks } from "d3-array";
import { utcTicks } from "d3-time";
import type { RuntimeTrend, TrendPoint } from "../core/trend-answers.ts";
import { day, duration } from "./words.ts";

export interface Size {
  width: number;
  height: number;
}

/** How a point is drawn. `none` is a day or run without a time that counts, such as one that failed. */
export type PointShape = "run" | "full_refresh" | "warning" | "critical" | "none";

export interface PlacedPoint {
  x: number;
  /** Where p50 lies, or the floor. */
  y: number;
  /** Where p95 lies; null where it is no other time than p50. */
  top: number | null;
  shape: PointShape;
  point: TrendPoint;
}

interface Tick {
  at: number;
  label: string;
}

/** From when on it is on another level, and how high the levels before and after lie. */
export interface PlacedChange {
  x: number;
  before: number;
  after: number;
  label: string;
}

/** What was to be expected where an anomaly lies. */
export interface PlacedBand {
  x: number;
  low: number;
  high: number;
}

export interface TrendLayout extends Size {
  left: number;
  right: number;
  top: number;
  bottom: number;
  points: PlacedPoint[];
  /** The way through the points that have a time, as SVG writes it. */
  line: string;
  across: Tick[];
  up: Tick[];
  change: PlacedChange | null;
  expected: PlacedBand[];
}

const MARGIN = { left: 52, right: 16, top: 22, bottom: 28 };
/** Pixels that a label on the axis of time needs. */
const LABEL_WIDTH = 74;
const NOON = "T12:00:00Z";

export function layoutTrend(trend: RuntimeTrend, { width, height }: Size): TrendLayout {
  const left = MARGIN.left;
  const right = Math.max(width - MARGIN.right, left + 1);
  const top = MARGIN.top;
  const bottom = height - MARGIN.bottom;
  const times = trend.points.map(timeOf);
  const begin = Math.min(Date.parse(trend.period.since), ...times);
  const end = Math.max(Date.parse(trend.period.until), ...times);
  const most = highest(trend);
  const x = (time: number) => round(left + ((time - begin) / Math.max(end - begin, 1)) * (right - left));
  const y = (seconds: number) => round(bottom - (Math.min(seconds, most) / most) * (bottom - top));
  const points = trend.points.map((point): PlacedPoint => {
    const { p50_s, p95_s } = point;
    return {
      x: x(timeOf(point)),
      y: p50_s === null ? bottom : y(p50_s),
      top: p50_s === null || p95_s === null || p95_s === p50_s ? null : y(p95_s),
      shape: shapeOf(point),
      point,
    };
  });
  return {
    width,
    height,
    left,
    right,
    top,
    bottom,
    points,
    line: pathThrough(points.filter(({ shape }) => shape !== "none")),
    across: utcTicks(new Date(begin), new Date(end), Math.max(2, (right - left) / LABEL_WIDTH)).map(
      (time) => ({
        at: x(time.getTime()),
        label: labelOf(time),
      }),
    ),
    up: ticks(0, most, 4).map((seconds) => ({ at: y(seconds), label: duration(seconds) })),
    change: placedChange(trend, begin, x, y),
    expected: trend.anomalies
      .filter(({ at }) => Date.parse(at) >= begin)
      .map((one) => ({
        x: x(trend.points[0]?.date === undefined ? Date.parse(one.at) : noonOf(one.at)),
        low: y(one.expected_low_s),
        high: y(one.expected_high_s),
      })),
  };
}

/** Milliseconds: of a run when it ran, of a day its noon. */
function timeOf(point: TrendPoint): number {
  return Date.parse(point.date === undefined ? (point.at ?? "") : point.date + NOON);
}

/** Where a time lies on a plot of whole days. */
function noonOf(time: string): number {
  return Date.parse(time.slice(0, 10) + NOON);
}

function shapeOf({ p50_s, anomaly, full_refresh }: TrendPoint): PointShape {
  if (anomaly !== undefined) return anomaly;
  if (p50_s === null) return "none";
  return full_refresh === true ? "full_refresh" : "run";
}

/** Seconds at the top of the plot: a round figure that all that happened is below. */
function highest({ points, anomalies, since_when }: RuntimeTrend): number {
  const all = [
    ...points.flatMap(({ p50_s, p95_s }) => [p50_s ?? 0, p95_s ?? 0]),
    ...anomalies.map(({ runtime_s }) => runtime_s),
    since_when?.after_s ?? 0,
    since_when?.before_s ?? 0,
  ];
  const most = Math.max(...all);
  return most === 0 ? 1 : nice(0, most, 4)[1];
}

function placedChange(
  { since_when }: RuntimeTrend,
  begin: number,
  x: (time: number) => number,
  y: (seconds: number) => number,
): PlacedChange | null {
  if (since_when === null || Date.parse(since_when.at) < begin) return null;
  const { at, before_s, after_s, ratio } = since_when;
  return {
    x: x(Date.parse(at)),
    before: y(before_s),
    after: y(after_s),
    label: `${ratio.toFixed(1)}× since ${day(at)}`,
  };
}

function pathThrough(points: readonly PlacedPoint[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x},${y}`).join("");
}

function labelOf(time: Date): string {
  return time.getUTCHours() === 0 ? day(time) : time.toISOString().slice(11, 16);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
