/** The projects of an account with their environments and jobs, and how to find them by what people call them. */
import { createHash } from "node:crypto";
import type { EnvironmentType } from "../../core/vocabulary.ts";
import type { EnvironmentRow, HierarchyUnit, JobRow, ProjectRow, SourceRef } from "../../store/units.ts";
import type { Need } from "../source.ts";
import type { Place } from "../visit/place.ts";
import type { CloudEnvironment, CloudJob, CloudProject } from "./wire.ts";

/** A project with what hangs on it. */
export interface Branch {
  project: ProjectRow;
  environments: EnvironmentRow[];
  jobs: { environment_id: string; job: JobRow }[];
}

/** Where pages of the platform lie: `https://host` and the account. */
export interface Pages {
  base: string;
  accountId: string;
}

/** dbt Cloud's word for what an environment is for; development ones have neither jobs nor applied state. */
function environmentType({ type, deployment_type }: CloudEnvironment): EnvironmentType {
  if (type === "development") return "development";
  if (deployment_type === "production" || deployment_type === "staging") return deployment_type;
  return "other";
}

/** The address of a page of the account, e.g. of a job. */
export function pageOf({ base, accountId }: Pages, path: string): string {
  return `${base}/deploy/${accountId}/${path}`;
}

/** Puts the lists of the Admin API together; jobs and environments of projects that are not wanted are left out. */
export function branchesOf(
  projects: readonly CloudProject[],
  environments: readonly CloudEnvironment[],
  jobs: readonly CloudJob[],
  pages: Pages,
): Branch[] {
  return projects.map((project) => {
    const path = `projects/${project.id}`;
    return {
      project: {
        project_id: project.id,
        name: project.name ?? project.id,
        // Discovery says it with the definitions.
        dbt_project_name: null,
        adapter_type: null,
        url: pageOf(pages, path),
        created_at: project.created_at,
        updated_at: project.updated_at,
      },
      environments: environments
        .filter((environment) => environment.project_id === project.id)
        .map((environment) => ({
          environment_id: environment.id,
          name: environment.name ?? environment.id,
          type: environmentType(environment),
        })),
      jobs: jobs
        .filter((job) => job.project_id === project.id && job.environment_id !== null)
        .map((job) => ({
          environment_id: job.environment_id ?? "",
          job: {
            job_id: job.id,
            name: job.name ?? job.id,
            schedule: job.triggers?.schedule === false ? null : job.cron,
            commands: [
              // The platform's own first step, which the list of commands does not have.
              ...(job.run_generate_sources === true ? ["dbt source freshness"] : []),
              ...job.execute_steps,
            ],
            url: pageOf(pages, `${path}/jobs/${job.id}`),
          },
        })),
    };
  });
}

export class Hierarchy {
  readonly branches: readonly Branch[];
  readonly #byProject: Map<string, Branch>;

  constructor(branches: readonly Branch[]) {
    this.branches = branches;
    this.#byProject = new Map(branches.map((branch) => [branch.project.project_id, branch]));
  }

  /** Changes when anything about it does. */
  get fingerprint(): string {
    return createHash("sha256").update(JSON.stringify(this.branches)).digest("hex").slice(0, 32);
  }

  /** `seenAt` is in epoch microseconds. */
  unit(source: SourceRef, seenAt: number): HierarchyUnit {
    return { kind: "hierarchy", source, seen_at: seenAt, projects: [...this.branches] };
  }

  project(projectId: string): Branch | undefined {
    return this.#byProject.get(projectId);
  }

  /**
   * The rows that a run hangs on. Null for a project that is not wanted or that the token does not show; an
   * environment or a job that is no longer listed is known by its id alone.
   */
  placeOf(run: {
    project_id: string | null;
    environment_id: string | null;
    job_id: string | null;
  }): Place | null {
    const branch = this.#byProject.get(run.project_id ?? "");
    if (branch === undefined || run.environment_id === null) return null;
    const environment_id = run.environment_id;
    const environment = branch.environments.find((one) => one.environment_id === environment_id) ?? {
      environment_id,
      name: environment_id,
      type: "other" as const,
    };
    const id = run.job_id ?? "none";
    const known = branch.jobs.find(({ job }) => job.job_id === id)?.job;
    const job = known ?? {
      job_id: id,
      name: id === "none" ? "no job" : id,
      schedule: null,
      commands: [],
      url: null,
      removed: true as const,
    };
    return { project: branch.project, environment, job };
  }

  /** The projects that a question is about. */
  asked({ project_ids }: Pick<Need, "project_ids">): Branch[] {
    return this.branches.filter((branch) => isAsked(branch.project, project_ids));
  }

  /**
   * The environments that a question is about: of each project the one asked for by id, name or type, else its
   * production, else all in which jobs can run, because only their runs tell which is in use.
   */
  environments(
    need: Pick<Need, "project_ids" | "environment">,
  ): { branch: Branch; environment: EnvironmentRow }[] {
    const wanted = need.environment?.toLowerCase();
    return this.asked(need).flatMap((branch) => {
      const { environments } = branch;
      const deployed = environments.filter(({ type }) => type !== "development");
      const production = deployed.filter(({ type }) => type === "production");
      const usual = production.length > 0 ? production : deployed;
      const meant =
        wanted === undefined
          ? usual
          : environments.filter(
              ({ environment_id, name, type }) =>
                environment_id === need.environment || name.toLowerCase() === wanted || type === wanted,
            );
      return meant.map((environment) => ({ branch, environment }));
    });
  }
}

/** A project may be asked for by id, by a name, or as `source/id`; names that nobody has are the core's to refuse. */
function isAsked(project: ProjectRow, ids: readonly string[] | undefined): boolean {
  if (ids === undefined || ids.length === 0) return true;
  const names = [project.project_id, project.name, project.dbt_project_name];
  return ids.some((id) => names.includes(id) || id.endsWith(`/${project.project_id}`));
}
