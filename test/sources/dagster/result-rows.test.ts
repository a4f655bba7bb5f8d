/** What ran in a run, as executions of assets, ops and checks. */
import { describe, expect, it } from "vitest";
import type { CheckResult } from "../../../src/sources/dagster/checks.ts";
import { assetId, checkId, opId } from "../../../src/sources/dagster/ids.ts";
import { Names } from "../../../src/sources/dagster/names.ts";
import { resultsUnit } from "../../../src/sources/dagster/result-rows.ts";
import type { Materialization, RunSteps, Step } from "../../../src/sources/dagster/steps.ts";
import type { Words as Why } from "../../../src/sources/dagster/words.ts";
import { Words } from "../../../src/sources/visit/columns.ts";
import type { ExecutionColumns, InvocationUnit } from "../../../src/store/units.ts";
import { runOf, START, START_US, tagsOf } from "./wire-runs.ts";

const NAMES = new Names(
  [
    { path: ["raw"], location: "shop", ops: ["raw"] },
    ...["a", "b", "c"].map((name) => ({ path: [name], location: "shop", ops: ["dbt_build"] })),
    { path: ["graph_made"], location: "shop", ops: ["load"] },
  ],
  new Set([opId("shop", "nightly", "fetch"), opId("shop", "nightly", "load.store")]),
);
const PLACE = {
  project: {
    project_id: "shop",
    name: "shop",
    dbt_project_name: null,
    adapter_type: null,
    url: null,
    created_at: null,
    updated_at: null,
  },
  environment: { environment_id: "prod", name: "prod", type: "production" },
  job: { job_id: "nightly", name: "nightly", schedule: null, commands: [], url: null },
} as const;

interface Given {
  run?: Record<string, unknown>;
  steps?: Step[];
  selection?: string[] | null;
  checks?: CheckResult[];
  why?: Record<string, string>;
  skipped?: string[];
}

function unitOf({ run = {}, steps = [], selection = null, checks = [], why = {}, skipped = [] }: Given) {
  const found: RunSteps = { run: runOf(run), steps, selection, checks: null };
  const words = new Words();
  const findings: Why & { checks: CheckResult[] } = {
    checks,
    why: new Map(Object.entries(why)),
    skipped: new Set(skipped),
  };
  const context = { names: NAMES, pages: "http://localhost:3000", now: (START + 600) * 1000 };
  const unit = resultsUnit(
    { id: "d", system: "dagster" },
    { ...PLACE, job: { ...PLACE.job, commands: [] } },
    found,
    findings,
    context,
    words,
  );
  return { unit, rows: rowsOf(unit, words.takeFresh()) };
}

const WORDS = ["node", "status", "raw_status", "message", "partition"] as const;
const NUMBERS = [
  "started_at",
  "ended_at",
  "recorded_at",
  "runtime_s",
  "rows_affected",
  "failures",
  "attempt",
] as const;
type Row = Record<(typeof WORDS)[number], string | null> & Record<(typeof NUMBERS)[number], number>;

/** The rows of a unit as the store would read them; times in seconds after the run's start. */
function rowsOf({ executions }: InvocationUnit, words: readonly string[]): Row[] {
  if (executions === null) return [];
  const wordOf = (column: Int32Array, row: number) => words[column[row] ?? -1] ?? null;
  const numberOf = (name: (typeof NUMBERS)[number], columns: ExecutionColumns, row: number) => {
    const value = columns[name][row] ?? Number.NaN;
    return name.endsWith("_at") ? (value - START_US) / 1e6 : value;
  };
  return Array.from({ length: executions.length }, (_, row) => {
    const texts = WORDS.map((name) => [name, wordOf(executions[name], row)] as const);
    const numbers = NUMBERS.map((name) => [name, numberOf(name, executions, row)] as const);
    // Exactly the columns that the two lists name.
    return Object.fromEntries([...texts, ...numbers]) as Row;
  });
}

