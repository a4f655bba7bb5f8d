import { describe, expect, it } from "vitest";
import type { RuntimeTrend } from "../../src/core/trend-answers.ts";
import { layoutTrend } from "../../src/page/trend-layout.ts";
import { anomalyText, causeText, pointText, sinceWhen, summaryOf } from "../../src/page/trend-words.ts";
import { trendOf, trendPoint } from "./answers.ts";

const SIZE = { width: 600, height: 300 };
const EXPECTED = { n: 20, expected_s: 1, expected_low_s: 0.5, expected_high_s: 2, ratio: 4, score: 9 };
const ANOMALY: RuntimeTrend["anomalies"][number] = {
  severity: "critical",
  since: "2026-11-14T02:00:00Z",
  at: "2026-11-14T02:00:00Z",
  runs: 1,
  ongoing: false,
  runtime_s: 4,
  ...EXPECTED,
};
const CHANGE: NonNullable<RuntimeTrend["since_when"]> = {
  at: "2026-11-13T00:00:00Z",
  pattern: "step",
  before_s: 1,
  after_s: 3,
  ratio: 3,
  runs_before: 21,
  runs_after: 9,
  changes: [],
};

describe("the layout of a trend", () => {
  it("puts time from left to right over the whole period, and seconds from the floor up", () => {
    const { points, left, right, top, bottom } = layoutTrend(
      trendOf([
        trendPoint({ at: "2026-11-08T00:00:00Z", p50_s: 0 }),
        trendPoint({ at: "2026-11-13T00:00:00Z", p50_s: 2 }),
        trendPoint({ at: "2026-11-18T00:00:00Z", p50_s: 4 }),
      ]),
      SIZE,
    );
    expect(points.map(({ x }) => x)).toEqual([left, (left + right) / 2, right]);
    expect(points.map(({ y }) => y)).toEqual([bottom, (top + bottom) / 2, top]);
  });

  it("gives a day its noon, also where the period begins later that day", () => {
    const { points, left } = layoutTrend(
      trendOf([trendPoint({ date: "2026-11-07", p50_s: 1 }), trendPoint({ date: "2026-11-12", p50_s: 1 })]),
      SIZE,
    );
    expect(points[0]?.x).toBe(left);
    expect(points[1]?.x).toBeGreaterThan(left);
  });

  it("shows every point, each by what it is, and leads the line past what has no time", () => {
    const at = (hour: number) => `2026-11-10T0${hour}:00:00Z`;
    const { points, line } = layoutTrend(
      trendOf([
        trendPoint({ at: at(1), p50_s: 1 }),
        trendPoint({ at: at(2), p50_s: null, failures: 1 }),
        trendPoint({ at: at(3), p50_s: 1, full_refresh: true }),
        trendPoint({ at: at(4), p50_s: 1, anomaly: "warning" }),
        trendPoint({ at: at(5), p50_s: 1, anomaly: "critical", full_refresh: true }),
      ]),
      SIZE,
    );
    expect(points.map(({ shape }) => shape)).toEqual(["run", "none", "full_refresh", "warning", "critical"]);
    expect(line.match(/[ML]/g)).toEqual(["M", "L", "L", "L"]);
  });

  it("shows up to p95 where it is another time than p50", () => {
    const { points } = layoutTrend(
      trendOf([
        trendPoint({ date: "2026-11-10", p50_s: 1, p95_s: 2 }),
        trendPoint({ date: "2026-11-11", p50_s: 1 }),
      ]),
      SIZE,
    );
    expect(points[0]?.top).toBeLessThan(points[0]?.y ?? 0);
    expect(points[1]?.top).toBeNull();
  });

  it("has room for all that happened, and labels that say how much and when", () => {
    const { up, across, top, bottom } = layoutTrend(
      trendOf([trendPoint({ date: "2026-11-10", p50_s: 3.3 })], { anomalies: [ANOMALY] }),
      SIZE,
    );
    expect(up[0]).toEqual({ at: bottom, label: "0s" });
    expect(up.at(-1)).toEqual({ at: top, label: "4s" });
    expect(across.length).toBeGreaterThan(3);
    expect(across.map(({ label }) => label)).toContain("10 Nov");
  });

  it("marks a change of level and what was expected at an anomaly", () => {
    const points = [trendPoint({ at: "2026-11-14T02:00:00Z", p50_s: 4, anomaly: "critical" })];
    const { change, expected, left, right, ...layout } = layoutTrend(
      trendOf(points, { since_when: CHANGE, anomalies: [ANOMALY] }),
      SIZE,
    );
    expect(change).toMatchObject({ x: (left + right) / 2, label: "3.0× since 13 Nov" });
    expect(change?.after).toBeLessThan(change?.before ?? 0);
    expect(expected).toHaveLength(1);
    expect(expected[0]?.x).toBe(layout.points[0]?.x);
    expect(expected[0]?.high).toBeLessThan(expected[0]?.low ?? 0);
  });

  it("leaves out a change that was before the period", () => {
    const before = { ...CHANGE, at: "2026-11-01T00:00:00Z" };
    expect(layoutTrend(trendOf([], { since_when: before }), SIZE).change).toBeNull();
  });

  it("stands where nothing ran or nothing took time, and where there is no room", () => {
    for (const points of [[], [trendPoint({ date: "2026-11-10", p50_s: 0 })]]) {
      const layout = layoutTrend(trendOf(points), { width: 20, height: 300 });
      expect(JSON.stringify(layout)).not.toMatch(/null,"y"|NaN|Infinity/);
      expect(layout.up.length).toBeGreaterThan(1);
    }
  });
});

