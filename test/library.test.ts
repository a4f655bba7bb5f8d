/** The library's surface: what requirements 000, 001 and 003 call, in camelCase, with the answers of the operations. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Account } from "../src/index.ts";
import { ARTIFACTS, DEMO_NOW, type Demo, openArtifacts } from "./demo.ts";

const now = Date.parse(DEMO_NOW);
let account: Account;
let tools: Demo;
beforeAll(() => {
  const clock = { now: () => now, sleep: () => new Promise<void>(() => {}) };
  account = new Account({ artifactsPath: ARTIFACTS, store: ":memory:", clock });
  tools = openArtifacts([ARTIFACTS], now);
});
afterAll(() => Promise.all([account.close(), tools.close()]));

/** An answer without its note of origin, which tells when each of the two was asked. */
function facts(answer: object): object {
  const { source: _, next_cursor: __, ...rest } = JSON.parse(JSON.stringify(answer));
  return rest;
}

const METHODS = {
  account: [
    "getProjects",
    "getJobs",
    "getModels",
    "getRuns",
    "slowestModels",
    "longestRunningJobs",
    "project",
    "invalidateCache",
  ],
  metadata: [
    "getModelHealth",
    "getHealthDashboard",
    "getModelsWithFailingTests",
    "getTestResults",
    "getSourceFreshness",
    "getUpstreamModelHealth",
    "getDownstreamImpact",
    "getPerformanceMetrics",
    "querySql",
  ],
  project: [
    "getMetadata",
    "getModels",
    "getModel",
    "getModelHistoricalRuns",
    "getModelsWithRuntime",
    "getTests",
    "getJobs",
    "slowestModels",
    "getSlowestModels",
    "longestRunningJobs",
  ],
  model: [
    "getHealth",
    "getTestResults",
    "getLastRun",
    "getRuns",
    "getHistoricalRuns",
    "getSql",
    "freshness",
    "getJobs",
    "getUpstreamModelHealth",
    "getDownstreamImpact",
    "toJSON",
  ],
  job: [
    "getModels",
    "getLastRun",
    "getRuns",
    "getSlowestModels",
    "getRuntimes",
    "getAverageJobRuntime",
    "averageHistoricalModelRuntime",
  ],
  run: ["getModels", "getSlowestModels", "averageModelRuntime", "getJob", "getEvents"],
};

