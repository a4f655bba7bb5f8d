/** What a system says of the health of its nodes and of its own. */
import { expect, test } from "vitest";
import type { FreshnessStatus } from "../../src/core/vocabulary.ts";
import { LoadRows, type StateInput } from "./rows.ts";
import { ask, askList, expectNothingNew, publish, testStore } from "./stores.ts";
import { A, at, CLOUD, FILES, ORDERS, placeOf, Told } from "./systems.ts";

const B = "model.shop.b";
const HEALTH = `SELECT n.unique_id, h.status, h.raw_status, h.reasons, h.reported_at
  FROM reported_health h JOIN nodes n USING (node_key) ORDER BY ALL`;
const CONDITIONS = `SELECT p.project_id, c.kind, c.subject, c.severity, c.message, c.since
  FROM conditions c LEFT JOIN projects p USING (project_key) ORDER BY c.subject`;

const defined = (): LoadRows =>
  new LoadRows().definitions({ nodes: [{ unique_id: A }, { unique_id: B }] }).hierarchy();
const state = (given: StateInput): LoadRows => new LoadRows().state(given);

test("each telling replaces the one before, and the same again writes nothing", async () => {
  const store = await testStore();
  await publish(store, defined());
  const first = () =>
    state({
      health: [
        { unique_id: A, status: "critical", raw_status: "DEGRADED", reasons: ["a", "b"], reported_at: at(1) },
        { unique_id: B },
      ],
      conditions: [
        { subject: "SENSOR", since: at(2) },
        { project_id: "shop", kind: "code_location", subject: "shop", severity: "critical", message: "no" },
      ],
    });
  await publish(store, first());
  expect(await ask(store, HEALTH)).toEqual([
    { unique_id: A, status: "critical", raw_status: "DEGRADED", reasons: ["a", "b"], reported_at: at(1) },
    { unique_id: B, status: "healthy", raw_status: null, reasons: [], reported_at: null },
  ]);
  expect(await ask(store, CONDITIONS)).toMatchObject([
    { project_id: null, kind: "daemon", subject: "SENSOR", severity: "warning", since: at(2) },
    { project_id: "shop", kind: "code_location", subject: "shop", severity: "critical", message: "no" },
  ]);
  await expectNothingNew(store, first);
  await publish(store, state({ health: [{ unique_id: B, status: "warning" }] }));
  expect(await ask(store, HEALTH)).toMatchObject([{ unique_id: B, status: "warning" }]);
  expect(await ask(store, CONDITIONS)).toEqual([]);
  await publish(store, state({}));
  expect(await ask(store, HEALTH)).toEqual([]);
});

test("freshness is told as a whole too, and since when a node is stale is kept until it is fresh", async () => {
  const store = await testStore();
  await publish(store, defined());
  const told = (minute: number, status: FreshnessStatus) => () =>
    state({
      freshness: [
        {
          unique_id: A,
          status,
          criterion: "built by 0 3 * * * UTC",
          checked_at: at(minute),
          max_loaded_at: at(0),
        },
        { unique_id: "model.shop.other", checked_at: at(minute) },
      ],
    });
  const found = () =>
    ask(
      store,
      `SELECT n.unique_id, f.status, f.criterion, f.max_loaded_at, f.checked_at, f.stale_since
       FROM reported_freshness f JOIN nodes n USING (node_key)`,
    );
  await publish(store, told(1, "pass")());
  expect(await found()).toEqual([
    {
      unique_id: A,
      status: "pass",
      criterion: "built by 0 3 * * * UTC",
      max_loaded_at: at(0),
      checked_at: at(1),
      stale_since: null,
    },
  ]);
  await publish(store, told(2, "warn")());
  await publish(store, told(3, "error")());
  expect(await found()).toMatchObject([{ status: "error", checked_at: at(3), stale_since: at(2) }]);
  await expectNothingNew(store, told(3, "error"));
  await publish(store, told(4, "pass")());
  await publish(store, told(5, "error")());
  expect(await found()).toMatchObject([{ stale_since: at(5) }]);
  await publish(store, state({}));
  expect(await found()).toEqual([]);
});

