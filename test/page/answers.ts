/** Answers of the API, as short as the page's tests need them. */
import type { Lineage } from "../../src/core/lineage-answers.ts";
import type { RuntimeTrend, TrendPoint } from "../../src/core/trend-answers.ts";

const SOURCE: RuntimeTrend["source"] = {
  systems: ["artifacts"],
  as_of: "2026-11-18T07:30:00Z",
  complete: true,
  notes: [],
};

export function trendPoint(of: Partial<TrendPoint> & { p50_s: number | null }): TrendPoint {
  return { runs: 1, failures: 0, success_rate: 1, p95_s: of.p50_s, total_s: of.p50_s, ...of };
}

export function trendOf(points: readonly TrendPoint[], more: Partial<RuntimeTrend> = {}): RuntimeTrend {
  const period = {
    since: "2026-11-08T00:00:00Z",
    until: "2026-11-18T00:00:00Z",
    runs: points.length,
    failures: 0,
    success_rate: 1,
    p50_s: 2,
    p95_s: 3,
    total_s: 20,
    runs_counted: points.length,
    not_counted: {},
  };
  return {
    subject: { kind: "model", id: "shop.orders", name: "orders", project_id: "shop", environment: "prod" },
    period,
    before: { ...period, p50_s: 1 },
    change: { ratio: 2, difference_s: 1 },
    share: null,
    latest: null,
    since_when: null,
    anomalies: [],
    points: [...points],
    point_count: points.length,
    source: SOURCE,
    ...more,
  };
}

/** `shop.a` and a source feed `shop.b`, which feeds `shop.c` and, beside it, `shop.d` and a dashboard. */
export function lineageOf(more: Partial<Lineage> = {}): Lineage {
  const counts = { critical: 0, blocked: 0, warning: 0, unknown: 0, healthy: 0, level_count: 1, levels: [] };
  const model = (model_id: string, distance: number) => ({
    model_id,
    distance,
    health_status: "healthy" as const,
    reasons: [],
  });
  return {
    run_id: null,
    direction: "both",
    depth: null,
    root_count: 1,
    roots: [
      { model_id: "shop.b", resource_type: "model", health_status: "critical", reasons: ["a test fails"] },
    ],
    upstream: {
      ...counts,
      model_count: 3,
      models: [model("shop.a", 1)],
      other_nodes: {},
      listed_count: 3,
      source_count: 1,
      sources: [
        {
          name: "raw.orders",
          distance: 1,
          status: "error",
          max_loaded_at: "2026-11-13T22:00:00Z",
          checked_at: null,
          age_s: 1,
        },
      ],
    },
    downstream: {
      ...counts,
      model_count: 2,
      models: [model("shop.c", 1), model("shop.d", 2)],
      other_nodes: {},
      test_count: 0,
      tests: [],
      exposure_count: 1,
      exposures: [{ name: "board", distance: 3, owner: "Sales", url: null }],
      critical_path_s: 7,
      critical_path: [
        { model_id: "shop.b", average_runtime_s: 3 },
        { model_id: "shop.c", average_runtime_s: 4 },
      ],
    },
    edges: [
      { parent: "shop.a", child: "shop.b" },
      { parent: "source:raw.orders", child: "shop.b" },
      { parent: "shop.b", child: "shop.c" },
      { parent: "shop.b", child: "shop.d" },
      { parent: "shop.c", child: "shop.d" },
      { parent: "shop.d", child: "exposure:board" },
      { parent: "shop.d", child: "shop.not_listed" },
    ],
    source: SOURCE,
    ...more,
  };
}
