/** Several executions of one node in one invocation: attempts of the same work, and partitions. */
import { describe, expect, it } from "vitest";
import { type ExecutionInput, LoadRows } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const [A, T] = ["model.shop.a", "test.shop.t.0123456789"];
const at = (hour: number, minute = 0): string =>
  `2024-05-01T0${hour}:${String(minute).padStart(2, "0")}:00.000Z`;

/** One run an hour, from one o'clock on, with these executions. */
function runs(...executions: ExecutionInput[][]): LoadRows {
  const rows = new LoadRows().definitions({
    nodes: [{ unique_id: A }, { unique_id: T, attached: A, severity: "error" }],
  });
  for (const [index, given] of executions.entries()) {
    rows.invocation({
      invocation: { invocation_id: `${index + 1}`, started_at: at(index + 1), ended_at: at(index + 1, 50) },
      executions: given,
    });
  }
  return rows;
}

const about = async (rows: LoadRows) => {
  const account = await accountOver(rows, "2024-05-01T09:00:00Z");
  const [newest] = await account.getRuns();
  return {
    run: (await account.getRun({ runId: "latest" })).toJSON(),
    counts: newest?.toJSON(),
    model: (await account.getModel({ modelId: A })).toJSON(),
    alerts: (await account.getHealthDashboard()).toJSON().alerts,
  };
};

describe("a node that was tried again by the same invocation", () => {
  const failed = {
    node: A,
    status: "error",
    message: "boom",
    runtime_s: 5,
    attempt: 1,
    recorded_at: at(1, 10),
  };

  it("is what its last attempt came to, and the one before is no failure of the run", async () => {
    const { run, counts, model, alerts } = await about(
      runs([failed, { node: A, runtime_s: 7, attempt: 2, recorded_at: at(1, 20) }]),
    );
    expect(run).toMatchObject({ model_count: 1, error_count: 0, failure_count: 0, failures: [] });
    expect(counts).toMatchObject({ error_count: 0 });
    expect(model).toMatchObject({
      health_status: "healthy",
      last_run_status: "success",
      average_runtime_s: 7,
      runs_counted: 1,
      not_counted: {},
      historical_runs: [{ status: "success", runtime_s: 7 }],
    });
    expect(alerts).toEqual([]);
  });

  it("has its attempts in order also where their times do not tell", async () => {
    const untimed = { ...failed, recorded_at: null };
    const { run, model } = await about(runs([{ node: A, runtime_s: 7, attempt: 2 }, untimed]));
    expect(run).toMatchObject({ failure_count: 0 });
    expect(model).toMatchObject({ health_status: "healthy", last_run_status: "success" });
  });

  it("has failed once where no attempt succeeded", async () => {
    const { run, model } = await about(
      runs([failed, { ...failed, message: "boom again", attempt: 2, recorded_at: at(1, 20) }]),
    );
    expect(run).toMatchObject({ error_count: 1, failures: [{ message: "boom again" }] });
    expect(model).toMatchObject({
      health_status: "critical",
      health_reasons: ["last build failed: boom again"],
      not_counted: { error: 1 },
    });
  });
});

describe("a node of which an invocation built several partitions", () => {
  const part = (partition: string, minute: number, given: Partial<ExecutionInput> = {}): ExecutionInput => ({
    node: A,
    partition,
    runtime_s: 5,
    recorded_at: at(2, minute),
    ...given,
  });
  const before = [{ node: A, runtime_s: 3, recorded_at: at(1, 30) }];
  const error = { status: "error", message: "boom" };

  it("has failed where any of them has, whatever came after", async () => {
    const { run, model, alerts } = await about(
      runs(before, [part("mon", 10, error), part("tue", 20), part("wed", 30)]),
    );
    expect(run).toMatchObject({
      model_count: 1,
      error_count: 1,
      failure_count: 1,
      failures: [{ message: "boom" }],
    });
    expect(model).toMatchObject({ health_status: "critical", runs_counted: 3, not_counted: { error: 1 } });
    expect(alerts).toMatchObject([{ subject: "shop.a", reason: "model fails: boom", since: at(2, 10) }]);
  });

  it("counts once, however many of them failed", async () => {
    const { run } = await about(runs(before, [part("mon", 10, error), part("tue", 20, error)]));
    expect(run).toMatchObject({ error_count: 1, failure_count: 1 });
  });

  it("has not failed where each was good in the end", async () => {
    const { run, model, alerts } = await about(
      runs(before, [part("mon", 10, error), part("mon", 15, { attempt: 2 }), part("tue", 12)]),
    );
    expect(run).toMatchObject({ error_count: 0, failures: [] });
    expect(model).toMatchObject({ health_status: "healthy", not_counted: {} });
    expect(alerts).toEqual([]);
  });

  it("is as the next invocation leaves it", async () => {
    const { model } = await about(
      runs([part("mon", 10, { ...error, recorded_at: at(1, 10) })], [part("mon", 10), part("tue", 20)]),
    );
    expect(model.health_status).toBe("healthy");
  });

  it("warns where a test does for one of them", async () => {
    const checks = [
      { node: T, partition: "mon", status: "fail", failures: 2, recorded_at: at(2, 10) },
      { node: T, partition: "tue", status: "pass", recorded_at: at(2, 20) },
    ];
    const { run, model } = await about(runs(before, checks));
    expect(run).toMatchObject({ failure_count: 1, failures: [{ resource_type: "test", failures: 2 }] });
    expect(model).toMatchObject({ health_status: "critical", tests: [{ status: "fail" }] });
  });
});

describe("a build that goes on", () => {
  it("says nothing yet: the one before it counts", async () => {
    const running = { node: A, status: "running", runtime_s: null, recorded_at: at(2, 5) };
    const { model } = await about(
      runs([{ node: A, status: "error", message: "boom", recorded_at: at(1, 30) }], [running]),
    );
    expect(model).toMatchObject({ last_run_status: "running", health_status: "critical" });
    const { model: fresh } = await about(runs([running]));
    expect(fresh).toMatchObject({ last_run_status: "running", health_status: "unknown" });
  });
});
