/**
 * An account of dbt Cloud read the plain way: the artifacts of the last runs of one production environment, fetched
 * and added up by other code than the product's. What answers about a real account are held against.
 */
import * as z from "zod";

export interface Place {
  token: string;
  accountId: string;
  /** Without a slash at its end. */
  adminUrl: string;
}

// Ids may be longer than a number of JavaScript is exact, but what it makes of them is the same everywhere.
const Id = z.union([z.number(), z.string()]).transform(String);
const Listed = z.object({
  id: Id,
  environment_id: Id,
  project_id: Id,
  job_definition_id: Id.nullish(),
  status: z.number(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  retrying_run_id: Id.nullish(),
});
const Envelope = z.object({ data: z.unknown() });
const Environments = z.array(z.object({ id: Id, project_id: Id, deployment_type: z.string().nullish() }));
const Steps = z.object({
  run_steps: z.array(z.object({ index: z.number(), name: z.string().nullish() })),
});
const RunResults = z.object({
  metadata: z.object({ generated_at: z.string() }),
  results: z.array(
    z.object({
      unique_id: z.string(),
      status: z.string(),
      execution_time: z.number(),
      timing: z.array(z.object({ completed_at: z.string().nullish() })).default([]),
    }),
  ),
});
const Sources = z.object({
  results: z.array(z.object({ unique_id: z.string(), max_loaded_at: z.string().nullish() })),
});
const Manifest = z.object({
  nodes: z.record(z.string(), z.looseObject({})),
  parent_map: z.record(z.string(), z.array(z.string())).default({}),
});

export interface Result {
  unique_id: string;
  status: string;
  /** Seconds. */
  runtime: number;
  /** Epoch milliseconds. */
  at: number;
}

export interface CloudRun extends z.infer<typeof Listed> {
  results: Result[];
  /** From start to end. */
  seconds: number;
}

export interface Account {
  projectId: string;
  environmentId: string;
  /** The newest that have ended, newest first. */
  runs: CloudRun[];
  /** Ids of the models of the newest manifest; null where no run left one. */
  models: string[] | null;
  /** When the newest row of each source had been loaded, as ISO 8601, by the newest `sources.json`. */
  loadedAt: Map<string, string>;
  /** By child, of the newest manifest. */
  parents: Record<string, string[]>;
}

const SUCCESS = 10;
const ERROR = 20;
/** Commands whose results count; those of docs, compile and so on only look so. */
const COUNTS = /`dbtf? (build|run|test|seed|snapshot|retry)\b/;

/** Reads the account's last `count` runs. Throws where no run of a production environment has ended. */
export async function readAccount(place: Place, count: number): Promise<Account> {
  const get = getter(place);
  const environments = await get.json("v3/environments/?limit=100", Environments);
  for (const { id, project_id } of environments.filter((one) => one.deployment_type === "production")) {
    const path = `v2/runs/?environment_id=${id}&order_by=-id&limit=100`;
    const listed = await get.json(path, z.array(Listed));
    const ended = listed.filter((run) => run.finished_at !== null && run.started_at !== null);
    if (ended.length === 0) continue;
    ended.sort((one, other) => msOf(other.finished_at) - msOf(one.finished_at));
    const runs: CloudRun[] = [];
    for (const run of ended.slice(0, count)) {
      const seconds = (msOf(run.finished_at) - msOf(run.started_at)) / 1000;
      runs.push({ ...run, seconds, results: await resultsOf(get, run.id) });
    }
    const manifest = await newest(runs, (runId) => get.artifact(runId, "manifest.json", null, Manifest));
    const sources = await newest(runs, (runId) => sourcesOf(get, runId));
    return {
      projectId: project_id,
      environmentId: id,
      runs,
      models: manifest && Object.keys(manifest.nodes).filter((key) => key.startsWith("model.")),
      loadedAt: new Map(
        sources?.results.flatMap((row) => (row.max_loaded_at ? [[row.unique_id, row.max_loaded_at]] : [])),
      ),
      parents: manifest?.parent_map ?? {},
    };
  }
  throw new Error("no run of a production environment has ended");
}

type Getter = ReturnType<typeof getter>;

function getter({ token, accountId, adminUrl }: Place) {
  const headers = { authorization: `Token ${token}` };
  const address = (path: string) => {
    const [version, ...rest] = path.split("/");
    return `${adminUrl}/api/${version}/accounts/${accountId}/${rest.join("/")}`;
  };
  return {
    async json<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
      const response = await fetch(address(path), { headers });
      if (!response.ok) throw new Error(`${response.status} for ${path}`);
      return schema.parse(Envelope.parse(await response.json()).data);
    },
    /** Null where the run, or its step, left no such file. */
    async artifact<S extends z.ZodType>(
      runId: string,
      name: string,
      step: number | null,
      schema: S,
    ): Promise<z.output<S> | null> {
      const query = step === null ? "" : `?step=${step}`;
      const response = await fetch(address(`v2/runs/${runId}/artifacts/${name}${query}`), { headers });
      if (response.status === 404) return null;
      if (!response.ok) throw new Error(`${response.status} for ${name} of a run`);
      return schema.parse(await response.json());
    },
  };
}

function stepsOf(get: Getter, runId: string) {
  return get.json(`v2/runs/${runId}/?include_related=["run_steps"]`, Steps);
}

async function resultsOf(get: Getter, runId: string): Promise<Result[]> {
  const { run_steps } = await stepsOf(get, runId);
  const results: Result[] = [];
  for (const { index } of run_steps.filter(({ name }) => COUNTS.test(name ?? ""))) {
    const file = await get.artifact(runId, "run_results.json", index, RunResults);
    for (const { unique_id, status, execution_time, timing } of file?.results ?? []) {
      const ends = timing.flatMap(({ completed_at }) => (completed_at ? [msOf(completed_at)] : []));
      const at = ends.length > 0 ? Math.max(...ends) : msOf(file?.metadata.generated_at);
      results.push({ unique_id, status, runtime: execution_time, at });
    }
  }
  return results;
}

async function sourcesOf(get: Getter, runId: string) {
  const { run_steps } = await stepsOf(get, runId);
  const step = run_steps.find(({ name }) => /source freshness/i.test(name ?? ""));
  return step === undefined ? null : get.artifact(runId, "sources.json", step.index, Sources);
}

/** What the newest run has that went to its end and has it. */
async function newest<T>(
  runs: readonly CloudRun[],
  read: (runId: string) => Promise<T | null>,
): Promise<T | null> {
  for (const run of runs.filter(({ status }) => status === SUCCESS || status === ERROR)) {
    const found = await read(run.id);
    if (found !== null) return found;
  }
  return null;
}

/** Runs and artifacts write times in two ways; both are UTC. */
function msOf(text: string | null | undefined): number {
  const iso = (text ?? "").replace(" ", "T");
  return Date.parse(/Z$|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`);
}

