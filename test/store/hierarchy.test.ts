import { expect, test } from "vitest";
import type { SourceRef } from "../../src/store/units.ts";
import { type DescribedProject, LoadRows } from "./rows.ts";
import { ask, askList, expectNothingNew, publish, testStore } from "./stores.ts";

const hierarchy = (...projects: DescribedProject[]): LoadRows => new LoadRows().hierarchy(projects);

const PROJECTS = "SELECT project_key, project_id, name, url, removed FROM projects ORDER BY project_id";
const ENVIRONMENTS =
  "SELECT environment_key, environment_id, name, type, removed FROM environments ORDER BY environment_id";
const JOBS = `SELECT job_key, environment_id, job_id, j.name, schedule, commands, j.url, j.removed
  FROM jobs j JOIN environments e USING (environment_key) ORDER BY environment_id, job_id`;

test("projects, environments and jobs are there before anything has run", async () => {
  const store = await testStore();
  const rows = () =>
    hierarchy({
      project: { project_id: "7", name: "Shop", url: "https://example.com/7" },
      environments: [
        { environment_id: "1", name: "Production" },
        { environment_id: "2", name: "CI", type: "other" },
      ],
      jobs: [
        {
          environment_id: "1",
          job_id: "70",
          schedule: "0 3 * * *",
          commands: ["dbt build", "dbt docs"],
          url: "u",
        },
        { environment_id: "2", job_id: "71" },
      ],
    });
  expect((await publish(store, rows())).added).toEqual({ invocations: 0, definitions: 0, executions: 0 });
  expect(await ask(store, PROJECTS)).toEqual([
    { project_key: 1, project_id: "7", name: "Shop", url: "https://example.com/7", removed: false },
  ]);
  expect(await ask(store, ENVIRONMENTS)).toEqual([
    { environment_key: 1, environment_id: "1", name: "Production", type: "production", removed: false },
    { environment_key: 2, environment_id: "2", name: "CI", type: "other", removed: false },
  ]);
  expect(await ask(store, JOBS)).toMatchObject([
    {
      environment_id: "1",
      job_id: "70",
      schedule: "0 3 * * *",
      commands: ["dbt build", "dbt docs"],
      url: "u",
    },
    { environment_id: "2", job_id: "71", schedule: null, removed: false },
  ]);
  await expectNothingNew(store, rows);
});

test("the same told later writes nothing", async () => {
  const store = await testStore();
  await publish(store, hierarchy({}));
  await expectNothingNew(store, () => new LoadRows().hierarchy([{}], { seen_at: "2024-06-01T00:00:00Z" }));
});

test("names, schedules, types and commands become what the system says, and keys stay", async () => {
  const store = await testStore();
  const job = { job_id: "70", name: "Nightly", schedule: "0 3 * * *", commands: ["dbt build"], url: "u" };
  await publish(
    store,
    hierarchy({ project: { name: "Shop" }, environments: [{ name: "Prod" }], jobs: [job] }),
  );
  const renamed = {
    project: { name: "The shop" },
    environments: [{ name: "Main", type: "staging" as const }],
    jobs: [{ job_id: "70", name: "Daily", schedule: null, commands: ["dbt run"], url: null }],
  };
  await publish(store, hierarchy(renamed));
  expect(await ask(store, PROJECTS)).toMatchObject([{ project_key: 1, name: "The shop" }]);
  expect(await ask(store, ENVIRONMENTS)).toMatchObject([
    { environment_key: 1, name: "Main", type: "staging" },
  ]);
  expect(await ask(store, JOBS)).toMatchObject([
    { job_key: 1, name: "Daily", schedule: null, commands: ["dbt run"], url: null },
  ]);
});

