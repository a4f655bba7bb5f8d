/** What tests do to a world while it is served, as users of the platform would. Each change is announced. */
import { type DbtProject, withoutNode } from "./dbt/project.ts";
import { isFailed, parseResults } from "./dbt/results.ts";
import { cancelledRun, finishedRun, queuedRun, type RunOutline, runningRun } from "./runs.ts";
import { commandStep } from "./steps.ts";
import { parseTime } from "./times.ts";
import type { Job, Project, Run, World } from "./world.ts";

/** Where the run is to be left; `finished` is success or error, by its outcomes. */
export type Stage = "queued" | "running" | "finished" | "cancelled";

export interface RunChange {
  stage?: Stage;
  /** Epoch milliseconds. */
  finishedAt?: number;
  statusMessage?: string | null;
  /** How nodes end that do not end well, and what they take in seconds, by unique id. */
  outcomes?: Readonly<Record<string, "error" | "fail" | "warn">>;
  seconds?: Readonly<Record<string, number>>;
  /** Texts by path for the last step, in place of what would be made up; they say whether the run failed. */
  artifacts?: Readonly<Record<string, string>>;
  gitSha?: string;
}

export interface NewRun extends RunChange {
  /** Epoch milliseconds. */
  startedAt: number;
  createdAt?: number;
  commands?: readonly string[];
  cause?: string;
  causeCategory?: Run["causeCategory"];
}

/** Adds a run to a job, finished unless `stage` says otherwise; its id is the largest. */
export function addRun(world: World, jobId: number, change: NewRun): Run {
  const job = jobOf(world, jobId);
  const largest = world.runs.reduce((most, run) => Math.max(most, run.id), 0);
  // Above 2^53 the next whole number may be none that a double holds.
  const id = largest + (Number.isSafeInteger(largest + 1) ? 1 : 10_000);
  const { createdAt = change.startedAt - 5000, startedAt, commands, cause, causeCategory } = change;
  const run = madeRun(world, change, {
    id,
    stepId: nextStepId(world),
    job,
    project: projectOf(world, job),
    createdAt,
    startedAt,
    ...(commands && { commands }),
    ...(cause && { cause }),
    ...(causeCategory && { causeCategory }),
  });
  world.runs.push(run);
  world.touch();
  return run;
}

/** Brings a run that waits or runs to its end, or to another stage, in place. */
export function finishRun(world: World, runId: number, change: RunChange = {}): Run {
  const run = world.runs.find((candidate) => candidate.id === runId);
  if (run === undefined || run.jobId === null) throw new Error(`no run ${runId} of a job`);
  const job = jobOf(world, run.jobId);
  const { id, createdAt, cause, causeCategory, stepsOverride } = run;
  const outline: RunOutline = {
    id,
    stepId: run.steps[0]?.id ?? nextStepId(world),
    job,
    project: projectOf(world, job),
    createdAt,
    startedAt: run.startedAt ?? createdAt + 5000,
    cause,
    causeCategory,
    ...(stepsOverride && { commands: stepsOverride }),
  };
  Object.assign(run, madeRun(world, change, outline));
  world.touch();
  return run;
}

function madeRun(world: World, change: RunChange, base: RunOutline): Run {
  const outline: RunOutline = {
    ...base,
    ...(change.outcomes && { outcomes: new Map(Object.entries(change.outcomes)) }),
    ...(change.seconds && { seconds: new Map(Object.entries(change.seconds)) }),
  };
  const run = stagedRun(world, change, outline);
  const gitSha = change.gitSha ?? (isMadeUp(world, base.job) ? null : newestRun(world, base.job)?.gitSha);
  return gitSha && run.startedAt !== null ? { ...run, gitSha } : run;
}

function stagedRun(world: World, change: RunChange, outline: RunOutline): Run {
  const { stage = "finished", finishedAt, statusMessage = null, artifacts } = change;
  if (stage === "queued") return queuedRun(outline);
  if (stage === "running") return runningRun(outline);
  if (stage === "cancelled")
    return cancelledRun(outline, finishedAt ?? outline.startedAt + 60_000, statusMessage);
  const run = { ...finishedRun(outline), statusMessage };
  if (artifacts !== undefined || !isMadeUp(world, outline.job)) handIn(run, artifacts ?? {});
  if (finishedAt !== undefined) run.finishedAt = finishedAt;
  return run;
}

function nextStepId(world: World): number {
  return world.runs.reduce((most, run) => Math.max(most, run.steps.at(-1)?.id ?? 0), 0) + 10;
}

function isMadeUp(world: World, { projectId }: Job): boolean {
  return world.dbtProjects?.has(projectId) ?? false;
}

/** Made up where the world makes it up; else one of which nothing is known to be built. */
function projectOf(world: World, job: Job): DbtProject {
  const known = world.dbtProjects?.get(job.projectId);
  if (known !== undefined) return known;
  const newest = newestRun(world, job);
  return { name: "unknown", dbtVersion: newest?.dbtVersion ?? "1.11.4", nodes: [] };
}

function newestRun(world: World, job: Job): Run | undefined {
  return world.runs.findLast((run) => run.projectId === job.projectId && run.gitSha !== null);
}

/** Replaces what the last step left behind, and what follows from it. */
function handIn(run: Run, artifacts: Readonly<Record<string, string>>): void {
  const last = run.steps.at(-1);
  if (last === undefined) return;
  const text = artifacts["run_results.json"] ?? artifacts["sources.json"];
  if (text !== undefined) {
    const results = parseResults(text);
    run.status = last.status = isFailed(results) ? 20 : 10;
    run.finishedAt = last.finishedAt = parseTime(results.metadata.generated_at) ?? run.finishedAt;
  }
  const texts = new Map(Object.entries(artifacts).map(([path, text]) => [path, () => text] as const));
  run.steps[run.steps.length - 1] = commandStep(last, { artifacts: texts, materialized: () => undefined });
}

/** Changes the name that the platform shows; the name in the manifests stays. */
export function renameProject(world: World, projectId: number, name: string): Project {
  const project = world.projects.find((candidate) => candidate.id === projectId);
  if (project === undefined) throw new Error(`no project ${projectId}`);
  project.name = name;
  world.touch();
  return project;
}

/** Marks a job as deleted; its runs stay. */
export function deleteJob(world: World, jobId: number): Job {
  const job = jobOf(world, jobId);
  job.state = 2;
  world.touch();
  return job;
}

/** Takes a model, its tests and what refers to it out of the project: later runs do not know it. */
export function removeModel(world: World, uniqueId: string): void {
  const found = [...(world.dbtProjects ?? [])].find(([, { nodes }]) =>
    nodes.some((node) => node.id === uniqueId),
  );
  if (found === undefined) throw new Error(`no made-up project has ${uniqueId}`);
  const [projectId, project] = found;
  world.dbtProjects?.set(projectId, withoutNode(project, uniqueId));
  world.touch();
}

function jobOf(world: World, jobId: number): Job {
  const job = world.jobs.find((candidate) => candidate.id === jobId);
  if (job === undefined) throw new Error(`no job ${jobId}`);
  return job;
}
