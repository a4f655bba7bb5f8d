/** The trend of models, jobs and projects, over facts made to be just so. */
import { describe, expect, it } from "vitest";
import type { RuntimeTrend } from "../../src/core/trend-answers.ts";
import { type ExecutionInput, type InvocationInput, LoadRows } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const [A, B, C] = ["model.shop.a", "model.shop.b", "model.shop.c"];
const FIRST_NIGHT = Date.parse("2024-04-01T02:00:00Z");
const night = (number: number, minute = 0): string =>
  new Date(FIRST_NIGHT + (number * 1440 + minute) * 60_000).toISOString();
const NOW = night(40, 360);

interface Night extends InvocationInput {
  at: number;
}

/** A nightly run with these executions, ended ten minutes after it began. */
function ran(rows: LoadRows, { at, run, invocation, executions = [], ...more }: Night): LoadRows {
  const id = invocation?.invocation_id ?? `i${at}`;
  return rows.invocation({
    run: { run_id: `r${at}`, ...run },
    invocation: { invocation_id: id, started_at: night(at), ended_at: night(at, 10), ...invocation },
    executions: executions.map((execution) => ({ recorded_at: night(at, 5), ...execution })),
    ...more,
  });
}

const nodes = [A, B, C].map((unique_id) => ({ unique_id, materialization: "table" }));
const defined = () => new LoadRows().definitions({ nodes, generated_at: night(0, -60) });

/** Forty nights in which A takes `of(night)` seconds. */
function nights(
  of: (night: number) => number,
  given: (night: number) => Partial<ExecutionInput> = () => ({}),
): LoadRows {
  const rows = defined();
  for (let at = 0; at < 40; at++)
    ran(rows, { at, executions: [{ node: A, runtime_s: of(at), ...given(at) }] });
  return rows;
}

async function trend(rows: LoadRows, question: object = { modelId: "a" }, now = NOW): Promise<RuntimeTrend> {
  return (await (await accountOver(rows, now)).getRuntimeTrend(question)).toJSON();
}

