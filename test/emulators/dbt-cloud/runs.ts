/** Runs of jobs whose dbt project is made up: waiting, running, stopped and finished. */
import { artifactsOf } from "./dbt/artifact-text.ts";
import { type Execution, type ExecutionPlan, execute } from "./dbt/execution.ts";
import { hex } from "./dbt/noise.ts";
import { type DbtProject, targetOf } from "./dbt/project.ts";
import { commandStep, housekeeping, invocationName, plainStep, type StepOutline } from "./steps.ts";
import type { Job, Run, Step } from "./world.ts";

export interface RunOutline {
  id: number;
  /** Of its first step; the others count on. */
  stepId: number;
  job: Job;
  project: DbtProject;
  /** All times are epoch milliseconds. */
  createdAt: number;
  startedAt: number;
  /** Instead of the job's own. */
  commands?: readonly string[];
  /** How nodes end that do not end well, and what they take, by unique id. */
  outcomes?: ExecutionPlan["outcomes"];
  seconds?: ExecutionPlan["seconds"];
  cause?: string;
  causeCategory?: Run["causeCategory"];
  retryingRunId?: number;
  branch?: string;
}

/** A run that waits for its turn. */
export function queuedRun(outline: RunOutline): Run {
  return {
    ...common(outline),
    status: 1,
    gitBranch: null,
    gitSha: null,
    dequeuedAt: null,
    startedAt: null,
    steps: [],
  };
}

/** A run at its first dbt command, which has written nothing yet. */
export function runningRun(outline: RunOutline): Run {
  const [first, ...later] = commandsOf(outline);
  const steps = housekeepingOf(outline);
  const running = { status: 3, startedAt: outline.startedAt, finishedAt: null } as const;
  if (first !== undefined)
    steps.push(plainStep({ ...next(outline, steps, first), ...running }, "Running with dbt"));
  for (const command of later) steps.push(unstarted(outline, steps, command));
  return { ...common(outline), status: 3, steps };
}

/** A run that was stopped at its first dbt command, by a person or by its time limit: without artifacts. */
export function cancelledRun(outline: RunOutline, finishedAt: number, message: string | null): Run {
  const run = runningRun(outline);
  for (const step of run.steps) if (step.status === 3) Object.assign(step, { status: 30, finishedAt });
  return { ...run, status: 30, statusMessage: message, finishedAt };
}

/** A run that went to its end: to that of its last command, or of the first one that failed. */
export function finishedRun(outline: RunOutline): Run {
  const steps = housekeepingOf(outline);
  let at = outline.startedAt;
  let failed = false;
  for (const command of commandsOf(outline)) {
    if (failed) {
      steps.push(unstarted(outline, steps, command));
      continue;
    }
    const plan = executionPlan(outline, command.command, steps.length, at);
    const execution = execute(plan);
    steps.push(executedStep(next(outline, steps, command), execution, plan, outline));
    failed = execution.failed;
    at = execution.finishedAt;
  }
  return { ...common(outline), status: failed ? 20 : 10, finishedAt: at, steps };
}

function executedStep(
  outline: StepOutline,
  { failed, finishedAt }: Execution,
  plan: ExecutionPlan,
  run: RunOutline,
): Step {
  const env = {
    DBT_CLOUD_PROJECT_ID: String(run.job.projectId),
    DBT_CLOUD_ENVIRONMENT_ID: String(run.job.environmentId),
    DBT_CLOUD_JOB_ID: String(run.job.id),
    DBT_CLOUD_RUN_ID: String(run.id),
  };
  const { nodes } = plan.project;
  return commandStep(
    { ...outline, status: failed ? 20 : 10, startedAt: plan.startedAt, finishedAt },
    {
      artifacts: artifactsOf(plan, { env }),
      materialized: (id) => nodes.find((node) => node.id === id)?.materialized,
    },
  );
}

function executionPlan(run: RunOutline, command: string, step: number, startedAt: number): ExecutionPlan {
  return {
    project: run.project,
    command,
    startedAt,
    seed: `${run.id}/${step}`,
    ...(run.outcomes && { outcomes: run.outcomes }),
    ...(run.seconds && { seconds: run.seconds }),
  };
}

interface NamedCommand {
  name: string;
  command: string;
}

function commandsOf({ job, commands }: RunOutline): NamedCommand[] {
  const named = (command: string) => ({ name: invocationName(command), command });
  return [
    ...(job.runGenerateSources ? [{ name: "Source freshness", command: "dbt source freshness" }] : []),
    ...(commands ?? job.executeSteps).map(named),
    ...(job.generateDocs ? [{ name: "Generate docs", command: "dbt docs generate" }] : []),
  ];
}

function housekeepingOf(outline: RunOutline): Step[] {
  const target = targetOf(outline.job.executeSteps[0] ?? "");
  const source = { branch: outline.branch ?? "main", sha: revisionOf(outline.project), target };
  return housekeeping(outline.stepId, outline.startedAt, source);
}

function next({ stepId }: RunOutline, steps: readonly Step[], { name, command }: NamedCommand): StepOutline {
  const index = steps.length + 1;
  const id = stepId + steps.length;
  return { id, index, name, command, status: 1, startedAt: null, finishedAt: null };
}

function unstarted(outline: RunOutline, steps: readonly Step[], command: NamedCommand): Step {
  return plainStep(next(outline, steps, command), "");
}

function common(outline: RunOutline): Run {
  const { id, job, createdAt, startedAt, project, commands } = outline;
  return {
    id,
    jobId: job.id,
    projectId: job.projectId,
    environmentId: job.environmentId,
    status: 10,
    statusMessage: null,
    gitBranch: outline.branch ?? "main",
    gitSha: revisionOf(project),
    dbtVersion: project.dbtVersion,
    createdAt,
    dequeuedAt: createdAt + (startedAt - createdAt) * 0.75,
    startedAt,
    finishedAt: null,
    cause: outline.cause ?? "scheduled",
    causeCategory: outline.causeCategory ?? "scheduled",
    retryingRunId: outline.retryingRunId ?? null,
    ...(commands && { stepsOverride: commands }),
    steps: [],
  };
}

const revisions = new WeakMap<DbtProject, string>();

/** The commit that a project is at: another one whenever its nodes are others. */
function revisionOf(project: DbtProject): string {
  const known = revisions.get(project);
  if (known !== undefined) return known;
  const revision = hex(`${project.name} ${project.nodes.map((node) => node.id).join(" ")}`, 40);
  revisions.set(project, revision);
  return revision;
}
