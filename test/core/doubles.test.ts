/** Questions over a project that files on disk and a platform both tell of. */
import { describe, expect, it } from "vitest";
import { A, at, B, CLOUD, CLOUD_PROD, FILES, NODES, ORDERS, type Span, Told } from "../store/systems.ts";
import { accountOver } from "./synthetic.ts";

const night = (number: number): Span => [180 + number * 1440, 190 + number * 1440];

/**
 * The files have the nights 0 to 2, the platform lists 1 to 4 and has read the last two. A model takes ten seconds
 * a night more each time, and a test failed in the last night that the files have.
 */
function told(): Told {
  const told = new Told();
  const nodes = [
    ...NODES,
    { unique_id: "test.shop.t.0123456789", attached: B, test_type: "unique", severity: "error" },
  ];
  for (const source of [CLOUD, FILES]) told.definitions(source, { nodes });
  const results = (number: number) => ({
    executions: [
      { node: A, runtime_s: 100 + number * 10, ended_at: at(night(number)[1]) },
      { node: B, runtime_s: 1, ended_at: at(night(number)[1]) },
      {
        node: "test.shop.t.0123456789",
        status: number === 2 ? "fail" : "pass",
        failures: number === 2 ? 3 : 0,
        ended_at: at(night(number)[1]),
      },
    ],
  });
  for (const number of [0, 1, 2]) told.results(FILES, `i${number}`, night(number), results(number));
  for (const number of [1, 2]) told.listed(`900${number}`, night(number));
  for (const number of [3, 4]) told.read(`900${number}`, `i${number}`, night(number), results(number));
  return told;
}

const NOW = at(4 * 1440 + 600);

describe.each(ORDERS)("with %s", (_, sourceIds) => {
  const first =
    sourceIds[0] === CLOUD.id
      ? { project_id: "70", name: "Shop", environment: "Production" }
      : { project_id: "shop", name: "shop", environment: "prod" };
  const account = (rows = told().rows) => accountOver(rows, NOW, sourceIds);

  it("projects, models, jobs and runs are listed once", async () => {
    const all = await account();
    const projects = await all.getProjects();
    expect(projects.map((project) => project.toJSON())).toMatchObject([
      {
        project_id: first.project_id,
        name: first.name,
        model_count: 2,
        job_count: 1,
        environments: [{ name: first.environment }],
      },
    ]);
    const models = await all.getModels();
    expect(models.total).toBe(2);
    expect(models.map((model) => model.toJSON())).toMatchObject(
      ["shop.a", "shop.b"].map((model_id) => ({
        model_id,
        project_id: first.project_id,
        environment: first.environment,
        last_run_ended_at: at(night(4)[1]),
      })),
    );
    const jobs = await all.getJobs();
    expect(jobs.map((job) => job.toJSON())).toMatchObject([
      { job_id: "501", name: "Nightly", project_id: first.project_id, last_run_id: "9004" },
    ]);
    const runs = await all.getRuns();
    expect(runs.total).toBe(5);
    expect(runs.map((run) => run.toJSON())).toMatchObject(
      ["9004", "9003", "9002", "9001", "run-i0"].map((run_id) => ({
        run_id,
        job_id: "501",
        model_count: 2,
        commands: ["dbt build"],
      })),
    );
  });

  it("averages look back over what both know", async () => {
    const all = await account();
    const [slowest] = await all.slowestModels({ lastNRuns: 10 });
    expect(slowest?.toJSON()).toMatchObject({ model_id: "shop.a", average_runtime_s: 120, runs_counted: 5 });
    const [job] = await all.longestRunningJobs({ lastNRuns: 10 });
    expect(job?.toJSON()).toMatchObject({ job_id: "501", runs_counted: 5 });
    const model = await all.getModel({ modelId: "a" });
    expect(model.toJSON()).toMatchObject({ jobs: [{ job_id: "501", name: "Nightly" }], runs_counted: 5 });
    expect((await all.getJob({ jobId: "Nightly" })).toJSON()).toMatchObject({
      model_count: 2,
      runs_counted: 5,
    });
  });

  it("the dashboard counts once", async () => {
    const dashboard = (await (await account()).getHealthDashboard()).toJSON();
    expect(dashboard.projects).toEqual([{ project_id: first.project_id, environment: first.environment }]);
    expect(dashboard.models).toMatchObject({ total: 2, healthy: 2 });
    expect(dashboard.tests).toMatchObject({ total: 1, pass: 1 });
    expect(dashboard.jobs).toHaveLength(1);
    expect(dashboard.alerts).toEqual([]);
  });

  it("a run that the platform lists has the failures that the files tell", async () => {
    const all = await account();
    expect((await all.getRun({ runId: "9002" })).toJSON()).toMatchObject({
      run_id: "9002",
      trigger: "schedule",
      model_count: 2,
      failure_count: 1,
      failures: [{ name: "t", failures: 3 }],
      slowest_models: [{ model_id: "shop.a", runtime_s: 120 }, { model_id: "shop.b" }],
    });
    const events = await all.getRunEvents({ runId: "9002" });
    expect(events.filter((event) => event.toJSON().event_type === "RUN_START")).toHaveLength(1);
  });

  it("a project is found by the name that is shown", async () => {
    const project = await (await account()).project(first.project_id);
    expect(project.toJSON()).toMatchObject({ name: first.name, job_count: 1 });
  });
});

it("a source alone tells what it has", async () => {
  const runs = async (sourceId: string) =>
    (await (await accountOver(told().rows, NOW, [sourceId])).getRuns()).map((run) => run.runId);
  expect(await runs(FILES.id)).toEqual(["run-i2", "run-i1", "run-i0"]);
  expect(await runs(CLOUD.id)).toEqual(["9004", "9003", "9002", "9001"]);
});

it("the platform's name of the environment that both know leads to it", async () => {
  const account = await accountOver(told().rows, NOW, [CLOUD.id, FILES.id]);
  expect((await account.getRuns({ environment: CLOUD_PROD.name })).total).toBe(5);
});
