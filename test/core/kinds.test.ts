/** Runs that did only a part of their job: what they count for, and how answers say so. */
import { describe, expect, it } from "vitest";
import type { RunKind } from "../../src/core/vocabulary.ts";
import { LoadRows, micros, type RunInput } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const NOW = "2024-05-10T09:00:00Z";
const day = (number: number, hour = 3, minute = 0): string =>
  new Date(Date.parse("2024-05-01T00:00:00Z") + ((number * 24 + hour) * 60 + minute) * 60_000).toISOString();

/** A run of so many minutes, from three o'clock on that day. */
function ran(rows: LoadRows, number: number, minutes: number, given: RunInput["run"] = {}): LoadRows {
  const run_id = `r${number}`;
  const times = { queued_at: day(number, 2, 59), started_at: day(number), ended_at: day(number, 3, minutes) };
  return rows.run({ run: { run_id, ...times, results_read: true, ...given } });
}

/** Four nights of ten minutes; then one run of `kind` that took an hour. */
function nights(kind: RunKind, given: RunInput["run"] = {}): LoadRows {
  const rows = new LoadRows();
  for (const number of [0, 1, 2, 3]) ran(rows, number, 10);
  return ran(rows, 4, 60, { kind, ...given });
}

const alertsOf = async (rows: LoadRows, now = NOW) =>
  (await (await accountOver(rows, now)).getHealthDashboard()).toJSON().alerts;

const PARTS = ["retry", "partial", "backfill", "ad_hoc"] as const;

describe.each(PARTS)("a %s run", (kind) => {
  it("is not averaged, ranked or usual, and is counted apart", async () => {
    const account = await accountOver(nights(kind));
    const job = (await account.getJob({ jobId: "nightly", lastNRuns: 10 })).toJSON();
    expect(job).toMatchObject({
      last_run_id: "r4",
      average_job_runtime_s: 600,
      runs_counted: 4,
      not_counted: { [kind]: 1 },
    });
    expect(job.runtimes?.map((report) => report.run_id)).toEqual(["r3", "r2", "r1", "r0"]);
    const [longest] = await account.longestRunningJobs({ lastNRuns: 1 });
    expect(longest?.toJSON()).toMatchObject({ average_job_runtime_s: 600, not_counted: { [kind]: 1 } });
    const [line] = (await account.getHealthDashboard()).toJSON().jobs;
    expect(line).toMatchObject({ last_run_id: "r4", usual_runtime_s: 600 });
  });

  it("says what it is, and that it is not compared", async () => {
    const account = await accountOver(nights(kind));
    const run = (await account.getRun({ runId: "r4" })).toJSON();
    expect(run).toMatchObject({ kind, compared_to_usual: null });
    expect(run.source?.notes).toEqual([expect.stringContaining(`of the kind ${kind}: it is not compared`)]);
    expect((await account.getRuns()).map((listed) => listed.kind)).toEqual([
      kind,
      "full",
      "full",
      "full",
      "full",
    ]);
    const full = (await account.getRun({ runId: "r3" })).toJSON();
    expect(full).toMatchObject({ kind: "full", compared_to_usual: { runs_compared: 3 } });
    expect(full.source?.notes).toEqual([]);
  });

  it("is never found slow, but may fail", async () => {
    expect(await alertsOf(nights(kind), day(4, 9))).toEqual([]);
    expect(await alertsOf(nights(kind, { status: "failure" }), day(4, 9))).toMatchObject([
      { subject: "Nightly", reason: "last run of the job failed", since: day(4) },
    ]);
  });
});

describe("runs that are not averaged", () => {
  it("are counted by their kind or, of the whole job, by how they stand, since the oldest that is", async () => {
    const rows = new LoadRows();
    ran(rows, 0, 10, { kind: "backfill" });
    ran(rows, 1, 10);
    ran(rows, 2, 10, { kind: "backfill" });
    ran(rows, 3, 10, { kind: "backfill", status: "failure" });
    ran(rows, 4, 10, { status: "cancelled" });
    ran(rows, 5, 10, { status: "failure", started_at: null, ended_at: null });
    ran(rows, 6, 10);
    ran(rows, 7, 10, { status: "running", ended_at: null });
    ran(rows, 8, 10, { status: "queued", started_at: null, ended_at: null });
    const account = await accountOver(rows, day(8));
    const job = async (question: object) =>
      (await account.getJob({ jobId: "nightly", ...question })).toJSON().not_counted;
    expect(await job({ lastNRuns: 5 })).toEqual({
      backfill: 2,
      cancelled: 1,
      queued: 1,
      running: 1,
      unknown: 1,
    });
    expect(await job({ lastNRuns: 1 })).toEqual({ queued: 1, running: 1 });
    expect(await job({ since: day(3, 0), until: day(6, 0) })).toEqual({
      backfill: 1,
      cancelled: 1,
      unknown: 1,
    });
  });

  it("do not set the rhythm of a job, and are no silence either", async () => {
    const rows = () => {
      const told = new LoadRows();
      for (const number of [0, 1, 2, 3]) ran(told, number, 10);
      for (let hour = 4; hour < 16; hour++) {
        const times = { queued_at: day(3, hour), started_at: day(3, hour), ended_at: day(3, hour, 1) };
        told.run({ run: { run_id: `b${hour}`, kind: "backfill", ...times } });
      }
      return told;
    };
    expect(await alertsOf(rows(), day(4, 9))).toEqual([]);
    expect(await alertsOf(rows(), day(5, 16))).toMatchObject([
      { subject: "Nightly", reason: "job has not run for 2d 1h, usually every 1d" },
    ]);
  });
});

