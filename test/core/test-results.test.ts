/** Tests with their last result: which are listed, how often they failed, and what they are about. */
import { describe, expect, it } from "vitest";
import { type ExecutionInput, LoadRows } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const [A, B, SEED] = ["model.shop.a", "model.shop.b", "seed.shop.zones"];
const SOURCE = "source.shop.app.orders";
const UNIQUE = "test.shop.unique_a_id.0123456789";
const LATE = "test.shop.late_b.0123456789";
const ROWS = "test.shop.rows_of_orders.0123456789";
const NEVER = "test.shop.zones_known.0123456789";
const day = (number: number, hour: number, minute = 0): string =>
  `2024-05-0${number}T0${hour}:${String(minute).padStart(2, "0")}:00.000Z`;
const NOW = day(9, 9);

interface Night {
  number: number;
  job?: string;
  executions: ExecutionInput[];
}

const night = (number: number, unique: string, more: ExecutionInput[] = []): Night => ({
  number,
  executions: [{ node: UNIQUE, status: unique, failures: unique === "fail" ? number : 0 }, ...more],
});

async function shop(nights: Night[]) {
  const rows = new LoadRows().definitions({
    nodes: [
      { unique_id: A, tags: ["finance"] },
      { unique_id: B },
      { unique_id: SEED },
      { unique_id: SOURCE, name: "orders", source_name: "app" },
      {
        unique_id: UNIQUE,
        attached: A,
        severity: "error",
        test_type: "unique",
        column_name: "id",
        alias: "unique_a_id",
        schema_name: "audit",
        database_name: "db",
      },
      { unique_id: LATE, attached: B, severity: "warn", test_type: "singular" },
      { unique_id: ROWS, attached: SOURCE, severity: "error" },
      { unique_id: NEVER, attached: SEED, severity: "error" },
    ],
  });
  for (const { number, job = "nightly", executions } of nights) {
    rows.invocation({
      job: { job_id: job, name: job },
      invocation: { invocation_id: `${job}${number}`, started_at: day(number, 3), ended_at: day(number, 4) },
      executions: executions.map((row) => ({ recorded_at: day(number, 3, 30), ...row })),
    });
  }
  return accountOver(rows, NOW);
}

const names = (tests: readonly { name: string }[]) => tests.map((test) => test.name);

describe("the list", () => {
  const mixed = () =>
    shop([
      night(1, "pass", [{ node: LATE, status: "warn", failures: 4 }]),
      night(2, "fail", [
        { node: LATE, status: "warn", failures: 5 },
        { node: ROWS, status: "error", message: "Runtime Error in test rows\n  no such column" },
      ]),
    ]);

  it("has what failed or could not run, and counts everything", async () => {
    const tests = await (await mixed()).getTestResults();
    expect(names(tests)).toEqual(["rows_of_orders", "unique_a_id"]);
    expect(tests.total).toBe(2);
    expect(tests.counts).toEqual({
      total: 4,
      pass: 0,
      warn: 1,
      fail: 1,
      error: 1,
      skipped: 0,
      unknown: 0,
      never_run: 1,
    });
  });

  it("has all of them where asked, the worst first", async () => {
    const tests = await (await mixed()).getTestResults({ failedOnly: false });
    expect(tests.map((test) => [test.name, test.status])).toEqual([
      ["rows_of_orders", "error"],
      ["unique_a_id", "fail"],
      ["late_b", "warn"],
      ["zones_known", "unknown"],
    ]);
  });

  it("takes the words of results in place of what is failed", async () => {
    const tests = await (await mixed()).getTestResults({ status: ["warn,error"] });
    expect(names(tests)).toEqual(["rows_of_orders", "late_b"]);
  });

  it("says of each what it is about, where its failing rows lie, and what its system said", async () => {
    const [rows, unique] = await (await mixed()).getTestResults();
    expect(unique?.toJSON()).toEqual({
      unique_id: UNIQUE,
      name: "unique_a_id",
      test_type: "unique",
      severity: "error",
      status: "fail",
      failures: 2,
      message: null,
      tested_at: day(2, 3, 30),
      model_id: "shop.a",
      resource_type: "model",
      column_name: "id",
      project_id: "shop",
      environment: "prod",
      failing_since: day(2, 3, 30),
      fail_count: 1,
      warn_count: 0,
      runs_counted: 2,
      failures_relation: "db.audit.unique_a_id",
    });
    expect(rows?.toJSON()).toMatchObject({
      model_id: "app.orders",
      resource_type: "source",
      message: expect.stringContaining("no such column"),
      failures_relation: null,
    });
  });

  it("keeps to what a test is about: a model by name or tag, a seed, a source", async () => {
    const account = await mixed();
    const of = async (question: object) =>
      names(await account.getTestResults({ failedOnly: false, ...question }));
    expect(await of({ modelId: "a" })).toEqual(["unique_a_id"]);
    expect(await of({ tags: ["finance"] })).toEqual(["unique_a_id"]);
    expect(await of({ modelIds: ["shop.b"] })).toEqual(["late_b"]);
    expect(await of({ modelId: "zones" })).toEqual(["zones_known"]);
    expect(await of({ modelId: "app.orders" })).toEqual(["rows_of_orders"]);
  });

  it("goes on where a page ends", async () => {
    const account = await mixed();
    const first = await account.getTestResults({ failedOnly: false, limit: 3 });
    expect(first.hasMore).toBe(true);
    const cursor = first.nextCursor ?? "";
    const second = await account.getTestResults({ failedOnly: false, limit: 3, cursor });
    expect(names([...first, ...second])).toEqual(["rows_of_orders", "unique_a_id", "late_b", "zones_known"]);
    expect(second.counts).toEqual(first.counts);
  });
});

