/** The health dashboard: how many are well, what to see to first, what else is wrong, and how the jobs ran. */
import type { Alert, Dashboard, SourceNote } from "../core/answers.ts";
import type { FreshnessState } from "../core/health-answers.ts";
import type { HealthStatus } from "../core/vocabulary.ts";
import { breakable, type Child, h, svg, table } from "./element.ts";
import { mark, state } from "./marks.ts";
import { age, ago, counted, duration, moment, plain, shortName } from "./words.ts";

/** From the worst to the best. The words are those of the API; their order is checked by the type. */
const HEALTH_ORDER = [
  "critical",
  "blocked",
  "warning",
  "unknown",
  "healthy",
] as const satisfies readonly HealthStatus[];

export interface HealthAnswers {
  health: Dashboard;
  stale: readonly FreshnessState[];
}

/** Addresses of what is named. */
export interface Links {
  model: (id: string) => string;
  job: (id: string, project: string | null) => string;
}

export function healthView({ health, stale }: HealthAnswers, links: Links): Child[] {
  return [
    h(
      "div",
      { class: "overview" },
      card("Models", ...models(health)),
      card(
        "See to first",
        health.see_to_first.length === 0
          ? h("p", { class: "quiet" }, "Nothing: no alert is open.")
          : h("ol", { class: "first" }, ...health.see_to_first.map((text) => h("li", {}, text))),
      ),
    ),
    h(
      "div",
      { class: "pair" },
      card("Models that are not well", unhealthy(health, links)),
      h(
        "div",
        { class: "stack" },
        card("Jobs, by their last run", jobs(health, links)),
        card(`Stale sources (${stale.length})`, sources(stale, health)),
      ),
      card(`Alerts (${health.alert_count})`, alerts(health, links)),
    ),
    origin(health.source),
  ];
}

function card(title: string, ...children: readonly Child[]): HTMLElement {
  return h("div", { class: "card" }, h("h3", {}, title), ...children);
}

function models({ models, tests, freshness }: Dashboard): Child[] {
  const shown = HEALTH_ORDER.map((status) => ({ status, count: models[status] }));
  return [
    meter(shown, models.total),
    h(
      "ul",
      { class: "counts" },
      ...shown.map(({ status, count }) =>
        h(
          "li",
          { class: count === 0 ? "none" : null, "data-status": status },
          mark(status),
          h("strong", {}, String(count)),
          ` ${status}`,
        ),
      ),
    ),
    h("p", { class: "tally" }, h("b", {}, counted(tests.total, "test")), ": ", tally(tests)),
    h("p", { class: "tally" }, h("b", {}, counted(freshness.total, "source")), ": ", tally(freshness)),
  ];
}

/** `58 pass, 1 fail`, without what there is none of. */
function tally({ total: _, ...counts }: Readonly<Record<string, number>> & { total: number }): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.map(([word, count]) => `${count} ${plain(word)}`).join(", ") || "none";
}

/** Where it all came from, how old it is and what is missing. */
function origin({ systems, as_of, complete, notes }: SourceNote): HTMLElement {
  const from = systems.length === 0 ? "Nothing is known yet" : `From ${systems.join(", ")}`;
  const when = as_of === null ? "" : `, as of ${moment(as_of)} UTC`;
  const missing = complete ? "" : " Not all is there yet: reload in a while.";
  return h(
    "p",
    { class: complete ? "origin" : "origin incomplete" },
    [`${from}${when}.${missing}`, ...notes].join(" "),
  );
}

/** One bar in parts; what it says stands in words below it. */
function meter(parts: readonly { status: string; count: number }[], total: number): SVGSVGElement {
  const width = 1000;
  let x = 0;
  const bars = parts.map(({ status, count }) => {
    const part = total === 0 ? 0 : (count / total) * width;
    x += part;
    return svg("rect", { class: status, x: x - part, width: Math.max(part - 4, 0), y: 0, height: 12 });
  });
  return svg(
    "svg",
    { class: "meter", viewBox: `0 0 ${width} 12`, preserveAspectRatio: "none", "aria-hidden": "true" },
    ...bars,
  );
}

