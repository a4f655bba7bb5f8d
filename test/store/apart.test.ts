/** What looks alike and is not the same: a false match would be worse than a double. */
import { expect, test } from "vitest";
import { askList, publish, testStore } from "./stores.ts";
import {
  at,
  BUILD,
  CLOUD,
  counts,
  described,
  expectWhole,
  FILES,
  NIGHTLY,
  ORDERS,
  OTHER_CLOUD,
  placeOf,
  type Span,
  Told,
} from "./systems.ts";

/** Two hours from three o'clock on. */
const LONG: Span = [180, 300];
const within = ([from, to]: Span): Span => [from + 1, to - 1];

interface Case {
  name: string;
  told: () => Told;
  /** How many rows are shown; `TWO` where it is left out. */
  shown?: Record<string, number>;
  orders?: string[][];
}

const dev = { environment_id: "dev", name: "dev", type: "development" } as const;

const CASES: Case[] = [
  {
    name: "production on the platform, development on disk",
    told: () =>
      new Told()
        .read("9000", "i0", LONG)
        .results(FILES, "i1", [1000, 1001], { environment: dev })
        .definitions(CLOUD)
        .definitions(FILES, { environment: dev, invocation_id: "i1" }),
    shown: { projects: 2, environments: 2, jobs: 2, runs: 2, definitions: 2, nodes: 4, edges: 2 },
  },
  {
    name: "a development run on disk within a long run of production",
    told: () => new Told().listed("9000", LONG).results(FILES, "i1", within(LONG), { environment: dev }),
  },
  {
    name: "the same project run elsewhere at other times",
    told: () => new Told().listed("9000", LONG).results(FILES, "i1", [301, 302]),
  },
  {
    name: "a run that began seconds before",
    told: () =>
      new Told().listed("9000", LONG).results(FILES, "i1", LONG, { invocation: { started_at: at(179, 57) } }),
  },
  {
    name: "a run that ended seconds later",
    told: () =>
      new Told().listed("9000", LONG).results(FILES, "i1", LONG, { invocation: { ended_at: at(300, 3) } }),
  },
  {
    name: "a run within one that is still running",
    told: () =>
      new Told().listed("9000", LONG, { run: { status: "running" } }).results(FILES, "i1", within(LONG)),
  },
  {
    name: "a run of a command that the job does not have",
    told: () =>
      new Told().listed("9000", LONG).results(FILES, "i1", within(LONG), {
        invocation: { command: "run", command_line: "dbt run --select a" },
      }),
  },
  {
    name: "a build within a run of a job that builds nothing",
    told: () =>
      new Told()
        .listed("9000", LONG, { job: { ...NIGHTLY, commands: ["dbt docs generate"] } })
        .results(FILES, "i1", within(LONG)),
  },
  {
    name: "a look at the freshness of sources within a run of the platform",
    told: () =>
      new Told().listed("9000", LONG).results(FILES, "i1", within(LONG), {
        invocation: { kind: "freshness", command: "source-freshness", command_line: "dbt source freshness" },
        executions: [],
        freshness: [{ node: "source.shop.raw.x" }],
      }),
  },
  {
    name: "a run within one of a project whose dbt name is not known",
    told: () =>
      new Told()
        .listed("9000", LONG, { project: { project_id: "70", dbt_project_name: null } })
        .results(FILES, "i1", within(LONG))
        .definitions(CLOUD, { project: { project_id: "71" } }),
    shown: { projects: 3, environments: 3, jobs: 2, runs: 2 },
  },
  {
    name: "a run within one whose results are known to be others",
    told: () => new Told().read("9000", "i0", LONG).results(FILES, "i1", within(LONG)),
  },
  {
    name: "one run of many that falls into a run of the platform by chance",
    told: () => {
      const told = new Told().listed("9000", LONG).listed("9001", [LONG[0] + 1440, LONG[1] + 1440]);
      for (let hour = 4; hour < 10; hour++) told.results(FILES, `i${hour}`, [hour * 60, hour * 60 + 10]);
      return told;
    },
    shown: { projects: 2, environments: 2, jobs: 2, runs: 8 },
  },
  {
    name: "projects of other names at the same time, with the same ids",
    told: () =>
      new Told().listed("9000", LONG).results(FILES, "i1", within(LONG), {
        project: { project_id: "70", name: "shop", dbt_project_name: "market" },
        environment: { environment_id: "33" },
        job: NIGHTLY,
        run: { run_id: "9000" },
      }),
  },
  {
    name: "names that people give, at other times",
    told: () =>
      new Told()
        .results(CLOUD, "i0", LONG, {
          environment: { environment_id: "prod" },
          job: BUILD,
          run: described("9000", LONG, { results_read: true }),
        })
        .results(FILES, "i1", [1000, 1001]),
  },
  {
    name: "two accounts that run copies of one project at the same time, with the same numbers",
    told: () =>
      new Told().read("9000", "i0", LONG).results(OTHER_CLOUD, "i1", within(LONG), {
        run: described("9000", LONG),
      }),
    orders: [
      [CLOUD.id, OTHER_CLOUD.id],
      [OTHER_CLOUD.id, CLOUD.id],
    ],
  },
  {
    name: "two environments of one source, both of which seem to be one of the other",
    told: () => {
      const staging = { environment_id: "34", name: "Staging", type: "staging" } as const;
      const unnamed = { environment_id: "default" };
      const told = new Told();
      for (const number of [0, 1, 2]) {
        const span: Span = [180 + number * 60, 190 + number * 60];
        told.results(FILES, `i${number}`, span, { environment: unnamed });
        told.results(CLOUD, `i${number}`, span, {
          environment: number === 2 ? staging : placeOf(CLOUD).environment,
          run: described(`900${number}`, span),
        });
      }
      return told;
    },
    shown: { projects: 1, environments: 2, runs: 3, invocations: 3, executions: 6 },
  },
];

