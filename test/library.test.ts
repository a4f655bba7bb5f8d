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
  model: ["getLastRun", "getRuns", "getHistoricalRuns", "getSql", "freshness", "getJobs", "toJSON"],
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
    ];
    for (const [name, input, answer] of pairs)
      expect(facts(answer)).toEqual(facts(await tools.ask(name, input)));
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

  it("say UNSUPPORTED for what this version has not, and what to ask instead", async () => {
    const later = [
      account.getModelHealth(),
      account.getModelsWithFailingTests(),
      account.getTestResults(),
      account.getSourceFreshness(),
      account.getUpstreamModelHealth("fct_trips"),
      account.getDownstreamImpact("fct_trips"),
      account.getPerformanceMetrics(),
      account.querySql("SELECT 1"),
    ];
    for (const question of later)
      await expect(question).rejects.toMatchObject({
        code: "UNSUPPORTED",
        hint: expect.stringMatching(/^Meanwhile/),
      });
  });
});
