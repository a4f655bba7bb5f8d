/** A made-up workspace: schedules of one or more dbt projects, whose runs leave small artifacts. */
import { type Command, CREDENTIALS, type Resource, type Run, type World } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FIRST_RUN = 5000;

export interface MadeUpOptions {
  /** Epoch milliseconds: the newest run of each schedule ended within the hour before. */
  now: number;
  schedules?: number;
  /** Runs of each schedule, one an hour. */
  runs?: number;
  /** Names of dbt projects, which the schedules are of in turn. */
  projects?: readonly string[];
}

/** What a run of dbt found: a status for each node. */
export type Outcomes = Readonly<Record<string, string>>;

/** The nodes that every project has: `orders` is built on `stg_orders`, which a test looks at. */
const MODELS = ["stg_orders", "orders"] as const;

/** Schedules `s0`, `s1` and so on. */
export function madeUpWorld({ now, schedules = 1, runs = 3, projects = ["harbour"] }: MadeUpOptions): World {
  const world: World = { schedules: [], runs: [], credentials: CREDENTIALS };
  for (let index = 0; index < schedules; index++) {
    world.schedules.push({
      id: 100 + index,
      slug: `s${index}`,
      name: `Schedule ${index}`,
      cron: "0 * * * *",
      commands: ["dbt deps", "dbt build --target prod"],
      branch: "main",
      isTurboCi: false,
      isSuspended: false,
    });
    for (let back = runs - 1; back >= 0; back--) {
      const project = projects[index % projects.length] ?? "harbour";
      addBuild(world, `s${index}`, now - back * HOUR - 10 * MINUTE, { project });
    }
  }
  return world;
}

export interface BuildOptions extends Partial<Omit<Run, "id" | "slug" | "commands">> {
  project?: string;
  /** Instead of success everywhere. */
  outcomes?: Outcomes;
  returnCode?: number;
}

/** A run of `dbt build` that began at `at` (epoch milliseconds) and took half a minute. */
export function addBuild(world: World, slug: string, at: number, options: BuildOptions = {}): Run {
  const { project = "harbour", outcomes = successes(project), returnCode = 0, ...more } = options;
  const run = addRun(world, slug, at, { state: returnCode === 0 ? "SUCCESS" : "FAILED", ...more });
  addCommand(run, "dbt deps");
  const command = addCommand(run, "dbt build --target prod", { returnCode });
  const invocation = `inv-${command.id}`;
  leave(command, "target/manifest.json", manifestText(project, invocation, at));
  leave(command, "target/run_results.json", resultsText("build", invocation, outcomes, at + 30_000));
  return run;
}

/** A run without commands, which took half a minute. */
export function addRun(world: World, slug: string, at: number, more: Partial<Run> = {}): Run {
  const id = Math.max(FIRST_RUN, ...world.runs.map((run) => run.id)) + 1;
  const run: Run = {
    id,
    slug,
    state: "SUCCESS",
    actor: "Scheduler",
    startedAt: at,
    endedAt: at + 30_000,
    parentRunId: null,
    branch: "main",
    commit: "4c1d2e",
    pullRequest: null,
    commands: [],
    ...more,
  };
  world.runs.push(run);
  return run;
}

export function addCommand(run: Run, line: string, more: Partial<Command> = {}): Command {
  const command: Command = {
    id: run.id * 10 + run.commands.length + 1,
    command: line,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    returnCode: 0,
    stdout: () => "",
    stderr: "",
    resources: [],
    ...more,
  };
  run.commands.push(command);
  return command;
}

/** Lets a command leave a file. */
export function leave(command: Command, path: string, text: string): Resource {
  const resource = { id: command.id * 10 + command.resources.length, path, read: () => text };
  command.resources.push(resource);
  return resource;
}

export function successes(project: string): Outcomes {
  return {
    [`model.${project}.stg_orders`]: "success",
    [`test.${project}.not_null_orders_id.a1b2`]: "pass",
    [`model.${project}.orders`]: "success",
  };
}

/** A manifest of two models, a test and a source; `project_name` is left out where `named` is false, as before dbt 1.6. */
export function manifestText(project: string, invocation: string, at: number, named = true): string {
  const node = (id: string, type: string, parents: readonly string[], more: object = {}) => ({
    unique_id: id,
    name: id.split(".")[2],
    resource_type: type,
    package_name: project,
    depends_on: { nodes: parents },
    config: { materialized: "table" },
    tags: [],
    raw_code: `select 1 -- ${id}`,
    language: "sql",
    ...more,
  });
  const [staging, orders] = MODELS.map((name) => `model.${project}.${name}`);
  const test = `test.${project}.not_null_orders_id.a1b2`;
  const source = `source.${project}.shop.orders`;
  return JSON.stringify({
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
      dbt_version: "1.12.6",
      generated_at: iso(at),
      invocation_id: invocation,
      adapter_type: "duckdb",
      ...(named && { project_name: project }),
    },
    nodes: {
      [staging ?? ""]: node(staging ?? "", "model", [source]),
      [orders ?? ""]: node(orders ?? "", "model", [staging ?? ""]),
      [test]: node(test, "test", [orders ?? ""], { attached_node: orders, config: { severity: "error" } }),
    },
    sources: { [source]: { ...node(source, "source", []), source_name: "shop", name: "orders" } },
  });
}

/** `run_results.json` of a command that ended at `at`, epoch milliseconds; each node took a second. */
export function resultsText(which: string, invocation: string, outcomes: Outcomes, at: number): string {
  return JSON.stringify({
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/run-results/v6.json",
      dbt_version: "1.12.6",
      generated_at: iso(at),
      invocation_id: invocation,
    },
    results: Object.entries(outcomes).map(([unique_id, status], index) => ({
      unique_id,
      status,
      thread_id: "Thread-1",
      execution_time: 1,
      message: status === "error" ? "Database Error: no such column" : null,
      failures: status === "fail" ? 3 : null,
      timing:
        status === "skipped"
          ? []
          : [
              {
                name: "execute",
                started_at: iso(at - 20_000 + index * 1000),
                completed_at: iso(at - 19_000 + index * 1000),
              },
            ],
      compiled_code: `select 1 as compiled`,
    })),
    args: { which, target: "prod", invocation_command: `dbt ${which} --target prod` },
    elapsed_time: 20,
  });
}

/** `sources.json` of a check at `at`, epoch milliseconds. */
export function sourcesText(project: string, invocation: string, status: string, at: number): string {
  return JSON.stringify({
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/sources/v3.json",
      dbt_version: "1.12.6",
      generated_at: iso(at),
      invocation_id: invocation,
    },
    results: [
      {
        unique_id: `source.${project}.shop.orders`,
        status,
        max_loaded_at: iso(at - HOUR),
        snapshotted_at: iso(at),
        max_loaded_at_time_ago_in_s: 3600,
        criteria: { warn_after: { count: 1, period: "hour" }, error_after: { count: 1, period: "day" } },
      },
    ],
    elapsed_time: 2,
  });
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