const attempt = (from: number, to: number | null) => ({
  started_at: START_US + from * 1e6,
  ended_at: to === null ? null : START_US + to * 1e6,
});
const step = (
  key: string,
  status: string | null,
  attempts: [number, number | null][],
  made: Materialization[] = [],
): Step => ({
  key,
  status,
  attempts: attempts.map(([from, to]) => attempt(from, to)),
  made,
});
const made = (key: string, at: number, given: Partial<Materialization> = {}): Materialization => ({
  key,
  partition: null,
  at: START_US + at * 1e6,
  runtime_s: null,
  rows: null,
  ...given,
});
const raw = assetId("shop", "raw");
const fetch = opId("shop", "nightly", "fetch");

describe("a step", () => {
  it("that made an asset is an execution of it, with the time of the step", () => {
    const { rows } = unitOf({ steps: [step("raw", "SUCCESS", [[1, 9]], [made("raw", 8, { rows: 3 })])] });
    expect(rows).toMatchObject([
      {
        node: raw,
        status: "success",
        started_at: 1,
        ended_at: 9,
        recorded_at: 9,
        runtime_s: 8,
        rows_affected: 3,
        attempt: 1,
      },
    ]);
  });

  it("of an op job is an execution of the op, also within a graph", () => {
    const { rows } = unitOf({
      steps: [step("fetch", "SUCCESS", [[1, 2]]), step("load.store", "SUCCESS", [[2, 5]])],
    });
    expect(rows.map(({ node, runtime_s }) => [node, runtime_s])).toEqual([
      [fetch, 1],
      [opId("shop", "nightly", "load.store"), 3],
    ]);
  });

  it("of a dynamic output is one of several of its op", () => {
    const { rows } = unitOf({
      run: { tags: tagsOf({ "dagster/partition": "2026-11-18" }) },
      steps: [
        step("load.store[Oslo]", "SUCCESS", [[1, 2]]),
        step("load.store[Bergen]", "FAILURE", [[1, 3]]),
        step("fetch", "SUCCESS", [[0, 1]]),
      ],
      why: { "load.store[Bergen]": "KeyError: 'x'" },
    });
    expect(rows.map(({ node, partition, status, message }) => [node, partition, status, message])).toEqual([
      [opId("shop", "nightly", "load.store"), "Oslo", "success", null],
      [opId("shop", "nightly", "load.store"), "Bergen", "error", "KeyError: 'x'"],
      [fetch, "2026-11-18", "success", null],
    ]);
  });

  it("that was tried again is an execution for each attempt, each with its own time", () => {
    const steps = [
      step(
        "raw",
        "SUCCESS",
        [
          [0, 2],
          [10, 12],
          [20, 25],
        ],
        [made("raw", 24, { rows: 7 })],
      ),
    ];
    const { rows } = unitOf({ steps, why: { raw: "of no use" } });
    expect(
      rows.map(({ attempt: number, status, raw_status, runtime_s, message, rows_affected }) => [
        number,
        status,
        raw_status,
        runtime_s,
        message,
        rows_affected,
      ]),
    ).toEqual([
      [1, "error", "UP_FOR_RETRY", 2, null, Number.NaN],
      [2, "error", "UP_FOR_RETRY", 2, null, Number.NaN],
      [3, "success", null, 5, null, 7],
    ]);
  });

  it("that failed is a failure of what it was to make, with its reason", () => {
    const { rows } = unitOf({
      run: { status: "FAILURE" },
      steps: [
        step("raw", "FAILURE", [
          [0, 2],
          [5, 6],
        ]),
      ],
      why: { raw: "ValueError: no rows", "": "Steps failed: ['raw']" },
    });
    expect(rows.map(({ node, attempt: number, status, message }) => [node, number, status, message])).toEqual(
      [
        [raw, 1, "error", null],
        [raw, 2, "error", "ValueError: no rows"],
      ],
    );
  });

  it("of several assets that failed has made some of them, and was to make the chosen others", () => {
    const steps = [step("dbt_build", "FAILURE", [[0, 20]], [made("a", 5, { runtime_s: 4 })])];
    const { rows } = unitOf({
      run: { status: "FAILURE" },
      steps,
      selection: ["a", "b"],
      why: { dbt_build: "boom" },
    });
    expect(rows.map(({ node, status, message }) => [node, status, message])).toEqual([
      [assetId("shop", "a"), "success", null],
      [assetId("shop", "b"), "error", "boom"],
    ]);
  });

  it("of several assets gives each the time that it says, and else its own", () => {
    const steps = [
      step("dbt_build", "SUCCESS", [[0, 20]], [made("a", 5, { runtime_s: 4.5, rows: 10 }), made("b", 19)]),
    ];
    const { rows } = unitOf({ steps });
    expect(rows).toMatchObject([
      { node: assetId("shop", "a"), started_at: 0.5, ended_at: 5, runtime_s: 4.5, rows_affected: 10 },
      { node: assetId("shop", "b"), started_at: 0, ended_at: 20, runtime_s: 20 },
    ]);
  });

  it("of one asset has its own time, whatever that says", () => {
    const { rows } = unitOf({
      steps: [step("raw", "SUCCESS", [[0, 9]], [made("raw", 8, { runtime_s: 2 })])],
    });
    expect(rows).toMatchObject([{ runtime_s: 9 }]);
  });

  it("of an asset that a graph makes is found by the graph", () => {
    const { rows } = unitOf({ run: { status: "FAILURE" }, steps: [step("load.inner", "FAILURE", [[0, 1]])] });
    expect(rows.map(({ node }) => node)).toEqual([assetId("shop", "graph_made")]);
  });

  it("of several partitions at once is one execution, which names them", () => {
    const days = ["2026-11-15", "2026-11-17", "2026-11-16"];
    const parts = days.map((partition) => made("raw", 8, { partition, rows: 2 }));
    const [first] = parts;
    const { rows } = unitOf({ steps: [step("raw", "SUCCESS", [[1, 9]], parts)] });
    expect(rows).toMatchObject([{ partition: "2026-11-15…2026-11-17 (3)", rows_affected: 6, runtime_s: 8 }]);
    const one = unitOf({ steps: [step("raw", "SUCCESS", [[1, 9]], first === undefined ? [] : [first])] });
    expect(one.rows).toMatchObject([{ partition: "2026-11-15", rows_affected: 2 }]);
  });

  it("that failed for a partition names it", () => {
    const { rows } = unitOf({
      run: { status: "FAILURE", tags: tagsOf({ "dagster/partition": "2026-11-18" }) },
      steps: [step("raw", "FAILURE", [[0, 1]])],
    });
    expect(rows).toMatchObject([{ partition: "2026-11-18", status: "error" }]);
  });

  it("with a word that is not known is unknown, and the word is kept", () => {
    const { rows } = unitOf({
      steps: [step("fetch", "HIBERNATING", [[0, 1]]), step("fetch", null, [[0, 1]])],
    });
    expect(rows.map(({ status, raw_status }) => [status, raw_status])).toEqual([
      ["unknown", "HIBERNATING"],
      ["unknown", null],
    ]);
  });

  it("that nobody defines any more is none's, but for what it made", () => {
    const steps = [
      step("gone", "SUCCESS", [[0, 1]]),
      step("gone_too", "SUCCESS", [[0, 1]], [made("old/asset", 1)]),
    ];
    expect(unitOf({ steps }).rows.map(({ node }) => node)).toEqual([assetId("shop", "old/asset")]);
  });
});

