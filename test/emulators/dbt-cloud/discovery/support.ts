/** Small worlds for tests: each run is given by the artifacts of its steps. */
import type { Environment, Job, Run, Step, World } from "../world.ts";
import { createDiscovery, type DiscoveryOptions } from "./execute.ts";

export const NOW = Date.UTC(2026, 5, 20, 12);
export const ENVIRONMENT = 11;
export const DEVELOPMENT = 12;
/** Of another project. */
export const ELSEWHERE = 21;
export const NIGHTLY = 101;
export const HOURLY = 102;

export interface RunParts {
  id: number;
  jobId?: number | null;
  environmentId?: number;
  /** ISO; the end of the run. */
  at: string;
  /** What each step wrote, by path; a run without any was cancelled. */
  steps: Readonly<Record<string, object>>[];
}

export function smallWorld(runs: readonly RunParts[]): World {
  const world: World = {
    account: { id: 7, name: "Small" },
    projects: [project(1), project(2)],
    environments: [
      environment(ENVIRONMENT, 1, "deployment"),
      environment(DEVELOPMENT, 1, "development"),
      environment(ELSEWHERE, 2, "deployment"),
    ],
    jobs: [job(NIGHTLY), job(HOURLY)],
    runs: runs.map(runOf),
    tokens: [],
    version: 0,
    touch() {
      world.version += 1;
    },
  };
  return world;
}

const PAST = { createdAt: 0, updatedAt: 0 };

function project(id: number) {
  return { id, name: `Project ${id}`, description: null, state: 1 as const, ...PAST };
}

function environment(id: number, projectId: number, type: Environment["type"]): Environment {
  return {
    id,
    projectId,
    name: `${id}`,
    type,
    deploymentType: null,
    dbtVersion: "1.10.0",
    state: 1,
    ...PAST,
  };
}

function job(id: number): Job {
  return {
    id,
    projectId: 1,
    environmentId: ENVIRONMENT,
    name: `${id}`,
    description: "",
    executeSteps: ["dbt build"],
    cron: null,
    jobType: "other",
    generateDocs: false,
    runGenerateSources: false,
    state: 1,
    ...PAST,
  };
}

export function runOf({ id, jobId = NIGHTLY, environmentId = ENVIRONMENT, at, steps }: RunParts): Run {
  const finishedAt = Date.parse(at);
  return {
    id,
    jobId,
    projectId: Math.floor(environmentId / 10),
    environmentId,
    status: steps.length === 0 ? 30 : 10,
    statusMessage: null,
    gitBranch: "main",
    gitSha: `sha-of-${id}`,
    dbtVersion: "1.10.0",
    createdAt: finishedAt - 60_000,
    dequeuedAt: finishedAt - 60_000,
    startedAt: finishedAt - 60_000,
    finishedAt,
    cause: "test",
    causeCategory: "api",
    retryingRunId: null,
    steps: steps.map((artifacts, index) => stepOf(id * 10 + index, index + 1, finishedAt, artifacts)),
  };
}

function stepOf(id: number, index: number, at: number, artifacts: Readonly<Record<string, object>>): Step {
  const texts = new Map(Object.entries(artifacts).map(([path, content]) => [path, JSON.stringify(content)]));
  return {
    id,
    index,
    name: `Step ${index}`,
    command: "dbt build",
    status: 10,
    startedAt: at - 60_000,
    finishedAt: at,
    logs: "",
    debugLogs: "",
    paths: [...texts.keys()],
    artifact: (path) => texts.get(path) ?? null,
  };
}

/** An entry of a manifest; `parents` are unique ids. */
export function node(uniqueId: string, parents: readonly string[] = [], more: object = {}): object {
  const [resource_type = "", package_name = "", ...names] = uniqueId.split(".");
  const name = names.join("_");
  return {
    unique_id: uniqueId,
    resource_type,
    package_name,
    name,
    alias: name,
    database: "db",
    schema: "analytics",
    original_file_path: `models/${name}.sql`,
    fqn: [package_name, name],
    tags: [],
    description: "",
    config: { materialized: "table" },
    raw_code: `select * from ${name}`,
    depends_on: { nodes: parents, macros: [] },
    ...more,
  };
}

/** A manifest of these entries, each under its kind. */
export function manifest(entries: readonly object[], at = "2026-06-19T02:00:01.000000Z"): object {
  const keys: Readonly<Record<string, string>> = {
    source: "sources",
    exposure: "exposures",
    macro: "macros",
    unit_test: "unit_tests",
    metric: "metrics",
    semantic_model: "semantic_models",
    saved_query: "saved_queries",
    group: "groups",
  };
  const parts: Record<string, Record<string, object>> = { nodes: {} };
  for (const entry of entries) {
    const { unique_id, resource_type } = entry as { unique_id: string; resource_type: string };
    const key = keys[resource_type] ?? "nodes";
    parts[key] = { ...parts[key], [unique_id]: entry };
  }
  const metadata = {
    dbt_version: "1.10.0",
    generated_at: at,
    project_name: "small",
    adapter_type: "duckdb",
  };
  return { metadata, ...parts };
}

export interface ResultParts {
  status?: string;
  message?: string | null;
  failures?: number | null;
  seconds?: number;
}

/** Run results of one command that ended at `at`; each result by unique id. */
export function results(
  at: string,
  byId: Readonly<Record<string, ResultParts>>,
  which = "build",
): Record<string, unknown> {
  return {
    metadata: { generated_at: at, invocation_id: `invocation-${at}` },
    args: { which, target: "prod" },
    elapsed_time: 42.5,
    results: Object.entries(byId).map(([unique_id, parts]) => {
      const { status = "success", failures = null, seconds = 1.5 } = parts;
      // dbt has a message for what went well, too.
      const { message = status === "success" ? "SUCCESS 1" : null } = parts;
      const span = { started_at: at, completed_at: at };
      const timing = [
        { name: "compile", ...span },
        { name: "execute", ...span },
      ];
      return {
        unique_id,
        status,
        message,
        failures,
        thread_id: "Thread-1 (worker)",
        execution_time: seconds,
        timing: status === "skipped" ? [] : timing,
        compiled_code: status === "skipped" ? null : "select 1",
      };
    }),
  };
}

export interface Reply {
  status: number;
  /** The whole body, for what an answer should not have. */
  text: string;
  data: unknown;
  errors: { message: string; extensions: { code: string } }[];
}

/** Asks the API over `world`, as of `NOW`, in the newer vintage. */
export async function ask(
  world: World,
  query: string,
  variables: Record<string, unknown> = {},
  options: Partial<DiscoveryOptions> & { projectIds?: readonly number[] } = {},
): Promise<Reply> {
  const { projectIds = null, ...rest } = options;
  const api = createDiscovery(world, { vintage: "2026-06", now: () => NOW, ...rest });
  const { status, body } = await api.execute({ query, variables }, projectIds);
  // As it would arrive: what has no place in JSON is gone.
  const text = JSON.stringify(body);
  const { data, errors = [] } = JSON.parse(text) as Partial<Reply>;
  return { status, text, data, errors };
}

/** The data of an answer without errors, found by `path`. */
export async function get(
  world: World,
  path: string,
  query: string,
  variables: Record<string, unknown> = {},
  options: Partial<DiscoveryOptions> = {},
): Promise<unknown> {
  const reply = await ask(world, query, variables, options);
  if (reply.errors.length > 0) throw new Error(reply.text);
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], reply.data);
}