test("what is no longer told is removed, and is back when it is told again", async () => {
  const store = await testStore();
  const all = () =>
    hierarchy(
      {
        project: { project_id: "a" },
        environments: [{}, { environment_id: "ci" }],
        jobs: [{ job_id: "1" }, { job_id: "2" }],
      },
      { project: { project_id: "b" }, jobs: [] },
    );
  const removed = async () => ({
    projects: await askList(store, "SELECT project_id FROM projects WHERE removed ORDER BY 1"),
    environments: await askList(
      store,
      `SELECT project_id || '/' || environment_id FROM environments e JOIN projects p USING (project_key)
       WHERE e.removed ORDER BY 1`,
    ),
    jobs: await askList(store, "SELECT job_id FROM jobs WHERE removed ORDER BY 1"),
  });
  await publish(store, all());
  expect(await removed()).toEqual({ projects: [], environments: [], jobs: [] });
  const less = () => hierarchy({ project: { project_id: "a" }, jobs: [{ job_id: "2" }] });
  await publish(store, less());
  expect(await removed()).toEqual({ projects: ["b"], environments: ["a/ci", "b/prod"], jobs: ["1"] });
  await expectNothingNew(store, less);
  await publish(store, all());
  expect(await removed()).toEqual({ projects: [], environments: [], jobs: [] });
  expect(
    await askList(
      store,
      "SELECT count(*) FROM projects UNION ALL SELECT count(*) FROM environments UNION ALL SELECT count(*) FROM jobs",
    ),
  ).toEqual([2, 3, 2]);
});

test("a job that moves to another environment is removed from the old one", async () => {
  const store = await testStore();
  const environments = [{}, { environment_id: "staging", type: "staging" as const }];
  const inside = (environment_id: string) => hierarchy({ environments, jobs: [{ environment_id }] });
  await publish(store, inside("prod"));
  await publish(store, inside("staging"));
  expect(await ask(store, JOBS)).toMatchObject([
    { environment_id: "prod", job_id: "nightly", removed: true },
    { environment_id: "staging", job_id: "nightly", removed: false },
  ]);
});

test("a job that is told twice is one job", async () => {
  const store = await testStore();
  await publish(store, hierarchy({ environments: [{}, {}], jobs: [{}, {}] }, {}));
  expect(await askList(store, "SELECT count(*) FROM jobs UNION ALL SELECT count(*) FROM projects")).toEqual([
    1, 1,
  ]);
});

test("of two tellings in one load the newest counts", async () => {
  const store = await testStore();
  const named = (name: string) => [{ project: { name } }];
  const rows = new LoadRows()
    .hierarchy(named("New"), { seen_at: "2024-05-02T00:00:00Z" })
    .hierarchy(named("Old"), { seen_at: "2024-05-01T00:00:00Z" });
  await publish(store, rows);
  expect(await askList(store, "SELECT name FROM projects")).toEqual(["New"]);
});

test("one source says nothing of another's projects", async () => {
  const other: SourceRef = { id: "other", system: "dbt-cloud" };
  const store = await testStore({ sourceIds: ["test", "other"] });
  await publish(store, new LoadRows().invocation({}).hierarchy([{}], { source: other }));
  await publish(store, new LoadRows().hierarchy([], { source: other }));
  expect(
    await ask(
      store,
      "SELECT source_id, described, removed FROM projects JOIN sources USING (source_key) ORDER BY 1",
    ),
  ).toEqual([
    { source_id: "other", described: true, removed: true },
    { source_id: "test", described: false, removed: false },
  ]);
});

/** What a run says of where it belongs: older words than the hierarchy's, and two that the hierarchy leaves open. */
const RUN = {
  project: { name: "Old shop", adapter_type: "snowflake", created_at: 1, updated_at: 2 },
  environment: { name: "Old prod", type: "other" as const },
  job: { name: "Old nightly", schedule: "old", commands: ["dbt seed"] },
};
const DESCRIBED = {
  project: {
    name: "Shop",
    dbt_project_name: "shop",
    adapter_type: null,
    created_at: 1e15,
    updated_at: 1.1e15,
  },
  environments: [{ name: "Prod" }],
  jobs: [{ name: "Nightly", commands: ["dbt build"] }],
};

test.each([
  ["a run", () => new LoadRows().run(RUN)],
  ["an invocation", () => new LoadRows().invocation(RUN)],
])("the hierarchy has the last word, whether it comes before, after or with %s", async (_, run) => {
  const orders = [
    [hierarchy(DESCRIBED), run()],
    [run(), hierarchy(DESCRIBED)],
    [run().hierarchy([DESCRIBED])],
  ];
  for (const loads of orders) {
    const store = await testStore();
    for (const load of loads) await publish(store, load);
    expect(
      await ask(
        store,
        "SELECT name, dbt_project_name, adapter_type, created_at, updated_at, removed FROM projects",
      ),
    ).toEqual([
      {
        name: "Shop",
        dbt_project_name: "shop",
        adapter_type: "snowflake",
        created_at: "2001-09-09T01:46:40.000Z",
        updated_at: "2004-11-09T11:33:20.000Z",
        removed: false,
      },
    ]);
    expect(await ask(store, ENVIRONMENTS)).toMatchObject([
      { name: "Prod", type: "production", removed: false },
    ]);
    expect(await ask(store, JOBS)).toMatchObject([
      { name: "Nightly", schedule: null, commands: ["dbt build"], removed: false },
    ]);
    await expectNothingNew(store, run);
    await expectNothingNew(store, () => hierarchy(DESCRIBED));
  }
});

