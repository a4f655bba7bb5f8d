import { describe, expect, it } from "vitest";
import type { EnvironmentRow, JobRow } from "../../src/store/units.ts";
import { LoadRows } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const prod: EnvironmentRow = { environment_id: "prod", name: "prod", type: "production" };
const staging: EnvironmentRow = { environment_id: "staging", name: "staging", type: "staging" };
const nightly: JobRow = {
  job_id: "nightly",
  name: "Nightly",
  schedule: null,
  commands: ["dbt build"],
  url: null,
};
const A = "model.shop.a";

/** A nightly run of model a in an environment: it took so long and ended at this hour of 2024-05-01. */
function run(rows: LoadRows, environment: EnvironmentRow, hour: number, seconds: number, status = "success") {
  const ended_at = `2024-05-01T${String(hour).padStart(2, "0")}:00:00Z`;
  const id = `${environment.environment_id}-${hour}`;
  rows.invocation({
    environment,
    job: nightly,
    invocation: {
      invocation_id: id,
      ended_at,
      elapsed_s: seconds,
      status: status === "success" ? "success" : "failure",
    },
    executions: [{ node: A, runtime_s: seconds, status, recorded_at: ended_at, ended_at }],
  });
}

/** Production at 1, 2 and 3 o'clock, staging at 4, each with the same job. */
function twoEnvironments(): LoadRows {
  const rows = new LoadRows();
  for (const environment of [prod, staging]) rows.definitions({ environment, nodes: [{ unique_id: A }] });
  run(rows, prod, 1, 100);
  run(rows, prod, 2, 200);
  run(rows, prod, 3, 300, "error");
  run(rows, staging, 4, 2);
  return rows;
}

describe("with the same job in production and in staging", () => {
  it("averages of models are those of production unless asked otherwise", async () => {
    const account = await accountOver(twoEnvironments());
    const average = async (environment?: string) =>
      (
        await account.slowestModels({ lastNRuns: 10, ...(environment === undefined ? {} : { environment }) })
      )[0]?.averageRuntime;
    expect(await average()).toBe(150);
    expect(await average("staging")).toBe(2);
  });

  it("averages and alerts of jobs are those of production, also when staging ran last", async () => {
    const account = await accountOver(twoEnvironments());
    const [job] = await account.longestRunningJobs({ lastNRuns: 10 });
    expect(job?.toJSON()).toMatchObject({
      environment: "prod",
      average_job_runtime_s: 200,
      runs_counted: 3,
      runs_failed: 1,
    });
    const dashboard = await account.getHealthDashboard();
    expect(dashboard.alerts.map((alert) => alert.subject)).toEqual(
      expect.arrayContaining(["Nightly", "shop.a"]),
    );
    const [other] = await account.longestRunningJobs({ lastNRuns: 10, environment: "staging" });
    expect(other?.toJSON()).toMatchObject({
      environment: "staging",
      average_job_runtime_s: 2,
      runs_counted: 1,
    });
  });

  it("runs and jobs are those of the environment asked about", async () => {
    const account = await accountOver(twoEnvironments());
    expect((await account.getRuns()).map((found) => found.runId)).toEqual([
      "run-prod-3",
      "run-prod-2",
      "run-prod-1",
    ]);
    expect((await account.getRuns({ environment: "staging" })).map((found) => found.runId)).toEqual([
      "run-staging-4",
    ]);
    const job = await account.getJob({ jobId: "nightly" });
    expect(job.toJSON()).toMatchObject({ model_count: 1, average_historical_model_runtime_s: 150 });
  });

  it("an unknown environment is refused with those that there are", async () => {
    const account = await accountOver(twoEnvironments());
    await expect(account.getModels({ environment: "uat" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringMatching(/prod.*staging/),
    });
  });
});

describe("with two production environments", () => {
  it("answers about the one that ran last, and names the other", async () => {
    const rows = new LoadRows();
    const europe: EnvironmentRow = { environment_id: "prod_eu", name: "prod_eu", type: "production" };
    run(rows, prod, 1, 100);
    run(rows, europe, 2, 5);
    const found = await (await accountOver(rows)).slowestModels();
    expect(found[0]?.averageRuntime).toBe(5);
    expect(found.source.notes.join()).toMatch(/several production environments .*prod_eu.*which ran last/);
  });
});

describe("a run", () => {
  it("is judged by the last attempt of each node: a retry makes good what failed", async () => {
    const rows = new LoadRows();
    const attempt = (id: string, minute: number, status: string) =>
      rows.invocation({
        environment: prod,
        job: nightly,
        run: { run_id: "77" },
        invocation: {
          invocation_id: id,
          command: id,
          ended_at: `2024-05-01T01:${minute}:00Z`,
          status: status === "error" ? "failure" : "success",
        },
        executions: [{ node: A, status, runtime_s: 1, recorded_at: `2024-05-01T01:${minute}:00Z` }],
      });
    attempt("build", 10, "error");
    attempt("retry", 20, "success");
    const account = await accountOver(rows);
    expect((await account.getRun({ runId: "77" })).toJSON()).toMatchObject({
      status: "success",
      error_count: 0,
      failure_count: 0,
      failures: [],
    });
  });

  it("is not taken for another one whose number begins alike", async () => {
    const rows = new LoadRows();
    rows.invocation({
      environment: prod,
      run: { run_id: "1234567" },
      invocation: { invocation_id: "x" },
      executions: [{ node: A }],
    });
    const account = await accountOver(rows);
    await expect(account.getRun({ runId: "123456" })).rejects.toMatchObject({
      code: "NOT_FOUND",
      hint: expect.stringContaining("1234567"),
    });
  });
});

describe("jobs", () => {
  it("beyond those that a dashboard shows still raise their alerts", async () => {
    const rows = new LoadRows();
    for (let number = 0; number < 60; number += 1) {
      const job = { ...nightly, job_id: `job-${number}`, name: `Job ${number}` };
      const failed = number === 59;
      rows.invocation({
        environment: prod,
        job,
        invocation: {
          invocation_id: `i${number}`,
          status: failed ? "failure" : "success",
          ended_at: "2024-05-02T08:00:00Z",
        },
        executions: [{ node: A, status: failed ? "error" : "success", recorded_at: "2024-05-02T08:00:00Z" }],
      });
    }
    const dashboard = await (await accountOver(rows)).getHealthDashboard({ limit: 5 });
    expect(dashboard.alerts.map((alert) => alert.subject)).toContain("Job 59");
    expect(dashboard.toJSON().jobs).toHaveLength(5);
    expect(dashboard.toJSON().jobs[0]?.name).toBe("Job 59");
  });

  it("without a run in the window are not listed", async () => {
    const account = await accountOver(twoEnvironments());
    expect(await account.getJobs({ since: "2024-05-02" })).toHaveLength(0);
    const [job] = await account.getJobs({ until: "2024-05-01T02:30:00Z" });
    expect(job?.toJSON().last_run_id).toBe("run-prod-2");
  });
});
