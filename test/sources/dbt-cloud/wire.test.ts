import { describe, expect, it } from "vitest";
import {
  CloudEnvironment,
  CloudJob,
  CloudProject,
  CloudRun,
  CloudStep,
  parsed,
} from "../../../src/sources/dbt-cloud/wire.ts";

const MICROS = Date.parse("2026-11-20T05:00:01Z") * 1000 + 116;

describe("a run", () => {
  it("has times of both forms as epoch microseconds", () => {
    for (const time of [
      "2026-11-20 05:00:01.000116+00:00",
      "2026-11-20T05:00:01.000116+00:00",
      "2026-11-20T05:00:01.000116Z",
      "2026-11-20 06:00:01.000116+01:00",
    ]) {
      expect(CloudRun.parse({ id: 1, created_at: time }).created_at).toBe(MICROS);
    }
    expect(CloudRun.parse({ id: 1, created_at: "0 minutes from now", started_at: 7 })).toMatchObject({
      created_at: null,
      started_at: null,
    });
  });

  it("has ids as text, however long and however they come", () => {
    const run = CloudRun.parse({
      id: 70_471_875_959_609,
      job_definition_id: "175956220183410",
      project_id: 7,
      environment_id: null,
      retrying_run_id: 6,
    });
    expect(run).toMatchObject({
      id: "70471875959609",
      job_id: "175956220183410",
      project_id: "7",
      environment_id: null,
      retrying_run_id: "6",
    });
  });

  it("needs nothing but its id, and keeps what it does not know", () => {
    expect(CloudRun.parse({ id: 1 })).toMatchObject({
      id: "1",
      job_id: null,
      status: null,
      status_humanized: null,
      trigger: null,
      run_steps: [],
      href: null,
    });
    expect(
      CloudRun.parse({
        id: 1,
        status: 77,
        status_humanized: "Levitating",
        trigger: { cause_category: "divine" },
        run_steps: null,
        brand_new: { field: true },
      }),
    ).toMatchObject({ status: 77, status_humanized: "Levitating", trigger: { cause_category: "divine" } });
  });

  it("loses a field of another type, not itself", () => {
    expect(
      CloudRun.parse({ id: 1, status: "10", git_sha: 7, trigger: "me", run_steps: "none", href: {} }),
    ).toMatchObject({ status: null, git_sha: null, trigger: null, run_steps: [], href: null });
  });

  it("keeps the steps that can be read", () => {
    const { run_steps } = CloudRun.parse({
      id: 1,
      run_steps: [
        { index: 4, name: "Invoke dbt with `dbt build`", run_step_command: { dbt_command: "dbt build" } },
        "no step",
        { index: 5, name: null },
      ],
    });
    expect(run_steps.map(({ index, name }) => [index, name])).toEqual([
      [4, "Invoke dbt with `dbt build`"],
      [5, null],
    ]);
    expect(run_steps[0]?.run_step_command).toEqual({ dbt_command: "dbt build" });
  });

  it.each([
    [{}],
    [{ id: null }],
    [{ id: "x" }],
    [{ id: 1.5 }],
    [{ id: {} }],
    [null],
    ["run"],
    [[]],
  ])("is none: %j", (row) => {
    expect(parsed(CloudRun, row)).toEqual([]);
  });
});

describe("a job", () => {
  it("has its schedule, its steps and its newest runs", () => {
    const job = CloudJob.parse({
      id: 3,
      project_id: 1,
      environment_id: 2,
      name: "Nightly",
      execute_steps: ["dbt build"],
      triggers: { schedule: true, github_webhook: false },
      schedule: { cron: "0 2 * * *", date: { type: "every_day" } },
      most_recent_run: { id: 9, status: 3 },
      most_recent_completed_run: null,
    });
    expect(job).toMatchObject({
      id: "3",
      cron: "0 2 * * *",
      triggers: { schedule: true },
      execute_steps: ["dbt build"],
      most_recent_run: { id: "9", status: 3 },
      most_recent_completed_run: null,
    });
  });

  it("needs nothing but its id", () => {
    expect(
      CloudJob.parse({ id: "3", execute_steps: "dbt build", schedule: null, most_recent_run: {} }),
    ).toMatchObject({ id: "3", cron: null, execute_steps: [], most_recent_run: null, name: null });
  });
});

describe("a project", () => {
  it("has the environments that can be read, or null where the answer has none", () => {
    const project = CloudProject.parse({
      id: 1,
      name: "Shop",
      created_at: "2021-11-18 15:19:03.185668+00:00",
      environments: [{ id: 2, type: "deployment", deployment_type: "production" }, { name: "no id" }],
    });
    expect(project.environments).toMatchObject([{ id: "2", deployment_type: "production" }]);
    expect(CloudProject.parse({ id: 1 }).environments).toBeNull();
    expect(CloudProject.parse({ id: 1, environments: "many" }).environments).toBeNull();
  });
});

it("an environment and a step keep words that are new", () => {
  expect(CloudEnvironment.parse({ id: 1, type: "orbital", deployment_type: "moon" })).toMatchObject({
    type: "orbital",
    deployment_type: "moon",
  });
  expect(CloudStep.parse({ index: 1, status: 99 })).toMatchObject({ status: 99 });
});
