import { describe, expect, it } from "vitest";
import { newFolder, put, readOne, result, runResults, sync } from "./support.ts";

const at = (time: string): number => Date.parse(time) * 1000;

describe("results of dbt", () => {
  it("become executions with their times in seconds and microseconds", async () => {
    const { unit } = await readOne(runResults());
    expect(unit.rows).toEqual([
      {
        node: "model.shop.orders",
        status: "success",
        raw_status: null,
        thread: "Thread-1",
        message: null,
        partition: null,
        recorded_at: at("2026-11-20T02:00:02.500Z"),
        started_at: at("2026-11-20T02:00:01Z"),
        ended_at: at("2026-11-20T02:00:02.500Z"),
        runtime_s: 1.5,
        compile_s: 0.25,
        execute_s: 1.25,
        failures: null,
        rows_affected: 5,
        bytes_processed: null,
        attempt: 1,
      },
    ]);
    expect(unit.invocation).toMatchObject({
      invocation_id: "i-1",
      kind: "results",
      command: "build",
      command_line: "dbt build",
      builds: true,
      tests: true,
      full_refresh: false,
      complete: true,
      status: "success",
      started_at: at("2026-11-20T02:00:00Z"),
      ended_at: at("2026-11-20T02:00:10Z"),
      elapsed_s: 10,
      dbt_version: "1.9.0",
    });
  });

  it("keep the results of a command that failed", async () => {
    const results = [
      result({ status: "error", message: "Database Error: no such column", timing: [], execution_time: 0.1 }),
      result({
        unique_id: "model.shop.marts",
        status: "skipped",
        message: null,
        timing: [],
        execution_time: 0,
      }),
    ];
    const { unit } = await readOne(runResults({ results }));
    expect(unit.invocation.status).toBe("failure");
    expect(unit.rows).toMatchObject([
      { status: "error", message: "Database Error: no such column", started_at: null, compile_s: null },
      { status: "skipped", recorded_at: at("2026-11-20T02:00:10Z"), message: null },
    ]);
  });

  it.each([
    ["success", "model.shop.a", "success", null],
    ["warn", "model.shop.a", "success", "warn"],
    ["error", "model.shop.a", "error", null],
    ["runtime error", "model.shop.a", "error", "runtime error"],
    ["skipped", "model.shop.a", "skipped", null],
    ["partial success", "model.shop.a", "partial_success", null],
    ["no-op", "exposure.shop.a", "no_op", null],
    ["reused", "model.shop.a", "reused", null],
    ["Success", "model.shop.a", "success", null],
    ["vanished", "model.shop.a", "unknown", "vanished"],
    ["constructor", "model.shop.a", "unknown", "constructor"],
    ["pass", "test.shop.a.1", "pass", null],
    ["fail", "test.shop.a.1", "fail", null],
    ["warn", "test.shop.a.1", "warn", null],
    ["error", "unit_test.shop.m.a", "error", null],
    ["skipped", "test.shop.a.1", "skipped", null],
    ["success", "test.shop.a.1", "pass", "success"],
    ["odd", "test.shop.a.1", "unknown", "odd"],
  ])("read the word %j of %s as %s", async (word, unique_id, status, raw_status) => {
    const { unit } = await readOne(runResults({ results: [result({ unique_id, status: word })] }));
    expect(unit.rows).toMatchObject([{ status, raw_status }]);
  });

  it("keep the message of everything but a plain success or pass", async () => {
    const words = ["success", "warn", "no-op", "skipped", "odd"];
    const results = words.map((status, index) =>
      result({ unique_id: `model.shop.m${index}`, status, message: `said ${status}` }),
    );
    const { unit } = await readOne(runResults({ results }));
    expect(unit.rows.map(({ message }) => message)).toEqual([
      null,
      "said warn",
      "said no-op",
      "said skipped",
      "said odd",
    ]);
  });

  it("tell ephemeral models and no-ops of dbt 2 from what was skipped because of a failure", async () => {
    const results = [
      result({ unique_id: "model.shop.int", status: "skipped", message: "Skipped" }),
      result({ unique_id: "model.shop.mart", status: "skipped", message: "Skipped due to upstream failure" }),
    ];
    const two = await readOne(runResults({ dbt: "2.0.0-alpha.4", results }));
    expect(two.unit.rows).toMatchObject([
      { status: "no_op", raw_status: "skipped" },
      { status: "skipped", raw_status: null },
    ]);
    const one = await readOne(runResults({ dbt: "1.9.0", results }));
    expect(one.unit.rows.map(({ status }) => status)).toEqual(["skipped", "skipped"]);
  });

  it("say how many batches of a model failed", async () => {
    const batch_results = {
      successful: [
        ["a", "b"],
        ["b", "c"],
      ],
      failed: [["c", "d"]],
    };
    const results = [result({ status: "partial success", message: "PARTIAL SUCCESS (2/3)", batch_results })];
    const { unit } = await readOne(runResults({ results }));
    expect(unit.rows).toMatchObject([{ message: "1 of 3 batches failed: PARTIAL SUCCESS (2/3)" }]);
    expect(unit.invocation.status).toBe("failure");
  });

  it("read times with nine digits, other offsets, and without one", async () => {
    const timing = [
      { name: "compile", started_at: "2026-11-20T02:00:01.123456789Z", completed_at: "2026-11-20T02:00:02" },
      { name: "execute", started_at: "2026-11-20T03:00:02+01:00", completed_at: "2026-11-20 02:00:03.5 UTC" },
    ];
    const { unit } = await readOne(runResults({ results: [result({ timing })] }));
    expect(unit.rows).toMatchObject([
      {
        started_at: at("2026-11-20T02:00:01Z") + 123_456,
        ended_at: at("2026-11-20T02:00:03.500Z"),
        execute_s: 1.5,
      },
    ]);
  });

  it("take bytes by any adapter's name and forget counts below zero", async () => {
    const responses = [
      { bytes_processed: 10, bytes_billed: 20 },
      { data_scanned_in_bytes: 30, rows_affected: -1 },
      { bytes_billed: "40", rows_affected: "7" },
      null,
    ];
    const results = responses.map((adapter_response, index) =>
      result({ unique_id: `model.shop.m${index}`, adapter_response }),
    );
    const { unit } = await readOne(runResults({ results }));
    expect(unit.rows.map((row) => [row.bytes_processed, row.rows_affected])).toEqual([
      [10, null],
      [30, null],
      [40, 7],
      [null, null],
    ]);
  });

  it("survive rows with numbers that no run can have", async () => {
    const text = JSON.stringify(
      runResults({ results: [result({ execution_time: "BIG" }), result()] }),
    ).replace('"BIG"', "1e999");
    const { unit, notes } = await readOne(text);
    expect(unit.rows.map(({ runtime_s }) => runtime_s)).toEqual([null, 1.5]);
    expect(notes).toEqual([]);
  });

  it("drop a row that cannot be understood, count it, and keep the rest", async () => {
    const text = JSON.stringify(
      runResults({
        results: [result(), { status: "success" }, result({ failures: "BAD", unique_id: "model.shop.b" })],
      }),
    ).replace('"BAD"', "NaN");
    const { unit, notes } = await readOne(text);
    expect(unit.rows.map(({ node }) => node)).toEqual(["model.shop.orders"]);
    expect(notes).toEqual(["run_results.json has 2 rows that could not be read"]);
  });

  it("tolerate missing fields, as early builds of dbt 2 leave out what is null", async () => {
    const results = [{ unique_id: "model.shop.a", status: "success" }];
    const { unit } = await readOne({ metadata: runResults().metadata, results, args: { which: "run" } });
    expect(unit.rows).toMatchObject([
      { node: "model.shop.a", runtime_s: null, failures: null, thread: null },
    ]);
    expect(unit.invocation).toMatchObject({ elapsed_s: null, started_at: null });
  });

  it("prefer the start that dbt itself gives", async () => {
    const metadata = { invocation_started_at: "2026-11-20T01:59:55.000000Z" };
    const { unit } = await readOne(runResults({ metadata }));
    expect(unit.invocation.started_at).toBe(at("2026-11-20T01:59:55Z"));
  });

  it("measure the time of a command of dbt 2 by its results, because it only adds them up", async () => {
    const { unit } = await readOne(
      runResults({ dbt: "2.0.0", elapsed: 500, at: "2026-11-20T02:00:05.000000000Z" }),
    );
    expect(unit.invocation).toMatchObject({ elapsed_s: 4, started_at: at("2026-11-20T02:00:01Z") });
    const empty = await readOne(runResults({ dbt: "2.0.0", elapsed: -0, results: [] }));
    expect(empty.unit.invocation).toMatchObject({ elapsed_s: null, started_at: null });
  });

  it("name an invocation without an id by what it is, so that a copy is the same", async () => {
    const content = runResults({ metadata: { invocation_id: null } });
    const first = await readOne(content);
    const second = await readOne(content);
    expect(first.unit.invocation.invocation_id).toMatch(/^[0-9a-f]{32}$/);
    expect(second.unit.invocation.invocation_id).toBe(first.unit.invocation.invocation_id);
  });

  it("keep the rows of a later command that repeats the results of an earlier one only once", async () => {
    const folder = newFolder();
    put(folder, "1/run_results.json", runResults());
    put(folder, "2/run_results.json", runResults());
    put(folder, "3/run_results.json", runResults({ id: "i-2" }));
    const { load } = await sync({ paths: [folder] });
    expect(load.invocations().map(({ invocation }) => invocation.invocation_id)).toEqual(["i-1", "i-2"]);
    expect(load.ledger()).toHaveLength(3);
  });
});