describe("the trend of a model", () => {
  it("is that of 14 days against those before, a point a day", async () => {
    const found = await trend(nights((at) => (at < 26 ? 100 : 110)));
    expect(found.subject).toEqual({
      kind: "model",
      id: "shop.a",
      name: "a",
      project_id: "shop",
      environment: "prod",
    });
    expect(found.period).toEqual({
      since: night(26, 360),
      until: NOW,
      runs: 13,
      failures: 0,
      success_rate: 1,
      p50_s: 110,
      p95_s: 110,
      total_s: 1430,
      runs_counted: 13,
      not_counted: {},
    });
    expect(found.before).toMatchObject({
      since: night(12, 360),
      until: night(26, 360),
      runs: 14,
      p50_s: 100,
    });
    expect(found.change).toEqual({ ratio: 1.1, difference_s: 10 });
    expect(found.points).toHaveLength(13);
    expect(found.points[0]).toEqual({
      date: "2024-04-28",
      runs: 1,
      failures: 0,
      success_rate: 1,
      p50_s: 110,
      p95_s: 110,
      total_s: 110,
    });
    expect(found.latest).toMatchObject({ run_id: "r39", runtime_s: 110, verdict: "normal", n: 39 });
    expect([found.since_when, found.anomalies]).toEqual([null, []]);
  });

  it("counts only successes, and full refreshes apart", async () => {
    const rows = nights(
      () => 10,
      (at) =>
        at === 35
          ? { status: "error", runtime_s: 500 }
          : at === 36
            ? { status: "skipped", runtime_s: 0 }
            : {},
    );
    ran(rows, {
      at: 37.5,
      invocation: { invocation_id: "full", full_refresh: true },
      executions: [{ node: A, runtime_s: 900 }],
    });
    const found = await trend(rows, { modelId: "a", by: "run" });
    expect(found.period).toMatchObject({
      runs: 13,
      failures: 1,
      success_rate: 0.923,
      p50_s: 10,
      p95_s: 10,
      total_s: 11 * 10 + 500 + 900,
      runs_counted: 11,
      not_counted: { error: 1, full_refresh: 1, skipped: 1 },
    });
    expect(found.anomalies).toEqual([]);
    const refresh = found.points.find((point) => point.full_refresh);
    expect(refresh).toMatchObject({ run_id: "r37.5", p50_s: null, total_s: 900 });
    expect(found.points.filter((point) => point.full_refresh)).toHaveLength(1);
  });

  it("takes full refreshes for what is usual where there is nothing else", async () => {
    const rows = defined();
    for (let at = 0; at < 40; at++)
      ran(rows, {
        at,
        invocation: { invocation_id: `i${at}`, full_refresh: true },
        executions: [{ node: A, runtime_s: 7 }],
      });
    expect((await trend(rows)).period).toMatchObject({ runs_counted: 13, p50_s: 7, not_counted: {} });
  });

  it("has each partition for itself, and what was tried again once", async () => {
    const rows = nights(() => 10);
    ran(rows, {
      at: 39.5,
      executions: [
        { node: A, partition: "mon", runtime_s: 4, status: "error", attempt: 1 },
        { node: A, partition: "mon", runtime_s: 20, attempt: 2, recorded_at: night(39.5, 6) },
        { node: A, partition: "tue", runtime_s: 30, recorded_at: night(39.5, 7) },
      ],
    });
    const { points } = await trend(rows, { modelId: "a", by: "run" });
    expect(points.at(-1)).toMatchObject({
      run_id: "r39.5",
      runs: 2,
      failures: 0,
      p50_s: 25,
      total_s: 50,
      anomaly: "critical",
    });
  });

  it("tells what was to be expected of a slow run, and since when it has been slow", async () => {
    const found = await trend(nights((at) => (at === 30 ? 800 : at >= 38 ? 300 : 100)));
    expect(found.anomalies).toMatchObject([
      {
        severity: "critical",
        since: night(38, 5),
        runs: 2,
        ongoing: true,
        runtime_s: 300,
        expected_s: 100,
        ratio: 3,
        n: 38,
      },
      {
        since: night(30, 5),
        runs: 1,
        ongoing: false,
        run_id: "r30",
        runtime_s: 800,
        expected_high_s: 150,
        n: 30,
      },
    ]);
    expect(found.latest).toMatchObject({ verdict: "critical", expected_s: 100, expected_high_s: 150 });
    expect(found.points.filter((point) => point.anomaly).map((point) => point.date)).toEqual([
      "2024-05-01",
      "2024-05-09",
      "2024-05-10",
    ]);
    expect(found.since_when).toBeNull();
  });

  it("names the ten newest anomalies, and how many there are beside", async () => {
    const found = await trend(
      nights((at) => (at > 8 && at % 2 === 0 && at < 34 ? 900 : 100)),
      { modelId: "a", since: "40d" },
    );
    const slow = found.points.filter((point) => point.anomaly).length;
    expect(found.anomalies).toHaveLength(Math.min(slow, 10));
    expect(found.anomalies[0]?.since).toBe(night(32, 5));
    expect(slow).toBeGreaterThan(10);
    expect(found.source.notes).toEqual([expect.stringMatching(new RegExp(`^${slow - 10} older anomalies`))]);
  });

  it("says that the history is too short, and not that all is well", async () => {
    const rows = defined();
    for (let at = 36; at < 40; at++)
      ran(rows, { at, executions: [{ node: A, runtime_s: at === 39 ? 900 : 10 }] });
    const { latest, anomalies } = await trend(rows);
    expect(latest).toEqual({
      run_id: "r39",
      at: night(39, 5),
      runtime_s: 900,
      verdict: "insufficient history (n = 3, needed 7)",
    });
    expect(anomalies).toEqual([]);
  });

  it("answers where nothing ran", async () => {
    const found = await trend(
      nights(() => 10),
      { modelId: "b" },
    );
    expect(found).toMatchObject({ latest: null, change: null, share: null, since_when: null, points: [] });
    expect(found.period).toMatchObject({ runs: 0, success_rate: null, p50_s: null, total_s: null });
  });

  it("judges the first of the window by what was before it, however long ago", async () => {
    const rows = defined();
    for (const at of [0, 1, 2, 3, 4, 5, 6, 7, 38])
      ran(rows, { at, executions: [{ node: A, runtime_s: at === 38 ? 90 : 10 }] });
    const { latest } = await trend(rows, { modelId: "a", since: "3d" });
    expect(latest).toMatchObject({ verdict: "critical", n: 8 });
  });

  it("knows the weekdays of the zone asked about", async () => {
    // Ten to midnight on Sunday in UTC is Monday in Berlin.
    const evening = (at: number) => night(at, -130);
    const slow = (at: number) => at % 7 === 0;
    const rows = () => {
      const given = defined();
      for (let at = 0; at < 40; at++)
        ran(given, {
          at,
          executions: [{ node: A, runtime_s: slow(at) ? 400 : 100, recorded_at: evening(at) }],
        });
      return given;
    };
    const { points, anomalies } = await trend(rows(), { modelId: "a", timezone: "Europe/Berlin" });
    expect(points.at(-1)?.date).toBe("2024-05-10");
    expect(anomalies).toEqual([]);
    expect((await trend(rows())).points.at(-1)?.date).toBe("2024-05-09");
  });

  it("gives the newest points, and how many there are", async () => {
    const found = await trend(
      nights(() => 10),
      { modelId: "a", since: "30d", limit: 3 },
    );
    expect(found.points.map((point) => point.date)).toEqual(["2024-05-08", "2024-05-09", "2024-05-10"]);
    expect(found.point_count).toBe(29);
  });

  it("keeps to one of its jobs where both are named", async () => {
    const rows = () => {
      const given = nights(() => 10);
      for (let at = 30; at < 40; at++)
        ran(given, {
          at: at + 0.5,
          job: { job_id: "hourly", name: "Hourly" },
          executions: [{ node: A, runtime_s: 2 }],
        });
      return given;
    };
    expect((await trend(rows())).period).toMatchObject({ runs: 23, p50_s: 10 });
    expect((await trend(rows(), { modelId: "a", jobId: "hourly" })).period).toMatchObject({
      runs: 10,
      p50_s: 2,
    });
  });

  it("is a share of the model time of its jobs, full refreshes apart", async () => {
    const rows = defined();
    for (let at = 30; at < 40; at++)
      ran(rows, {
        at,
        executions: [
          { node: A, runtime_s: 30 },
          { node: B, runtime_s: 70 },
        ],
      });
    ran(rows, {
      at: 35.5,
      invocation: { invocation_id: "full", full_refresh: true },
      executions: [{ node: A, runtime_s: 999 }],
    });
    ran(rows, {
      at: 36.5,
      job: { job_id: "other", name: "Other" },
      executions: [{ node: B, runtime_s: 999 }],
    });
    expect((await trend(rows)).share).toEqual({ of: "model time of its jobs", share: 0.3, runs: 10 });
  });
});

