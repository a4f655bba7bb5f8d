import { describe, expect, test } from "vitest";
import type { TestStore } from "./stores.ts";
import { ask, askList, expectNothingNew, publish, testStore } from "./stores.ts";
import {
  A,
  at,
  B,
  CLOUD,
  counts,
  described,
  expectWhole,
  FILES,
  MORE_FILES,
  NIGHTLY,
  NODES,
  ORDERS,
  placeOf,
  type Span,
  Told,
} from "./systems.ts";

/** From three o'clock on, so many nights after the first. */
const night = (number: number): Span => [180 + number * 1440, 190 + number * 1440];
const NIGHTS = [0, 1, 2];

async function storeOf(sourceIds: readonly string[], told: Told): Promise<TestStore> {
  const store = await testStore({ sourceIds });
  await publish(store, told.rows);
  await expectWhole(store);
  return store;
}

const RUNS = `SELECT r.run_id, p.project_id, e.environment_id, j.job_id, i.invocation_id, r.results_read
  FROM runs r JOIN projects p USING (project_key) JOIN environments e USING (environment_key)
  JOIN jobs j USING (job_key) LEFT JOIN invocations i USING (run_key) ORDER BY r.started_at, i.started_at`;

/** The project and the environment by the names of the source that comes first. */
const named = ([first]: readonly string[]) =>
  first === CLOUD.id
    ? { project_id: "70", environment_id: "33" }
    : { project_id: "shop", environment_id: "prod" };

