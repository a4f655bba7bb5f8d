/** The paths that the Admin API answers, below an account. */
import type { Run, Step } from "../world.ts";
import { artifact, artifactPaths, newestArtifact } from "./artifacts.ts";
import { type AdminReply, notFound, success } from "./envelope.ts";
import { list } from "./listing.ts";
import { ENVIRONMENTS, JOBS, PROJECTS, RUNS } from "./lists.ts";
import { related } from "./parameters.ts";
import { accountRow, environmentRow, jobRow, projectRow } from "./rows.ts";
import { runRow, stepRow } from "./run-rows.ts";
import type { View } from "./view.ts";

export interface Call {
  view: View;
  params: URLSearchParams;
  /** What the path has in the places that the route leaves open. */
  ids: readonly string[];
}

export interface Route {
  versions: readonly number[];
  /** What follows the account in the path. */
  path: RegExp;
  answer(call: Call): AdminReply;
}

/** Jobs, runs and steps are in version 2 alone; the account in version 3 is known not to answer. */
export const ROUTES: readonly Route[] = [
  route([2], "", ({ view }) => success(accountRow(view.account, view))),
  route([2, 3], "projects/", ({ view, params }) =>
    list(view.projects, PROJECTS, params, view.accountId, (row) => projectRow(row, view, related(params))),
  ),
  route([2, 3], "projects/(\\d+)/", ({ view, params, ids: [id] }) =>
    success(projectRow(active(view.projects, id), view, related(params))),
  ),
  route([2, 3], "environments/", ({ view, params }) => environments(view.environments, view, params)),
  route([2, 3], "environments/(\\d+)/", ({ view, params, ids: [id] }) =>
    success(environmentRow(active(view.environments, id), view, related(params))),
  ),
  route([3], "projects/(\\d+)/environments/", ({ view, params, ids: [id] }) => {
    const project = active(view.projects, id);
    return environments(ofProject(view, project.id), view, params);
  }),
  route([3], "projects/(\\d+)/environments/(\\d+)/", ({ view, params, ids: [id, environment] }) => {
    const project = active(view.projects, id);
    return success(environmentRow(active(ofProject(view, project.id), environment), view, related(params)));
  }),
  route([2], "jobs/", ({ view, params }) =>
    list(view.jobs, JOBS, params, view.accountId, (row) => jobRow(row, view, related(params))),
  ),
  route([2], "jobs/(\\d+)/", ({ view, params, ids: [id] }) =>
    success(jobRow(active(view.jobs, id), view, related(params))),
  ),
  route([2], "jobs/(\\d+)/artifacts/(.+)", ({ view, ids: [id, path = ""] }) => {
    const job = active(view.jobs, id);
    return newestArtifact(
      view.runs.filter((run) => run.jobId === job.id),
      path,
    );
  }),
  route([2], "runs/", ({ view, params }) =>
    list(view.runs, RUNS, params, view.accountId, (row) => runRow(row, view, related(params))),
  ),
  route([2], "runs/(\\d+)/", ({ view, params, ids: [id] }) =>
    success(runRow(found(view.runs, id), view, related(params))),
  ),
  route([2], "runs/(\\d+)/artifacts/", ({ view, params, ids: [id] }) =>
    success(artifactPaths(found(view.runs, id), params)),
  ),
  route([2], "runs/(\\d+)/artifacts/(.+)", ({ view, params, ids: [id, path = ""] }) =>
    artifact(found(view.runs, id), path, params),
  ),
  route([2], "runs/(\\d+)/retry/", ({ view, params, ids: [id] }) =>
    success(retryPoint(found(view.runs, id), view, related(params))),
  ),
  route([2], "steps/(\\d+)/", ({ view, params, ids: [id] }) => {
    for (const run of view.runs)
      for (const step of run.steps)
        if (String(step.id) === id) return success(stepRow(step, run, view, related(params)));
    throw notFound();
  }),
];

function route(versions: readonly number[], path: string, answer: Route["answer"]): Route {
  return { versions, path: new RegExp(`^${path}$`), answer };
}

function environments(rows: View["environments"], view: View, params: URLSearchParams): AdminReply {
  const shape = (row: (typeof rows)[number]) => environmentRow(row, view, related(params));
  return list(rows, ENVIRONMENTS, params, view.accountId, shape);
}

function ofProject({ environments: all }: View, projectId: number): View["environments"] {
  return all.filter((environment) => environment.projectId === projectId);
}

/** Ids are compared as text: the longest are above 2^53. */
function found<T extends { id: number }>(rows: readonly T[], id: string | undefined): T {
  const row = rows.find((one) => String(one.id) === id);
  if (row === undefined) throw notFound();
  return row;
}

function active<T extends { id: number; state: number }>(rows: readonly T[], id: string | undefined): T {
  const row = found(rows, id);
  if (row.state !== 1) throw notFound();
  return row;
}

function retryPoint(run: Run, view: View, shown: ReadonlySet<string>): object {
  const place = run.steps.findIndex((step) => step.status === 20);
  const rows = (steps: readonly Step[]) => steps.map((step) => stepRow(step, run, view, shown));
  if (place === -1) return { failed_step: null, skipped_steps: [] };
  const [failed] = rows(run.steps.slice(place, place + 1));
  return { failed_step: failed, skipped_steps: rows(run.steps.slice(place + 1)) };
}