describe("since when, and what changed then", () => {
  const slower = (at: number) => (at < 30 ? 100 : 250) + (at % 3);

  it("is the code, and the materialization", async () => {
    const rows = nights(slower);
    rows.definitions({
      generated_at: night(29, 600),
      nodes: [{ unique_id: A, materialization: "incremental", checksum: "new" }, ...nodes.slice(1)],
    });
    const { since_when } = await trend(rows);
    expect(since_when).toEqual({
      at: night(30, 5),
      run_id: "r30",
      pattern: "step",
      before_s: 101,
      after_s: 251,
      ratio: 2.49,
      runs_before: 17,
      runs_after: 10,
      changes: [
        { what: "code", subject: "shop.a", from: null, to: "new", at: night(29, 600) },
        { what: "materialization", subject: "shop.a", from: "table", to: "incremental", at: night(29, 600) },
      ],
    });
  });

  it("is what changed upstream, the nearest first, and nothing that is not upstream", async () => {
    const rows = nights(slower);
    const edges: [string, string][] = [
      [C, B],
      [B, A],
      [A, "model.shop.d"],
    ];
    const of = (checksum: string) =>
      [B, C, "model.shop.d", "model.shop.e"].map((unique_id) => ({ unique_id, checksum }));
    rows.definitions({ generated_at: night(1), nodes: [{ unique_id: A }, ...of("old")], edges });
    rows.definitions({ generated_at: night(29, 600), nodes: [{ unique_id: A }, ...of("new")], edges });
    const { since_when } = await trend(rows);
    expect(since_when?.changes).toEqual([
      { what: "upstream", subject: "shop.b", from: "old", to: "new", at: night(29, 600) },
      { what: "upstream", subject: "shop.c", from: "old", to: "new", at: night(29, 600) },
    ]);
  });

  it("is not what changed at another time", async () => {
    const rows = nights(slower);
    for (const at of [28, 31])
      rows.definitions({
        generated_at: night(at, 600),
        nodes: [{ unique_id: A, checksum: `at ${at}` }, ...nodes.slice(1)],
      });
    expect((await trend(rows)).since_when).toMatchObject({ run_id: "r30", changes: [] });
  });

  it("is the commit and the branch", async () => {
    const rows = defined();
    for (let at = 0; at < 40; at++) {
      const run = {
        commit_sha: at < 30 ? "a".repeat(40) : "b".repeat(40),
        branch: at < 30 ? "main" : "faster",
      };
      ran(rows, { at, run, executions: [{ node: A, runtime_s: slower(at) }] });
    }
    expect((await trend(rows)).since_when?.changes).toEqual([
      { what: "commit", from: "aaaaaaaaaa", to: "bbbbbbbbbb" },
      { what: "branch", from: "main", to: "faster" },
    ]);
  });

  it("is the data: rows and bytes as they were and are", async () => {
    const rows = nights(slower, (at) => ({
      rows_affected: at < 30 ? 1000 : 2600,
      bytes_processed: 5e6 + at,
    }));
    expect((await trend(rows)).since_when?.changes).toEqual([{ what: "rows", from: 1000, to: 2600 }]);
  });

  it("is a full refresh between the two", async () => {
    const rows = nights(slower);
    ran(rows, {
      at: 29.5,
      invocation: { invocation_id: "full", full_refresh: true },
      executions: [{ node: A, runtime_s: 999 }],
    });
    expect((await trend(rows)).since_when?.changes).toEqual([
      { what: "full_refresh", from: null, to: "r29.5", at: night(29.5, 5) },
    ]);
  });
});