describe("how often a test failed", () => {
  const account = () =>
    shop([
      night(1, "fail"),
      night(2, "pass"),
      night(3, "fail"),
      night(4, "skipped"),
      night(5, "error"),
      night(6, "warn"),
      night(7, "fail"),
    ]);
  const of = async (question: object) =>
    (await (await account()).getTestResults({ failedOnly: false, modelId: "a", ...question }))[0]?.toJSON();

  it("is told of its last five results, of which a skipped one is none", async () => {
    expect(await of({})).toMatchObject({ runs_counted: 5, fail_count: 3, warn_count: 1 });
  });

  it("is told of as many as asked for, and of no more than there are", async () => {
    expect(await of({ lastNRuns: 2 })).toMatchObject({ runs_counted: 2, fail_count: 1, warn_count: 1 });
    expect(await of({ lastNRuns: 50 })).toMatchObject({ runs_counted: 6, fail_count: 4, warn_count: 1 });
  });

  it("begins with the first failure after it last passed", async () => {
    expect(await of({})).toMatchObject({ failing_since: day(3, 3, 30), failures: 7 });
  });

  it("counts a run once, however often it tried", async () => {
    const retried = {
      number: 8,
      executions: [
        { node: UNIQUE, status: "fail", attempt: 1, recorded_at: day(8, 3, 10) },
        { node: UNIQUE, status: "pass", attempt: 2, recorded_at: day(8, 3, 20) },
      ],
    };
    const tests = await (await shop([night(7, "fail"), retried])).getTestResults({
      failedOnly: false,
      modelId: "a",
    });
    expect(tests[0]?.toJSON()).toMatchObject({ status: "pass", runs_counted: 2, fail_count: 1 });
  });
});

describe("a job or a stretch of time", () => {
  const account = () =>
    shop([
      night(1, "fail"),
      { ...night(2, "pass", [{ node: LATE, status: "pass" }]), job: "hourly" },
      night(3, "fail"),
      { ...night(4, "pass"), job: "hourly" },
    ]);
  const asked = async (question: object) =>
    (await (await account()).getTestResults({ failedOnly: false, ...question })).map((test) => test.toJSON());

  it("has the last results in it, and no test without any", async () => {
    expect(await asked({ jobId: "nightly" })).toMatchObject([
      { name: "unique_a_id", status: "fail", tested_at: day(3, 3, 30), runs_counted: 2, fail_count: 2 },
    ]);
    expect(await asked({ jobId: "hourly" })).toMatchObject([
      { name: "late_b", status: "pass" },
      { name: "unique_a_id", status: "pass", runs_counted: 2, fail_count: 0 },
    ]);
    expect(await asked({ since: "2024-05-03", until: "2024-05-03" })).toMatchObject([
      { name: "unique_a_id", status: "fail", runs_counted: 1, fail_count: 1 },
    ]);
    expect(await asked({ since: "2024-05-08" })).toEqual([]);
  });

  it("fails since it does so there", async () => {
    expect((await asked({ jobId: "nightly" }))[0]).toMatchObject({ failing_since: day(1, 3, 30) });
  });
});
