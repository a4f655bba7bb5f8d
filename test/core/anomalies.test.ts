/** The rule for anomalies, on series made to be just so. */
import { describe, expect, it } from "vitest";
import { ANOMALY, judge, judgeSeries, type Timing } from "../../src/core/anomalies.ts";

const DAY_MS = 86_400_000;
/** A Monday. */
const BEGIN = Date.UTC(2026, 0, 5, 2);

/** One run a day, of so many seconds. */
function daily(...runtimes: number[]): Timing[] {
  return runtimes.map((runtime_s, index) => ({
    at: BEGIN + index * DAY_MS,
    runtime_s,
    weekday: (index % 7) + 1,
  }));
}

const times = (count: number, of: (index: number) => number): number[] =>
  Array.from({ length: count }, (_, i) => of(i));
/** The last of these runs, by those before it. */
const last = (...runtimes: number[]) => {
  const series = daily(...runtimes);
  const run = series.pop();
  if (run === undefined) throw new Error("no run");
  return judge(run, series);
};
const steady = times(20, () => 100);

describe("a run", () => {
  it("is not judged by fewer than seven runs before it", () => {
    expect(last(1, 1, 1, 1, 1, 1, 900)).toBeNull();
    expect(last(900)).toBeNull();
    expect(last(1, 900)).toBeNull();
    expect(last(1, 1, 1, 1, 1, 1, 1, 900)).toMatchObject({ verdict: "critical", n: 7 });
  });

  it("is normal up to half as long again where all before it were the same", () => {
    expect(last(...steady, 150)).toMatchObject({
      verdict: "normal",
      expected_s: expect.closeTo(100),
      ratio: expect.closeTo(1.5),
    });
    expect(last(...steady, 151)).toMatchObject({ verdict: "critical", high_s: expect.closeTo(150) });
  });

  it("is held against those before it alone: it cannot hide itself", () => {
    const judgement = last(...times(7, () => 10), 1000);
    expect(judgement).toMatchObject({
      verdict: "critical",
      expected_s: expect.closeTo(10),
      ratio: expect.closeTo(100),
    });
  });

  it("is not hidden by outliers before it", () => {
    const before = times(20, (index) => (index % 4 === 1 ? 1000 : 100));
    expect(last(...before, 300)).toMatchObject({ verdict: "critical", expected_s: expect.closeTo(100) });
  });

  it("may vary as much as it usually does", () => {
    const uneven = times(30, (index) => [60, 90, 100, 110, 180][index % 5] ?? 0);
    expect(last(...uneven, 165)?.verdict).toBe("normal");
    expect(last(...uneven, 900)?.verdict).toBe("critical");
  });

  it("is a warning below the line of what is critical", () => {
    // Half of the runs are a tenth away from the median: from there, 3.5 and 5 deviations.
    const before = times(20, (index) => 100 * Math.exp([-0.1, -0.1, 0, 0.1, 0.1][index % 5] ?? 0));
    const at = (score: number) => 100 * Math.exp((score * 0.1) / 0.6745);
    expect(last(...before, at(4.4))).toMatchObject({ verdict: "warning", score: expect.closeTo(4.4) });
    expect(last(...before, at(5.1))?.verdict).toBe("critical");
    expect(last(...before, at(3.4))?.verdict).toBe("normal");
  });

  it("has to take a second more, whatever the ratio", () => {
    expect(last(...times(10, () => 0.1), 1)?.verdict).toBe("normal");
    expect(last(...times(10, () => 0.1), 1.2)).toMatchObject({
      verdict: "critical",
      high_s: expect.closeTo(1.1),
    });
  });

  it("can be judged where times are zero", () => {
    expect(last(...times(10, () => 0), 0)).toMatchObject({
      verdict: "normal",
      ratio: expect.closeTo(1),
      score: expect.closeTo(0),
    });
    expect(last(...times(10, () => 0), 5)).toMatchObject({
      verdict: "critical",
      expected_s: expect.closeTo(ANOMALY.shortest_s),
    });
  });

  it("is no anomaly for being quick", () => {
    expect(last(...steady, 1)).toMatchObject({ verdict: "normal", ratio: expect.closeTo(0.01) });
  });

  it("is judged by the newest runs alone: what was slow long ago is forgotten", () => {
    expect(last(...times(50, () => 1000), ...times(ANOMALY.history, () => 100), 300)).toMatchObject({
      verdict: "critical",
      n: ANOMALY.history,
      expected_s: expect.closeTo(100),
    });
  });

  it("may grow slowly", () => {
    const series = daily(...times(90, (index) => 100 * 1.01 ** index));
    expect(judgeSeries(series).anomalies).toEqual([]);
  });
});