describe("the trend of a job", () => {
  /** Forty nights of `of(night)` seconds, A and B in them. */
  function jobNights(of: (night: number) => number): LoadRows {
    const rows = defined();
    for (let at = 0; at < 40; at++) {
      rows.run({
        run: {
          run_id: `r${at}`,
          started_at: night(at),
          ended_at: night(at, of(at) / 60),
          results_read: true,
        },
      });
      ran(rows, {
        at,
        executions: [
          { node: A, runtime_s: of(at) - 60 },
          { node: B, runtime_s: 30 },
        ],
      });
    }
    return rows;
  }

  it("counts its full runs that ended, and the others apart", async () => {
    const rows = jobNights(() => 600);
    const part = (at: number, given: object) =>
      rows.run({ run: { run_id: `p${at}`, started_at: night(at), ended_at: night(at, 60), ...given } });
    part(38.1, { kind: "retry" });
    part(38.2, { status: "cancelled" });
    part(38.3, { status: "failure" });
    const found = await trend(rows, { jobId: "nightly" });
    expect(found.subject).toMatchObject({ kind: "job", id: "nightly", name: "Nightly", environment: "prod" });
    expect(found.period).toMatchObject({
      runs: 15,
      failures: 1,
      runs_counted: 14,
      p50_s: 600,
      not_counted: { cancelled: 1, retry: 1 },
    });
    expect(found.anomalies).toMatchObject([{ run_id: "p38.3", ratio: 6 }]);
  });

  it("names the models that made it slower, and is a share of its project", async () => {
    const rows = jobNights((at) => (at < 30 ? 600 : 900));
    rows.run({
      job: { job_id: "other", name: "Other" },
      run: { run_id: "o", started_at: night(35), ended_at: night(35, 45) },
    });
    const { since_when, share } = await trend(rows, { jobId: "nightly" });
    expect(since_when).toMatchObject({
      run_id: "r30",
      before_s: 600,
      after_s: 900,
      changes: [{ what: "runtime", subject: "shop.a", from: 540, to: 840 }],
    });
    const own = 3 * 600 + 10 * 900;
    expect(share).toEqual({
      of: "run time of its project",
      share: Math.round((own / (own + 2700)) * 1000) / 1000,
      runs: 14,
    });
  });
});

