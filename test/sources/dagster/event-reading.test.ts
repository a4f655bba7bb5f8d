import { describe, expect, it } from "vitest";
import { WireEvent } from "../../../src/sources/dagster/event-page.ts";
import { matcher, readEvent } from "../../../src/sources/dagster/event-reading.ts";
import { EVERYTHING, wireEvent } from "./events.ts";

const read = (given: Record<string, unknown>, stack = false) => readEvent(wireEvent(given), { stack });
const messageOf = (given: Record<string, unknown>) => read(given)?.message;

describe("an event", () => {
  it("has its time in UTC, its level, its type and its step", () => {
    expect(
      read({ timestamp: "1757703542261", level: "INFO", stepKey: "graph.op[11]", eventType: "STEP_START" }),
    ).toEqual({
      timestamp: "2025-09-12T18:59:02.261Z",
      level: "INFO",
      event_type: "STEP_START",
      step_key: "graph.op[11]",
      message: "Something happened.",
      error: null,
      partition: null,
    });
  });

  it("that a user logged has no type of its own", () => {
    expect(read({ __typename: "LogMessageEvent", eventType: null })?.event_type).toBe("LOG");
  });

  it("is read as far as it can be", () => {
    const odd = WireEvent.parse({
      timestamp: "1757703542261",
      level: "LOUD",
      eventType: "BRAND_NEW",
      error: 7,
      evaluation: [],
    });
    expect(readEvent(odd, { stack: false })).toMatchObject({
      level: "INFO",
      event_type: "BRAND_NEW",
      message: "",
      error: null,
    });
    expect(read({ timestamp: null })).toBeNull();
    expect(read({ timestamp: "" })).toBeNull();
    expect(read({ timestamp: "soon" })).toBeNull();
  });

  it("of captured logs belongs to the steps whose logs they are", () => {
    const one = { eventType: "LOGS_CAPTURED", message: "Capturing logs.", stepKeys: ["load"] };
    expect(read(one)).toMatchObject({ step_key: "load", message: "Capturing logs." });
    const several = { ...one, stepKeys: ["a", "Load", "c", "d", "e"] };
    expect(read(several)).toMatchObject({
      step_key: null,
      message: "Capturing logs. Steps: a, Load, c and 2 more.",
    });
    const wants = (step: string) => matcher({ ...EVERYTHING, step })(wireEvent(several));
    expect([wants("load"), wants("x")]).toEqual([true, false]);
  });
});

describe("a message", () => {
  // Word for word as servers send them, but for the names.
  it.each([
    [
      {
        message: 'Execution of step "a" failed and has requested a retry in 0.3 seconds.',
        secondsToWait: 0.3,
      },
      'Execution of step "a" failed and has requested a retry in 0.3 seconds.',
    ],
    [
      { message: 'Execution of step "a" failed and has requested a retry.', secondsToWait: 3 },
      'Execution of step "a" failed and has requested a retry. Retries in 3 s.',
    ],
    [
      { message: "Materialized value mart.", assetKey: { path: ["mart"] }, partition: null },
      "Materialized value mart.",
    ],
    [
      {
        message: "DagsterEventType.ASSET_OBSERVATION for step core__mart",
        assetKey: { path: ["core", "mart"] },
        partition: "2026-01-01",
      },
      "DagsterEventType.ASSET_OBSERVATION for step core__mart Asset: core/mart. Partition: 2026-01-01.",
    ],
    [
      { message: 'job intends to materialize asset ["core", "mart"]', assetKey: { path: ["core", "mart"] } },
      'job intends to materialize asset ["core", "mart"]',
    ],
    [
      { message: "Materialized value core mart.", assetKey: { path: ["core", "mart"] } },
      "Materialized value core mart. Asset: core/mart.",
    ],
    [
      { message: "Failed.", materializationFailureReason: "UPSTREAM_FAILED_TO_MATERIALIZE" },
      "Failed. Reason: UPSTREAM_FAILED_TO_MATERIALIZE.",
    ],
    [
      { message: 'Execution of step "a" failed.', errorSource: "USER_CODE_ERROR" },
      'Execution of step "a" failed. (USER_CODE_ERROR)',
    ],
  ])("has what the server's leaves out (%#)", (given, message) => {
    expect(messageOf(given)).toBe(message);
  });

  const check = {
    checkName: "rows",
    assetKey: { path: ["mart"] },
    success: false,
    severity: "ERROR",
    description: "none",
  };
  it.each([
    [
      "Asset check 'rows' on 'mart' did not pass. Description: 'none'",
      check,
      "Asset check 'rows' on 'mart' did not pass. Description: 'none' Severity: ERROR.",
    ],
    [
      "Asset check 'rows' on 'mart' passed.",
      { ...check, success: true, description: null },
      "Asset check 'rows' on 'mart' passed.",
    ],
    [
      "DagsterEventType.ASSET_CHECK_EVALUATION for step s",
      { ...check, severity: "WARN" },
      "DagsterEventType.ASSET_CHECK_EVALUATION for step s Check rows of mart failed. Severity: WARN. none",
    ],
    ["", { ...check, success: true, description: null }, "Check rows of mart passed."],
  ])("of a check says how it ended (%#)", (message, evaluation, said) => {
    expect(messageOf({ message, evaluation })).toBe(said);
  });

  it("of a check of a partition names it", () => {
    const event = read({
      message: "",
      evaluation: { ...check, success: true, description: null, partition: "de" },
    });
    expect(event).toMatchObject({ partition: "de", message: "Check rows of mart passed. Partition: de." });
  });
});