test("of several tellings in one load the newest counts", async () => {
  const store = await testStore();
  const rows = () =>
    defined()
      .state({ seen_at: at(9), conditions: [{ subject: "newest" }] })
      .state({ seen_at: at(8), conditions: [{ subject: "older" }] });
  await publish(store, rows());
  expect(await askList(store, "SELECT subject FROM conditions")).toEqual(["newest"]);
  await expectNothingNew(store, rows);
});

test("nodes may be told in the same load; of those that nothing tells there is no health", async () => {
  const store = await testStore();
  const rows = () => defined().state({ health: [{ unique_id: A }, { unique_id: "model.shop.other" }] });
  await publish(store, rows());
  expect(await askList(store, "SELECT unique_id FROM reported_health JOIN nodes USING (node_key)")).toEqual([
    A,
  ]);
  await publish(store, state({ environment_id: "staging", health: [{ unique_id: A }] }));
  expect(await ask(store, "FROM reported_health")).toEqual([]);
});

test("what is wrong in a project that nobody knows concerns all", async () => {
  const store = await testStore();
  await publish(store, state({ conditions: [{ project_id: "unheard of" }] }));
  expect(await ask(store, CONDITIONS)).toMatchObject([{ project_id: null }]);
});

test("sources have a state each", async () => {
  const store = await testStore({ sourceIds: [CLOUD.id, FILES.id] });
  const of = (source: typeof CLOUD, ...subjects: string[]) =>
    state({ source, conditions: subjects.map((subject) => ({ subject })) });
  await publish(store, of(CLOUD, "a"));
  await publish(store, of(FILES, "b"));
  await publish(store, of(CLOUD));
  expect(await askList(store, "SELECT subject FROM conditions")).toEqual(["b"]);
});

test("nothing is left of the health of nodes that are gone", async () => {
  const store = await testStore();
  const ran = (environment_id: string): LoadRows =>
    new LoadRows().invocation({ environment: { environment_id }, executions: [{ node: A }] });
  await publish(store, ran("prod").state({ health: [{ unique_id: A }], freshness: [{ unique_id: A }] }));
  await publish(store, ran("main"));
  expect(await askList(store, "SELECT environment_id FROM environments")).toEqual(["main"]);
  expect(await ask(store, "FROM stored_reported_health")).toEqual([]);
  expect(await ask(store, "FROM stored_reported_freshness")).toEqual([]);
});

test.each(
  ORDERS,
)("with %s, what is told of a shared project goes by the keys that are shown", async (_, ids) => {
  const store = await testStore({ sourceIds: ids });
  const told = new Told().definitions(CLOUD).definitions(FILES);
  told.read("9000", "i0", [180, 190]);
  told.results(FILES, "i0", [180, 190]);
  for (const source of [CLOUD, FILES]) {
    const { project, environment } = placeOf(source);
    told.rows.state({
      source,
      project_id: project.project_id,
      environment_id: environment.environment_id,
      health: [{ unique_id: A, raw_status: source.system }],
      freshness: [{ unique_id: A, raw_status: source.system }],
      conditions: [{ project_id: project.project_id, subject: source.system }],
    });
  }
  await publish(store, told.rows);
  const [first] = ids;
  const shown = first === CLOUD.id ? "70" : "shop";
  for (const table of ["reported_health", "reported_freshness"]) {
    expect(
      await ask(
        store,
        `SELECT t.raw_status, p.project_id FROM ${table} t JOIN nodes n USING (node_key)
         JOIN projects p ON p.project_key = n.project_key ORDER BY 1`,
      ),
    ).toEqual([
      { raw_status: "artifacts", project_id: shown },
      { raw_status: "dbt-cloud", project_id: shown },
    ]);
  }
  expect(await ask(store, CONDITIONS)).toMatchObject([
    { subject: "artifacts", project_id: shown },
    { subject: "dbt-cloud", project_id: shown },
  ]);
});