describe("weekdays", () => {
  const week = [300, 100, 100, 100, 100, 100, 100];
  const weeks = (count: number) =>
    times(count * 7, (index) => (week[index % 7] ?? 0) * (1 + (index % 3) / 50));

  it("that are slower than others are expected to be, once four of them were seen", () => {
    expect(last(...weeks(4), 300)).toMatchObject({
      verdict: "normal",
      by_weekday: true,
      expected_s: expect.closeTo(300, -1),
    });
    expect(last(...weeks(3), 300)).toMatchObject({ verdict: "critical", by_weekday: false });
  });

  it("that are quicker have a line of their own", () => {
    const lazy = times(35, (index) => (index % 7 === 6 ? 20 : 200));
    expect(last(...lazy.slice(0, 34), 200)).toMatchObject({
      verdict: "critical",
      by_weekday: true,
      expected_s: expect.closeTo(20),
    });
    expect(last(...lazy.slice(0, 33), 200)).toMatchObject({ verdict: "normal", by_weekday: false });
  });

  it("that are like the others are not told apart", () => {
    expect(last(...times(35, (index) => 100 + (index % 5)), 100)?.by_weekday).toBe(false);
  });

  it("are not looked at where none are known, or all runs are on one", () => {
    const same = weeks(5).map((runtime_s, index) => ({ at: index, runtime_s, weekday: null }));
    expect(judge({ at: 99, runtime_s: 300, weekday: null }, same)).toMatchObject({ verdict: "critical" });
    const mondays = daily(...steady).map((run) => ({ ...run, weekday: 1 }));
    expect(judge({ at: 99, runtime_s: 100, weekday: 1 }, mondays)).toMatchObject({ by_weekday: false });
  });

  it("do not matter for days that are missing: runs are counted, not dates", () => {
    const gaps = daily(...steady).map((run, index) => ({
      ...run,
      at: run.at + (index > 9 ? 60 * DAY_MS : 0),
    }));
    expect(judge({ at: BEGIN + 99 * DAY_MS, runtime_s: 400, weekday: 1 }, gaps)).toMatchObject({
      verdict: "critical",
      n: 20,
    });
  });
});

describe("a series", () => {
  it("of nothing, and of one run, has no anomalies", () => {
    expect(judgeSeries([])).toEqual({ judgements: [], anomalies: [] });
    expect(judgeSeries(daily(5))).toEqual({ judgements: [null], anomalies: [] });
  });

  it("has slow runs in a row as one anomaly, with what was expected before the first", () => {
    const { anomalies } = judgeSeries(daily(...steady, 400, 900, 400, 100, 300));
    expect(anomalies).toMatchObject([
      { first: 24, slowest: 24, runs: 1, ongoing: true },
      {
        first: 20,
        slowest: 21,
        runs: 3,
        ongoing: false,
        verdict: "critical",
        judgement: { n: 20, expected_s: expect.closeTo(100) },
      },
    ]);
  });

  it("takes a lasting change for what is usual in the end", () => {
    const { judgements } = judgeSeries(daily(...times(42, () => 100), ...times(42, () => 300)));
    expect(judgements[42]?.verdict).toBe("critical");
    expect(judgements.at(-1)).toMatchObject({ verdict: "normal", expected_s: expect.closeTo(300) });
  });

  it("is judged from where it is asked, by what was before too", () => {
    const { judgements, anomalies } = judgeSeries(daily(...steady, 400, 100, 400), 21);
    expect(judgements.slice(0, 21)).toEqual(times(21, () => 0).map(() => null));
    expect(anomalies).toMatchObject([{ first: 22 }]);
  });
});