describe("an error", () => {
  const chain = {
    message:
      'dagster._core.errors.DagsterExecutionStepExecutionError: Error occurred while executing op "boom":\n',
    className: "DagsterExecutionStepExecutionError",
    stack: ['  File "execute_plan.py", line 243, in run\n    yield\n'],
    cause: {
      message: "RuntimeError: boom: at noon\n",
      className: "RuntimeError",
      stack: ['  File "defs.py", line 8, in boom\n    raise RuntimeError\n'],
      cause: {
        message: "ZeroDivisionError: division by zero\n",
        className: "ZeroDivisionError",
        stack: ['  File "defs.py", line 6, in boom\n    1 / 0\n    ~~^~~\n'],
        cause: null,
      },
    },
  };

  it("shows the root cause and what it was wrapped in", () => {
    expect(read({ error: chain })?.error).toEqual({
      root_cause: "ZeroDivisionError: division by zero",
      chain: [
        'DagsterExecutionStepExecutionError: Error occurred while executing op "boom":',
        "RuntimeError: boom: at noon",
        "ZeroDivisionError: division by zero",
      ],
      stack: null,
    });
  });

  it("has the stack of the root cause first, where it is asked for", () => {
    expect(read({ error: chain }, true)?.error?.stack).toEqual([
      "ZeroDivisionError: division by zero",
      '  File "defs.py", line 6, in boom',
      "    1 / 0",
      "    ~~^~~",
      "RuntimeError: boom: at noon",
      '  File "defs.py", line 8, in boom',
      "    raise RuntimeError",
      'DagsterExecutionStepExecutionError: Error occurred while executing op "boom":',
      '  File "execute_plan.py", line 243, in run',
      "    yield",
    ]);
  });

  it("has at most 60 lines of 200 characters", () => {
    const stack = Array.from({ length: 100 }, (_, line) => `  line ${line} ${"x".repeat(300)}\n`);
    const lines = read({ error: { ...chain, cause: null, stack } }, true)?.error?.stack ?? [];
    expect(lines).toHaveLength(60);
    expect(lines.at(-1)).toBe("… 42 more lines");
    expect(Math.max(...lines.map((line) => line.length))).toBe(200);
  });

  // As servers send them.
  it.each([
    [
      "Exceeded max_retries of 1\n",
      "RetryRequestedFromPolicy",
      "RetryRequestedFromPolicy: Exceeded max_retries of 1",
    ],
    ["dagster._core.definitions.events.RetryRequested\n", "RetryRequested", "RetryRequested"],
    ["dagster._core.definitions.events.Failure: told so\n", "Failure", "Failure: told so"],
    ["KeyError: 'inner'\n", "KeyError", "KeyError: 'inner'"],
    ["no class\n", null, "no class"],
    ["A ValueError: no\n", "ValueError", "ValueError: A ValueError: no"],
    [
      'dagster._core.errors.DagsterSubprocessError: During multiprocess execution errors occurred in child processes:\nIn process 5266: ChildProcessCrashException\n\nStack Trace:\n  File "multiprocess.py", line 272, in execute\n    event = next(step_iter)\n            ^^^^\n\n',
      "DagsterSubprocessError",
      "DagsterSubprocessError: During multiprocess execution errors occurred in child processes:\nIn process 5266: ChildProcessCrashException",
    ],
  ])("is told by its class and its words (%#)", (message, className, text) => {
    expect(read({ error: { message, className, cause: null } })?.error?.root_cause).toBe(text);
  });
});
