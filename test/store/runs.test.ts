import { expect, test } from "vitest";
import type { RunRow } from "../../src/store/units.ts";
import { type InvocationInput, LoadRows, micros } from "./rows.ts";
import { ask, askList, publish, testStore } from "./stores.ts";

const at = (minute: number): string => `2024-05-01T03:${String(minute).padStart(2, "0")}:00.000Z`;

/** A command of run `r` from minute to minute. */
function part(
  id: string,
  from: number,
  to: number,
  more: InvocationInput["invocation"] = {},
): InvocationInput {
  return {
    run: { run_id: "r" },
    invocation: {
      invocation_id: id,
      started_at: at(from),
      ended_at: at(to),
      elapsed_s: (to - from) * 60 - 1,
      ...more,
    },
  };
}

const RUN = "SELECT status, started_at, ended_at, runtime_s FROM runs";

test("a derived run of one invocation takes the time that dbt measured", async () => {
  const store = await testStore();
  await publish(store, new LoadRows().invocation(part("a", 0, 2)));
  expect(await ask(store, RUN)).toEqual([
    { status: "success", started_at: at(0), ended_at: at(2), runtime_s: 119 },
  ]);
});

test("a derived run of several invocations reaches from the first to the last, in whichever order they come", async () => {
  const store = await testStore();
  await publish(store, new LoadRows().invocation(part("b", 5, 9)));
  await publish(store, new LoadRows().invocation(part("a", 0, 2)).invocation(part("c", 10, 11)));
  expect(await ask(store, RUN)).toEqual([
    { status: "success", started_at: at(0), ended_at: at(11), runtime_s: 660 },
  ]);
});

test("a failed invocation fails its run, until a retry after it succeeds", async () => {
  const store = await testStore();
  await publish(
    store,
    new LoadRows().invocation(part("a", 0, 2, { status: "failure" })).invocation(part("b", 3, 4)),
  );
  expect(await askList(store, "SELECT status FROM runs")).toEqual(["failure"]);
  await publish(store, new LoadRows().invocation(part("c", 5, 6, { command: "retry" })));
  expect(await askList(store, "SELECT status FROM runs")).toEqual(["success"]);
  await publish(store, new LoadRows().invocation(part("d", 7, 8, { status: "failure" })));
  expect(await askList(store, "SELECT status FROM runs")).toEqual(["failure"]);
});

test("what a derived run says of its trigger is filled in as it becomes known", async () => {
  const store = await testStore();
  await publish(
    store,
    new LoadRows().invocation({ ...part("a", 0, 2), run: { run_id: "r", branch: "main" } }),
  );
  await publish(
    store,
    new LoadRows().invocation({ ...part("b", 3, 4), run: { run_id: "r", trigger: "schedule" } }),
  );
  expect(await ask(store, "SELECT branch, trigger, derived FROM runs")).toEqual([
    { branch: "main", trigger: "schedule", derived: true },
  ]);
});

test("a run that its system describes stands as it is, and is kept up to date", async () => {
  const store = await testStore();
  const run = (status: RunRow["status"], ended: number | null): InvocationInput => ({
    ...part("a", 0, 2),
    run: {
      run_id: "r",
      derived: false,
      status,
      raw_status: status,
      started_at: micros(at(0)),
      ended_at: ended,
      queued_at: micros(at(0)) - 1e6,
    },
  });
  await publish(store, new LoadRows().invocation(run("running", null)));
  expect(await ask(store, RUN)).toEqual([
    { status: "running", started_at: at(0), ended_at: null, runtime_s: null },
  ]);
  await publish(store, new LoadRows().invocation(run("cancelled", micros(at(4)))));
  const ended = [{ status: "cancelled", started_at: at(0), ended_at: at(4), runtime_s: 240 }];
  expect(await ask(store, RUN)).toEqual(ended);
  await publish(store, new LoadRows().invocation(run("running", null)));
  expect(await ask(store, RUN)).toEqual(ended);
});

test("the newest invocation names its job, whose commands are all that were seen", async () => {
  const store = await testStore();
  const job = (name: string, schedule: string | null, commands: string[]) => ({
    job: { name, schedule, commands },
  });
  await publish(
    store,
    new LoadRows().invocation({ ...part("b", 5, 9), ...job("New", "0 4 * * *", ["dbt build", "dbt test"]) }),
  );
  await publish(
    store,
    new LoadRows().invocation({ ...part("a", 0, 2), ...job("Old", null, ["dbt seed", "dbt build"]) }),
  );
  expect(await ask(store, "SELECT name, schedule, commands FROM jobs")).toEqual([
    { name: "New", schedule: "0 4 * * *", commands: ["dbt build", "dbt test", "dbt seed"] },
  ]);
});

test("a project is as its newest news says, and reaches from the earliest to the latest", async () => {
  const store = await testStore();
  const project = (name: string, adapter_type: string | null) => ({ project: { name, adapter_type } });
  await publish(store, new LoadRows().invocation({ ...part("b", 5, 9), ...project("New", null) }));
  await publish(store, new LoadRows().invocation({ ...part("a", 0, 2), ...project("Old", "bigquery") }));
  expect(await ask(store, "SELECT name, adapter_type, created_at, updated_at FROM projects")).toEqual([
    { name: "New", adapter_type: "bigquery", created_at: at(0), updated_at: at(9) },
  ]);
});

test("only builds of what is built count as builds", async () => {
  const store = await testStore();
  const ids = [
    "model.shop.a",
    "seed.shop.a",
    "snapshot.shop.a",
    "test.shop.a.0123456789",
    "operation.shop.a",
  ];
  const executions = ids.map((node) => ({ node }));
  const rows = new LoadRows().invocation({ ...part("a", 0, 1), executions });
  await publish(store, rows.invocation({ ...part("b", 1, 2, { builds: false }), executions }));
  expect(
    await askList(
      store,
      "SELECT unique_id FROM executions JOIN nodes USING (node_key) WHERE builds ORDER BY 1",
    ),
  ).toEqual(ids.slice(0, 3));
});

test("an execution without a time of its own was recorded when its invocation ended", async () => {
  const store = await testStore();
  const executions = [
    { node: "model.shop.a", recorded_at: at(1), ended_at: at(1) },
    { node: "model.shop.b", ended_at: at(0) },
    { node: "model.shop.c" },
  ];
  await publish(store, new LoadRows().invocation({ ...part("a", 0, 2), executions }));
  expect(
    await askList(store, "SELECT recorded_at FROM executions JOIN nodes USING (node_key) ORDER BY unique_id"),
  ).toEqual([at(1), at(0), at(2)]);
});
