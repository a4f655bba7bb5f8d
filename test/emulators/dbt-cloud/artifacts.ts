/**
 * An account whose runs are real: each folder of a tree of dbt artifacts is one run of a job, with the times, the
 * outcome and the artifacts that dbt wrote.
 */
import { ArtifactTexts, type InvocationFolder, readFolders } from "./artifact-folders.ts";
import { hash, noise } from "./dbt/noise.ts";
import { targetOf } from "./dbt/project.ts";
import { addExtras } from "./extras.ts";
import { commandStep, housekeeping, invocationName } from "./steps.ts";
import { TOKENS } from "./tokens.ts";
import type { Environment, Job, Project, Run, World } from "./world.ts";

const DAY = 86_400_000;
const PROJECT_ID = 190_201;
const PRODUCTION_ID = 270_301;

/** The jobs of the demo, by the endings of the folders' names: an ad-hoc run belongs to the job that it repeats. */
const JOBS: readonly { endings: readonly string[]; name: string; command: string; cron: string | null }[] = [
  {
    endings: ["nightly", "full-refresh", "retry"],
    name: "Nightly build",
    command: "dbt build --target prod",
    cron: "0 2 * * *",
  },
  {
    endings: ["intraday"],
    name: "Intraday dock display",
    command: "dbt build --select tag:intraday --target prod",
    cron: "40 6,11,16 * * 1-5",
  },
  {
    endings: ["freshness"],
    name: "Source freshness",
    command: "dbt source freshness --target prod",
    cron: "5 6 * * *",
  },
  {
    endings: ["docs"],
    name: "dbt docs generate --target prod",
    command: "dbt docs generate --target prod",
    cron: null,
  },
];

export interface ArtifactsOptions {
  /** Adds a second project with the rare cases that real artifacts do not show. */
  extras?: boolean;
  /** Epoch milliseconds: what the extras that run now are set by; by default an hour after the last run. */
  now?: number;
}

/** The world of a folder such as `demo/artifacts`; refuses a folder without artifacts, and one of an unknown job. */
export function artifactsWorld(folder: string, options: ArtifactsOptions = {}): World {
  const texts = new ArtifactTexts();
  const folders = readFolders(folder, texts);
  const [first, last] = [folders[0], folders.at(-1)];
  if (first === undefined || last === undefined) throw new Error(`no artifacts in ${folder}`);
  const since = { createdAt: first.startedAt - 30 * DAY, updatedAt: first.startedAt - DAY };
  const world: World = {
    account: { id: 41_007, name: "Pedal Harbour" },
    projects: [projectOf(since)],
    environments: environmentsOf(last.dbtVersion, since),
    jobs: JOBS.map((_, index) => jobOf(index, since)),
    runs: [],
    tokens: TOKENS.map((token) => ({ ...token })),
    version: 0,
    touch() {
      world.version += 1;
    },
  };
  for (const [index, one] of folders.entries()) world.runs.push(runOf(one, index, world.runs, texts));
  if (options.extras) addExtras(world, options.now ?? last.finishedAt + 3_600_000);
  return world;
}

function projectOf(since: { createdAt: number; updatedAt: number }): Project {
  const description = "Hires out bikes around a harbour.";
  return { id: PROJECT_ID, name: "Pedal Harbour", description, state: 1, ...since };
}

function environmentsOf(dbtVersion: string, since: { createdAt: number; updatedAt: number }): Environment[] {
  const of = (index: number, name: string, kind: Pick<Environment, "type" | "deploymentType">) => ({
    id: PRODUCTION_ID + index,
    projectId: PROJECT_ID,
    name,
    ...kind,
    dbtVersion,
    state: 1 as const,
    ...since,
  });
  return [
    of(0, "Production", { type: "deployment", deploymentType: "production" }),
    of(1, "Staging", { type: "deployment", deploymentType: "staging" }),
    of(2, "Development", { type: "development", deploymentType: null }),
  ];
}

function jobOf(index: number, since: { createdAt: number; updatedAt: number }): Job {
  const { name = "", command = "", cron = null } = JOBS[index] ?? {};
  return {
    id: 530_401 + index,
    projectId: PROJECT_ID,
    environmentId: PRODUCTION_ID,
    name,
    description: "",
    executeSteps: [command],
    cron,
    jobType: cron === null ? "other" : "scheduled",
    generateDocs: false,
    runGenerateSources: false,
    state: 1,
    ...since,
  };
}

function runOf(folder: InvocationFolder, index: number, earlier: readonly Run[], texts: ArtifactTexts): Run {
  const place = JOBS.findIndex(({ endings }) => endings.includes(folder.job));
  const job = JOBS[place];
  if (job === undefined) throw new Error(`no job for the folder of \`${folder.job}\``);
  const id = 402_100_001 + index;
  const isRetry = folder.job === "retry";
  const isScheduled = folder.job === job.endings[0] && job.cron !== null;
  const command = folder.command ?? job.command;
  const createdAt = Math.floor(folder.startedAt - 4000 - 5000 * noise(hash("created"), index));
  const retried = earlier.findLast((run) => run.jobId === 530_401 + place && run.status === 20);
  return {
    id,
    jobId: 530_401 + place,
    projectId: PROJECT_ID,
    environmentId: PRODUCTION_ID,
    status: folder.failed ? 20 : 10,
    statusMessage: null,
    gitBranch: "main",
    gitSha: folder.manifest?.digest ?? null,
    dbtVersion: folder.dbtVersion,
    createdAt,
    dequeuedAt: createdAt + 2000,
    startedAt: folder.startedAt,
    finishedAt: folder.finishedAt,
    cause: isRetry ? "Retry of a failed run" : isScheduled ? "scheduled" : "Kicked off from UI",
    causeCategory: isRetry ? "rerun" : isScheduled ? "scheduled" : "ui",
    retryingRunId: isRetry ? (retried?.id ?? null) : null,
    ...(command === job.command ? {} : { stepsOverride: [command] }),
    steps: stepsOf(folder, 812_000_001 + index * 10, command, texts),
  };
}

function stepsOf(folder: InvocationFolder, firstId: number, command: string, texts: ArtifactTexts) {
  const { manifest, startedAt, finishedAt, failed } = folder;
  const source = { branch: "main", sha: manifest?.digest ?? null, target: targetOf(command) };
  const steps = housekeeping(firstId, startedAt, source);
  const index = steps.length + 1;
  const outline = { id: firstId + index - 1, index, name: invocationName(command), command };
  const artifacts = new Map([...folder.files].map(([path, file]) => [path, () => texts.read(file)] as const));
  const materialized = (id: string) =>
    manifest === null ? undefined : texts.materialized(manifest.file).get(id);
  const step = commandStep(
    { ...outline, status: failed ? 20 : 10, startedAt, finishedAt },
    { artifacts, materialized },
  );
  return [...steps, step];
}