describe.each(ORDERS)("with %s", (_, sourceIds) => {
  test("what both know by the same invocations is there once", async () => {
    const told = new Told().definitions(CLOUD).definitions(FILES);
    for (const number of NIGHTS) {
      told.read(`900${number}`, `i${number}`, night(number));
      told.results(FILES, `i${number}`, night(number));
    }
    const store = await storeOf(sourceIds, told);
    expect(await counts(store)).toMatchObject({
      sources: 2,
      projects: 1,
      environments: 1,
      jobs: 1,
      runs: 3,
      invocations: 3,
      executions: 6,
      definitions: 1,
      nodes: 2,
      node_versions: 2,
      edges: 1,
    });
    // A run and a job that the platform describes say more than what the files make of a command.
    expect(await ask(store, RUNS)).toEqual(
      NIGHTS.map((number) => ({
        run_id: `900${number}`,
        ...named(sourceIds),
        job_id: "501",
        invocation_id: `i${number}`,
        results_read: true,
      })),
    );
    expect(await askList(store, "SELECT DISTINCT thread FROM executions")).toEqual([
      sourceIds[0] === CLOUD.id ? "dbt-cloud" : "artifacts",
    ]);
  });

  test("results on disk become those of the runs that the platform only lists", async () => {
    const told = new Told().definitions(FILES);
    for (const number of NIGHTS) {
      const [from, to] = night(number);
      told.listed(`900${number}`, [from, to]);
      told.results(FILES, `i${number}`, [from + 1, to - 1]);
    }
    const store = await storeOf(sourceIds, told);
    expect(await counts(store)).toMatchObject({
      projects: 1,
      environments: 1,
      jobs: 1,
      runs: 3,
      invocations: 3,
      executions: 6,
      nodes: 2,
      edges: 1,
    });
    expect(await ask(store, RUNS)).toEqual(
      NIGHTS.map((number) => ({
        run_id: `900${number}`,
        ...named(sourceIds),
        job_id: "501",
        invocation_id: `i${number}`,
        results_read: true,
      })),
    );
    expect(await askList(store, "SELECT results_read FROM stored_runs WHERE NOT derived")).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("older runs on disk and newer ones of the platform make one history", async () => {
    const told = new Told().definitions(FILES);
    for (const number of [0, 1, 2]) told.results(FILES, `i${number}`, night(number));
    for (const number of [2, 3]) told.read(`900${number}`, `i${number}`, night(number));
    const store = await storeOf(sourceIds, told);
    expect(await ask(store, RUNS)).toMatchObject([
      { run_id: "run-i0", job_id: "501", invocation_id: "i0" },
      { run_id: "run-i1", job_id: "501", invocation_id: "i1" },
      { run_id: "9002", job_id: "501", invocation_id: "i2" },
      { run_id: "9003", job_id: "501", invocation_id: "i3" },
    ]);
    expect(await counts(store)).toMatchObject({
      projects: 1,
      environments: 1,
      jobs: 1,
      executions: 8,
      nodes: 2,
    });
    expect(
      await ask(
        store,
        "SELECT unique_id, count(*) AS n FROM executions JOIN nodes USING (node_key) GROUP BY 1 ORDER BY 1",
      ),
    ).toEqual([
      { unique_id: A, n: 4 },
      { unique_id: B, n: 4 },
    ]);
  });

  test("all results of an invocation are shown, whoever has only a part of them", async () => {
    const told = new Told();
    told.results(CLOUD, "i0", night(0), {
      run: described("9000", night(0)),
      invocation: { complete: false },
      executions: [{ node: A, thread: "a part" }],
    });
    told.results(FILES, "i0", night(0));
    const store = await storeOf(sourceIds, told);
    expect(await askList(store, "SELECT thread FROM executions")).toEqual(["artifacts", "artifacts"]);
    expect(await ask(store, RUNS)).toMatchObject([
      { run_id: "9000", invocation_id: "i0", results_read: true },
    ]);
  });

  test("definitions are the newest that either has, and a node that only one knows is there", async () => {
    const store = await storeOf(
      sourceIds,
      new Told()
        .definitions(CLOUD, {
          invocation_id: "i0",
          nodes: [...NODES, { unique_id: "model.shop.old" }],
          edges: [
            [A, B],
            [B, "model.shop.old"],
          ],
        })
        .definitions(FILES, {
          invocation_id: "i1",
          generated_at: at(1440),
          nodes: [
            { unique_id: A, checksum: "2" },
            { unique_id: B, checksum: "1" },
            { unique_id: "model.shop.new" },
            { unique_id: "test.shop.t", attached: "model.shop.new" },
          ],
          edges: [[A, "model.shop.new"]],
        })
        .read("9000", "i0", night(0))
        .results(FILES, "i0", night(0))
        .results(FILES, "i1", night(1)),
    );
    const current = `SELECT n.unique_id FROM nodes n JOIN environments e USING (environment_key)
      WHERE n.definition_key = e.definition_key ORDER BY 1`;
    expect(await askList(store, current)).toEqual([A, B, "model.shop.new", "test.shop.t"]);
    expect(await askList(store, "SELECT unique_id FROM nodes ORDER BY 1")).toEqual([
      A,
      B,
      "model.shop.new",
      "model.shop.old",
      "test.shop.t",
    ]);
    expect(
      await ask(
        store,
        `SELECT p.unique_id AS parent, c.unique_id AS child FROM edges JOIN nodes p ON p.node_key = parent_key
         JOIN nodes c ON c.node_key = child_key`,
      ),
    ).toEqual([{ parent: A, child: "model.shop.new" }]);
    expect(await counts(store)).toMatchObject({ definitions: 2, environments: 1 });
  });

  test("a node has one history of its code, whoever saw which part of it", async () => {
    const told = new Told();
    const state = (source: typeof FILES, minute: number, checksum: string | null) =>
      told.definitions(source, {
        invocation_id: `at ${minute}`,
        generated_at: at(minute),
        nodes: [
          { unique_id: A, checksum, materialization: "table" },
          { unique_id: B, checksum: "1" },
        ],
      });
    state(FILES, 0, "1");
    state(FILES, 10, "2");
    state(CLOUD, 20, "2");
    state(CLOUD, 25, null);
    state(FILES, 30, "1");
    state(CLOUD, 40, "1");
    told.read("9000", "i0", night(0)).results(FILES, "i0", night(0));
    const store = await storeOf(sourceIds, told);
    const history = `SELECT v.checksum, first_seen_at, last_seen_at FROM node_versions v JOIN nodes USING (node_key)
      WHERE unique_id = '${A}' ORDER BY first_seen_at`;
    expect(await ask(store, history)).toEqual([
      { checksum: "1", first_seen_at: at(0), last_seen_at: at(0) },
      { checksum: "2", first_seen_at: at(10), last_seen_at: at(20) },
      { checksum: "1", first_seen_at: at(30), last_seen_at: at(40) },
    ]);
  });

  test("last results that stood in for commands give way to those of the commands, node by node", async () => {
    const c = "model.shop.c";
    const commands = ["dbt seed", "dbt build"];
    const standIn = (kind: "results" | "freshness") => ({
      run: described("9000", night(0)),
      job: { ...NIGHTLY, commands },
      invocation: { invocation_id: `stand-in ${kind}`, kind, stand_in: true, complete: false },
    });
    const told = new Told()
      .results(CLOUD, "", night(0), {
        ...standIn("results"),
        executions: [A, B, c].map((node) => ({ node, thread: "stand-in" })),
      })
      .results(CLOUD, "", night(0), {
        ...standIn("freshness"),
        executions: [],
        freshness: ["source.shop.raw.x", "source.shop.raw.y"].map((node) => ({
          node,
          raw_status: "stand-in",
        })),
      })
      .results(FILES, "i0", night(0))
      .results(FILES, "i0", night(0), {
        invocation: { kind: "freshness" },
        executions: [],
        freshness: [{ node: "source.shop.raw.x", raw_status: "command" }],
      });
    const store = await storeOf(sourceIds, told);
    const results = (column: string, table: string) =>
      `SELECT n.unique_id AS node, x.${column} AS said_by FROM ${table} x JOIN nodes n USING (node_key)
       JOIN invocations USING (invocation_key) ORDER BY 1`;
    expect(await ask(store, results("thread", "executions"))).toEqual([
      { node: A, said_by: "artifacts" },
      { node: B, said_by: "artifacts" },
      { node: c, said_by: "stand-in" },
    ]);
    expect(await ask(store, results("raw_status", "freshness"))).toEqual([
      { node: "source.shop.raw.x", said_by: "command" },
      { node: "source.shop.raw.y", said_by: "stand-in" },
    ]);
    // The results of `dbt seed` are not there.
    expect(await ask(store, RUNS)).toMatchObject([
      { run_id: "9000", results_read: false },
      { run_id: "9000", results_read: false },
      { run_id: "9000", results_read: false },
      { run_id: "9000", results_read: false },
    ]);
    await publish(
      store,
      new Told().results(FILES, "i1", [181, 182], {
        job: { job_id: "seed" },
        invocation: { command: "seed", command_line: "dbt seed" },
        executions: [],
      }).rows,
    );
    await expectWhole(store);
    expect(await askList(store, "SELECT invocation_id FROM invocations ORDER BY 1")).toEqual([
      "i0",
      "i0",
      "i1",
      "stand-in freshness",
    ]);
    expect(await askList(store, "SELECT results_read FROM runs")).toEqual([true]);
  });

  test("results that the platform names in its own way are those of the command on disk", async () => {
    const run = described("9000", night(0), { results_read: true });
    const seed = { command: "seed", command_line: "dbt seed" };
    const commands = ["dbt seed --full-refresh", "dbt source freshness"];
    const job = { ...NIGHTLY, commands };
    const told = new Told()
      .results(CLOUD, "", night(0), { run, job, invocation: { ...seed, invocation_id: "run 9000 results" } })
      .results(CLOUD, "", night(0), {
        run,
        job,
        invocation: { invocation_id: "run 9000 freshness", kind: "freshness" },
        executions: [],
        freshness: [{ node: "source.shop.raw.x", status: "error" }],
      })
      .results(FILES, "i0", night(0), { run: { run_id: "files" }, invocation: seed })
      .results(FILES, "i1", night(0), {
        run: { run_id: "files" },
        invocation: { kind: "freshness" },
        executions: [],
        freshness: [{ node: "source.shop.raw.x", status: "error" }],
      });
    const store = await storeOf(sourceIds, told);
    expect(await counts(store)).toMatchObject({ runs: 1, executions: 2, freshness: 1, invocations: 2 });
    expect(await askList(store, "SELECT invocation_id FROM invocations ORDER BY 1")).toEqual(["i0", "i1"]);
  });

  test("a run of which the platform has told only results so far is the one on disk", async () => {
    const { source, project, environment } = placeOf(CLOUD);
    const unlisted = { run_id: "9000", results_read: false };
    const told = new Told();
    told.rows.hierarchy(
      [{ project, environments: [environment], jobs: [{ ...NIGHTLY, environment_id: "33" }] }],
      {
        source,
      },
    );
    told
      .results(CLOUD, "i0", night(0), {
        run: unlisted,
        invocation: { complete: false },
        executions: [{ node: A, thread: "a part" }],
      })
      .results(CLOUD, "", night(0), {
        run: unlisted,
        invocation: { invocation_id: "run 9000 results", stand_in: true, complete: false },
        executions: [{ node: B, thread: "stand-in" }],
      })
      .results(FILES, "i0", night(0));
    const store = await storeOf(sourceIds, told);
    expect(await ask(store, RUNS)).toMatchObject([
      { run_id: "9000", job_id: "501", invocation_id: "i0", results_read: true },
    ]);
    expect(await askList(store, "SELECT thread FROM executions")).toEqual(["artifacts", "artifacts"]);
  });

  test.each([
    ["dbt build --target prod --full-refresh", "dbt build"],
    [
      "dbt --warn-error build -s tag:nightly '+a' --exclude b --vars '{x: 1}'",
      "dbt build --select +a tag:nightly --exclude b --target dev",
    ],
    ["dbtf run --models=a", "dbt run --select a"],
  ])("the job's %s is %s on disk", async (typed, command_line) => {
    const told = new Told()
      .listed("9000", night(0), { job: { ...NIGHTLY, commands: ["dbt deps", typed, "dbt docs generate"] } })
      .results(FILES, "i0", night(0), { invocation: { command_line } });
    const store = await storeOf(sourceIds, told);
    expect(await ask(store, RUNS)).toMatchObject([
      { run_id: "9000", invocation_id: "i0", results_read: true },
    ]);
  });

  test("a job of several commands on the platform is not the jobs that files make of each", async () => {
    const told = new Told();
    const commands = ["dbt seed", "dbt build"];
    for (const number of NIGHTS) {
      const [from, to] = night(number);
      told.listed(`900${number}`, [from, to], { job: { ...NIGHTLY, commands } });
      told.results(FILES, `seed-${number}`, [from, from + 2], {
        job: { job_id: "seed" },
        invocation: { command: "seed", command_line: "dbt seed" },
      });
      told.results(FILES, `build-${number}`, [from + 2, to]);
    }
    const store = await storeOf(sourceIds, told);
    expect(await ask(store, "SELECT job_id, commands FROM jobs")).toEqual([{ job_id: "501", commands }]);
    expect(await counts(store)).toMatchObject({ runs: 3, invocations: 6, executions: 12 });
  });

  test("a command that two jobs of the platform share stays a job where it ran on its own", async () => {
    const told = new Told();
    for (const number of NIGHTS) {
      const [from, to] = night(number);
      const later: Span = [from + 60, to + 60];
      told.listed(`900${number}`, [from, to]).results(FILES, `i${number}`, [from, to]);
      told.listed(`910${number}`, later, { job: { job_id: "502", name: "Hourly" } });
      told.results(FILES, `j${number}`, later);
    }
    const store = await storeOf(sourceIds, told);
    const jobs =
      "SELECT job_id, count(*) AS runs FROM jobs LEFT JOIN runs USING (job_key) GROUP BY 1 ORDER BY 1";
    expect(await ask(store, jobs)).toEqual([
      { job_id: "501", runs: 3 },
      { job_id: "502", runs: 3 },
    ]);
    await publish(store, new Told().results(FILES, "local", night(4)).rows);
    await expectWhole(store);
    expect(await ask(store, jobs)).toEqual([
      { job_id: "501", runs: 3 },
      { job_id: "502", runs: 3 },
      { job_id: "build", runs: 1 },
    ]);
  });

  test("of runs at the same time, results go to the one whose number or command they carry", async () => {
    const job = (job_id: string, command: string) => ({ job_id, name: job_id, commands: [command] });
    const [from, to] = night(0);
    const told = new Told()
      .listed("9000", [from, to + 60], { job: job("1", "dbt build") })
      .listed("9001", [from - 5, to + 30], { job: job("2", "dbt run --select a --target prod") })
      .listed("9002", [from, to], { job: job("3", "dbt run --select a") })
      .results(FILES, "i0", [from + 1, to - 1])
      .results(FILES, "i1", [from + 1, to + 20], {
        job: job("run", "dbt run --select a"),
        invocation: { command: "run", command_line: "dbt run --select a --target prod" },
      })
      .results(FILES, "i2", [from + 2, to - 2], {
        run: { run_id: "9001" },
        job: job("run", "dbt run --select a"),
        invocation: { command: "run", command_line: "dbt run --select a --target prod" },
      });
    const store = await storeOf(sourceIds, told);
    expect(
      await ask(store, "SELECT run_id, invocation_id FROM invocations JOIN runs USING (run_key) ORDER BY 2"),
    ).toEqual([
      { run_id: "9000", invocation_id: "i0" },
      { run_id: "9001", invocation_id: "i1" },
      { run_id: "9001", invocation_id: "i2" },
    ]);
  });

  test("files with the platform's numbers are of its environment, also from other times", async () => {
    const told = new Told().results(FILES, "old", night(-90), {
      environment: { environment_id: "33", name: "Production" },
      job: { job_id: "501", name: "job 501" },
      run: { run_id: "8000" },
    });
    told.read("9000", "i0", night(0));
    const store = await storeOf(sourceIds, told);
    expect(await ask(store, "SELECT run_id, name FROM runs JOIN jobs USING (job_key) ORDER BY 1")).toEqual([
      { run_id: "8000", name: "Nightly" },
      { run_id: "9000", name: "Nightly" },
    ]);
    expect(await counts(store)).toMatchObject({ projects: 1, environments: 1, jobs: 1, nodes: 2 });
  });

  test("other environments of the project are shown beside the one that both know", async () => {
    const staging = { environment_id: "34", name: "Staging", type: "staging" } as const;
    const told = new Told()
      .read("9000", "i0", night(0))
      .results(FILES, "i0", night(0))
      .results(CLOUD, "s0", night(1), { environment: staging, run: described("9100", night(1)) })
      .results(FILES, "d0", night(2), { environment: { environment_id: "dev", type: "development" } });
    const store = await storeOf(sourceIds, told);
    expect(
      await ask(
        store,
        "SELECT project_id, environment_id FROM environments JOIN projects USING (project_key) ORDER BY 2",
      ),
    ).toEqual(
      [
        { environment_id: "34" },
        { environment_id: "dev" },
        { environment_id: named(sourceIds).environment_id },
      ]
        .map((environment) => ({ project_id: named(sourceIds).project_id, ...environment }))
        .sort((a, b) => a.environment_id.localeCompare(b.environment_id)),
    );
    expect(await counts(store)).toMatchObject({ projects: 1, runs: 3, nodes: 6 });
  });

  test("only what no source has any more is removed", async () => {
    const told = new Told().read("9000", "i0", night(0)).results(FILES, "i0", night(0));
    const store = await storeOf(sourceIds, told);
    const hierarchy = (removed: boolean) => {
      const { source, project, environment } = placeOf(CLOUD);
      const rows = new Told().rows;
      return rows.hierarchy(
        removed
          ? []
          : [{ project, environments: [environment], jobs: [{ ...NIGHTLY, environment_id: "33" }] }],
        { source, seen_at: at(10_000) },
      );
    };
    const flags =
      "SELECT p.removed AS project, e.removed AS environment, j.removed AS job FROM projects p, environments e, jobs j";
    await publish(store, hierarchy(false));
    expect(await ask(store, flags)).toEqual([{ project: false, environment: false, job: false }]);
    await publish(store, hierarchy(true));
    expect(await ask(store, flags)).toEqual([{ project: false, environment: false, job: false }]);
    expect(await askList(store, "SELECT removed FROM stored_projects ORDER BY project_id")).toEqual([
      true,
      false,
    ]);
  });

  test("loading again changes nothing, and the order of loading does not matter", async () => {
    const cloud = () => new Told().definitions(CLOUD).read("9000", "i0", night(0)).listed("9001", night(1));
    const files = () =>
      new Told().definitions(FILES).results(FILES, "i0", night(0)).results(FILES, "i1", night(1));
    const all = `SELECT p.project_id, e.environment_id, j.job_id, r.run_id, i.invocation_id, n.unique_id, x.thread
      FROM executions x JOIN nodes n USING (node_key) JOIN invocations i USING (invocation_key)
      JOIN runs r USING (run_key) JOIN jobs j ON j.job_key = i.job_key
      JOIN environments e ON e.environment_key = i.environment_key JOIN projects p ON p.project_key = i.project_key
      ORDER BY ALL`;
    const one = await storeOf(sourceIds, cloud());
    await publish(one, files().rows);
    const other = await storeOf(sourceIds, files());
    await publish(other, cloud().rows);
    const answer = await ask(one, all);
    expect(answer).toHaveLength(4);
    expect(await ask(other, all)).toEqual(answer);
    await expectNothingNew(one, () => cloud().rows);
    await expectNothingNew(one, () => files().rows);
    expect(await ask(one, all)).toEqual(answer);
  });
});

test.each([
  [[MORE_FILES.id, CLOUD.id, FILES.id]],
  [[CLOUD.id, MORE_FILES.id, FILES.id]],
  [[FILES.id, MORE_FILES.id, CLOUD.id]],
])("three sources over one project are one, by the name that the first gives it: %s", async (sourceIds) => {
  const told = new Told().definitions(CLOUD).definitions(FILES).definitions(MORE_FILES);
  // The platform and the second folder have nothing in common but what the first folder has of both.
  told.read("9000", "i0", night(0)).results(FILES, "i0", night(0));
  told.results(FILES, "i1", night(1)).results(MORE_FILES, "i1", night(1));
  told.results(MORE_FILES, "i2", night(2));
  const store = await storeOf(sourceIds, told);
  expect(await counts(store)).toMatchObject({
    projects: 1,
    environments: 1,
    jobs: 1,
    runs: 3,
    invocations: 3,
    executions: 6,
    nodes: 2,
    edges: 1,
    node_versions: 2,
  });
  expect(await askList(store, "SELECT project_id FROM projects")).toEqual([named(sourceIds).project_id]);
});

test("a run whose commands lie in two folders is one run, as all of them make it", async () => {
  const run = { run_id: "9000" };
  const told = new Told()
    .results(FILES, "both", [180, 185], { run })
    .results(MORE_FILES, "both", [180, 185], { run })
    .results(MORE_FILES, "second", [186, 190], {
      run,
      invocation: { command: "test", command_line: "dbt test", status: "failure" },
    })
    .results(FILES, "other", night(1))
    .results(MORE_FILES, "other", night(1));
  const store = await storeOf([FILES.id, MORE_FILES.id], told);
  const runs = "SELECT run_id, status, started_at, ended_at, runtime_s FROM runs ORDER BY started_at";
  expect(await ask(store, runs)).toEqual([
    { run_id: "9000", status: "failure", started_at: at(180), ended_at: at(190), runtime_s: 600 },
    { run_id: "run-other", status: "success", started_at: at(1620), ended_at: at(1630), runtime_s: 60 },
  ]);
  expect(
    await askList(
      store,
      "SELECT invocation_id FROM invocations JOIN runs USING (run_key) WHERE run_id = '9000' ORDER BY 1",
    ),
  ).toEqual(["both", "second"]);
});

test("in memory, what is told twice is found anew with each load, and forgotten with it", async () => {
  const store = await testStore({ address: ":memory:", sourceIds: [CLOUD.id, FILES.id] });
  await publish(store, new Told().definitions(CLOUD).read("9000", "i0", night(0)).rows);
  expect(await counts(store)).toMatchObject({ projects: 1, runs: 1 });
  await publish(store, new Told().results(FILES, "i1", night(1)).rows);
  expect(await counts(store)).toMatchObject({ projects: 2, runs: 2 });
  await publish(store, new Told().results(FILES, "i0", night(0)).rows);
  await expectWhole(store);
  expect(await counts(store)).toMatchObject({ projects: 1, runs: 2, nodes: 2 });
});

test("what the views of a generation read goes with it", async () => {
  const store = await storeOf(
    [CLOUD.id, FILES.id],
    new Told().read("9000", "i0", night(0)).results(FILES, "i0", night(0)),
  );
  await publish(store, new Told().results(FILES, "i1", night(1)).rows);
  expect(await counts(store)).toMatchObject({ projects: 1, runs: 2 });
  const schemas = "SELECT count(*) FROM duckdb_schemas() WHERE schema_name LIKE 'shown%'";
  expect(await askList(store, schemas)).toEqual([1]);
});
