/** Rows and words that nobody has seen before: one of them never costs more than itself. */
import { describe, expect, it } from "vitest";
import { isObject } from "../../../src/sources/wire/loose.ts";
import { oneProject, openBench } from "./bench.ts";

type Row = Record<string, unknown>;

/** Changes rows of the Admin API, in their list (named by the last part of its path) and alone. */
function rowsOf(list: string, change: (row: Row) => unknown) {
  const changed = (row: unknown) => (isObject(row) ? change(row) : row);
  return (path: string, body: unknown): unknown => {
    const isList = path.endsWith(`/${list}/`);
    if (!isObject(body) || !(isList || new RegExp(`/${list}/\\d+/$`).test(path))) return body;
    return { ...body, data: Array.isArray(body.data) ? body.data.map(changed) : changed(body.data) };
  };
}

/** The newest run and the first job of the world. */
const NEWEST = 300_000_010;
const JOB = 510_001;

/** Changes every object of an answer, from the inside out. */
function everywhere(change: (row: Row) => unknown) {
  const visit = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(visit);
    if (!isObject(value)) return value;
    return change(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, visit(part)])));
  };
  return (path: string, body: unknown): unknown => (path.includes("graphql") ? visit(body) : body);
}

describe("unknown words of the Admin API", () => {
  it("a run's status is unknown, with the platform's word beside it", async () => {
    const rewrite = rowsOf("runs", (row) =>
      row.id === NEWEST ? { ...row, status: 77, status_humanized: "Paused" } : row,
    );
    const bench = await openBench({ world: oneProject(), rewrite });
    const { items, source } = await bench.ask("list_runs", { limit: 2 });
    expect(items[0]).toMatchObject({ status: "unknown", raw_status: "Paused" });
    expect(items[1]?.status).not.toBe("unknown");
    expect(source.systems).toEqual(["dbt-cloud"]);
  });

  it("what triggered a run is told in the platform's word", async () => {
    const rewrite = rowsOf("runs", (row) => ({ ...row, trigger: { cause_category: "moon_phase" } }));
    const bench = await openBench({ world: oneProject(), rewrite });
    const { items } = await bench.ask("list_runs", { limit: 2 });
    expect(items.map((run) => run.trigger)).toEqual(["moon_phase", "moon_phase"]);
  });

  it.each([
    ["a type", { type: "rehearsal", deployment_type: "rehearsal" }],
    ["no type", { type: null, deployment_type: null }],
    ["a number for a type", { type: 7, deployment_type: 7 }],
  ])("an environment of %s that is none known is another deployment", async (_, words) => {
    const rewrite = rowsOf("projects", (row) => ({
      ...row,
      environments: Array.isArray(row.environments)
        ? row.environments.map((one) => (one.deployment_type === "production" ? { ...one, ...words } : one))
        : row.environments,
    }));
    const bench = await openBench({ world: oneProject(), rewrite });
    const { items } = await bench.ask("list_models");
    expect(items).toHaveLength(12);
    const project = (await bench.ask("list_projects")).items[0];
    expect(project?.environments).toHaveLength(2);
    expect(project?.environments).toContainEqual(
      expect.objectContaining({ name: "Production", type: "other" }),
    );
  });
});

describe("malformed rows of the Admin API", () => {
  it.each([
    ["jobs", "list_jobs", JOB, 1],
    ["runs", "list_runs", NEWEST, 9],
  ] as const)("%s: the others are there, and a note counts what is not", async (list, name, id, left) => {
    const rewrite = rowsOf(list, (row) => (row.id === id ? { ...row, id: "none" } : row));
    const bench = await openBench({ world: oneProject(), rewrite });
    const { items, source } = await bench.ask(name, { limit: 50 });
    expect(items).toHaveLength(left);
    expect(source.complete).toBe(false);
    expect(source.notes.join(" ")).toMatch(/1 .*could not be read/);
  });

  it("fields of other types are unknown, not the end of the row", async () => {
    const rewrite = rowsOf("runs", (row) => ({
      ...row,
      git_sha: 12,
      git_branch: ["main"],
      trigger: "scheduled",
      href: {},
      status_message: false,
      created_at: "soon",
    }));
    const bench = await openBench({ world: oneProject(), rewrite });
    const { items } = await bench.ask("list_runs", { limit: 3 });
    expect(items).toHaveLength(3);
    expect(items[0]).toMatchObject({ commit_sha: null, branch: null, trigger: null, queued_at: null });
    expect(items[0]?.started_at).not.toBeNull();
  });

  it("an answer without extra is taken as it is", async () => {
    const rewrite = (path: string, body: unknown) =>
      path.startsWith("/api/") && isObject(body) ? { data: body.data } : body;
    const bench = await openBench({ world: oneProject(), rewrite });
    expect((await bench.ask("list_runs", { limit: 50 })).items).toHaveLength(10);
  });

  it.each([
    [{}],
    [[]],
    [{ data: null }],
    [{ data: "x" }],
    ["x"],
    [null],
  ])("an answer that is %j is UPSTREAM", async (body) => {
    const bench = await openBench({ world: oneProject(), rewrite: () => body });
    const error = await bench.failure("list_jobs");
    expect(error.code).toBe("UPSTREAM");
    expect(error.message).toMatch(/Admin API answered with/);
  });
});

describe("odd rows of Discovery", () => {
  it("an execution of an unknown status is kept with its word", async () => {
    const rewrite = everywhere((row) =>
      "lastRunStatus" in row ? { ...row, lastRunStatus: "dreamt", lastRunId: "1" } : row,
    );
    const bench = await openBench({ world: oneProject(), rewrite });
    const { items } = await bench.ask("list_models");
    expect(items).toHaveLength(12);
  });

  it("nodes without an id, of null or of another type are left out, the others stay", async () => {
    let broken = 0;
    const rewrite = everywhere((row) => {
      if (row.uniqueId === "model.division_1.stg_orders_1" && "filePath" in row) {
        broken++;
        return { ...row, uniqueId: 7 };
      }
      if (Array.isArray(row.edges)) return { ...row, edges: [null, { node: null }, "x", ...row.edges] };
      return row;
    });
    const bench = await openBench({ world: oneProject(), rewrite });
    const { items } = await bench.ask("list_models", { limit: 50 });
    expect(broken).toBeGreaterThan(0);
    expect(items).toHaveLength(11);
  });

  it("times and numbers that are none are unknown", async () => {
    const rewrite = everywhere((row) =>
      "executionTime" in row
        ? {
            ...row,
            executionTime: "long",
            executeStartedAt: "yesterday",
            executeCompletedAt: 12,
            runElapsedTime: null,
          }
        : row,
    );
    const bench = await openBench({ world: oneProject(), rewrite });
    const { items } = await bench.ask("list_models");
    expect(items).toHaveLength(12);
    expect(items[0]?.last_run_runtime_s).toBeNull();
  });
});
