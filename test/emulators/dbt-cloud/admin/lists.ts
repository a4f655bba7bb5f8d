/** What the lists of the Admin API filter and sort by. */
import type { Environment, Job, Project, Run } from "../world.ts";
import { between, contains, equals, greaterThan, type Listing, oneOf } from "./listing.ts";

interface Dated {
  id: number;
  name: string;
  createdAt: number;
  updatedAt: number;
}

const DATED_ORDERS = {
  id: (row: Dated) => row.id,
  name: (row: Dated) => row.name,
  created_at: (row: Dated) => row.createdAt,
  updated_at: (row: Dated) => row.updatedAt,
};

export const PROJECTS: Listing<Project> = {
  id: (project) => project.id,
  state: { of: (project) => project.state, default: "active" },
  orders: DATED_ORDERS,
  filters: {
    pk: equals((project) => project.id),
    pk__in: oneOf((project) => project.id),
    pk__gt: greaterThan((project) => project.id),
    name__icontains: contains((project) => project.name),
  },
};

export const ENVIRONMENTS: Listing<Environment> = {
  id: (environment) => environment.id,
  state: { of: (environment) => environment.state, default: "active" },
  orders: DATED_ORDERS,
  filters: {
    project_id: equals((environment) => environment.projectId),
    project_id__in: oneOf((environment) => environment.projectId),
    type: equals((environment) => environment.type, "text"),
    deployment_type: equals((environment) => environment.deploymentType, "text"),
    deployment_type__in: oneOf((environment) => environment.deploymentType, "text"),
    name: equals((environment) => environment.name, "text"),
    name__icontains: contains((environment) => environment.name),
    dbt_version: equals((environment) => environment.dbtVersion, "text"),
    id__gt: greaterThan((environment) => environment.id),
  },
};

export const JOBS: Listing<Job> = {
  id: (job) => job.id,
  state: { of: (job) => job.state, default: "active" },
  orders: DATED_ORDERS,
  filters: {
    project_id: equals((job) => job.projectId),
    project_id__in: oneOf((job) => job.projectId),
    environment_id: equals((job) => job.environmentId),
    name__icontains: contains((job) => job.name),
    triggers_schedule: equals((job) => job.cron !== null, "flag"),
    // The platform's own jobs, of which there are none here.
    is_system: equals(() => false, "flag"),
    // Jobs here have no version of their own but that of their environment.
    dbt_version__in: oneOf(() => null, "text"),
    pk: equals((job) => job.id),
  },
};

export const RUNS: Listing<Run> = {
  id: (run) => run.id,
  state: { of: () => 1, default: "all" },
  orders: { id: (run) => run.id, created_at: (run) => run.createdAt, finished_at: (run) => run.finishedAt },
  filters: {
    job_definition_id: equals((run) => run.jobId),
    project_id: equals((run) => run.projectId),
    project_id__in: oneOf((run) => run.projectId),
    environment_id: equals((run) => run.environmentId),
    status: equals((run) => run.status),
    status__in: oneOf((run) => run.status),
    created_at__range: between((run) => run.createdAt),
    finished_at__range: between((run) => run.finishedAt),
    id__gt: greaterThan((run) => run.id),
    pk: equals((run) => run.id),
    pk__in: oneOf((run) => run.id),
    deferring_run_id: equals(() => null),
    dbt_version: equals((run) => run.dbtVersion, "text"),
    has_docs_generated: equals((run) => hasArtifact(run, "catalog.json"), "flag"),
    has_sources_generated: equals((run) => hasArtifact(run, "sources.json"), "flag"),
  },
};

function hasArtifact(run: Run, path: string): boolean {
  return run.steps.some((step) => step.paths.includes(path));
}
