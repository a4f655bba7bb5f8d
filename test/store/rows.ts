/**
 * Builds batches for the store from plain objects, so that a test says only what it is about.
 *
 *     const load = new LoadRows();
 *     load.definitions({ nodes: [{ unique_id: "model.shop.orders", tags: ["finance"] }] });
 *     load.invocation({ invocation: { invocation_id: "i1" }, executions: [{ node: "model.shop.orders", runtime_s: 3 }] });
 *     await store.load((l) => l.send(load.batch()).then(() => l.publish()));
 *
 * Everything left out has a plain default: source `test`, project `shop`, environment `prod`, job `nightly`,
 * a run named after the invocation, times on 2024-05-01. Times are ISO strings or epoch microseconds.
 */
import type {
  Batch,
  ConditionRow,
  DefinitionsUnit,
  EdgeColumns,
  EnvironmentRow,
  ExecutionColumns,
  FreshnessColumns,
  HierarchyUnit,
  InvocationRow,
  InvocationUnit,
  JobRow,
  LedgerUnit,
  NodeColumns,
  ProjectRow,
  ReportedFreshnessRow,
  ReportedHealthRow,
  RunRow,
  SourceRef,
  Unit,
} from "../../src/store/units.ts";

export type Time = string | number | null;

/** Epoch microseconds of an ISO time. */
export function micros(time: string): number {
  const value = Date.parse(time) * 1000;
  if (Number.isNaN(value)) throw new Error(`not a time: ${time}`);
  return value;
}

const at = (time: Time | undefined): number =>
  typeof time === "string" ? micros(time) : (time ?? Number.NaN);

export const TEST_SOURCE: SourceRef = { id: "test", system: "artifacts" };
export const DEFAULT_TIME = "2024-05-01T03:00:00Z";

type Text = string | null;

/** One execution; `node` is a unique_id. */
export interface ExecutionInput {
  node: string;
  status?: Text;
  raw_status?: Text;
  thread?: Text;
  message?: Text;
  partition?: Text;
  recorded_at?: Time;
  started_at?: Time;
  ended_at?: Time;
  runtime_s?: number | null;
  compile_s?: number | null;
  execute_s?: number | null;
  failures?: number | null;
  rows_affected?: number | null;
  bytes_processed?: number | null;
  attempt?: number | null;
}

export interface FreshnessInput {
  node: string;
  status?: Text;
  raw_status?: Text;
  message?: Text;
  max_loaded_at?: Time;
  snapshotted_at?: Time;
  age_s?: number | null;
  warn_after_s?: number | null;
  error_after_s?: number | null;
}

/** One node; what is left out is read from the unique_id, or null. `attached` is a unique_id. */
export interface NodeInput {
  unique_id: string;
  model_id?: Text;
  name?: Text;
  resource_type?: Text;
  package_name?: Text;
  version?: Text;
  alias?: Text;
  database_name?: Text;
  schema_name?: Text;
  description?: Text;
  materialization?: Text;
  tags?: string[];
  owner?: Text;
  path?: Text;
  checksum?: Text;
  attached?: Text;
  column_name?: Text;
  test_type?: Text;
  severity?: Text;
  source_name?: Text;
  url?: Text;
  warn_after_s?: number | null;
  error_after_s?: number | null;
}

interface Place {
  source?: SourceRef;
  project?: Partial<ProjectRow>;
}

export interface DefinitionsInput extends Place {
  /** `undefined` is `prod`, null is definitions of no named environment. */
  environment?: Partial<EnvironmentRow> | null;
  invocation_id?: Text;
  generated_at?: Time;
  location?: string;
  nodes: NodeInput[];
  /** Pairs of unique_ids: an input and what is built from it. */
  edges?: [parent: string, child: string][];
}

/** What a source says of one project: by default only `prod` with the job `nightly` in it. */
export interface DescribedProject {
  project?: Partial<ProjectRow>;
  environments?: Partial<EnvironmentRow>[];
  jobs?: (Partial<JobRow> & { environment_id?: string })[];
}

export interface RunInput extends Place {
  environment?: Partial<EnvironmentRow>;
  job?: Partial<JobRow>;
  run?: Partial<Omit<RunRow, "queued_at" | "started_at" | "ended_at">> & {
    queued_at?: Time;
    started_at?: Time;
    ended_at?: Time;
  };
}

