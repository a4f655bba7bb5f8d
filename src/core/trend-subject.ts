/** What a question about a trend is about: whose run times, and which stretch of time. */
import { DateTime } from "luxon";
import { RunlensError } from "../errors.ts";
import { type FoundJob, type FoundModel, findModel } from "./find.ts";
import type { Inquiry } from "./inquiry.ts";
import type { TrendQuestion } from "./questions.ts";
import type { ProjectScope } from "./scope.ts";
import type { RuntimeTrend } from "./trend-answers.ts";
import { resolveWindow } from "./window.ts";

/** What is looked at where the question does not say since when. */
const USUAL_WINDOW = { days: 14 };

/** Whose run times they are. */
export type TrendSubject =
  | { kind: "model"; model: FoundModel; job: FoundJob | null }
  | { kind: "job"; job: FoundJob }
  | { kind: "project"; project: ProjectScope };

/** A stretch of time in epoch milliseconds, and the one of the same length before it. */
export interface Windows {
  since: number;
  until: number;
  before: number;
}

/** The stretch of time that the question means: what is left out is 14 days up to the end. */
export function trendWindows(question: TrendQuestion, now: number): Windows {
  const { since, until } = resolveWindow(question, now);
  const end = until === null ? now : Date.parse(until);
  const zone = { zone: question.timezone ?? "UTC" };
  const start =
    since === null ? DateTime.fromMillis(end, zone).minus(USUAL_WINDOW).toMillis() : Date.parse(since);
  if (start >= end) {
    throw new RunlensError(
      "INVALID_INPUT",
      "since is not before now.",
      "Name a time that has passed, such as 14d.",
    );
  }
  return { since: start, until: end, before: start - (end - start) };
}

/** Finds what is asked about. `INVALID_INPUT` where that is nothing, or more than one project. */
export async function subjectOf(inquiry: Inquiry<TrendQuestion>): Promise<TrendSubject> {
  const { facts, scope, question } = inquiry;
  const job = await inquiry.job();
  if (question.modelId !== undefined)
    return { kind: "model", model: await findModel(facts, scope, question.modelId), job };
  if (job !== null) return { kind: "job", job };
  if (question.projectId === undefined) {
    throw new RunlensError(
      "INVALID_INPUT",
      "get_runtime_trend needs model_id, job_id or project_id.",
      "Pass one of them; project_id alone is the total of the project. slowest_models and list_jobs name some.",
    );
  }
  const [project, ...others] = scope.projects;
  if (project === undefined || others.length > 0) {
    const names = scope.projects.map(({ source_id, project_id }) => `${source_id}/${project_id}`);
    throw new RunlensError(
      "INVALID_INPUT",
      `"${question.projectId}" is ${scope.projects.length} projects.`,
      `Pass project_id as one of: ${names.slice(0, 10).join(", ") || "those of list_projects"}.`,
    );
  }
  if (question.by === "run") {
    throw new RunlensError(
      "INVALID_INPUT",
      "The runs of a whole project are of different jobs, and cannot be compared.",
      "Leave by out for the total of each day, or pass job_id.",
    );
  }
  return { kind: "project", project };
}

/** What is asked about, as the answer says it. */
export function described(inquiry: Inquiry<TrendQuestion>, subject: TrendSubject): RuntimeTrend["subject"] {
  const environmentOf = (key: number | null) =>
    inquiry.scope.projects.find((project) => project.environment_key === key)?.environment ?? null;
  const { kind } = subject;
  if (kind === "model") {
    const { model_id: id, name, project_id, environment_key } = subject.model;
    return { kind, id, name, project_id, environment: environmentOf(environment_key) };
  }
  if (kind === "job") {
    const { job_id: id, name, project_id, environment_key } = subject.job;
    return { kind, id, name, project_id, environment: environmentOf(environment_key) };
  }
  const { project_id, project_name, environment } = subject.project;
  return { kind, id: project_id, name: project_name, project_id, environment };
}
