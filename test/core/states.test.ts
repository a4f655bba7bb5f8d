/** What systems themselves say: freshness of models of their own, health, and what is wrong with the system. */
import { describe, expect, it } from "vitest";
import type { FreshnessStatus } from "../../src/core/vocabulary.ts";
import { type FreshnessInput, LoadRows, type StateInput } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const [A, B, C, T] = ["model.shop.a", "model.shop.b", "model.shop.c", "test.shop.t.0123456789"];
const at = (hour: number): string => `2024-05-01T${String(hour).padStart(2, "0")}:00:00.000Z`;
const NOW = at(20);

/** `a` feeds `b`; both, and `c`, were built at three. */
function built(): LoadRows {
  return new LoadRows()
    .definitions({
      nodes: [
        { unique_id: A, tags: ["finance"] },
        { unique_id: B },
        { unique_id: C },
        { unique_id: T, attached: C, severity: "error" },
      ],
      edges: [[A, B]],
    })
    .invocation({ executions: [A, B, C].map((node) => ({ node, runtime_s: 1, recorded_at: at(3) })) });
}

/** What a look at the freshness found. */
const checked = (rows: LoadRows, hour: number, ...freshness: FreshnessInput[]): LoadRows =>
  rows.invocation({
    job: { job_id: "checks" },
    run: { run_id: `f${hour}` },
    invocation: {
      invocation_id: `f${hour}`,
      kind: "freshness",
      builds: false,
      tests: false,
      ended_at: at(hour),
    },
    freshness: freshness.map((row) => ({ snapshotted_at: at(hour), ...row })),
  });

describe("a model that is held to a freshness of its own", () => {
  const CRITERION = "materialized by 0 9 * * * UTC";

  it("says how fresh it was found, and is unhealthy and an alert where that breaks its policy", async () => {
    const told = (hour: number, status: FreshnessStatus) =>
      built().state({
        freshness: [
          { unique_id: A, status, criterion: CRITERION, max_loaded_at: at(3), checked_at: at(hour) },
        ],
      });
    const account = await accountOver([told(8, "pass"), told(10, "error"), told(12, "error")], NOW);
    const model = (await account.getModel({ modelId: A })).toJSON();
    expect(model.freshness).toMatchObject({
      status: "error",
      own: {
        unique_id: A,
        status: "error",
        criterion: CRITERION,
        max_loaded_at: at(3),
        checked_at: at(12),
        age_s: 17 * 3600,
      },
      sources: [],
    });
    expect(model).toMatchObject({
      health_status: "critical",
      health_reasons: [`is staler than its policy allows (${CRITERION})`],
    });
    expect((await account.getModel({ modelId: B })).toJSON()).toMatchObject({
      health_status: "healthy",
      freshness: { status: "unchecked", own: null },
    });
    const dashboard = (await account.getHealthDashboard()).toJSON();
    expect(dashboard.freshness).toMatchObject({ total: 1, error: 1 });
    expect(dashboard.alerts).toEqual([
      {
        severity: "critical",
        subject: "shop.a",
        reason: `model is stale: last built 2024-05-01 03:00 UTC, 17h old; policy: ${CRITERION}`,
        since: at(10),
        affected_models: 1,
      },
    ]);
    const others = (await account.getHealthDashboard({ modelIds: ["shop.b"] })).toJSON();
    expect(others.alerts).toEqual([]);
    expect(others.freshness.total).toBe(0);
    expect((await account.getHealthDashboard({ tags: ["finance"] })).toJSON().freshness.total).toBe(1);
  });

  it("only warns where its system does, with the age that it warns at", async () => {
    const rows = checked(built(), 12, {
      node: A,
      status: "warn",
      warn_after_s: 7200,
      error_after_s: 14400,
      max_loaded_at: at(9),
    });
    const dashboard = (await (await accountOver(rows, NOW)).getHealthDashboard()).toJSON();
    expect(dashboard.models).toMatchObject({ warning: 1, critical: 0 });
    expect(dashboard.freshness).toMatchObject({ warn: 1 });
    expect(dashboard.alerts).toMatchObject([
      {
        severity: "warning",
        reason: "model is stale: last built 2024-05-01 09:00 UTC, 11h old; warn after 2h",
      },
    ]);
  });

  it("is not unhealthy for being behind what nobody asks of it", async () => {
    const rows = checked(built(), 12, {
      node: A,
      status: "warn",
      raw_status: "STALE",
      message: "out of sync",
    });
    const account = await accountOver(rows, NOW);
    const model = (await account.getModel({ modelId: A })).toJSON();
    expect(model.freshness).toMatchObject({ status: "warn", own: { status: "warn", age_s: null } });
    expect(model).toMatchObject({ health_status: "healthy", health_reasons: [] });
    const dashboard = (await account.getHealthDashboard()).toJSON();
    expect(dashboard).toMatchObject({ freshness: { total: 0 }, alerts: [], models: { healthy: 3 } });
  });

  it("is stale since it became so old, where the ages are known", async () => {
    const row = { unique_id: A, status: "warn", warn_after_s: 7200, error_after_s: 90_000 } as const;
    const rows = built().state({ freshness: [{ ...row, max_loaded_at: at(3), checked_at: at(12) }] });
    expect((await (await accountOver(rows, NOW)).getHealthDashboard()).toJSON().alerts).toMatchObject([
      { severity: "warning", since: at(5) },
    ]);
  });

  it("takes the worst of that and of its sources", async () => {
    const source = { unique_id: "source.shop.raw.x", source_name: "raw" };
    const rows = new LoadRows()
      .definitions({ nodes: [{ unique_id: A }, source], edges: [[source.unique_id, A]] })
      .invocation({ executions: [{ node: A }] });
    checked(rows, 12, { node: A, status: "pass" }, { node: source.unique_id, status: "error" });
    const model = (await (await accountOver(rows, NOW)).getModel({ modelId: A })).toJSON();
    expect(model.freshness).toMatchObject({
      status: "error",
      own: { status: "pass" },
      sources: [{ status: "error" }],
    });
  });
});