describe("the objects", () => {
  it("have every method of the requirements", async () => {
    const project = await account.project("pedal_harbour");
    const [model] = await project.getModels();
    const [job] = await project.getJobs();
    const [run] = await account.getRuns({ limit: 1 });
    const objects = { account, metadata: account, project, model, job, run };
    for (const [name, methods] of Object.entries(METHODS)) {
      const object: object | undefined = Object.entries(objects).find(([key]) => key === name)?.[1];
      for (const method of methods)
        expect([name, method, typeof Reflect.get(object ?? {}, method)]).toEqual([name, method, "function"]);
    }
  });

  it("have every property of the requirements", async () => {
    const [model] = await account.slowestModels({ slowestN: 1 });
    expect(model).toMatchObject({
      modelId: expect.stringMatching(/^pedal_harbour\./),
      lastRunStatus: "success",
      lastRunRuntime: expect.any(Number),
      lastRunStartTime: expect.stringMatching(/Z$/),
      lastRunEndTime: expect.stringMatching(/Z$/),
      metadata: {
        name: expect.any(String),
        uniqueId: expect.any(String),
        materialized: expect.any(String),
        tags: expect.any(Array),
      },
    });
    const [job] = await account.getJobs({ modelId: model?.modelId ?? "" });
    expect(job).toMatchObject({
      jobId: expect.any(String),
      lastRunStatus: expect.any(String),
      lastRunRuntime: expect.any(Number),
    });
    const run = await job?.getLastRun();
    expect(run).toMatchObject({
      runId: expect.any(String),
      status: expect.any(String),
      runtime: expect.any(Number),
      modelCount: expect.any(Number),
    });
    expect((await run?.getJob())?.jobId).toBe(job?.jobId);
    const project = await account.project("pedal_harbour");
    expect(project).toMatchObject({
      projectId: "pedal_harbour",
      modelCount: expect.any(Number),
      jobCount: expect.any(Number),
    });
    expect(project.getMetadata()).toMatchObject({ dbtProjectName: "pedal_harbour", adapterType: "duckdb" });
  });

  it("answer in JSON what the operations answer", async () => {
    const pairs: [string, Record<string, unknown>, object][] = [
      [
        "slowest_models",
        { slowest_n: 3, last_n_runs: 4 },
        await account.slowestModels({ slowestN: 3, lastNRuns: 4 }),
      ],
      ["list_jobs", {}, await account.getJobs()],
      ["list_runs", { limit: 2 }, await account.getRuns({ limit: 2 })],
      ["get_project", { project_id: "pedal_harbour" }, await account.project("pedal_harbour")],
      ["health_dashboard", {}, await account.getHealthDashboard()],
      ["get_model_health", { tags: ["finance"] }, await account.getModelHealth({ tags: ["finance"] })],
      ["get_model_health", { failing_tests: true }, await account.getModelsWithFailingTests()],
      ["get_test_results", {}, await account.getTestResults()],
      [
        "get_test_results",
        { failed_only: false, project_ids: ["pedal_harbour"] },
        await (await account.project("pedal_harbour")).getTests(),
      ],
      ["get_source_freshness", {}, await account.getSourceFreshness()],
      ["get_lineage", { model_id: "fct_payments" }, await account.getLineage({ modelId: "fct_payments" })],
    ];
    for (const [name, input, answer] of pairs)
      expect(facts(answer)).toEqual(facts(await tools.ask(name, input)));
  });

  it("tell how healthy a model is, what tests it and what fails", async () => {
    const project = await account.project("pedal_harbour");
    const [failing, ...others] = await project.getModelsWithFailingTests();
    expect(others).toEqual([]);
    expect(failing?.modelId).toBe("pedal_harbour.fct_payments");
    const model = await project.getModel("fct_payments");
    const health = await model.getHealth();
    expect(health).toMatchObject({
      healthStatus: "critical",
      compatStatus: "Warning",
      totalTests: 4,
      failedTests: 1,
      failingTests: ["unique_fct_payments_provider_ref"],
    });
    const tests = await model.getTestResults();
    expect(tests.map((test) => [test.modelId, test.columnName, test.status])).toEqual([
      ["pedal_harbour.fct_payments", "provider_ref", "fail"],
      ["pedal_harbour.fct_payments", "status", "pass"],
      ["pedal_harbour.fct_payments", "payment_id", "pass"],
      ["pedal_harbour.fct_payments", "payment_id", "pass"],
    ]);
    expect(tests.counts).toMatchObject({ total: 4, pass: 3, fail: 1 });
    const sources = await project.getSourceFreshness();
    expect(sources.filter((source) => !source.isFresh).map((source) => source.name)).toEqual([
      "workshop.ticket_parts",
      "workshop.tickets",
    ]);
  });

  it("take filters as one object, and models and projects as objects", async () => {
    const all = await account.getModels({ filter: { tags: ["finance"] } });
    expect(all.length).toBeGreaterThan(1);
    const [first] = all;
    if (first === undefined) throw new Error("no finance model");
    const one = await account.getModels({ filter: { models: [first] } });
    expect(one.map((model) => model.modelId)).toEqual([first.modelId]);
    const project = await account.project("pedal_harbour");
    expect(
      await account.getModels({ filter: { projects: [project], includeOrExclude: "exclude" } }),
    ).toHaveLength(0);
  });

  it("read a model's code as it was written", async () => {
    const project = await account.project("pedal_harbour");
    const sql = await (await project.getModel("fct_revenue_daily")).getSql();
    expect(sql).toContain("select");
    expect(sql).toContain("{{ ref(");
  });

  it("tell what is wrong upstream of a model, and what it affects downstream", async () => {
    const upstream = await account.getUpstreamModelHealth("mart_month_close", { depth: 2 });
    expect(upstream.map(({ modelId, level, healthStatus }) => [modelId, level, healthStatus])).toEqual([
      ["pedal_harbour.fct_revenue_daily", 1, "blocked"],
      ["pedal_harbour.fct_payments", 2, "critical"],
      ["pedal_harbour.fct_trips", 2, "warning"],
      ["pedal_harbour.int_trip_fares", 2, "healthy"],
    ]);
    expect(upstream.hasMore).toBe(false);
    const [first] = await account.getUpstreamModelHealth("mart_month_close", { limit: 1 });
    expect(first?.reasons).toEqual(["skipped because pedal_harbour.fct_payments failed upstream"]);
    const impact = await account.getDownstreamImpact("int_payments_cleaned");
    expect(impact.totalAffected).toBe(3);
    expect(impact.criticalModels).toEqual(["pedal_harbour.fct_payments"]);
    expect(impact.blockedModels).toEqual([
      "pedal_harbour.fct_revenue_daily",
      "pedal_harbour.mart_month_close",
    ]);
    expect(impact.warningModels).toEqual([]);
    expect(impact.potentiallyAffected).toEqual([]);
    expect(impact.affectedTests).toBe(12);
    expect(impact.affectedModels.map((model) => model.level)).toEqual([1, 2, 3]);
    expect(impact.exposures).toMatchObject([{ name: "finance_dashboard", owner: "Finance team" }]);
    expect(impact.criticalPath[0]?.model_id).toBe("pedal_harbour.int_payments_cleaned");
    const model = await (await account.project("pedal_harbour")).getModel("int_payments_cleaned");
    expect((await model.getDownstreamImpact()).toJSON()).toEqual(impact.toJSON());
    expect((await model.getUpstreamModelHealth(1)).map(({ modelId }) => modelId)).toEqual([
      "pedal_harbour.stg_rental__payments",
    ]);
  });

  it("tell the trend of models, jobs and projects, and performance by it", async () => {
    const project = await account.project("pedal_harbour");
    const model = await project.getModel("fct_station_occupancy");
    const [job] = await model.getJobs();
    const jobId = job?.jobId ?? "";
    const trends: [Record<string, unknown>, object | undefined][] = [
      [{ project_id: "pedal_harbour" }, await project.getRuntimeTrend()],
      [{ job_id: jobId, by: "run" }, await job?.getRuntimeTrend({ by: "run" })],
      [{ model_id: model.modelId }, await model.getRuntimeTrend()],
    ];
    for (const [input, answer] of trends)
      expect(facts(answer ?? {})).toEqual(facts(await tools.ask("get_runtime_trend", input)));
    expect((await model.getRuntimeTrend()).sinceWhen?.changes[0]).toMatchObject({ what: "code" });
    const metrics = await account.getPerformanceMetrics({ jobId }, 7);
    const week = (await account.getRuntimeTrend({ jobId, since: "7d" })).toJSON();
    expect(metrics).toMatchObject({
      timePeriodDays: 7,
      totalRuns: week.period.runs,
      successRate: week.period.success_rate,
      performanceTrend: week.points,
    });
    expect(metrics.slowestModels[0]).toMatchObject({ modelId: model.modelId, status: "success" });
    expect(metrics.averageExecutionTime).toBeLessThan(metrics.slowestModels[0]?.averageRuntime ?? 0);
    // Of the only project, where nothing is named.
    expect((await account.getPerformanceMetrics()).totalRuns).toBeGreaterThan(metrics.totalRuns);
  });

  it("refuse an option that is misspelt or of the wrong type, with what is known", async () => {
    // What TypeScript would refuse, JavaScript passes on: the casts stand for a caller without types.
    const wrong: [unknown, string][] = [
      [{ lastN: 3 }, "lastNRuns"],
      [{ tag: ["finance"] }, "tags"],
      [{ tags: "finance" }, "arrays of strings"],
      [{ limit: -3 }, "one object"],
      ["fct_trips", "one object"],
    ];
    for (const [question, hint] of wrong) {
      const asking = account.getModels(question as Parameters<typeof account.getModels>[0]);
      await expect(asking).rejects.toMatchObject({
        code: "INVALID_INPUT",
        hint: expect.stringContaining(hint),
      });
    }
  });
});