describe("a run that ended before it began", () => {
  const unstarted = { kind: "unstarted", status: "failure", started_at: null, ended_at: null } as const;

  it("is said to have failed before it started", async () => {
    expect(await alertsOf(nights("unstarted", unstarted), day(4, 9))).toMatchObject([
      { severity: "critical", reason: "last run of the job failed before it started", since: day(4, 2, 59) },
    ]);
    const twice = ran(nights("full", { status: "failure" }), 5, 0, unstarted);
    expect(await alertsOf(twice, day(5, 9))).toMatchObject([
      { reason: "job failed 2 times in a row, the last time before it started", since: day(4) },
    ]);
  });
});

describe("runs that are stuck", () => {
  const running = (minutes: number): Promise<unknown> =>
    alertsOf(nights("full", { status: "running", ended_at: null }), day(4, 3, minutes));

  it("are those that go on twice as long as usual, and a minute more", async () => {
    expect(await running(19)).toEqual([]);
    expect(await running(185)).toEqual([
      {
        severity: "warning",
        subject: "Nightly",
        reason: "run r4 has been running for 3h 5m, usually 10m",
        since: day(4),
        affected_models: 0,
      },
    ]);
    const short = () => {
      const told = new LoadRows();
      for (const number of [0, 1, 2]) ran(told, number, 1, { ended_at: micros(day(number)) + 10e6 });
      return ran(told, 3, 0, { status: "running", ended_at: null });
    };
    expect(await alertsOf(short(), day(3, 3, 1))).toEqual([]);
    expect(await alertsOf(short(), day(3, 3, 2))).toMatchObject([
      { reason: expect.stringContaining("usually 10s") },
    ]);
  });

  it("are those of a day where nothing is usual", async () => {
    const rows = () => ran(new LoadRows(), 0, 0, { status: "running", ended_at: null });
    expect(await alertsOf(rows(), day(1, 2))).toEqual([]);
    expect(await alertsOf(rows(), day(1, 4))).toMatchObject([
      { subject: "Nightly", reason: "run r0 has been running for 1d 1h" },
    ]);
  });

  it("are those that wait for more than an hour, told once for each job", async () => {
    const rows = () => {
      const waiting = new LoadRows();
      for (const number of [0, 1, 2]) {
        const times = { queued_at: day(0, 3, number), started_at: null, ended_at: null };
        waiting.run({ run: { run_id: `q${number}`, status: "queued", ...times } });
      }
      return waiting;
    };
    expect(await alertsOf(rows(), day(0, 4))).toEqual([]);
    expect(await alertsOf(rows(), day(0, 6))).toMatchObject([
      { subject: "Nightly", reason: "run q0 has been queued for 3h (and 2 more)", since: day(0) },
    ]);
  });

  it("are found of jobs that no list has, in the environments asked about alone", async () => {
    const times = { status: "queued", queued_at: day(0), started_at: null, ended_at: null } as const;
    const rows = new LoadRows()
      .run({ run: { run_id: "listed" } })
      .run({
        job: { job_id: "x", name: "__ASSET_JOB", removed: true },
        run: { run_id: "adhoc", kind: "ad_hoc", ...times },
      })
      .run({ environment: { environment_id: "dev", type: "development" }, run: { run_id: "dev", ...times } });
    const account = await accountOver(rows, day(0, 6));
    expect((await account.getHealthDashboard()).toJSON().alerts).toMatchObject([
      { subject: "__ASSET_JOB", reason: "run adhoc has been queued for 3h" },
    ]);
    const elsewhere = (await account.getHealthDashboard({ environment: "dev" })).toJSON();
    expect(elsewhere.alerts.map((alert) => alert.reason)).toEqual(["run dev has been queued for 3h"]);
  });

  it("are only those of jobs that build chosen models", async () => {
    const rows = new LoadRows().definitions({
      nodes: [
        { unique_id: "model.shop.a", tags: ["finance"] },
        { unique_id: "model.shop.b", tags: ["other"] },
      ],
    });
    for (const [job_id, node] of [
      ["one", "model.shop.a"],
      ["two", "model.shop.b"],
    ] as const) {
      const job = { job_id, name: job_id };
      rows.invocation({
        job,
        invocation: { invocation_id: job_id, ended_at: day(0) },
        executions: [{ node }],
      });
      const times = { queued_at: day(0), started_at: null, ended_at: null };
      rows.run({ job, run: { run_id: `q ${job_id}`, status: "queued", ...times } });
    }
    const account = await accountOver(rows, day(0, 6));
    const { alerts } = (await account.getHealthDashboard({ tags: ["finance"] })).toJSON();
    expect(alerts.map((alert) => alert.subject)).toEqual(["one"]);
  });
});
