/** The steps of runs and the results of checks, as they are on the wire. */
import { describe, expect, it } from "vitest";
import { resultsOf } from "../../../src/sources/dagster/checks.ts";
import { stepsOf } from "../../../src/sources/dagster/steps.ts";
import type { WireObject } from "../../../src/sources/wire/loose.ts";
import { told, visitOver } from "./visits.ts";
import { START, START_US } from "./wire-runs.ts";

const RUN = { runId: "7b3e4a51-run", jobName: "nightly", status: "STARTED", startTime: START };

async function found(given: WireObject) {
  const results = [{ ...RUN, ...given }, { runId: null }];
  const { visit } = visitOver({ RunlensSteps: { runsOrError: { __typename: "Runs", results } } });
  const runs = await stepsOf(visit, ["7b3e4a51-run", "another"]);
  expect(runs).toHaveLength(1);
  const [run] = runs;
  if (run === undefined) throw new Error("no run");
  return run;
}

const stat = (given: WireObject): WireObject => ({
  stepKey: "raw",
  status: "SUCCESS",
  startTime: START + 1,
  endTime: START + 9,
  attempts: [],
  ...given,
});
const attempt = (from: number, to: number | null) => ({
  started_at: START_US + from * 1e6,
  ended_at: to === null ? null : START_US + to * 1e6,
});

describe("a step", () => {
  it("has its attempts, without the time between them", async () => {
    const attempts = [
      { startTime: START + 1, endTime: START + 2 },
      { startTime: START + 8, endTime: START + 9 },
    ];
    const { steps } = await found({ stepStats: [stat({ attempts })] });
    expect(steps).toEqual([
      { key: "raw", status: "SUCCESS", attempts: [attempt(1, 2), attempt(8, 9)], made: [] },
    ]);
  });

  it("has one where none has ended, or older servers tell none", async () => {
    const going = stat({ status: "IN_PROGRESS", endTime: null });
    expect((await found({ stepStats: [going] })).steps[0]?.attempts).toEqual([attempt(1, null)]);
    expect((await found({ stepStats: [stat({ attempts: null })] })).steps[0]?.attempts).toEqual([
      attempt(1, 9),
    ]);
  });

  it("that goes on once more has an attempt that has not ended, beside those that have", async () => {
    const attempts = [{ startTime: START + 1, endTime: START + 2 }];
    const { steps } = await found({ stepStats: [stat({ status: "IN_PROGRESS", endTime: null, attempts })] });
    expect(steps[0]?.attempts).toEqual([attempt(1, 2), { started_at: null, ended_at: null }]);
  });

  it("without a key is none", async () => {
    expect((await found({ stepStats: [stat({ stepKey: null }), null] })).steps).toEqual([]);
  });

  it("has what it made, with the time and rows that dagster-dbt tells", async () => {
    const one = {
      stepKey: "raw",
      assetKey: { path: ["shop", "raw"] },
      partition: "p",
      timestamp: String((START + 8) * 1000 + 123),
      metadataEntries: [
        { label: "Execution Duration", floatValue: 3.5 },
        { label: "dagster/row_count", intValue: 7 },
        { label: "other", intValue: 1 },
      ],
    };
    const others = [
      { ...one, assetKey: null },
      { ...one, stepKey: "another" },
      { ...one, timestamp: null },
      { ...one, metadataEntries: [] },
    ];
    const { steps } = await found({ stepStats: [stat({})], assetMaterializations: [one, ...others] });
    const at = START_US + 8_123_000;
    expect(steps[0]?.made).toEqual([
      { key: "shop/raw", partition: "p", at, runtime_s: 3.5, rows: 7 },
      { key: "shop/raw", partition: "p", at, runtime_s: null, rows: null },
    ]);
  });
});

describe("a run", () => {
  it.each([
    [{ selected: null }, null],
    // As runs within a process have it.
    [{ selected: [] }, null],
    [{ selected: [{ path: ["a", "b"] }, { path: [] }] }, ["a/b"]],
  ])("was asked for %j", async (given, selection) => {
    expect((await found({ stepStats: [], ...given })).selection).toEqual(selection);
  });

  it("says which checks it was to evaluate, where its version can", async () => {
    const assetChecks = [
      { name: "c", assetKey: { path: ["a"] } },
      { name: null, assetKey: { path: ["a"] } },
    ];
    expect((await found({ stepStats: [], assetChecks })).checks).toEqual([{ key: "a", name: "c" }]);
    expect((await found({ stepStats: [], assetChecks: [] })).checks).toEqual([]);
    expect((await found({ stepStats: [] })).checks).toBeNull();
  });
});

describe("the results of checks", () => {
  const execution = (id: number, runId: string, given: WireObject = {}): WireObject => ({
    id: String(id),
    runId,
    status: "FAILED",
    timestamp: START,
    stepKey: "raw",
    evaluation: {
      severity: "WARN",
      description: "odd",
      timestamp: START + 2.5,
      metadataEntries: [{ label: "dagster_dbt/failed_row_count", intValue: 3 }],
    },
    ...given,
  });
  /** Newest first, with pages as they are asked for. */
  const history = (count: number) =>
    Array.from({ length: count }, (_, index) => execution(count - index, `run ${count - index}`));
  const serving = (all: WireObject[]) =>
    visitOver({
      RunlensChecks: (variables) => {
        const after = variables.a0 === null ? 0 : all.findIndex(({ id }) => id === variables.a0) + 1;
        return { c0: all.slice(after, after + Number(variables.limit)) };
      },
    });
  const wanted = (...runs: string[]) => [{ key: "a/b", name: "c", runs: new Set(runs) }];

  it("are those of the runs that are wanted, with the time of the evaluation", async () => {
    const fake = serving(history(3));
    expect(await resultsOf(fake.visit, wanted("run 2"))).toEqual([
      {
        key: "a/b",
        name: "c",
        run_id: "run 2",
        status: "FAILED",
        severity: "WARN",
        description: "odd",
        step_key: "raw",
        partition: null,
        at: START_US + 2.5e6,
        failures: 3,
      },
    ]);
    expect(fake.asked).toMatchObject([{ variables: { k0: { path: ["a", "b"] }, n0: "c", a0: null } }]);
  });

  it("have the time of their planning where nothing was evaluated", async () => {
    const fake = serving([execution(1, "run 1", { status: "SKIPPED", evaluation: null })]);
    expect(await resultsOf(fake.visit, wanted("run 1"))).toMatchObject([
      { status: "SKIPPED", severity: null, at: START_US, failures: null },
    ]);
  });

  it("are looked for in older pages, as long as one is missing", async () => {
    const fake = serving(history(1000));
    const found = await resultsOf(fake.visit, wanted("run 999", "run 500"));
    expect(found.map(({ run_id }) => run_id)).toEqual(["run 999", "run 500"]);
    expect(fake.asked.length).toBeGreaterThan(1);
    // Pages grow: five hundred results are no twenty requests.
    expect(fake.asked.length).toBeLessThanOrEqual(4);
    expect(told(fake)).toEqual({ complete: true, notes: [] });
  });

  it("end with the list", async () => {
    const fake = serving(history(30));
    expect(await resultsOf(fake.visit, wanted("run 0"))).toEqual([]);
    expect(fake.asked.length).toBe(2);
    expect(told(fake)).toEqual({ complete: true, notes: [] });
  });

  it("that are too old are left, with a note", async () => {
    const fake = serving(history(20_000));
    expect(await resultsOf(fake.visit, wanted("run 1"))).toEqual([]);
    expect(told(fake)).toEqual({ complete: false, notes: [expect.stringContaining("too old to be found")] });
  });
});
