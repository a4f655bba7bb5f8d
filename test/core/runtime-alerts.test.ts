/** What the dashboard says has become slow. */
import { describe, expect, it } from "vitest";
import { type ExecutionInput, LoadRows } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const FIRST_NIGHT = Date.parse("2024-04-01T02:00:00Z");
const night = (number: number, minute = 0): string =>
  new Date(FIRST_NIGHT + (number * 1440 + minute) * 60_000).toISOString();

/** Forty nights of models `m0`, `m1` ..., of which `of` says the seconds. */
function nights(
  models: number,
  of: (model: number, night: number) => number,
  more?: (rows: LoadRows) => void,
): LoadRows {
  const names = Array.from({ length: models }, (_, index) => `model.shop.m${index}`);
  const rows = new LoadRows().definitions({
    nodes: names.map((unique_id) => ({ unique_id, tags: [unique_id.slice(-2)] })),
    generated_at: night(0, -60),
  });
  for (let at = 0; at < 40; at++) {
    const executions = names.map(
      (node, index): ExecutionInput => ({ node, runtime_s: of(index, at), recorded_at: night(at, 5) }),
    );
    rows.invocation({
      run: { run_id: `r${at}` },
      invocation: { invocation_id: `i${at}`, started_at: night(at), ended_at: night(at, 10) },
      executions,
    });
  }
  more?.(rows);
  return rows;
}

const dashboardOf = async (rows: LoadRows, now = night(39, 300), question = {}) =>
  (await (await accountOver(rows, now)).getHealthDashboard(question)).toJSON();
const slow = async (rows: LoadRows, now?: string, question?: object) =>
  (await dashboardOf(rows, now, question)).alerts.map(({ subject, reason, since }) => ({
    subject,
    reason,
    since,
  }));

describe("the dashboard", () => {
  it("warns of a model whose last run took longer than it should have, and since when", async () => {
    const rows = nights(3, (model, at) => (model === 1 && at >= 38 ? 90 : 30));
    expect(await slow(rows)).toEqual([
      {
        subject: "shop.m1",
        reason: "last run took 1m 30s, expected 30s (at most 45s, by 39 runs before)",
        since: night(38, 5),
      },
    ]);
  });

  it("warns of a model that is on a higher level for good", async () => {
    const rows = nights(3, (model, at) => (model === 1 && at >= 30 ? 39 : 30) + (at % 5));
    expect(await slow(rows)).toEqual([
      {
        subject: "shop.m1",
        reason: "takes 41s now, 32s before (medians of 10 and 30 runs)",
        since: night(30, 5),
      },
    ]);
  });

  it("warns of a weekday that takes longer than it does on that weekday", async () => {
    const week = (at: number) => (at % 7 === 4 ? 60 : 600) + (at % 3);
    expect(await slow(nights(1, (_, at) => week(at)))).toEqual([]);
    expect(await slow(nights(1, (_, at) => (at === 39 ? 500 : week(at))))).toMatchObject([
      { reason: expect.stringMatching(/^last run took 8m 20s, expected 1m/) },
    ]);
  });

  it("says nothing of full refreshes, of what got quicker, and of what there is too little of", async () => {
    const refresh = (rows: LoadRows) =>
      rows.invocation({
        invocation: {
          invocation_id: "full",
          full_refresh: true,
          started_at: night(39, 60),
          ended_at: night(39, 70),
        },
        executions: [{ node: "model.shop.m0", runtime_s: 900, recorded_at: night(39, 65) }],
      });
    const rows = nights(2, (model, at) => (model === 1 && at >= 25 ? 5 : 30), refresh);
    const { alerts, slowest_models } = await dashboardOf(rows);
    expect(alerts).toEqual([]);
    expect(slowest_models[0]).toEqual({ model_id: "shop.m0", runtime_s: 900, usual_runtime_s: 30 });
    const young = new LoadRows().definitions({ nodes: [{ unique_id: "model.shop.m0" }] });
    for (let at = 0; at < 6; at++)
      young.invocation({
        invocation: { invocation_id: `i${at}`, started_at: night(at), ended_at: night(at, 10) },
        executions: [{ node: "model.shop.m0", runtime_s: at === 5 ? 900 : 10, recorded_at: night(at, 5) }],
      });
    expect(await slow(young, night(5, 300))).toEqual([]);
  });

  it("says nothing of what ran last two weeks ago, nor of a thousandth of the build", async () => {
    expect(
      await slow(
        nights(1, (_, at) => (at === 39 ? 90 : 30)),
        night(54),
      ),
    ).not.toContainEqual(expect.objectContaining({ subject: "shop.m0" }));
    const small = (big: number) => nights(2, (model, at) => (model === 0 ? big : at === 39 ? 6 : 2));
    expect(await slow(small(3000))).toMatchObject([{ subject: "shop.m1" }]);
    expect(await slow(small(5000))).toEqual([]);
  });

  it("names the three that cost most, and only chosen ones where some are chosen", async () => {
    const rows = () => nights(6, (model, at) => (at === 39 ? 100 * (model + 1) : 20));
    expect((await slow(rows())).map((alert) => alert.subject)).toEqual(["shop.m3", "shop.m4", "shop.m5"]);
    expect((await slow(rows(), undefined, { tags: ["m0", "m1"] })).map((alert) => alert.subject)).toEqual([
      "shop.m0",
      "shop.m1",
    ]);
  });

  it("warns of a job by the same rule", async () => {
    const jobs = () => {
      const rows = new LoadRows();
      for (let at = 0; at < 20; at++) {
        const minutes = at === 19 ? 60 : 10;
        rows.run({ run: { run_id: `r${at}`, started_at: night(at), ended_at: night(at, minutes) } });
      }
      return rows;
    };
    expect(await slow(jobs(), night(19, 90))).toEqual([
      {
        subject: "Nightly",
        reason: "last run took 1h, expected 10m (at most 15m, by 19 runs before)",
        since: night(19),
      },
    ]);
  });
});
