/** What to see to in the data: each trouble once, with since when and how much hangs on it. */
import type { Alert } from "./answers.ts";
import { type FreshnessState, isStale } from "./freshness-facts.ts";
import { describe, fails, firstLine, isUnhealthy, rows } from "./health.ts";
import type { HealthPicture, ModelState, ReportedState } from "./health-facts.ts";
import type { TestState } from "./test-facts.ts";

/** What is judged in one look: models, the tests on them, and what is held to a freshness. */
export interface Subjects {
  models: readonly ModelState[];
  tests: readonly TestState[];
  /** Sources that feed the models, and those of the models that have a freshness policy of their own. */
  freshness: readonly FreshnessState[];
}

/** Troubles of models, tests and sources. */
export function dataAlerts(picture: HealthPicture, subjects: Subjects, now: number): Alert[] {
  const tested = new Set(subjects.tests.map((test) => test.attached_key));
  const stale = new Set(subjects.freshness.filter(isStale).map((state) => state.node_key));
  return [
    ...subjects.models.flatMap((model) => {
      const failures = modelAlert(picture, model);
      const isNamed = failures.length > 0 || tested.has(model.node_key) || stale.has(model.node_key);
      const report = picture.reported.get(model.node_key);
      return isNamed || report === undefined ? failures : reportAlert(picture, model, report);
    }),
    ...subjects.tests.flatMap((test) => testAlert(picture, test)),
    ...subjects.freshness.flatMap((state) => freshnessAlert(picture, state, now)),
  ];
}

function modelAlert(picture: HealthPicture, model: ModelState): Alert[] {
  if (model.last_status !== "error" && model.last_status !== "partial_success") return [];
  return [
    {
      severity: model.last_status === "error" ? "critical" : "warning",
      subject: model.model_id,
      reason: `model ${model.last_status === "error" ? "fails" : "fails in part"}: ${firstLine(model.message) ?? "no message"}`,
      since: model.failing_since,
      affected_models: picture.affected(model.node_key),
    },
  ];
}

function testAlert(picture: HealthPicture, test: TestState): Alert[] {
  const failing = fails(test);
  if (!failing && test.status !== "warn" && test.status !== "fail") return [];
  const about = test.attached_key === null ? undefined : picture.models.get(test.attached_key);
  const subject = about === undefined ? "test" : `test on ${about.model_id}`;
  return [
    {
      severity: failing ? "critical" : "warning",
      subject: test.name,
      reason: `${subject} ${failing ? describe(test) : `warns${rows(test)}`}`,
      since: test.failing_since,
      // The tested model itself is wrong as well.
      affected_models: about === undefined ? 0 : picture.affected(about.node_key) + 1,
    },
  ];
}

/** What only its system finds wrong with a model. */
function reportAlert(picture: HealthPicture, model: ModelState, report: ReportedState): Alert[] {
  if (!isUnhealthy(report.status)) return [];
  return [
    {
      severity: report.status === "critical" ? "critical" : "warning",
      subject: model.model_id,
      reason: `model is reported as ${report.raw_status ?? report.status}: ${firstLine(report.reasons[0] ?? null) ?? "no reason given"}`,
      since: report.reported_at,
      affected_models: picture.affected(model.node_key),
    },
  ];
}

function freshnessAlert(picture: HealthPicture, state: FreshnessState, now: number): Alert[] {
  if (!isStale(state)) return [];
  return [
    {
      severity: state.status === "error" ? "critical" : "warning",
      subject: state.name,
      reason: staleness(state, now),
      since: state.stale_since,
      affected_models: picture.affected(state.node_key),
    },
  ];
}

function staleness(state: FreshnessState, now: number): string {
  if (state.status === "runtime_error") {
    return `freshness could not be checked: ${firstLine(state.message) ?? "no message"}`;
  }
  const [what, newest] = state.resource_type === "model" ? ["model", "last built"] : ["source", "newest row"];
  const bound = boundOf(state);
  const loaded = state.max_loaded_at;
  if (loaded === null) {
    const why =
      firstLine(state.message) ?? `its ${newest === "last built" ? "last build" : newest} is not known`;
    return `${what} is stale: ${why}${bound}`;
  }
  return `${what} is stale: ${newest} ${moment(loaded)}, ${duration((now - Date.parse(loaded)) / 1000)} old${bound}`;
}

/** What it is held to. */
function boundOf(state: FreshnessState): string {
  if (state.criterion !== null) return `; policy: ${state.criterion}`;
  const limit = state.status === "warn" ? state.warn_after_s : state.error_after_s;
  return limit === null ? "" : `; ${state.status} after ${duration(limit)}`;
}

/** Worst first, then what most hangs on, then what has lasted longest. */
export function bySeverity(a: Alert, b: Alert): number {
  if (a.severity !== b.severity) return a.severity === "critical" ? -1 : 1;
  return (
    b.affected_models - a.affected_models ||
    (a.since ?? "").localeCompare(b.since ?? "") ||
    a.subject.localeCompare(b.subject)
  );
}

/** One alert as a sentence. */
export function sentence(alert: Alert): string {
  const since = alert.since === null ? "" : ` Since ${moment(alert.since)}.`;
  const affected =
    alert.affected_models === 0
      ? ""
      : ` ${alert.affected_models} ${alert.affected_models === 1 ? "model is" : "models are"} affected.`;
  return `${alert.subject}: ${alert.reason.replace(/\.$/, "")}.${since}${affected}`;
}

/** A time for people, to the minute. */
function moment(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
}

/** Seconds for people: `3d 4h`, `12m 41s`, `4.2s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.round(seconds * 10) / 10}s`;
  const whole = Math.round(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor((whole % 86_400) / 3600), "h"],
    [Math.floor((whole % 3600) / 60), "m"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(" ");
}