function unhealthy({ models, projects }: Dashboard, links: Links): HTMLElement {
  const { unhealthy: listed, total, healthy } = models;
  if (listed.length === 0)
    return h("p", { class: "quiet" }, total === 0 ? "No models here." : "All are healthy.");
  const rows = listed.map(({ model_id, health_status, reasons }) => [
    h("a", { href: links.model(model_id), title: model_id }, named(model_id, projects)),
    state(health_status),
    breakable(reasons.join("; ")),
  ]);
  const more = total - healthy - listed.length;
  return h(
    "div",
    {},
    table("Models that are not well", ["Model", "Health", "Why"], rows),
    more > 0 ? h("p", { class: "quiet" }, `and ${counted(more, "more model")}`) : null,
  );
}

function jobs({ jobs: listed, projects, as_of }: Dashboard, links: Links): HTMLElement {
  if (listed.length === 0) return h("p", { class: "quiet" }, "No jobs are known.");
  const [only] = projects.length === 1 ? projects : [];
  const rows = listed.map((job) => [
    h("a", { href: links.job(job.job_id, only?.project_id ?? null) }, job.name),
    job.last_run_status === null ? "never ran" : state(job.last_run_status),
    job.last_run_ended_at === null ? "–" : timed(job.last_run_ended_at, ago(job.last_run_ended_at, as_of)),
    duration(job.last_run_runtime_s),
    duration(job.usual_runtime_s),
  ]);
  return table("Jobs, by their last run", ["Job", "Last run", "Ended", "Took", "Usually"], rows);
}

/** Without the project, where there is one alone. */
function named(id: string, [only, ...others]: Dashboard["projects"]): DocumentFragment {
  return breakable(shortName(id, others.length === 0 ? only?.project_id : undefined));
}

function alerts(
  { alerts: listed, alert_count, as_of, models, projects }: Dashboard,
  links: Links,
): HTMLElement {
  if (listed.length === 0) return h("p", { class: "quiet" }, "None.");
  const known = new Set(models.unhealthy.map(({ model_id }) => model_id));
  const subject = (alert: Alert) =>
    known.has(alert.subject)
      ? h("a", { href: links.model(alert.subject) }, named(alert.subject, projects))
      : named(alert.subject, projects);
  const rows = listed.map((alert) => [
    subject(alert),
    state(alert.severity),
    breakable(alert.reason),
    alert.since === null ? "–" : timed(alert.since, ago(alert.since, as_of)),
    alert.affected_models === 0 ? "–" : counted(alert.affected_models, "model"),
  ]);
  const more = alert_count - listed.length;
  return h(
    "div",
    {},
    table("Alerts", ["What", "How bad", "Why", "Since", "Affects"], rows),
    more > 0 ? h("p", { class: "quiet" }, `and ${counted(more, "more alert")}`) : null,
  );
}

function sources(stale: readonly FreshnessState[], { freshness }: Dashboard): HTMLElement {
  if (stale.length === 0) {
    const text = freshness.total === 0 ? "No sources are known." : "None: all that are checked are fresh.";
    return h("p", { class: "quiet" }, text);
  }
  const rows = stale.map((source) => [
    breakable(source.name),
    state(source.status_now),
    source.age_s === null ? "–" : `${age(source.age_s)} old`,
    source.stale_since === null ? "–" : moment(source.stale_since),
    String(source.dependent_models),
  ]);
  return table("Stale sources", ["Source", "Now", "Newest row", "Stale since", "Models on it"], rows);
}

function timed(time: string, text: string): HTMLElement {
  return h("time", { datetime: time, title: `${moment(time)} UTC` }, text);
}