describe("the trend of a project", () => {
  /** Two jobs: one of ten minutes every night, one of `of(night)` seconds. */
  function twoJobs(of: (night: number) => number): LoadRows {
    const rows = defined();
    for (let at = 0; at < 40; at++) {
      rows.run({ run: { run_id: `r${at}`, started_at: night(at), ended_at: night(at, 10) } });
      rows.run({
        job: { job_id: "loads", name: "Loads" },
        run: {
          run_id: `l${at}`,
          started_at: night(at, 60),
          ended_at: night(at, 60 + of(at) / 60),
          status: at === 39 ? "failure" : "success",
        },
      });
    }
    return rows;
  }

  it("is the total of its runs, by day; a part of a day is not judged", async () => {
    const found = await trend(
      twoJobs(() => 300),
      { projectId: "shop", since: "7d" },
    );
    expect(found.subject).toMatchObject({ kind: "project", id: "shop" });
    expect(found.period).toMatchObject({
      runs: 12,
      failures: 1,
      success_rate: 0.917,
      p50_s: 900,
      total_s: 6 * 900,
      runs_counted: 6,
    });
    expect(found.points.at(-1)).toEqual({
      date: "2024-05-10",
      runs: 2,
      failures: 1,
      success_rate: 0.5,
      p50_s: 900,
      p95_s: 900,
      total_s: 900,
    });
    // At one o'clock of the last day its runs are still to come.
    const early = await trend(
      twoJobs(() => 300),
      { projectId: "shop", since: "7d" },
      night(39, 30),
    );
    expect(early.period.not_counted).toEqual({ part_of_a_day: 1 });
    expect(early.points.at(-1)).toMatchObject({ date: "2024-05-10", p50_s: null, total_s: 600 });
  });

  it("names the job that made it more", async () => {
    const { since_when } = await trend(
      twoJobs((at) => (at < 30 ? 300 : 1500)),
      { projectId: "shop" },
    );
    expect(since_when).toMatchObject({
      before_s: 900,
      after_s: 2100,
      changes: [{ what: "runtime", subject: "Loads", from: 300, to: 1500 }],
    });
  });

  it("has no points by run", async () => {
    const account = await accountOver(
      twoJobs(() => 300),
      NOW,
    );
    await expect(account.getRuntimeTrend({ projectId: "shop", by: "run" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringContaining("job_id"),
    });
  });
});

describe("a question that cannot be answered", () => {
  it("says what is missing", async () => {
    const account = await accountOver(
      nights(() => 10),
      NOW,
    );
    await expect(account.getRuntimeTrend({})).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("model_id, job_id or project_id"),
    });
    await expect(account.getRuntimeTrend({ modelId: "a", since: "2030-01-01" })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});
