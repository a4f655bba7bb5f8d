/** Accounts, projects, environments and jobs in the shape of the Admin API. */
import { hex } from "../dbt/noise.ts";
import { targetOf } from "../dbt/project.ts";
import { apiTime } from "../times.ts";
import type { Account, Environment, Job, Project, Run } from "../world.ts";
import { nextTime } from "./cron.ts";
import { wordTime } from "./humanized.ts";
import { runRow } from "./run-rows.ts";
import type { View } from "./view.ts";

type Related = ReadonlySet<string>;

export function accountRow({ id, name }: Account, { since }: View): object {
  return {
    id,
    name,
    plan: "enterprise",
    run_slots: 5,
    developer_seats: 10,
    state: 1,
    locked: false,
    lock_cause: null,
    lock_reason: null,
    unlocked_at: null,
    pending_cancel: false,
    run_duration_limit_seconds: 86_400,
    queue_limit: 50,
    identifier: `act_${hex(String(id), 12)}`,
    static_subdomain: "ab123",
    created_at: apiTime(since, "T"),
    updated_at: apiTime(since, "T"),
  };
}

export function projectRow(project: Project, view: View, related: Related): object {
  const { id, name, description, state, createdAt, updatedAt } = project;
  const environments = view.environments.filter((one) => one.projectId === id && one.state === 1);
  return {
    id,
    account_id: view.accountId,
    name,
    description,
    dbt_project_subdirectory: null,
    type: 0,
    connection_id: null,
    repository_id: null,
    semantic_layer_config_id: null,
    docs_job_id: null,
    freshness_job_id: null,
    state,
    // Recorded with a space, as those of runs.
    created_at: apiTime(createdAt, " "),
    updated_at: apiTime(updatedAt, " "),
    connection: null,
    repository: null,
    group_permissions: [],
    docs_job: null,
    freshness_job: null,
    ...(related.has("environments") && {
      environments: environments.map((one) => environmentRow(one, view, new Set())),
    }),
  };
}

export function environmentRow(environment: Environment, view: View, related: Related): object {
  const { id, projectId, name, type, deploymentType, dbtVersion, state } = environment;
  const project = view.projects.find((one) => one.id === projectId);
  return {
    id,
    account_id: view.accountId,
    project_id: projectId,
    connection_id: null,
    credentials_id: null,
    extended_attributes_id: null,
    repository_id: null,
    name,
    type,
    deployment_type: deploymentType,
    dbt_version: dbtVersion,
    raw_dbt_version: dbtVersion,
    use_custom_branch: false,
    custom_branch: null,
    supports_docs: true,
    is_deferrable: type === "deployment",
    enable_model_query_history: false,
    state,
    created_at: apiTime(environment.createdAt, "T"),
    updated_at: apiTime(environment.updatedAt, "T"),
    project: related.has("project") && project !== undefined ? projectRow(project, view, new Set()) : null,
    connection: null,
    credentials: null,
    repository: null,
  };
}

export function jobRow(job: Job, view: View, related: Related): object {
  const environment = view.environments.find((one) => one.id === job.environmentId);
  const next = job.cron === null || job.state === 2 ? null : nextTime(job.cron, view.now);
  const runs = view.runs.filter((run) => run.jobId === job.id);
  return {
    id: job.id,
    account_id: view.accountId,
    project_id: job.projectId,
    environment_id: job.environmentId,
    name: job.name,
    description: job.description,
    job_type: job.jobType,
    dbt_version: null,
    raw_dbt_version: null,
    execute_steps: job.executeSteps,
    execution: { timeout_seconds: 0 },
    settings: { threads: 4, target_name: targetOf(job.executeSteps[0] ?? "") },
    ...schedule(job),
    generate_docs: job.generateDocs,
    run_generate_sources: job.runGenerateSources,
    deferring_environment_id: null,
    deferring_job_definition_id: null,
    lifecycle_webhooks: false,
    lifecycle_webhooks_url: null,
    job_completion_trigger_condition: null,
    cost_optimization_features: [],
    run_failure_count: failuresInARow(runs),
    deactivated: false,
    state: job.state,
    created_at: apiTime(job.createdAt, "T"),
    updated_at: apiTime(job.updatedAt, "T"),
    next_run: apiTime(next, "T"),
    next_run_humanized: next === null ? null : wordTime(next, view.now),
    cron_humanized: job.cron === null ? null : `At ${job.cron}`,
    environment:
      related.has("environment") && environment !== undefined
        ? environmentRow(environment, view, new Set())
        : null,
    ...(related.has("custom_environment_variables") && { custom_environment_variables: [] }),
    ...(related.has("fusion_readiness") && { fusion_readiness: null }),
    ...recentRuns(runs, view, related),
  };
}

function schedule({ cron, jobType }: Job) {
  const isCi = jobType === "ci";
  return {
    triggers: {
      github_webhook: isCi,
      schedule: cron !== null,
      git_provider_webhook: false,
      on_merge: jobType === "merge",
      custom_branch_only: isCi,
    },
    schedule: {
      cron: cron ?? "0 * * * *",
      date: cron === null ? { type: "every_day" } : { type: "custom_cron", cron },
      time: { type: "every_hour", interval: 1 },
    },
  };
}

function recentRuns(runs: readonly Run[], view: View, related: Related) {
  const newest = (keeps: (run: Run) => boolean) => {
    const run = runs
      .filter(keeps)
      .reduce<Run | null>((last, one) => (last && last.id > one.id ? last : one), null);
    return run === null ? null : runRow(run, view, new Set());
  };
  return {
    ...(related.has("most_recent_run") && { most_recent_run: newest(() => true) }),
    ...(related.has("most_recent_completed_run") && {
      most_recent_completed_run: newest((run) => run.finishedAt !== null),
    }),
  };
}

function failuresInARow(runs: readonly Run[]): number {
  const ended = runs.filter((run) => run.finishedAt !== null).sort((one, other) => other.id - one.id);
  const good = ended.findIndex((run) => run.status === 10);
  return good === -1 ? ended.length : good;
}
