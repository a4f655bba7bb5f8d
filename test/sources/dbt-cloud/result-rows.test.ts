import { describe, expect, it } from "vitest";
import { executionsOf, freshnessRowOf, testResultOf } from "../../../src/sources/dbt-cloud/result-rows.ts";

const ran = {
  uniqueId: "model.shop.orders",
  status: "success",
  skip: false,
  error: null,
  executionTime: 19.3,
  runElapsedTime: 5709.06,
  runGeneratedAt: "2025-03-12T10:35:38.459Z",
  compileStartedAt: "2025-03-12T09:00:34.023Z",
  compileCompletedAt: "2025-03-12T09:00:34.047Z",
  executeStartedAt: "2025-03-12T09:00:34.109Z",
  executeCompletedAt: "2025-03-12T09:00:53.171Z",
  invocationId: "i-1",
  threadId: "Thread-1 (worker)",
  args: '{"which":"build"}',
};

describe("executions", () => {
  it("are none where the run did not select the node", () => {
    expect(executionsOf({ ...ran, status: null, skip: false, runResults: [] })).toEqual([]);
  });

  it("are each of a node that was built more than once", () => {
    const again = { ...ran, invocationId: "i-2", executionTime: 3 };
    const found = executionsOf({ ...again, runResults: [ran, again] });
    expect(found.map(({ invocation_id, result }) => [invocation_id, result.execution_time])).toEqual([
      ["i-1", 19.3],
      ["i-2", 3],
    ]);
    expect(found.every(({ result }) => result.unique_id === ran.uniqueId)).toBe(true);
  });

  it("are skipped where only that is said", () => {
    expect(executionsOf({ ...ran, status: null, skip: true })[0]?.status).toBe("skipped");
  });

  it("bring the arguments of their command, and none where they cannot be read", () => {
    expect(executionsOf(ran)[0]?.args).toEqual({ which: "build" });
    expect(executionsOf({ ...ran, args: "{" })[0]?.args).toBeNull();
  });
});

describe("the result of a test", () => {
  const test = { uniqueId: "test.shop.unique_orders_id.0123456789" };
  it.each([
    [{ state: "pass", status: "0" }, "pass", 0],
    [{ state: "pass", status: "pass" }, "pass", 0],
    [{ state: "fail", status: "4" }, "fail", 4],
    [{ state: "warn", status: "12" }, "warn", 12],
    [{ state: "error", status: "ERROR" }, "error", Number.NaN],
    [{ state: null, fail: true, status: "7" }, "fail", 7],
    [{ state: null, warn: true, status: "1" }, "warn", 1],
    [{ state: null, skip: true }, "skipped", Number.NaN],
    [{ state: "Fail", status: "1" }, "fail", 1],
  ])("is what %j says", (row, status, failures) => {
    const found = testResultOf({ ...test, ...row });
    expect([found?.status, found?.result.failures]).toEqual([status, failures]);
  });

  it("is none where the run did not have it", () => {
    expect(
      testResultOf({ ...test, state: null, status: null, skip: false, fail: false, warn: false }),
    ).toBeNull();
  });
});

describe("freshness", () => {
  const source = {
    uniqueId: "source.shop.app.orders",
    maxLoadedAt: "2026-11-18T00:00:00.000Z",
    snapshottedAt: "2026-11-18T06:00:00.000Z",
  };

  it("is nothing where nobody looked, whatever the state says", () => {
    expect(freshnessRowOf({ ...source, state: "pass", freshnessChecked: false })).toBeNull();
    expect(freshnessRowOf({ ...source, state: null, freshnessChecked: true })).toBeNull();
  });

  it("has its age and criteria in seconds, in whichever case the word comes", () => {
    const criteria = { warnAfter: { count: 6, period: "hour" }, errorAfter: { count: 1, period: "day" } };
    expect(freshnessRowOf({ ...source, state: "Warn", freshnessChecked: true, criteria })).toMatchObject({
      status: "warn",
      age_s: 21_600,
      warn_after_s: 21_600,
      error_after_s: 86_400,
    });
  });
});
