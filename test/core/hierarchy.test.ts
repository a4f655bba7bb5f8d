import { describe, expect, it } from "vitest";
import { type InvocationInput, LoadRows, micros, type RunInput } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const at = (hour: number): string => `2024-05-01T0${hour}:00:00Z`;
const A = "model.shop.a";

/** A run at this hour of a job that its system describes; its results have been read unless said otherwise. */
function ran(rows: LoadRows, job_id: string, hour: number, given: RunInput["run"] = {}): void {
  const run = {
    run_id: `${job_id}-${hour}`,
    started_at: at(hour),
    ended_at: at(hour + 1),
    results_read: true,
  };
  rows.run({ job: { job_id, name: `Job ${job_id}` }, run: { ...run, ...given } });
}

/** One of its commands. */
function command(
  rows: LoadRows,
  run_id: string,
  hour: number,
  given: InvocationInput["invocation"] = {},
): void {
  const run = { run_id, derived: false, status: "success", results_read: given.complete ?? true } as const;
  rows.invocation({
    job: { job_id: run_id.split("-")[0] ?? "" },
    run: { ...run, started_at: micros(at(hour)), ended_at: micros(at(hour + 1)) },
    invocation: { invocation_id: `of ${run_id}`, started_at: at(hour), ended_at: at(hour + 1), ...given },
    executions: [{ node: A, status: "error", runtime_s: 10, recorded_at: at(hour + 1) }],
  });
}

