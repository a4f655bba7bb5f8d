/** The trends of the demo, held against what its files say by other code. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RuntimeTrend } from "../../src/core/trend-answers.ts";
import { models } from "../contract/records.ts";
import { DEMO_NOW, type Demo, openDemo } from "../demo.ts";
import { percentile, shareOfModel, trendOfJob, trendOfModel } from "./trend-records.ts";

const DAY_MS = 86_400_000;
const UNTIL = Date.parse(DEMO_NOW);
const SINCE = UNTIL - 14 * DAY_MS;
const BEFORE = SINCE - 14 * DAY_MS;

let demo: Demo;
beforeAll(() => {
  demo = openDemo();
});
afterAll(() => demo.close());

const ask = async (input: Record<string, unknown>): Promise<RuntimeTrend> =>
  RuntimeTrend.parse(await demo.ask("get_runtime_trend", input));
const seconds = (value: number | null) => (value === null ? null : expect.closeTo(value, 2.9));

describe("the trend of every model", () => {
  it.each(models.map((model) => [model.model_id, model] as const))("%s", async (model_id, model) => {
    const found = await ask({ model_id });
    for (const [part, since, until] of [
      [found.period, SINCE, UNTIL],
      [found.before, BEFORE, SINCE],
    ] as const) {
      const { runs, failures, p50, p95 } = trendOfModel(model, since, until);
      expect(part).toMatchObject({ runs, failures, p50_s: seconds(p50), p95_s: seconds(p95) });
    }
    const runs = await ask({ model_id, by: "run", since: "2026-10-21", limit: 1000 });
    const expected = trendOfModel(model, Date.parse("2026-10-21T00:00:00Z"), UNTIL);
    const slow = runs.points.filter((point) => point.anomaly !== undefined);
    expect(slow).toHaveLength(expected.anomalies.length);
    if (found.share !== null)
      expect(found.share.share).toBeCloseTo(shareOfModel(model, models, SINCE, UNTIL), 2.9);
  });

  it("has the anomalies that were planted, and no others", () => {
    const since = Date.parse("2026-10-21T00:00:00Z");
    const found = models.flatMap((model) =>
      trendOfModel(model, since, UNTIL).anomalies.map((folder) => `${model.model_id} ${folder.slice(0, 10)}`),
    );
    expect(found).toEqual(["pedal_harbour.fct_trip_distances 2026-11-04"]);
  });
});

describe("the trend of every job", () => {
  it.each(["nightly", "intraday", "freshness"])("%s", async (job_id) => {
    const found = await ask({ job_id });
    const { runs, failures, p50, p95, anomalies } = trendOfJob(job_id, SINCE, UNTIL);
    expect(found.period).toMatchObject({ runs, failures, p50_s: seconds(p50), p95_s: seconds(p95) });
    expect(found.anomalies).toHaveLength(anomalies.length);
  });
});

it("the days of a model are those of the zone asked about", async () => {
  const [model] = models.filter((candidate) => candidate.tags.includes("intraday"));
  if (model === undefined) throw new Error("no such model");
  const dayOf = new Intl.DateTimeFormat("en-CA", { timeZone: "Pacific/Auckland" });
  const byDay = new Map<string, number[]>();
  for (const row of [...model.results].reverse()) {
    if (row.at < SINCE || row.at >= UNTIL || row.status !== "success") continue;
    if (row.run.folder.endsWith("-full-refresh")) continue;
    const day = dayOf.format(row.at);
    byDay.set(day, [...(byDay.get(day) ?? []), row.runtime]);
  }
  const { points } = await ask({ model_id: model.model_id, timezone: "Pacific/Auckland" });
  expect(points.map((point) => [point.date, point.p50_s])).toEqual(
    [...byDay].map(([day, times]) => [day, seconds(percentile(times, 0.5))]),
  );
});