describe("a step that did not end", () => {
  const going = [step("fetch", "IN_PROGRESS", [[5, null]])];

  it("is running while its run is", () => {
    const { rows, unit } = unitOf({ run: { status: "STARTED", endTime: null }, steps: going });
    expect(rows).toMatchObject([{ status: "running", started_at: 5, ended_at: Number.NaN, recorded_at: 5 }]);
    expect(unit.invocation).toMatchObject({ complete: false, status: "running" });
    expect(unit.run).toMatchObject({ results_read: false, status: "running" });
  });

  it("has lost its process where its run failed, for the reason of the run", () => {
    const { rows } = unitOf({ run: { status: "FAILURE" }, steps: going, why: { "": "exit code -9" } });
    expect(rows).toMatchObject([{ status: "error", started_at: 5, ended_at: 60, message: "exit code -9" }]);
  });

  it("was stopped where its run was cancelled, and is no failure of its own", () => {
    expect(unitOf({ run: { status: "CANCELED" }, steps: going }).rows).toEqual([]);
  });

  it.each([
    ["ended with the run", 59, 0],
    ["failed long before", -30, 1],
  ])("nor is one that %s", (_, ended, count) => {
    const steps = [step("fetch", "FAILURE", [[-40, ended]])];
    expect(unitOf({ run: { status: "CANCELED" }, steps }).rows).toHaveLength(count);
  });
});