describe("what a system no longer has", () => {
  /** Jobs 1 (still there) and 2 (gone), each with a model and a failed last run. */
  function withRemovedJob(): LoadRows {
    const rows = new LoadRows();
    for (const job_id of ["1", "2"]) {
      ran(rows, job_id, 1);
      ran(rows, job_id, 3, { status: "failure" });
      command(rows, `${job_id}-1`, 1);
    }
    return rows.hierarchy([{ jobs: [{ job_id: "1", name: "Job 1" }] }]);
  }

  it("is in no list, count or alert of jobs", async () => {
    const account = await accountOver(withRemovedJob());
    expect((await account.getJobs()).map((job) => job.jobId)).toEqual(["1"]);
    expect((await account.longestRunningJobs({})).map((job) => job.jobId)).toEqual(["1"]);
    expect((await account.getProjects())[0]?.toJSON()).toMatchObject({ job_count: 1 });
    const dashboard = (await account.getHealthDashboard()).toJSON();
    expect(dashboard.jobs.map((job) => job.job_id)).toEqual(["1"]);
    expect(dashboard.alerts.filter((alert) => alert.subject.startsWith("Job"))).toMatchObject([
      { subject: "Job 1" },
    ]);
    expect((await account.getModel({ modelId: A })).toJSON().jobs).toEqual([{ job_id: "1", name: "Job 1" }]);
  });

  it("is still found by its id, with its runs and a note", async () => {
    const account = await accountOver(withRemovedJob());
    const job = (await account.getJob({ jobId: "2" })).toJSON();
    expect(job).toMatchObject({
      job_id: "2",
      last_run_id: "2-3",
      last_run_status: "failure",
      runs_counted: 2,
    });
    expect(job.source?.notes).toEqual([expect.stringContaining('"Job 2" no longer exists upstream')]);
    expect((await account.getRuns({ jobId: "2" })).map((run) => run.runId)).toEqual(["2-3", "2-1"]);
    expect((await account.longestRunningJobs({ jobId: "2" })).map((found) => found.jobId)).toEqual(["2"]);
    expect((await account.getJob({ jobId: "1" })).toJSON().source?.notes).toEqual([]);
  });

  it("gives way to a job of the same id that is there, and is not named as a near one", async () => {
    const staging = { environment_id: "staging", type: "staging" as const };
    const rows = withRemovedJob().hierarchy(
      [{ environments: [{}, staging], jobs: [{ job_id: "2", name: "Job 2", environment_id: "staging" }] }],
      { seen_at: "2024-06-01T00:00:00Z" },
    );
    const account = await accountOver(rows);
    const job = (await account.getJob({ jobId: "2" })).toJSON();
    expect(job).toMatchObject({ environment: "staging", last_run_id: null });
    expect(job.source?.notes).toEqual([]);
    await expect(account.getJob({ jobId: "Job 3" })).rejects.toMatchObject({
      hint: "Nearest: Job 2. Call list_jobs to see all.",
    });
  });

  it("is no project and no environment that a question could be about", async () => {
    const rows = new LoadRows();
    for (const environment_id of ["blue", "green"])
      rows.run({ environment: { environment_id }, run: { run_id: environment_id } });
    rows.run({ project: { project_id: "closed" }, run: { run_id: "closed" } });
    rows.hierarchy([{ environments: [{ environment_id: "green" }], jobs: [] }]);
    const account = await accountOver(rows);
    const [project, ...others] = (await account.getProjects()).map((found) => found.toJSON());
    expect(others).toEqual([]);
    expect(project).toMatchObject({ project_id: "shop", environments: [{ environment_id: "green" }] });
    const runs = await account.getRuns();
    expect(runs.map((run) => run.runId)).toEqual(["green"]);
    expect(runs.source.notes).toEqual([]);
    await expect(account.getRuns({ environment: "blue" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("Environments: green."),
    });
    await expect(account.getRuns({ projectIds: ["closed"] })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a project whose environments have run, results unread", () => {
  it("is asked about in the one that ran last", async () => {
    const rows = new LoadRows();
    const of = (environment_id: string) => ({
      environment: { environment_id },
      job: { job_id: environment_id },
    });
    rows.run({ ...of("a"), run: { run_id: "a", started_at: at(1), ended_at: at(2) } });
    rows.run({ ...of("b"), run: { run_id: "b", started_at: at(3), ended_at: null, status: "running" } });
    rows.run({ ...of("c"), run: { run_id: "c", started_at: at(2), ended_at: at(3) } });
    const account = await accountOver(rows);
    expect((await account.getRuns()).map((run) => run.runId)).toEqual(["b"]);
  });
});

describe("a run that its system describes", () => {
  it("counts nothing once it has ended and before its results have been read", async () => {
    const rows = new LoadRows();
    ran(rows, "1", 1, { results_read: false });
    command(rows, "1-1", 1, { complete: false });
    ran(rows, "1", 3, { results_read: false, status: "running", ended_at: null });
    ran(rows, "1", 5);
    const account = await accountOver(rows);
    const counts = (await account.getRuns()).map((run) => {
      const { run_id, model_count, error_count } = run.toJSON();
      return { run_id, model_count, error_count };
    });
    expect(counts).toEqual([
      { run_id: "1-5", model_count: 0, error_count: 0 },
      { run_id: "1-3", model_count: 0, error_count: 0 },
      { run_id: "1-1", model_count: null, error_count: null },
    ]);
    const run = await account.getRun({ runId: "1-1" });
    expect(run.modelCount).toBeNull();
  });

  it("has the commands of its job while none of its own is known, whatever stands in for them", async () => {
    const rows = new LoadRows();
    ran(rows, "1", 1, { results_read: false });
    ran(rows, "1", 3, { results_read: false });
    command(rows, "1-1", 1, { complete: false, stand_in: true, command_line: "?" });
    command(rows, "1-3", 3, { complete: false, command_line: "dbt run" });
    rows.hierarchy([{ jobs: [{ job_id: "1", commands: ["dbt build", "dbt docs generate"] }] }]);
    const account = await accountOver(rows);
    expect((await account.getRuns()).map((run) => run.toJSON().commands)).toEqual([
      ["dbt run"],
      ["dbt build", "dbt docs generate"],
    ]);
  });

  it("has events of the results that stand in, and none of a command", async () => {
    const rows = new LoadRows();
    ran(rows, "1", 1, { results_read: false });
    command(rows, "1-1", 1, { complete: false, stand_in: true });
    const account = await accountOver(rows);
    const types = (await account.getRunEvents({ runId: "1-1" })).map((event) => event.eventType);
    expect(types).toEqual(["STEP_FAILURE"]);
  });

  it("is not averaged where it only repeats what failed in another", async () => {
    const rows = new LoadRows();
    ran(rows, "1", 1);
    ran(rows, "1", 3, { kind: "retry", ended_at: at(9) });
    const account = await accountOver(rows);
    expect((await account.getJob({ jobId: "1" })).toJSON()).toMatchObject({
      last_run_id: "1-3",
      runs_counted: 1,
      average_job_runtime_s: 3600,
    });
  });
});
