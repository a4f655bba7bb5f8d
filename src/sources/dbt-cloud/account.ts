/** Which projects, environments and jobs an account has: the first thing that every question needs. */
import { createHash } from "node:crypto";
import type { EnvironmentType } from "../../core/vocabulary.ts";
import type { Row } from "../../store/port.ts";
import { type Branch, branchesOf, Hierarchy } from "./hierarchy.ts";
import type { ProjectFilter } from "./options.ts";
import type { CloudVisit } from "./visit.ts";
import type { CloudJob, CloudProject } from "./wire.ts";

/** The scope of the hierarchy in the ledger. */
const HIERARCHY = "jobs:account";
/** The Admin API's number for what was deleted. */
const DELETED = 2;

/**
 * Makes the hierarchy fresh and gives it to the visit: two requests for an account of a hundred projects and jobs.
 * The fingerprint of the jobs' newest runs is null where nothing was asked, or the answer does not have them.
 */
export async function readAccount(
  visit: CloudVisit,
  filter: ProjectFilter | null,
): Promise<{ newestRuns: string | null }> {
  let newestRuns: string | null = null;
  await visit.part(HIERARCHY, async (entry) => {
    const { admin, context, platform } = visit;
    const [projects, jobs] = await Promise.all([admin.projects(context.signal), admin.jobs(context.signal)]);
    const wanted = projects.rows.filter((project) => project.state !== DELETED && isWanted(project, filter));
    const environments = await environmentsOf(visit, wanted);
    const active = jobs.rows.filter((job) => job.state !== DELETED);
    const branches = branchesOf(wanted, environments, active, platform.pages);
    const hierarchy = new Hierarchy(await withDbtNames(visit, branches));
    visit.hierarchy = hierarchy;
    newestRuns = newestOf(jobs.rows);
    const dropped = projects.dropped + jobs.dropped;
    const revision = hierarchy.fingerprint;
    if (entry !== null && entry.revision === revision && entry.complete && dropped === 0)
      return { unchanged: true };
    await visit.slices.add(() => [hierarchy.unit(platform.ref, context.now() * 1000)]);
    const notes = dropped === 0 ? [] : [`${dropped} projects or jobs could not be read`];
    return { watermark: null, revision, notes, complete: dropped === 0 };
  });
  visit.hierarchy ??= await storedHierarchy(visit);
  return { newestRuns };
}

/** Discovery has told the names in dbt_project.yml, by which a project may be asked for too. */
async function withDbtNames(visit: CloudVisit, branches: readonly Branch[]): Promise<Branch[]> {
  const rows = await visit.rows<Row & { project_id: string; dbt_project_name: string | null }>(
    `SELECT project_id, dbt_project_name FROM stored_projects p JOIN stored_sources s USING (source_key)
     WHERE s.source_id = ?`,
  );
  const names = new Map(rows.map((row) => [row.project_id, row.dbt_project_name]));
  return branches.map((branch) => ({
    ...branch,
    project: { ...branch.project, dbt_project_name: names.get(branch.project.project_id) ?? null },
  }));
}

function isWanted({ id, name }: CloudProject, filter: ProjectFilter | null): boolean {
  if (filter === null) return true;
  const named = filter.project_ids.some((wanted) => wanted === id || wanted === name);
  return filter.include_or_exclude === "include" ? named : !named;
}

/** Environments as they came with the projects; a list of their own where they did not, or not in full. */
async function environmentsOf({ admin, context }: CloudVisit, projects: readonly CloudProject[]) {
  const included = projects.flatMap((project) =>
    (project.environments ?? []).map((one) => ({ ...one, project_id: one.project_id ?? project.id })),
  );
  const isWhole =
    projects.every((project) => project.environments !== null) &&
    included.every((one) => one.deployment_type !== undefined);
  const found = isWhole ? included : (await admin.environments(context.signal)).rows;
  return found.filter((one) => one.state !== DELETED);
}

/** Changes when any job has another newest run, or that run stands otherwise. */
function newestOf(jobs: readonly CloudJob[]): string | null {
  if (jobs.every((job) => job.most_recent_run === null)) return null;
  const runs = jobs.map(({ id, most_recent_run, most_recent_completed_run }) => [
    id,
    most_recent_run?.id,
    most_recent_run?.status,
    most_recent_completed_run?.id,
  ]);
  return createHash("sha256").update(JSON.stringify(runs.sort())).digest("hex").slice(0, 32);
}

type ProjectFacts = Row & {
  project_key: number;
  project_id: string;
  name: string;
  dbt_project_name: string | null;
  adapter_type: string | null;
  url: string | null;
  created_at: number | null;
  updated_at: number | null;
};

/** The hierarchy as the store has it. */
async function storedHierarchy(visit: CloudVisit): Promise<Hierarchy> {
  const of = "JOIN stored_sources s USING (source_key) WHERE s.source_id = ? AND NOT";
  const [projects, environments, jobs] = await Promise.all([
    visit.rows<ProjectFacts>(
      `SELECT project_key, project_id, name, dbt_project_name, adapter_type, url, epoch_us(created_at) AS created_at,
         epoch_us(updated_at) AS updated_at FROM stored_projects p ${of} p.removed ORDER BY project_id`,
    ),
    visit.rows<Row & { project_key: number; environment_id: string; name: string; type: EnvironmentType }>(
      `SELECT project_key, environment_id, name, type FROM stored_environments e ${of} e.removed ORDER BY environment_id`,
    ),
    visit.rows<
      Row & {
        project_key: number;
        environment_id: string;
        job_id: string;
        name: string;
        schedule: string | null;
        commands: string[];
        url: string | null;
      }
    >(
      `SELECT j.project_key, e.environment_id, j.job_id, j.name, j.schedule, j.commands, j.url
       FROM stored_jobs j JOIN stored_environments e USING (environment_key)
       JOIN stored_sources s ON s.source_key = j.source_key
       WHERE s.source_id = ? AND NOT j.removed ORDER BY j.job_id`,
    ),
  ]);
  return new Hierarchy(
    projects.map(
      ({ project_key, ...project }): Branch => ({
        project,
        environments: environments
          .filter((one) => one.project_key === project_key)
          .map(({ environment_id, name, type }) => ({ environment_id, name, type })),
        jobs: jobs
          .filter((job) => job.project_key === project_key)
          .map(({ environment_id, job_id, name, schedule, commands, url }) => ({
            environment_id,
            job: { job_id, name, schedule, commands, url },
          })),
      }),
    ),
  );
}
