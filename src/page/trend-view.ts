/** The run times of one model or job over time: in words, as a plot and as a table. */
import type { RuntimeTrend } from "../core/trend-answers.ts";
import { type Child, h, table } from "./element.ts";
import { state } from "./marks.ts";
import { trendPlot } from "./trend-plot.ts";
import { anomalyText, causeText, sinceWhen, summaryOf } from "./trend-words.ts";
import { day, duration, moment } from "./words.ts";

export function trendView(trend: RuntimeTrend): Child[] {
  const summary = summaryOf(trend);
  const since = sinceWhen(trend);
  const { points, anomalies, point_count, since_when } = trend;
  if (points.length === 0)
    return [h("p", { class: "quiet" }, "It has not run in this time. Choose a longer one.")];
  return [
    h("p", {}, summary),
    since === null ? null : h("p", { class: "since" }, h("strong", {}, since)),
    since_when === null || since_when.changes.length === 0
      ? null
      : h(
          "div",
          { class: "changes" },
          h("h3", {}, "What changed then"),
          h("ul", {}, ...since_when.changes.map((cause) => h("li", {}, causeText(cause)))),
        ),
    anomalies.length === 0
      ? null
      : h(
          "ul",
          { class: "anomalies" },
          ...anomalies.map((one) => h("li", {}, state(one.severity, anomalyText(one)))),
        ),
    trendPlot(trend, `Plot of ${points.length} run times. ${[summary, since ?? ""].join(" ").trim()}`),
    point_count > points.length
      ? h("p", { class: "quiet" }, `The newest ${points.length} of ${point_count} are shown.`)
      : null,
    h("details", {}, h("summary", {}, "As a table"), figures(trend)),
  ];
}

function figures({ points }: RuntimeTrend): HTMLElement {
  const rows = points.map((point) => [
    point.date === undefined ? moment(point.at ?? "") : day(point.date),
    String(point.runs),
    String(point.failures),
    duration(point.p50_s),
    duration(point.p95_s),
    [
      ...(point.anomaly === undefined ? [] : [`anomaly (${point.anomaly})`]),
      ...(point.full_refresh === true ? ["full refresh"] : []),
    ].join(", "),
  ]);
  return table("Run times", ["When (UTC)", "Runs", "Failures", "p50", "p95", "Remarks"], rows);
}