describe("a trend in words", () => {
  it("says how long it takes, and against the time before", () => {
    expect(summaryOf(trendOf([trendPoint({ p50_s: 2 })]))).toBe(
      "The median run takes 2s, 19 of 20 take at most 3s (1 run). In the same time before, the median was 1s: 2.0× as long now.",
    );
    const quicker = trendOf([], { change: { ratio: 0.7, difference_s: -0.3 } });
    expect(summaryOf(quicker)).toContain("30% shorter now");
    expect(summaryOf(trendOf([], { change: null }))).not.toContain("before");
    const { period } = trendOf([]);
    expect(summaryOf(trendOf([], { period: { ...period, p50_s: null } }))).toContain("No run");
  });

  it("says since when, how and from what to what", () => {
    expect(sinceWhen(trendOf([], { since_when: CHANGE }))).toBe(
      "Slower since 13 Nov, 00:00 UTC, at once: 3s now, 1s before (medians of 9 and 21 runs).",
    );
    const faster = { ...CHANGE, after_s: 0.5, pattern: "drift" as const };
    expect(sinceWhen(trendOf([], { since_when: faster }))).toMatch(/^Faster .* little by little/);
    expect(sinceWhen(trendOf([]))).toBeNull();
  });

  it.each([
    [{ what: "code", subject: "shop.a", from: "16a", to: "c62" }, "Code of shop.a: 16a to c62"],
    [{ what: "rows", from: 1000, to: 20_000 }, "Rows: 1,000 to 20,000"],
    [{ what: "runtime", subject: "shop.a", from: 1.3, to: 2.4 }, "Run time of shop.a: 1.3s to 2.4s"],
    [{ what: "commit", from: null, to: "abc" }, "Commit: abc"],
    [
      { what: "full_refresh", from: null, to: "r1", at: "2026-11-09T10:14:40Z" },
      "Full refresh (9 Nov, 10:14)",
    ],
  ] as const)("names the cause %o", (cause, text) => {
    expect(causeText(cause)).toBe(text);
  });

  it("says what an anomaly was and what was expected", () => {
    expect(anomalyText(ANOMALY)).toBe("Critical: 4s on 14 Nov, 02:00 UTC; expected was 0.5s to 2s.");
    expect(anomalyText({ ...ANOMALY, severity: "warning", runs: 3, ongoing: true })).toBe(
      "Warning: 4s on 14 Nov, 02:00 UTC and 2 runs after it, still so; expected was 0.5s to 2s.",
    );
  });

  it("reads a point", () => {
    expect(pointText(trendPoint({ date: "2026-11-10", runs: 2, p50_s: 1, p95_s: 2 }))).toBe(
      "10 Nov, 2 runs: p50 1s, p95 2s",
    );
    const failed = trendPoint({ at: "2026-11-10T02:00:00Z", p50_s: null, failures: 1 });
    expect(pointText(failed)).toBe("10 Nov, 02:00 UTC: no time that counts, 1 failure");
  });
});
