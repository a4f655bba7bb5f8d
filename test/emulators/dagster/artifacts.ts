/**
 * A folder of dbt artifacts as a deployment that runs dbt by dagster-dbt: each invocation is a run of one of the
 * demo's jobs. Dagster knows a dbt project in two forms: all models in one step, as dagster-dbt does it, or each in
 * a step of its own, as assets of one's own would be.
 */
import { readFileSync } from "node:fs";
import { ArtifactTexts, type InvocationFolder, readFolders } from "../dbt-cloud/artifact-folders.ts";
import { hash, noise } from "../dbt-cloud/dbt/noise.ts";
import { parseResults } from "../dbt-cloud/dbt/results.ts";
import { DbtAssets, type Manifest, type Verdict } from "./artifact-assets.ts";
import { stepsOf } from "./artifact-steps.ts";
import { runIdOf } from "./ids.ts";
import type { Job, Op, Run, Schedule, Step, World } from "./world.ts";

export interface ArtifactsOptions {
  form: "one step" | "step per model";
  /**
   * How a model or check is told that dbt skipped: `unsaid`, as Dagster tells what waits for a step that failed, by a
   * line of the log alone; or `steps`, as it tells a step whose dependencies yielded nothing. `steps` by default.
   */
  skipped?: "steps" | "unsaid";
}

export const LOCATION = "pedal_harbour";
export const REPOSITORY = "__repository__";
const ORIGIN = { location: LOCATION, repository: REPOSITORY };

/** The jobs of the demo, by the endings of the folders' names: an ad-hoc run belongs to the job that it repeats. */
const JOBS: readonly { name: string; endings: readonly string[]; cron: string | null; op: string | null }[] =
  [
    { name: "nightly", endings: ["nightly", "full-refresh", "retry"], cron: "0 2 * * *", op: null },
    { name: "intraday", endings: ["intraday"], cron: "40 6,11,16 * * 1-5", op: null },
    { name: "freshness", endings: ["freshness"], cron: "5 6 * * *", op: "dbt_source_freshness" },
    { name: "docs", endings: ["docs"], cron: null, op: "dbt_docs_generate" },
  ];

/** The run of the invocation that wrote an artifact, by dbt's id. */
export const runOfInvocation = (invocationId: string): string => runIdOf(invocationId);

/** Refuses a folder without artifacts, and one of an unknown job. */
export function artifactsWorld(folder: string, { form, skipped = "steps" }: ArtifactsOptions): World {
  const texts = new ArtifactTexts();
  const folders = readFolders(folder, texts);
  const last = folders.at(-1);
  if (last?.manifest === null || last === undefined) throw new Error(`no artifacts in ${folder}`);
  const manifests = new Map<string, DbtAssets>();
  const assetsOf = ({ manifest }: InvocationFolder) => {
    const file = manifest?.file ?? "";
    const known = manifests.get(file) ?? new DbtAssets(readManifest(texts.read(file)));
    manifests.set(file, known);
    return known;
  };
  const runs: Run[] = [];
  for (const [index, one] of folders.entries())
    runs.push(runOf(one, index, runs, { form, skipped, assets: assetsOf(one) }));
  const assets = assetsOf(last).assets(verdicts(folders));
  const updatedAt = (folders[0]?.startedAt ?? 0) / 1000 - 86_400;
  const world: World = {
    locations: [
      {
        name: LOCATION,
        loadError: null,
        updatedAt,
        repositories: [
          {
            name: REPOSITORY,
            assets,
            jobs: JOBS.map(({ name, op }) => jobOf(name, op, runs)),
            schedules: JOBS.flatMap(({ name, cron }) =>
              cron === null ? [] : [scheduleOf(name, cron, runs)],
            ),
            sensors: [],
          },
        ],
      },
    ],
    runs,
    daemons: ["SENSOR", "SCHEDULER", "BACKFILL", "FRESHNESS_DAEMON"].map((type) => ({
      type,
      required: true,
      healthy: true,
      lastHeartbeatAt: last.finishedAt / 1000,
      errors: [],
    })),
    freshnessEvaluation: true,
    version: 0,
    touch() {
      world.version += 1;
    },
  };
  return world;
}

function readManifest(text: string): Manifest {
  // As dbt writes it: the emulator is only given manifests that dbt wrote.
  return JSON.parse(text) as Manifest;
}

interface Told extends Required<ArtifactsOptions> {
  assets: DbtAssets;
}