describe("what a system says of a model's health", () => {
  const reporting = (health: StateInput["health"]) =>
    accountOver(built().state({ health: health ?? [] }), NOW);

  it("is the model's health, and an alert where nothing else tells of the trouble", async () => {
    const account = await reporting([
      {
        unique_id: A,
        status: "critical",
        raw_status: "DEGRADED",
        reasons: ["3 of 90 partitions failed", "late"],
        reported_at: at(5),
      },
      { unique_id: B, status: "unknown" },
      { unique_id: C, status: "healthy" },
    ]);
    expect((await account.getModel({ modelId: A })).toJSON()).toMatchObject({
      health_status: "critical",
      health_reasons: ["3 of 90 partitions failed", "late"],
    });
    const dashboard = (await account.getHealthDashboard()).toJSON();
    expect(dashboard.models).toMatchObject({ critical: 1, healthy: 2 });
    expect(dashboard.alerts).toEqual([
      {
        severity: "critical",
        subject: "shop.a",
        reason: "model is reported as DEGRADED: 3 of 90 partitions failed",
        since: at(5),
        affected_models: 1,
      },
    ]);
  });

  it("is no second alert beside a failed build or test", async () => {
    const rows = built()
      .invocation({
        invocation: { invocation_id: "later", ended_at: at(9) },
        executions: [
          { node: A, status: "error", message: "boom" },
          { node: T, status: "fail" },
        ],
      })
      .state({
        health: [A, C].map((unique_id) => ({ unique_id, status: "critical" as const, reasons: ["bad"] })),
      });
    const dashboard = (await (await accountOver(rows, NOW)).getHealthDashboard()).toJSON();
    expect(dashboard.alerts.map((alert) => alert.reason).sort()).toEqual([
      "model fails: boom",
      "test on shop.c fails",
    ]);
    expect(dashboard.models.unhealthy).toMatchObject([
      { model_id: "shop.a", reasons: ["bad", "last build failed: boom"] },
      { model_id: "shop.c", reasons: ["bad", "test t fails"] },
    ]);
  });
});

describe("what is wrong with a system itself", () => {
  const rows = () =>
    built()
      .invocation({ project: { project_id: "market", name: "market" }, invocation: { invocation_id: "m" } })
      .state({
        conditions: [
          {
            project_id: "shop",
            kind: "code_location",
            subject: "shop",
            severity: "critical",
            message: "ImportError: no module\nstack",
            since: at(4),
          },
          { project_id: "market", kind: "schedule", subject: "hourly", message: "its last tick failed" },
          { subject: "SENSOR" },
        ],
      });

  it("is an alert, and of projects only where they are asked about", async () => {
    const account = await accountOver(rows(), NOW);
    const alerts = async (question: object) =>
      (await account.getHealthDashboard(question))
        .toJSON()
        .alerts.map(({ subject, reason }) => `${subject}: ${reason}`);
    const location = "shop: code location in trouble: ImportError: no module";
    const daemon = "SENSOR: daemon in trouble: has not been heard of";
    const schedule = "hourly: schedule in trouble: its last tick failed";
    expect(await alerts({})).toEqual([location, schedule, daemon]);
    expect(await alerts({ projectIds: ["market"] })).toEqual([schedule, daemon]);
    expect(await alerts({ projectIds: ["shop"], tags: ["finance"] })).toEqual([location, daemon]);
    const [first] = (await account.getHealthDashboard()).toJSON().see_to_first;
    expect(first).toBe(`${location}. Since 2024-05-01 04:00 UTC.`);
  });
});