export const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

/**
 * The averages of models over their last `count` successes, slowest first; of those alone that have as many in these
 * runs: the others may have more in runs that were not read.
 */
export function averages({ runs }: Account, count: number): Map<string, number> {
  const times = new Map<string, Result[]>();
  // Discovery knows of no run without a job.
  const ofJobs = runs.filter(({ job_definition_id }) => job_definition_id != null);
  for (const row of ofJobs.flatMap(({ results }) => results)) {
    if (row.status !== "success" || !row.unique_id.startsWith("model.")) continue;
    times.set(row.unique_id, [...(times.get(row.unique_id) ?? []), row]);
  }
  const averaged = [...times].flatMap(([id, rows]): [string, number][] => {
    const last = rows.sort((one, other) => other.at - one.at).slice(0, count);
    return last.length < count ? [] : [[id, mean(last.map(({ runtime }) => runtime))]];
  });
  return new Map(averaged.sort(([, one], [, other]) => other - one));
}

/** The averages of jobs over their last `count` runs to the end, of those that have as many and no retries. */
export function jobAverages({ runs }: Account, count: number): Map<string, number> {
  const jobs = new Set(runs.flatMap(({ job_definition_id }) => job_definition_id ?? []));
  return new Map(
    [...jobs].flatMap((job): [string, number][] => {
      const own = runs.filter((run) => run.job_definition_id === job);
      const ended = own.filter(({ status }) => status === SUCCESS || status === ERROR).slice(0, count);
      const isPlain = own.every(({ retrying_run_id }) => !retrying_run_id);
      return ended.length < count || !isPlain ? [] : [[job, mean(ended.map(({ seconds }) => seconds))]];
    }),
  );
}