function runOf(folder: InvocationFolder, index: number, earlier: readonly Run[], told: Told): Run {
  const job = JOBS.find(({ endings }) => endings.includes(folder.job));
  if (job === undefined) throw new Error(`no job for the folder of \`${folder.job}\``);
  const [startedAt, endedAt] = [folder.startedAt / 1000, folder.finishedAt / 1000];
  const isScheduled = folder.job === job.endings[0] && job.cron !== null;
  const parent =
    folder.job === "retry"
      ? earlier.findLast((run) => run.jobName === job.name && run.status === "FAILURE")
      : undefined;
  const tags = [
    { key: ".dagster/repository", value: `${REPOSITORY}@${LOCATION}` },
    { key: "dagster/code_location", value: LOCATION },
    ...(folder.failed ? [{ key: "dagster/failure_reason", value: "STEP_FAILURE" }] : []),
    ...(isScheduled ? [{ key: "dagster/schedule_name", value: scheduleName(job.name) }] : []),
    ...(folder.job === "full-refresh" ? [{ key: "full_refresh", value: "true" }] : []),
    ...(parent === undefined ? [] : retryTags(parent)),
  ];
  let steps: readonly Step[] | null = null;
  const read = () => {
    steps ??= stepsOf(folder, { ...told, op: job.op, span: { startedAt, endedAt } });
    return steps;
  };
  return {
    id: runIdOf(invocationIdOf(folder)),
    jobName: job.name,
    status: folder.failed ? "FAILURE" : "SUCCESS",
    createdAt: startedAt - 4 - 5 * noise(hash("created"), index),
    startedAt,
    endedAt,
    updatedAt: endedAt,
    tags,
    origin: ORIGIN,
    parentRunId: parent?.id ?? null,
    rootRunId: parent?.id ?? null,
    // From the failure on, as Dagster repeats a run.
    stepKeysToExecute: parent === undefined ? null : read().map(({ key }) => key),
    assetSelection: null,
    snapshotId: null,
    get steps() {
      return read();
    },
    failure: null,
  };
}

function retryTags(parent: Run) {
  return [
    { key: "dagster/parent_run_id", value: parent.id },
    { key: "dagster/root_run_id", value: parent.id },
    { key: "dagster/is_resume_retry", value: "true" },
  ];
}

function invocationIdOf({ files, job }: InvocationFolder): string {
  const file = files.get("run_results.json") ?? files.get("sources.json");
  const id =
    file === undefined ? undefined : /"invocation_id": ?"([^"]+)"/.exec(readFileSync(file, "utf8"))?.[1];
  if (id === undefined) throw new Error(`an invocation of ${job} has no id`);
  return id;
}

/** The last of each source. */
function verdicts(folders: readonly InvocationFolder[]): ReadonlyMap<string, Verdict> {
  const found = new Map<string, Verdict>();
  for (const { files } of folders) {
    const file = files.get("sources.json");
    if (file === undefined) continue;
    for (const row of parseResults(readFileSync(file, "utf8")).results) {
      const loaded =
        "max_loaded_at" in row && typeof row.max_loaded_at === "string" ? row.max_loaded_at : null;
      found.set(row.unique_id, {
        status: row.status,
        loadedAt: loaded === null ? null : Date.parse(loaded) / 1000,
      });
    }
  }
  return found;
}

/** An op job has its one op; the ops of an asset job are the steps that its runs had. */
function jobOf(name: string, op: string | null, runs: readonly Run[]): Job {
  const keys = new Set(
    runs.filter(({ jobName }) => jobName === name).flatMap(({ steps }) => steps.map(({ key }) => key)),
  );
  const ops = [...keys].sort().map((handle): Op => ({ handle, after: [] }));
  return { name, description: null, tags: [], ops, isAssetJob: op === null };
}

const scheduleName = (job: string) => `${job}_schedule`;

function scheduleOf(jobName: string, cron: string, runs: readonly Run[]): Schedule {
  const name = scheduleName(jobName);
  const started = runs.filter(({ tags }) =>
    tags.some((tag) => tag.key === "dagster/schedule_name" && tag.value === name),
  );
  return {
    name,
    cron,
    timezone: "UTC",
    jobName,
    status: "RUNNING",
    ticks: started.map(({ id, createdAt }, index) => ({
      id: String(index + 1),
      status: "SUCCESS",
      at: Math.floor(createdAt),
      endedAt: createdAt,
      runIds: [id],
      failure: null,
      skipReason: null,
    })),
  };
}
