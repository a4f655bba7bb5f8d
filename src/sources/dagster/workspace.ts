/** The code locations of a deployment, with their jobs and schedules: the first thing that every question needs. */
import { createHash } from "node:crypto";
import type { EnvironmentType } from "../../core/vocabulary.ts";
import type { Row } from "../../store/port.ts";
import type { EnvironmentRow, JobRow, ProjectRow } from "../../store/units.ts";
import { objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { objectsOf } from "./api.ts";
import { Deployment, type Location } from "./deployment.ts";
import { WORKSPACE_DOCUMENT } from "./documents.ts";
import { isAdHocJob } from "./ids.ts";
import type { DagsterVisit } from "./visit.ts";

/** The scope of the workspace in the ledger. */
const WORKSPACE = "jobs:workspace";

/** Makes the workspace fresh, in one request, and gives it to the visit. */
export async function readWorkspace(visit: DagsterVisit): Promise<void> {
  await visit.part(WORKSPACE, async (entry) => {
    const { context, platform } = visit;
    const data = await visit.api.ask(WORKSPACE_DOCUMENT, {}, context.signal);
    const workspace = visit.api.memberOf(data, "workspaceOrError", "Workspace");
    const known = await storedDeployment(visit);
    const locations = objectsOf(workspace.locationEntries).flatMap((found) => {
      const name = textOf(found.name);
      if (name === null || !platform.wants(name)) return [];
      const isLoaded = objectOf(found.locationOrLoadError).__typename === "RepositoryLocation";
      // What is broken has not lost its jobs: those known stay until it loads again.
      return isLoaded
        ? [locationOf(visit, name, found)]
        : [known.location(name) ?? locationOf(visit, name, found)];
    });
    const deployment = new Deployment(locations, platform.environment);
    visit.found = deployment;
    const revision = fingerprint(deployment);
    if (entry?.revision === revision && entry.complete) return { unchanged: true };
    await visit.slices.add(() => [deployment.unit(platform.ref, context.now() * 1000)]);
    return { watermark: null, revision, notes: [], complete: true };
  });
  visit.found ??= await storedDeployment(visit);
}

function fingerprint(deployment: Deployment): string {
  return createHash("sha256").update(JSON.stringify(deployment.locations)).digest("hex").slice(0, 32);
}

function locationOf({ platform }: DagsterVisit, name: string, found: WireObject): Location {
  const repositories = objectsOf(objectOf(found.locationOrLoadError).repositories);
  const project: ProjectRow = {
    project_id: name,
    name,
    dbt_project_name: null,
    adapter_type: null,
    url: `${platform.pages}/locations/${encodeURIComponent(name)}`,
    created_at: null,
    updated_at: null,
  };
  const schedules = repositories.flatMap((repository) => objectsOf(repository.schedules));
  return {
    project,
    jobs: repositories.flatMap((repository) =>
      objectsOf(repository.jobs).flatMap((job) => {
        const job_id = textOf(job.name);
        if (job_id === null || isAdHocJob(job_id)) return [];
        const row: JobRow = {
          job_id,
          name: job_id,
          schedule: scheduleOf(schedules, job_id),
          commands: [],
          url: `${project.url}/jobs/${encodeURIComponent(job_id)}`,
        };
        return [row];
      }),
    ),
  };
}

/** The cron expressions of the running schedules of a job; those that are stopped do not run it. */
function scheduleOf(schedules: readonly WireObject[], job: string): string | null {
  const running = schedules.filter(
    (schedule) => schedule.pipelineName === job && objectOf(schedule.scheduleState).status === "RUNNING",
  );
  const lines = running.flatMap((schedule) => {
    const cron = textOf(schedule.cronSchedule);
    if (cron === null) return [];
    const zone = textOf(schedule.executionTimezone);
    return [zone === null || zone === "UTC" ? cron : `${cron} ${zone}`];
  });
  return lines.length === 0 ? null : [...new Set(lines)].join("; ");
}

/** The workspace as the store has it. */
async function storedDeployment(visit: DagsterVisit): Promise<Deployment> {
  const of = "JOIN stored_sources s USING (source_key) WHERE s.source_id = ? AND NOT";
  const projects = await visit.rows<
    Row & { project_key: number; project_id: string; name: string; url: string | null }
  >(`SELECT project_key, project_id, name, url FROM stored_projects p ${of} p.removed ORDER BY project_id`);
  const jobs = await visit.rows<
    Row & { project_key: number; job_id: string; name: string; schedule: string | null; url: string | null }
  >(`SELECT project_key, job_id, name, schedule, url FROM stored_jobs j ${of} j.removed ORDER BY job_id`);
  const locations = projects.map(({ project_key, project_id, name, url }) => ({
    project: {
      project_id,
      name,
      dbt_project_name: null,
      adapter_type: null,
      url,
      created_at: null,
      updated_at: null,
    },
    jobs: jobs
      .filter((job) => job.project_key === project_key)
      .map(({ job_id, name: jobName, schedule, url: jobUrl }) => ({
        job_id,
        name: jobName,
        schedule,
        commands: [],
        url: jobUrl,
      })),
  }));
  return new Deployment(locations, visit.platform.environment);
}

/** The environment that a deployment is: for OSS there is one, and nobody has named it. */
export function environmentOf(name: string | undefined, deployment: string | null): EnvironmentRow {
  const id = name ?? deployment ?? "default";
  return { environment_id: id, name: id, type: typeOf(id, deployment !== null) };
}

/** Deployments of Dagster+ are called `prod` where they are not a branch. */
function typeOf(name: string, isPlus: boolean): EnvironmentType {
  if (/^(prod|production|default)$/i.test(name)) return "production";
  if (/^(stg|stage|staging)$/i.test(name)) return "staging";
  if (/^(dev|development)$/i.test(name)) return "development";
  return isPlus ? "other" : "production";
}