describe("what a command's results mean", () => {
  const results = [
    result(),
    result({ unique_id: "test.shop.unique_orders.1", status: "pass" }),
    result({ unique_id: "operation.shop.shop-on-run-end-0" }),
  ];

  it.each([
    ["build", true, true, 3],
    ["run", true, false, 2],
    ["seed", true, false, 2],
    ["snapshot", true, false, 2],
    ["retry", true, true, 3],
    ["test", false, true, 1],
    ["generate", false, false, 0],
    ["compile", false, false, 0],
    ["parse", false, false, 0],
    ["list", false, false, 0],
    ["show", false, false, 0],
    ["clone", false, false, 0],
    ["run-operation", false, false, 0],
  ])("is decided by args.which: %s", async (which, builds, tests, rows) => {
    const { unit } = await readOne(runResults({ args: { which }, results }));
    expect(unit.invocation).toMatchObject({ builds, tests });
    expect(unit.rows).toHaveLength(rows);
  });

  it("is not decided by the command line: the retry of a build is a build", async () => {
    const args = { which: "build", select: [""], invocation_command: "dbt retry" };
    const { unit } = await readOne(runResults({ args, results }));
    expect(unit.invocation).toMatchObject({
      command: "retry",
      command_line: "dbt retry",
      builds: true,
      tests: true,
    });
    const test = await readOne(runResults({ args: { ...args, which: "test" }, results }));
    expect(test.unit.invocation).toMatchObject({ command: "retry", builds: false, tests: true });
  });

  it("keeps the row of an invocation that builds nothing, with its failure", async () => {
    const failed = [result({ status: "error", message: "Compilation Error" })];
    const { unit } = await readOne(runResults({ args: { which: "compile" }, results: failed }));
    expect(unit.executions).toBeNull();
    expect(unit.invocation).toMatchObject({ command: "compile", status: "failure" });
  });

  it.each([
    [{ which: undefined, rpc_method: "run" }, "run"],
    [{ which: undefined, command: "test" }, "test"],
    [{ which: undefined, invocation_command: "dbt --quiet seed --full-refresh" }, "seed"],
    [{ which: "generate" }, "docs-generate"],
  ])("falls back to older names of the command: %j", async (args, command) => {
    const { unit } = await readOne(runResults({ args }));
    expect(unit.invocation.command).toBe(command);
  });

  it.each([
    [["pass", "fail"], "test"],
    [["success", "pass"], "build"],
    [["success", "error"], "run"],
  ])("is told by the statuses %j where nothing else tells it", async (words, command) => {
    const rows = words.map((status, index) => result({ status, unique_id: `test.shop.t${index}.1` }));
    const { unit } = await readOne({ ...runResults({ results: rows }), args: {} });
    expect(unit.invocation.command).toBe(command);
  });

  it("counts a failed test as a failure and a warning as none", async () => {
    const warned = await readOne(
      runResults({ results: [result({ unique_id: "test.shop.t.1", status: "warn" })] }),
    );
    expect(warned.unit.invocation.status).toBe("success");
    const failed = await readOne(
      runResults({ results: [result({ unique_id: "test.shop.t.1", status: "fail" })] }),
    );
    expect(failed.unit.invocation.status).toBe("failure");
  });
});