export interface InvocationInput extends Place {
  environment?: Partial<EnvironmentRow>;
  job?: Partial<JobRow>;
  run?: Partial<RunRow>;
  invocation?: Partial<Omit<InvocationRow, "started_at" | "ended_at">> & {
    started_at?: Time;
    ended_at?: Time;
  };
  executions?: ExecutionInput[];
  freshness?: FreshnessInput[];
}

/** What a source says of the health of nodes (of `prod` in `shop`, unless said otherwise) and of its own. */
export interface StateInput {
  source?: SourceRef;
  seen_at?: Time;
  project_id?: string;
  environment_id?: string;
  health?: (Partial<Omit<ReportedHealthRow, "reported_at">> & { unique_id: string; reported_at?: Time })[];
  freshness?: (Partial<Omit<ReportedFreshnessRow, "max_loaded_at" | "checked_at">> & {
    unique_id: string;
    max_loaded_at?: Time;
    checked_at?: Time;
  })[];
  conditions?: (Partial<Omit<ConditionRow, "since">> & { since?: Time })[];
}

/** Gathers the units of one load. Words go on from batch to batch until `restart`, as a load's do. */
export class LoadRows {
  #index = new Map<string, number>();
  #words: string[] = [];
  #units: Unit[] = [];

  /** What was added since the last batch. */
  batch(): Batch {
    const batch = { words: this.#words, units: this.#units };
    this.#words = [];
    this.#units = [];
    return batch;
  }

  /** Words begin anew, as they do in a load after `publish`. */
  restart(): this {
    this.#index = new Map();
    return this;
  }

  definitions(input: DefinitionsInput): this {
    const unit: DefinitionsUnit = {
      kind: "definitions",
      source: input.source ?? TEST_SOURCE,
      project: project(input.project),
      environment: input.environment === null ? null : environment(input.environment),
      invocation_id: input.invocation_id ?? null,
      generated_at: at(input.generated_at ?? DEFAULT_TIME),
      schema_version: "v12",
      dbt_version: "1.9.0",
      location: input.location ?? "target/manifest.json",
      nodes: this.#nodes(input.nodes),
      edges: this.#edges(input.edges ?? []),
    };
    this.#units.push(unit);
    return this;
  }

  hierarchy(projects: DescribedProject[] = [{}], given: { source?: SourceRef; seen_at?: Time } = {}): this {
    const unit: HierarchyUnit = {
      kind: "hierarchy",
      source: given.source ?? TEST_SOURCE,
      seen_at: at(given.seen_at ?? DEFAULT_TIME),
      projects: projects.map((described) => ({
        project: project(described.project),
        environments: (described.environments ?? [{}]).map(environment),
        jobs: (described.jobs ?? [{}]).map(({ environment_id = "prod", ...row }) => ({
          environment_id,
          job: job(row),
        })),
      })),
    };
    this.#units.push(unit);
    return this;
  }

  /** A run of one minute that its system describes; it succeeded, and its results have not been read. */
  run(input: RunInput = {}): this {
    const { queued_at = null, started_at, ended_at = DEFAULT_TIME, ...row } = input.run ?? {};
    const times = {
      queued_at,
      started_at: started_at === undefined ? minuteBefore(ended_at) : started_at,
      ended_at,
    };
    this.#units.push({
      kind: "run",
      source: input.source ?? TEST_SOURCE,
      project: project(input.project),
      environment: environment(input.environment),
      job: job(input.job),
      run: {
        ...derivedRun("1"),
        derived: false,
        status: "success",
        results_read: false,
        queued_at: orNull(times.queued_at),
        started_at: orNull(times.started_at),
        ended_at: orNull(times.ended_at),
        ...row,
      },
    });
    return this;
  }

  invocation(input: InvocationInput): this {
    const given = input.invocation ?? {};
    const id = given.invocation_id ?? "i1";
    const ended = at(given.ended_at ?? DEFAULT_TIME);
    const started = given.started_at === undefined ? ended - 60e6 : given.started_at;
    const unit: InvocationUnit = {
      kind: "invocation",
      source: input.source ?? TEST_SOURCE,
      project: project(input.project),
      environment: environment(input.environment),
      job: job(input.job),
      run: { ...derivedRun(id), ...input.run },
      invocation: {
        invocation_id: id,
        kind: "results",
        command: "build",
        command_line: "dbt build",
        builds: true,
        tests: true,
        full_refresh: false,
        complete: true,
        stand_in: false,
        status: "success",
        elapsed_s: 60,
        dbt_version: "1.9.0",
        location: "target/run_results.json",
        ...given,
        started_at: started === null ? null : at(started),
        ended_at: ended,
      },
      executions: input.executions === undefined ? null : this.#executions(input.executions),
      freshness: input.freshness === undefined ? null : this.#freshness(input.freshness),
    };
    this.#units.push(unit);
    return this;
  }

  state({ health = [], freshness = [], conditions = [], ...given }: StateInput): this {
    this.#units.push({
      kind: "state",
      source: given.source ?? TEST_SOURCE,
      seen_at: at(given.seen_at ?? DEFAULT_TIME),
      nodes: [
        {
          project_id: given.project_id ?? "shop",
          environment_id: given.environment_id ?? "prod",
          health: health.map(({ reported_at = null, ...row }) => ({
            status: "healthy" as const,
            raw_status: null,
            reasons: [],
            reported_at: orNull(reported_at),
            ...row,
          })),
          freshness: freshness.map(({ max_loaded_at = null, checked_at = DEFAULT_TIME, ...row }) => ({
            status: "pass" as const,
            raw_status: null,
            criterion: null,
            message: null,
            max_loaded_at: orNull(max_loaded_at),
            checked_at: at(checked_at),
            warn_after_s: null,
            error_after_s: null,
            ...row,
          })),
        },
      ],
      conditions: conditions.map(({ since = null, ...row }) => ({
        project_id: null,
        kind: "daemon" as const,
        subject: "SENSOR",
        severity: "warning" as const,
        message: "has not been heard of",
        since: orNull(since),
        ...row,
      })),
    });
    return this;
  }

  ledger(input: Partial<Omit<LedgerUnit, "kind" | "synced_at">> & { scope: string; synced_at?: Time }): this {
    this.#units.push({
      kind: "ledger",
      source: TEST_SOURCE,
      revision: null,
      watermark: null,
      complete: true,
      notes: [],
      ...input,
      synced_at: at(input.synced_at ?? DEFAULT_TIME),
    });
    return this;
  }

  #word(text: Text | undefined): number {
    if (text === null || text === undefined) return -1;
    const known = this.#index.get(text);
    if (known !== undefined) return known;
    const index = this.#index.size;
    this.#index.set(text, index);
    this.#words.push(text);
    return index;
  }

  #texts<T>(rows: readonly T[], read: (row: T) => Text | undefined): Int32Array {
    return Int32Array.from(rows, (row) => this.#word(read(row)));
  }

  #executions(rows: ExecutionInput[]): ExecutionColumns {
    return {
      length: rows.length,
      node: this.#texts(rows, (row) => row.node),
      status: this.#texts(rows, (row) => (row.status === undefined ? "success" : row.status)),
      raw_status: this.#texts(rows, (row) => row.raw_status),
      thread: this.#texts(rows, (row) => row.thread),
      message: this.#texts(rows, (row) => row.message),
      partition: this.#texts(rows, (row) => row.partition),
      recorded_at: Float64Array.from(rows, (row) => at(row.recorded_at)),
      started_at: Float64Array.from(rows, (row) => at(row.started_at)),
      ended_at: Float64Array.from(rows, (row) => at(row.ended_at)),
      runtime_s: Float64Array.from(rows, (row) => row.runtime_s ?? Number.NaN),
      compile_s: Float64Array.from(rows, (row) => row.compile_s ?? Number.NaN),
      execute_s: Float64Array.from(rows, (row) => row.execute_s ?? Number.NaN),
      failures: Float64Array.from(rows, (row) => row.failures ?? Number.NaN),
      rows_affected: Float64Array.from(rows, (row) => row.rows_affected ?? Number.NaN),
      bytes_processed: Float64Array.from(rows, (row) => row.bytes_processed ?? Number.NaN),
      attempt: Float64Array.from(rows, (row) =>
        row.attempt === undefined ? 1 : (row.attempt ?? Number.NaN),
      ),
    };
  }

  #freshness(rows: FreshnessInput[]): FreshnessColumns {
    return {
      length: rows.length,
      node: this.#texts(rows, (row) => row.node),
      status: this.#texts(rows, (row) => (row.status === undefined ? "pass" : row.status)),
      raw_status: this.#texts(rows, (row) => row.raw_status),
      message: this.#texts(rows, (row) => row.message),
      max_loaded_at: Float64Array.from(rows, (row) => at(row.max_loaded_at)),
      snapshotted_at: Float64Array.from(rows, (row) => at(row.snapshotted_at)),
      age_s: Float64Array.from(rows, (row) => row.age_s ?? Number.NaN),
      warn_after_s: Float64Array.from(rows, (row) => row.warn_after_s ?? Number.NaN),
      error_after_s: Float64Array.from(rows, (row) => row.error_after_s ?? Number.NaN),
    };
  }

  #nodes(rows: NodeInput[]): NodeColumns {
    const part = (row: NodeInput, index: number): Text => row.unique_id.split(".")[index] ?? null;
    const given = (value: Text | undefined, fallback: Text): Text => (value === undefined ? fallback : value);
    return {
      length: rows.length,
      unique_id: this.#texts(rows, (row) => row.unique_id),
      model_id: this.#texts(rows, (row) =>
        given(row.model_id, row.unique_id.split(".").slice(1, 3).join(".")),
      ),
      name: this.#texts(rows, (row) => given(row.name, part(row, 2))),
      resource_type: this.#texts(rows, (row) => given(row.resource_type, part(row, 0))),
      package_name: this.#texts(rows, (row) => given(row.package_name, part(row, 1))),
      version: this.#texts(rows, (row) => row.version),
      alias: this.#texts(rows, (row) => row.alias),
      database_name: this.#texts(rows, (row) => row.database_name),
      schema_name: this.#texts(rows, (row) => row.schema_name),
      description: this.#texts(rows, (row) => row.description),
      materialization: this.#texts(rows, (row) => row.materialization),
      tags: this.#texts(rows, (row) => JSON.stringify(row.tags ?? [])),
      owner: this.#texts(rows, (row) => row.owner),
      path: this.#texts(rows, (row) => row.path),
      checksum: this.#texts(rows, (row) => row.checksum),
      attached: this.#texts(rows, (row) => row.attached),
      column_name: this.#texts(rows, (row) => row.column_name),
      test_type: this.#texts(rows, (row) => row.test_type),
      severity: this.#texts(rows, (row) => row.severity),
      source_name: this.#texts(rows, (row) => row.source_name),
      url: this.#texts(rows, (row) => row.url),
      warn_after_s: Float64Array.from(rows, (row) => row.warn_after_s ?? Number.NaN),
      error_after_s: Float64Array.from(rows, (row) => row.error_after_s ?? Number.NaN),
    };
  }

  #edges(pairs: [parent: string, child: string][]): EdgeColumns {
    return {
      length: pairs.length,
      parent: this.#texts(pairs, ([parent]) => parent),
      child: this.#texts(pairs, ([, child]) => child),
    };
  }
}

function project(given: Partial<ProjectRow> = {}): ProjectRow {
  return {
    project_id: "shop",
    name: "shop",
    dbt_project_name: "shop",
    adapter_type: "duckdb",
    url: null,
    created_at: null,
    updated_at: null,
    ...given,
  };
}

function job(given: Partial<JobRow> = {}): JobRow {
  return {
    job_id: "nightly",
    name: "Nightly",
    schedule: null,
    commands: ["dbt build"],
    url: null,
    ...given,
  };
}

const orNull = (time: Time): number | null => (time === null ? null : at(time));
const minuteBefore = (time: Time): Time => (time === null ? null : at(time) - 60e6);

function environment(given: Partial<EnvironmentRow> = {}): EnvironmentRow {
  return { environment_id: "prod", name: given.environment_id ?? "prod", type: "production", ...given };
}

function derivedRun(id: string): RunRow {
  return {
    run_id: `run-${id}`,
    derived: true,
    status: "unknown",
    raw_status: null,
    queued_at: null,
    started_at: null,
    ended_at: null,
    trigger: null,
    commit_sha: null,
    branch: null,
    url: null,
    error_message: null,
    results_read: true,
    kind: "full",
  };
}
