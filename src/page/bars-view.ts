/** What takes longest, as bars; choosing one shows it over time. */
import type { JobRuntime, ModelRuntime } from "../core/answers.ts";
import type { Subject } from "./address.ts";
import { type Child, h } from "./element.ts";
import { counted, duration } from "./words.ts";

export interface LongestAnswers {
  models: readonly Pick<ModelRuntime, "model_id" | "name" | "average_runtime_s" | "runs_counted">[];
  jobs: readonly Pick<
    JobRuntime,
    "job_id" | "name" | "project_id" | "average_job_runtime_s" | "runs_counted"
  >[];
}

export interface Choosing {
  hrefOf: (subject: Subject) => string;
  isChosen: (subject: Subject) => boolean;
}

interface Bar {
  name: string;
  seconds: number;
  /** By how many runs that is known. */
  runs: number;
  subject: Subject;
}

export function barsView({ models, jobs }: LongestAnswers, choosing: Choosing): Child[] {
  const modelBars = models.flatMap(({ model_id, name, average_runtime_s: seconds, runs_counted: runs }) =>
    seconds === null ? [] : [{ name, seconds, runs, subject: modelSubject(model_id) }],
  );
  const jobBars = jobs.flatMap((job): Bar[] => {
    const { job_id: id, name, project_id: project, average_job_runtime_s: seconds, runs_counted: runs } = job;
    return seconds === null ? [] : [{ name, seconds, runs, subject: { kind: "job", id, project } }];
  });
  return [...list("Slowest models", modelBars, choosing), ...list("Longest jobs", jobBars, choosing)];
}

/** The model that takes longest; null where no time is known of any. */
export function slowest({ models }: LongestAnswers): Subject | null {
  const first = models.find(({ average_runtime_s }) => average_runtime_s !== null);
  return first === undefined ? null : modelSubject(first.model_id);
}

function modelSubject(id: string): Subject {
  return { kind: "model", id, project: null };
}

function list(title: string, bars: readonly Bar[], choosing: Choosing): Child[] {
  const most = Math.max(...bars.map(({ seconds }) => seconds), 0);
  return [
    h("h3", {}, title),
    bars.length === 0
      ? h("p", { class: "quiet" }, "No run times are known.")
      : h("ol", { class: "bars" }, ...bars.map((bar) => h("li", {}, link(bar, most, choosing)))),
  ];
}

function link({ name, seconds, runs, subject }: Bar, most: number, choosing: Choosing): HTMLElement {
  const length = h("span", { class: "length" });
  length.style.width = `${most === 0 ? 0 : (seconds / most) * 100}%`;
  return h(
    "a",
    {
      href: choosing.hrefOf(subject),
      "aria-current": choosing.isChosen(subject) ? "true" : null,
      title: `${subject.id}, average of ${counted(runs, "run")}`,
    },
    h("span", { class: "name" }, name),
    h("span", { class: "value" }, duration(seconds)),
    h("span", { class: "track", "aria-hidden": "true" }, length),
  );
}