describe("a step that was not run", () => {
  it("because one before it failed is skipped", () => {
    const { rows } = unitOf({
      run: { status: "FAILURE" },
      steps: [step("raw", "FAILURE", [[0, 1]])],
      skipped: ["fetch", "dbt_build"],
      selection: ["raw", "a"],
    });
    expect(rows.map(({ node, status, runtime_s }) => [node, status, runtime_s])).toEqual([
      [raw, "error", 1],
      [fetch, "skipped", Number.NaN],
      [assetId("shop", "a"), "skipped", Number.NaN],
    ]);
  });

  it("because there was nothing to do is skipped too", () => {
    expect(unitOf({ steps: [step("fetch", "SKIPPED", [[1, 1]])] }).rows).toMatchObject([
      { status: "skipped" },
    ]);
  });
});

describe("a check", () => {
  const check = (given: Partial<CheckResult>): CheckResult => ({
    key: "raw",
    name: "has_rows",
    run_id: "7b3e4a51-run",
    status: "SUCCEEDED",
    severity: "ERROR",
    description: null,
    step_key: "raw",
    partition: null,
    at: START_US + 9e6,
    failures: null,
    ...given,
  });
  const ran = [step("raw", "SUCCESS", [[0, 9]])];
  const rowOf = (given: Partial<CheckResult>, more: Given = {}) =>
    unitOf({ steps: ran, checks: [check(given)], ...more }).rows.find(
      ({ node }) => node === checkId("shop", "raw", "has_rows"),
    );

  it.each([
    [{}, "pass", null],
    [{ status: "FAILED" }, "fail", null],
    [{ status: "FAILED", severity: "WARN" }, "warn", null],
    [{ status: "FAILED", severity: null }, "fail", null],
    [{ status: "EXECUTION_FAILED", severity: null }, "error", null],
    // Its step was never run: what comes before it failed.
    [{ status: "EXECUTION_FAILED", severity: null, step_key: "never_run" }, "skipped", null],
    [{ status: "SKIPPED" }, "skipped", null],
    [{ status: "HIBERNATING" }, "unknown", "HIBERNATING"],
  ])("%j is %s", (given, status, raw_status) => {
    expect(rowOf(given)).toMatchObject({ status, raw_status, recorded_at: 9 });
  });

  it("that is going on is no result yet", () => {
    expect(rowOf({ status: "IN_PROGRESS" })).toBeUndefined();
  });

  it("has its words, its failing rows and its partition, or the words of its step", () => {
    expect(rowOf({ status: "FAILED", description: "3 odd rows", failures: 3, partition: "p" })).toMatchObject(
      {
        message: "3 odd rows",
        failures: 3,
        partition: "p",
      },
    );
    const raised = rowOf({ status: "EXECUTION_FAILED" }, { why: { raw: "TypeError: x" } });
    expect(raised).toMatchObject({ status: "error", message: "TypeError: x" });
  });
});

describe("the invocation", () => {
  it.each([
    [{}, null, "execute nightly"],
    [{}, ["a", "b"], "execute nightly for a, b"],
    [{ jobName: "__ASSET_JOB" }, ["a", "b", "c", "d", "e"], "execute a, b, c and 2 more"],
    [{ jobName: "__ephemeral_asset_job__" }, null, "execute assets"],
  ])("says what was asked for: %j of %j", (run, selection, command) => {
    expect(unitOf({ run, selection }).unit.invocation.command_line).toBe(command);
  });

  it("has the reason of a run that failed, and its times", () => {
    const { unit } = unitOf({ run: { status: "FAILURE" }, why: { "": "the code server is gone" } });
    expect(unit.run.error_message).toBe("the code server is gone");
    expect(unit.invocation).toMatchObject({ complete: true, status: "failure", elapsed_s: 60 });
  });

  it("of a run that goes on has lasted until it was last heard of", () => {
    const run = { status: "STARTED", endTime: null, updateTime: START + 30 };
    expect(unitOf({ run }).unit.invocation.elapsed_s).toBe(30);
    expect(unitOf({ run: { ...run, updateTime: null } }).unit.invocation.elapsed_s).toBe(600);
  });
});
