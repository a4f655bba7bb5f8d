import { expect, test } from "vitest";
import { type InvocationInput, LoadRows } from "./rows.ts";
import { ask, askList, publish, testStore } from "./stores.ts";

const A = "model.shop.a";
const NOTHING = { invocations: 0, definitions: 0, executions: 0 };

/** One run with its definitions, under whatever project and environment the configuration says. */
function told(environment_id: string, project_id = "shop"): LoadRows {
  const place = { environment: { environment_id }, project: { project_id } };
  return new LoadRows()
    .definitions({ ...place, invocation_id: "i1", nodes: [{ unique_id: A, checksum: "x" }] })
    .invocation({ ...place, executions: [{ node: A, runtime_s: 3 }] });
}

const PLACES = `SELECT p.project_id, e.environment_id, n.unique_id FROM executions x
  JOIN invocations i USING (invocation_key) JOIN projects p ON p.project_key = i.project_key
  JOIN environments e ON e.environment_key = i.environment_key
  JOIN runs r ON r.run_key = i.run_key AND r.environment_key = i.environment_key AND r.project_key = i.project_key
  JOIN jobs j ON j.job_key = i.job_key AND j.environment_key = i.environment_key AND r.job_key = j.job_key
  JOIN nodes n ON n.node_key = x.node_key AND n.environment_key = i.environment_key`;

test.each([
  ["environment", "prod", "shop"],
  ["project", "default", "store"],
])("an invocation told again under another %s moves there", async (_, environment_id, project_id) => {
  const store = await testStore();
  await publish(store, told("default"));
  const moved = await publish(store, told(environment_id, project_id));
  expect(moved.added).toMatchObject({ invocations: 0, executions: 0 });
  expect(await ask(store, PLACES)).toEqual([{ project_id, environment_id, unique_id: A }]);
  for (const table of ["invocations", "executions", "runs", "jobs"]) {
    expect({ [table]: await askList(store, `SELECT count(*) FROM ${table}`) }).toEqual({ [table]: [1] });
  }
  const again = await publish(store, told(environment_id, project_id));
  expect(again).toEqual({ generation: moved.generation, added: NOTHING });
});

test("definitions told again under another environment move there, with all that they said of versions", async () => {
  const store = await testStore();
  const history = (environment_id: string) => {
    const rows = new LoadRows();
    for (const number of [3, 2, 1]) {
      const place = { environment: { environment_id } };
      const at = `2024-05-0${number}T00:00:00.000Z`;
      const nodes = [{ unique_id: A, checksum: `c${number}` }];
      rows.definitions({ ...place, invocation_id: `i${number}`, generated_at: at, nodes });
      rows.invocation({
        ...place,
        invocation: { invocation_id: `i${number}`, ended_at: at },
        executions: [{ node: A }],
      });
    }
    return rows;
  };
  await publish(store, history("default"));
  const moved = await publish(store, history("prod"));
  expect(
    await ask(
      store,
      `SELECT e.environment_id, n.checksum, e.definition_key = n.definition_key AS current
       FROM environments e JOIN nodes n USING (environment_key)`,
    ),
  ).toEqual([{ environment_id: "prod", checksum: "c3", current: true }]);
  expect(await askList(store, "SELECT checksum FROM node_versions ORDER BY 1")).toEqual(["c1", "c2", "c3"]);
  expect(await askList(store, "SELECT count(*) FROM definitions")).toEqual([3]);
  expect(
    await askList(
      store,
      "SELECT d.invocation_id = i.invocation_id AND own_definition FROM invocations i JOIN definitions d USING (definition_key)",
    ),
  ).toEqual([true, true, true]);
  expect(await publish(store, history("prod"))).toEqual({ generation: moved.generation, added: NOTHING });
});

test("an environment that all invocations have left is gone with its nodes", async () => {
  const store = await testStore();
  const ran = (environment_id: string) =>
    new LoadRows().invocation({ environment: { environment_id }, executions: [{ node: A }] });
  await publish(store, ran("default"));
  await publish(store, ran("prod"));
  expect(await askList(store, "SELECT environment_id FROM environments")).toEqual(["prod"]);
  expect(await askList(store, "SELECT unique_id FROM nodes")).toEqual([A]);
});

test("a run that one of its invocations has left is computed anew", async () => {
  const store = await testStore();
  const part = (run_id: string, invocation_id: string, status: "success" | "failure"): InvocationInput => ({
    run: { run_id },
    invocation: { invocation_id, status },
  });
  await publish(
    store,
    new LoadRows().invocation(part("r", "a", "success")).invocation(part("r", "b", "failure")),
  );
  await publish(store, new LoadRows().invocation(part("s", "b", "failure")));
  expect(await ask(store, "SELECT run_id, status FROM runs ORDER BY 1")).toEqual([
    { run_id: "r", status: "success" },
    { run_id: "s", status: "failure" },
  ]);
});

test("a telling that does not count makes no environment, so that the same again changes nothing", async () => {
  const store = await testStore();
  const rows = () =>
    new LoadRows().invocation({}).invocation({
      environment: { environment_id: "other" },
      invocation: { complete: false },
    });
  const first = await publish(store, rows());
  expect(await askList(store, "SELECT environment_id FROM environments")).toEqual(["prod"]);
  expect(await publish(store, rows())).toEqual({ generation: first.generation, added: NOTHING });
});

test("a job of the same id in another environment is another job", async () => {
  const store = await testStore();
  const ran = (environment_id: string, day: number) =>
    new LoadRows().invocation({
      environment: { environment_id },
      job: { name: `Nightly ${environment_id}` },
      invocation: { invocation_id: environment_id, ended_at: `2024-05-0${day}T00:00:00Z` },
    });
  await publish(store, ran("prod", 1));
  await publish(store, ran("staging", 2));
  expect(
    await ask(
      store,
      `SELECT e.environment_id, j.job_id, j.name, i.invocation_id, r.run_id
       FROM jobs j JOIN environments e USING (environment_key)
       JOIN invocations i ON i.job_key = j.job_key JOIN runs r ON r.job_key = j.job_key ORDER BY 1`,
    ),
  ).toEqual([
    {
      environment_id: "prod",
      job_id: "nightly",
      name: "Nightly prod",
      invocation_id: "prod",
      run_id: "run-prod",
    },
    {
      environment_id: "staging",
      job_id: "nightly",
      name: "Nightly staging",
      invocation_id: "staging",
      run_id: "run-staging",
    },
  ]);
});

test("the newest artifact names an environment and its type, within a load and between loads", async () => {
  const store = await testStore();
  const ran = (name: string, type: "production" | "staging", day: number): InvocationInput => ({
    environment: { environment_id: "e", name, type },
    invocation: { invocation_id: name, ended_at: `2024-05-0${day}T00:00:00Z` },
  });
  const NAMES = "SELECT name, type FROM environments";
  await publish(
    store,
    new LoadRows().invocation(ran("New", "production", 3)).invocation(ran("Old", "staging", 2)),
  );
  expect(await ask(store, NAMES)).toEqual([{ name: "New", type: "production" }]);
  await publish(store, new LoadRows().invocation(ran("Oldest", "staging", 1)));
  expect(await ask(store, NAMES)).toEqual([{ name: "New", type: "production" }]);
  await publish(store, new LoadRows().invocation(ran("Newest", "staging", 4)));
  expect(await ask(store, NAMES)).toEqual([{ name: "Newest", type: "staging" }]);
});
