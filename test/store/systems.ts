/** The same dbt project as two systems tell of it: files on disk, and a platform that gives everything a number. */
import { expect } from "vitest";
import type { Store } from "../../src/store/port.ts";
import { TABLES } from "../../src/store/schema.ts";
import type { EnvironmentRow, JobRow, RunRow, SourceRef } from "../../src/store/units.ts";
import {
  type DefinitionsInput,
  type InvocationInput,
  LoadRows,
  micros,
  type NodeInput,
  type RunInput,
} from "./rows.ts";
import { ask } from "./stores.ts";

export const CLOUD: SourceRef = { id: "dbt-cloud example.com 1", system: "dbt-cloud" };
export const OTHER_CLOUD: SourceRef = { id: "dbt-cloud example.com 2", system: "dbt-cloud" };
export const FILES: SourceRef = { id: "artifacts /data", system: "artifacts" };
export const MORE_FILES: SourceRef = { id: "artifacts /more", system: "artifacts" };

/** Both orders in which the two can be configured. */
export const ORDERS: [string, string[]][] = [
  ["the platform first", [CLOUD.id, FILES.id]],
  ["the files first", [FILES.id, CLOUD.id]],
];

export const A = "model.shop.a";
export const B = "model.shop.b";
export const NODES: NodeInput[] = [
  { unique_id: A, checksum: "1" },
  { unique_id: B, checksum: "1" },
];

/** So many minutes, and seconds, after midnight of 2024-05-01. */
export const at = (minute: number, second = 0): string =>
  new Date(Date.parse("2024-05-01T00:00:00Z") + (minute * 60 + second) * 1000).toISOString();

/** Minutes, as for `at`. */
export type Span = readonly [from: number, to: number];

export const NIGHTLY: Partial<JobRow> = { job_id: "501", name: "Nightly", schedule: "0 3 * * *" };
/** The job that files make of a command. */
export const BUILD: Partial<JobRow> = { job_id: "build", name: "dbt build" };
export const CLOUD_PROD: EnvironmentRow = { environment_id: "33", name: "Production", type: "production" };
const FILES_PROD: EnvironmentRow = { environment_id: "prod", name: "prod", type: "production" };

/** Where a system places the production of the project. */
export function placeOf(source: SourceRef) {
  return source.system === "dbt-cloud"
    ? { source, project: { project_id: "70", name: "Shop" }, environment: CLOUD_PROD }
    : { source, project: { project_id: "shop" }, environment: FILES_PROD };
}

/** A run that took this span, as the platform describes it. */
export function described(run_id: string, [from, to]: Span, more: Partial<RunRow> = {}): Partial<RunRow> {
  return {
    run_id,
    derived: false,
    status: "success",
    queued_at: micros(at(from)) - 60e6,
    started_at: micros(at(from)),
    ended_at: micros(at(to)),
    trigger: "schedule",
    results_read: false,
    ...more,
  };
}

/** One load. What is left out is the production of the project, with two models that ran. */
export class Told {
  readonly rows = new LoadRows();

  definitions(source: SourceRef, more: Partial<DefinitionsInput> = {}): this {
    this.rows.definitions({
      ...placeOf(source),
      generated_at: at(0),
      invocation_id: "manifest",
      nodes: NODES,
      edges: [[A, B]],
      ...more,
    });
    return this;
  }

  /** A run as the platform lists it, without results. */
  listed(run_id: string, span: Span, more: Partial<RunInput> = {}): this {
    const { run, ...rest } = more;
    this.rows.run({
      ...placeOf(CLOUD),
      job: NIGHTLY,
      run: { ...described(run_id, span), ...run },
      ...rest,
    });
    return this;
  }

  /** A run of the platform with the results of its only command, which took all of the span but a minute. */
  read(run_id: string, id: string, [from, to]: Span, more: Partial<InvocationInput> = {}): this {
    const run = described(run_id, [from, to], { results_read: true });
    return this.results(CLOUD, id, [from + 1, to], { run, ...more });
  }

  /** The results of an invocation of this span. */
  results(source: SourceRef, id: string, [from, to]: Span, more: Partial<InvocationInput> = {}): this {
    const { invocation, ...rest } = more;
    this.rows.invocation({
      ...placeOf(source),
      job: source.system === "dbt-cloud" ? NIGHTLY : BUILD,
      invocation: { invocation_id: id, started_at: at(from), ended_at: at(to), ...invocation },
      executions: [A, B].map((node) => ({ node, runtime_s: 10, recorded_at: at(to), thread: source.system })),
      ...rest,
    });
    return this;
  }
}

/** How many rows each table shows. */
export async function counts(store: Store): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { name } of TABLES) {
    const [row] = await ask(store, `SELECT count(*) AS n FROM ${name}`);
    found[name] = Number(row?.n);
  }
  return found;
}

const PARENTS: Readonly<Record<string, string>> = {
  source_key: "sources",
  project_key: "projects",
  environment_key: "environments",
  definition_key: "definitions",
  job_key: "jobs",
  run_key: "runs",
  invocation_key: "invocations",
  node_key: "nodes",
  attached_key: "nodes",
  parent_key: "nodes",
  child_key: "nodes",
};

/** What hangs together lies in one place: rows of the first and of the second agree in the columns. */
const TOGETHER = [
  ["jobs", "environments", "environment_key", ["project_key"]],
  ["runs", "environments", "environment_key", ["project_key"]],
  ["nodes", "environments", "environment_key", ["project_key"]],
  ["runs", "jobs", "job_key", ["environment_key"]],
  ["invocations", "runs", "run_key", ["project_key", "environment_key", "job_key"]],
] as const;

/** Every key leads to one row that is shown, and what hangs together lies in one place. */
export async function expectWhole(store: Store): Promise<void> {
  const wrong: string[] = [];
  const expectNone = async (what: string, sql: string): Promise<void> => {
    if ((await ask(store, sql)).length > 0) wrong.push(what);
  };
  for (const { name, columns } of TABLES) {
    for (const { name: column } of columns) {
      const parent = PARENTS[column];
      if (parent === undefined) continue;
      const key = column.replace(/^(attached|parent|child)_/, "node_");
      await expectNone(
        `${name}.${column}`,
        `SELECT 1 FROM ${name} t WHERE t.${column} IS NOT NULL
           AND (SELECT count(*) FROM ${parent} p WHERE p.${key} = t.${column}) <> 1`,
      );
    }
  }
  for (const [child, parent, key, columns] of TOGETHER) {
    for (const column of columns) {
      await expectNone(
        `${column} of ${child} and ${parent}`,
        `SELECT 1 FROM ${child} c JOIN ${parent} p USING (${key}) WHERE c.${column} IS DISTINCT FROM p.${column}`,
      );
    }
  }
  for (const table of ["executions", "freshness"]) {
    await expectNone(
      `nodes of ${table}`,
      `SELECT 1 FROM ${table} x JOIN invocations i USING (invocation_key) JOIN nodes n USING (node_key)
       WHERE n.environment_key <> i.environment_key`,
    );
  }
  await expectNone("nodes", "SELECT 1 FROM nodes GROUP BY environment_key, unique_id HAVING count(*) > 1");
  expect(wrong).toEqual([]);
}