const TWO = { projects: 2, environments: 2, jobs: 2, runs: 2 };
const ORDERS_OF_BOTH = ORDERS.map(([, sourceIds]) => sourceIds);

test.each(CASES)("$name", async ({ told, shown = TWO, orders = ORDERS_OF_BOTH }) => {
  for (const sourceIds of orders) {
    const store = await testStore({ sourceIds });
    await publish(store, told().rows);
    await expectWhole(store);
    expect(await counts(store)).toMatchObject(shown);
  }
});

test("a clock that is a little off does not keep a run from its results", async () => {
  const store = await testStore({ sourceIds: [CLOUD.id, FILES.id] });
  const told = new Told().listed("9000", LONG).results(FILES, "i1", LONG, {
    invocation: { started_at: at(179, 58), ended_at: at(300, 2) },
  });
  await publish(store, told.rows);
  expect(await counts(store)).toMatchObject({ projects: 1, environments: 1, jobs: 1, runs: 1 });
});

test("an invocation that both know counts once also where its project has another name in each", async () => {
  for (const [, sourceIds] of ORDERS) {
    const store = await testStore({ sourceIds });
    const told = new Told().read("9000", "i0", LONG).results(FILES, "i0", within(LONG), {
      project: { project_id: "market", dbt_project_name: "market" },
    });
    await publish(store, told.rows);
    expect(await counts(store)).toMatchObject({ projects: 2, runs: 1, invocations: 1, executions: 2 });
    expect(await askList(store, "SELECT DISTINCT thread FROM executions")).toEqual([
      sourceIds[0] === CLOUD.id ? "dbt-cloud" : "artifacts",
    ]);
  }
});

test("sources with nothing in common are seen as they are stored", async () => {
  const store = await testStore({ sourceIds: [CLOUD.id, FILES.id] });
  const project = { project_id: "market", dbt_project_name: "market" };
  const told = new Told().read("9000", "i0", LONG).results(FILES, "i1", LONG, { project });
  await publish(store, told.rows);
  expect(
    await askList(store, "SELECT sql FROM duckdb_views() WHERE view_name = 'runs' AND temporary"),
  ).toEqual([expect.not.stringContaining("JOIN")]);
});