test("what a hierarchy tells stays when only something else of its source has run", async () => {
  const store = await testStore();
  const environments = [{}, { environment_id: "idle" }, { environment_id: "unused" }];
  const jobs = [{}, { job_id: "never" }, { job_id: "idle", environment_id: "idle" }];
  await publish(store, hierarchy({ environments, jobs }));
  await publish(store, new LoadRows().invocation({}).definitions({ nodes: [{ unique_id: "model.shop.a" }] }));
  expect(await askList(store, "SELECT job_id FROM jobs ORDER BY 1")).toEqual(["idle", "never", "nightly"]);
  expect(await askList(store, "SELECT environment_id FROM environments ORDER BY 1")).toEqual([
    "idle",
    "prod",
    "unused",
  ]);
  // Nothing has run there: it has no models either.
  expect(
    await askList(store, "SELECT environment_id FROM nodes JOIN environments USING (environment_key)"),
  ).toEqual(["prod"]);
});

test("a job known from its runs alone is removed, with what only it belongs to", async () => {
  const gone = () =>
    new LoadRows().run({
      environment: { environment_id: "old" },
      job: { job_id: "70", name: "Gone", removed: true },
    });
  const told = [
    { environment_id: "old", job_id: "70", name: "Gone", removed: true },
    { environment_id: "prod", job_id: "nightly", removed: false },
  ];
  for (const loads of [[hierarchy({}), gone()], [gone(), hierarchy({})], [gone().hierarchy([{}])]]) {
    const store = await testStore();
    for (const load of loads) await publish(store, load);
    expect(await ask(store, JOBS)).toMatchObject(told);
    expect(await askList(store, "SELECT environment_id FROM environments WHERE removed")).toEqual(["old"]);
    expect(await askList(store, "SELECT count(*) FROM projects WHERE removed")).toEqual([0]);
    await expectNothingNew(store, gone);
  }
});

test("what runs alone tell of is removed by a hierarchy without it, also in one load", async () => {
  const told = () => new LoadRows().run({ environment: { environment_id: "old" }, job: { job_id: "70" } });
  for (const loads of [[told(), hierarchy({})], [told().hierarchy([{}])]]) {
    const store = await testStore();
    for (const load of loads) await publish(store, load);
    expect(await ask(store, JOBS)).toMatchObject([
      { environment_id: "old", job_id: "70", removed: true },
      { environment_id: "prod", job_id: "nightly", removed: false },
    ]);
    expect(await askList(store, "SELECT environment_id FROM environments WHERE removed")).toEqual(["old"]);
    await expectNothingNew(store, () => told().hierarchy([{}]));
    await expectNothingNew(store, told);
  }
});

test("a run that calls its job removed changes no job that is known", async () => {
  const store = await testStore();
  await publish(store, new LoadRows().run({ job: { schedule: "0 3 * * *" } }));
  const again = () => ({
    job: { name: "?", commands: [], schedule: null, removed: true as const },
    run: { run_id: "2" },
  });
  await publish(store, new LoadRows().run(again()));
  expect(await ask(store, JOBS)).toMatchObject([
    { name: "Nightly", schedule: "0 3 * * *", commands: ["dbt build"], removed: false },
  ]);
});

test("a job that a run calls removed is back when another run does not", async () => {
  const store = await testStore();
  await publish(store, new LoadRows().run({ job: { removed: true } }));
  expect(await askList(store, "SELECT removed FROM jobs")).toEqual([true]);
  await publish(store, new LoadRows().run({ run: { run_id: "2" } }));
  expect(await askList(store, "SELECT removed FROM jobs")).toEqual([false]);
});

test("what no source describes is still cleared away when nothing refers to it", async () => {
  const store = await testStore();
  const inside = (environment_id: string) => new LoadRows().invocation({ environment: { environment_id } });
  await publish(store, inside("first"));
  await publish(store, inside("second"));
  expect(await askList(store, "SELECT environment_id FROM environments")).toEqual(["second"]);
  expect(await askList(store, "SELECT count(*) FROM jobs")).toEqual([1]);
});
