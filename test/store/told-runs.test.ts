import { expect, test } from "vitest";
import { LoadRows, type RunInput } from "./rows.ts";
import { ask, askList, expectNothingNew, publish, testStore } from "./stores.ts";

const at = (minute: number): string => `2024-05-01T03:${String(minute).padStart(2, "0")}:00.000Z`;
const RUN = "SELECT status, started_at, ended_at, runtime_s, results_read, kind, derived FROM runs";

const run = (given: RunInput["run"]): LoadRows => new LoadRows().run({ run: { run_id: "1", ...given } });

test("a run without results is as its system describes it, and told again it changes nothing", async () => {
  const store = await testStore();
  const rows = () =>
    run({
      status: "failure",
      raw_status: "Error",
      queued_at: at(0),
      started_at: at(1),
      ended_at: at(3),
      kind: "retry",
    });
  expect((await publish(store, rows())).added).toEqual({ invocations: 0, definitions: 0, executions: 0 });
  expect(
    await ask(store, "SELECT run_id, raw_status, queued_at, job_id FROM runs JOIN jobs USING (job_key)"),
  ).toEqual([{ run_id: "1", raw_status: "Error", queued_at: at(0), job_id: "nightly" }]);
  expect(await ask(store, RUN)).toEqual([
    {
      status: "failure",
      started_at: at(1),
      ended_at: at(3),
      runtime_s: 120,
      results_read: false,
      kind: "retry",
      derived: false,
    },
  ]);
  await expectNothingNew(store, rows);
});

test("a run that has not begun has no times, and takes them when it has", async () => {
  const store = await testStore();
  const queued = () => run({ status: "queued", queued_at: at(0), started_at: null, ended_at: null });
  await publish(store, queued());
  expect(await ask(store, RUN)).toMatchObject([{ status: "queued", started_at: null, runtime_s: null }]);
  await expectNothingNew(store, queued);
  await publish(store, run({ queued_at: at(0), started_at: at(1), ended_at: at(2) }));
  expect(await ask(store, RUN)).toMatchObject([{ status: "success", runtime_s: 60 }]);
  await expectNothingNew(store, queued);
});

test("a run without any time is kept, as one that came before all others", async () => {
  const store = await testStore();
  const untimed = {
    run_id: "1",
    status: "unknown",
    queued_at: null,
    started_at: null,
    ended_at: null,
  } as const;
  const rows = () =>
    new LoadRows().run({ run: { run_id: "0" } }).run({ job: { name: "Older name" }, run: untimed });
  await publish(store, rows());
  expect(
    await ask(store, "SELECT name, count(*) AS runs FROM runs JOIN jobs USING (job_key) GROUP BY ALL"),
  ).toEqual([{ name: "Nightly", runs: 2 }]);
  await expectNothingNew(store, rows);
});

test("results that have been read stay so once the run has ended", async () => {
  const store = await testStore();
  const running = { status: "running", ended_at: null, started_at: at(0) } as const;
  const read = async () => askList(store, "SELECT results_read FROM runs");
  await publish(store, run({ ...running, results_read: true }));
  await publish(store, run({ started_at: at(0) }));
  expect(await read()).toEqual([false]);
  await publish(store, run({ started_at: at(0), results_read: true }));
  expect(await read()).toEqual([true]);
  await expectNothingNew(store, () => run({ started_at: at(0) }));
  await expectNothingNew(store, () => run(running));
  expect(await read()).toEqual([true]);
});

test("of several tellings in one load one that has read the results is enough", async () => {
  const store = await testStore();
  const rows = () =>
    run({ results_read: true })
      .run({ run: { run_id: "1" } })
      .run({ run: { run_id: "1", status: "running", ended_at: null, started_at: at(0) } });
  await publish(store, rows());
  expect(await ask(store, RUN)).toMatchObject([{ status: "success", results_read: true }]);
  await expectNothingNew(store, rows);
});

test("a run that its system tells under another project is the same run", async () => {
  const store = await testStore();
  await publish(
    store,
    run({}).invocation({
      invocation: { invocation_id: "i1" },
      run: { run_id: "1", derived: false, status: "success" },
    }),
  );
  const moved = { project: { project_id: "market" }, environment: { environment_id: "main" } };
  await publish(store, new LoadRows().run({ ...moved, run: { run_id: "1" } }));
  expect(
    await ask(
      store,
      `SELECT run_key, project_id, environment_id FROM runs r JOIN projects p USING (project_key)
       JOIN environments e ON e.environment_key = r.environment_key`,
    ),
  ).toEqual([{ run_key: 1, project_id: "market", environment_id: "main" }]);
  expect(await askList(store, "SELECT run_key FROM invocations")).toEqual([1]);
});

test("the same id under two projects in one load is one run where its system describes it", async () => {
  const store = await testStore();
  const market = { project: { project_id: "market" } };
  const rows = () =>
    run({ ended_at: at(1) })
      .run({ ...market, run: { run_id: "1", ended_at: at(2) } })
      .hierarchy([{}, market]);
  await publish(store, rows());
  expect(await askList(store, "SELECT project_id FROM runs JOIN projects USING (project_key)")).toEqual([
    "market",
  ]);
  await expectNothingNew(store, rows);
});

test("the same id under two projects is two runs where they are computed", async () => {
  const store = await testStore();
  const rows = () =>
    new LoadRows().invocation({ invocation: { invocation_id: "a" }, run: { run_id: "1" } }).invocation({
      project: { project_id: "market" },
      invocation: { invocation_id: "b" },
      run: { run_id: "1" },
    });
  await publish(store, rows());
  expect(
    await askList(store, "SELECT project_id FROM runs JOIN projects USING (project_key) ORDER BY 1"),
  ).toEqual(["market", "shop"]);
  await expectNothingNew(store, rows);
});

test("a late unfinished telling does not move a run that has ended", async () => {
  const store = await testStore();
  await publish(store, run({}));
  const late = new LoadRows().run({
    environment: { environment_id: "other" },
    run: { run_id: "1", status: "running", started_at: at(0), ended_at: null },
  });
  await publish(store, late);
  expect(
    await askList(store, "SELECT environment_id FROM runs JOIN environments USING (environment_key)"),
  ).toEqual(["prod"]);
});

test("what its system says of a computed run takes its place, results unread", async () => {
  const store = await testStore();
  const computed = () => new LoadRows().invocation({ run: { run_id: "1" } });
  await publish(store, computed());
  expect(await ask(store, RUN)).toMatchObject([{ derived: true, results_read: true }]);
  await publish(store, run({ status: "cancelled" }));
  const told = [{ derived: false, results_read: false, status: "cancelled" }];
  expect(await ask(store, RUN)).toMatchObject(told);
  await expectNothingNew(store, computed);
  expect(await ask(store, RUN)).toMatchObject(told);
});

test("a computed run is a retry while all of its commands are", async () => {
  const store = await testStore();
  const part = (id: string, command: string) =>
    new LoadRows().invocation({ run: { run_id: "1" }, invocation: { invocation_id: id, command } });
  const retry = () => part("a", "retry");
  await publish(store, retry());
  expect(await askList(store, "SELECT kind FROM runs")).toEqual(["retry"]);
  await expectNothingNew(store, retry);
  await publish(store, part("b", "test"));
  expect(await askList(store, "SELECT kind FROM runs")).toEqual(["full"]);
});
