import { describe, expect, it } from "vitest";
import { isFinished, kindOf, runRow, statusOf, triggerOf } from "../../../src/sources/dagster/run-rows.ts";
import { wireRun } from "../../../src/sources/dagster/wire-run.ts";
import { runOf, START, START_US, tagsOf } from "./wire-runs.ts";

const PAGES = "http://localhost:3000";
const some = [{ path: ["a"] }];
const tags = (given: Record<string, string>) => ({ tags: tagsOf(given) });

describe("a run on the wire", () => {
  it("has its times in microseconds, and its tags by their keys", () => {
    const run = runOf({ startTime: START + 0.123456, endTime: null, ...tags({ team: "ops", empty: "" }) });
    expect(run).toMatchObject({ created_at: START_US - 5e6, started_at: START_US + 123_456, ended_at: null });
    expect([...run.tags]).toEqual([
      ["team", "ops"],
      ["empty", ""],
    ]);
  });

  it("was created when it was enqueued or launched, where an older server says no more", () => {
    const stats = { __typename: "RunStatsSnapshot", enqueuedTime: START - 9, launchTime: START - 3 };
    expect(runOf({ creationTime: undefined, stats }).created_at).toBe(START_US - 9e6);
    const launched = { ...stats, enqueuedTime: null };
    expect(runOf({ creationTime: undefined, stats: launched }).created_at).toBe(START_US - 3e6);
    expect(runOf({ creationTime: undefined, stats: { __typename: "PythonError" } }).created_at).toBeNull();
  });

  it.each([
    [{}, "shop"],
    [{ repositoryOrigin: null }, null],
    [{ repositoryOrigin: null, ...tags({ "dagster/code_location": "shop_2" }) }, "shop_2"],
  ])("lives where it says: %j", (given, location) => {
    expect(runOf(given).location).toBe(location);
  });

  it.each([
    [{}, false],
    [{ assetSelection: [], assetCheckSelection: [], solidSelection: [] }, false],
    [{ assetSelection: some }, true],
    [{ assetCheckSelection: [{ name: "c" }] }, true],
    [{ solidSelection: ["op"] }, true],
    [tags({ "dagster/step_selection": "op*" }), true],
  ])("is a selection where something is selected: %j", (given, expected) => {
    expect(runOf(given).is_selection).toBe(expected);
  });

  it("is none without an id or a job", () => {
    expect(wireRun({ runId: null, jobName: "nightly" })).toBeNull();
    expect(wireRun({ runId: "x", jobName: "" })).toBeNull();
    expect(wireRun({ runId: "x", jobName: "nightly" })?.status).toBe("unknown");
  });
});

describe("the status", () => {
  it.each([
    ["QUEUED", "queued", null],
    ["NOT_STARTED", "queued", "NOT_STARTED"],
    ["STARTING", "queued", "STARTING"],
    ["MANAGED", "running", "MANAGED"],
    ["STARTED", "running", null],
    ["CANCELING", "running", "CANCELING"],
    ["SUCCESS", "success", null],
    ["FAILURE", "failure", null],
    ["CANCELED", "cancelled", null],
    ["HIBERNATING", "unknown", "HIBERNATING"],
  ])("%s is %s", (word, status, raw) => {
    const run = runOf({ status: word, endTime: null });
    expect(runRow(run, PAGES, false)).toMatchObject({ status, raw_status: raw });
  });

  it("is final for what has ended, also with a word that is not known", () => {
    const finished = (word: string, ended_at: number | null) =>
      isFinished({ status: statusOf(word), ended_at });
    expect(["SUCCESS", "FAILURE", "CANCELED"].map((word) => finished(word, null))).toEqual([
      true,
      true,
      true,
    ]);
    expect(["QUEUED", "STARTED", "CANCELING"].map((word) => finished(word, 1))).toEqual([
      false,
      false,
      false,
    ]);
    expect([finished("HIBERNATING", null), finished("HIBERNATING", 1)]).toEqual([false, true]);
  });
});

describe("what part of its job a run did", () => {
  const parent = { parentRunId: "another-run" };
  it.each([
    ["all of it", {}, "full"],
    ["all of it once more", parent, "full"],
    ["what was selected", { assetSelection: some }, "partial"],
    ["what had failed, by a selection", { ...parent, ...tags({ "dagster/step_selection": "b" }) }, "retry"],
    ["what had failed, by its word", { ...parent, ...tags({ "dagster/is_resume_retry": "true" }) }, "retry"],
    [
      "what had failed, by its tags alone",
      tags({ "dagster/parent_run_id": "x", "dagster/is_resume_retry": "true" }),
      "retry",
    ],
    ["a partition of a backfill", tags({ "dagster/backfill": "zkb", "dagster/partition": "d" }), "backfill"],
    [
      "a retry within a backfill",
      { ...parent, ...tags({ "dagster/backfill": "zkb", "dagster/is_resume_retry": "true" }) },
      "retry",
    ],
    [
      "a backfill of chosen assets",
      { jobName: "__ASSET_JOB", assetSelection: some, ...tags({ "dagster/backfill": "z" }) },
      "backfill",
    ],
    ["assets that somebody chose", { jobName: "__ASSET_JOB", assetSelection: some }, "ad_hoc"],
    ["the same in 1.6", { jobName: "__ASSET_JOB_0", assetSelection: some }, "ad_hoc"],
    ["the same by the command line", { jobName: "__ephemeral_asset_job__" }, "ad_hoc"],
    ["nothing: it failed before it began", { status: "FAILURE", startTime: START + 60 }, "unstarted"],
    ["nothing: it has an end alone", { status: "FAILURE", startTime: null }, "unstarted"],
    ["nothing: it was cancelled in the queue", { status: "CANCELED", startTime: null }, "unstarted"],
    ["nothing yet: it waits", { status: "QUEUED", startTime: null, endTime: null }, "full"],
    ["some of it so far: it goes on", { status: "STARTED", endTime: null }, "full"],
  ])("%s", (_, given, kind) => {
    expect(kindOf(runOf(given))).toBe(kind);
  });

  it("is none whose time counts where it never began", () => {
    const row = runRow(runOf({ status: "FAILURE", startTime: START + 60 }), PAGES, true);
    expect(row).toMatchObject({ kind: "unstarted", started_at: null, ended_at: START_US + 60e6 });
  });
});

describe("why a run began", () => {
  it.each([
    [{}, "manual"],
    [tags({ "dagster/schedule_name": "daily" }), "schedule"],
    [tags({ "dagster/sensor_name": "files" }), "sensor"],
    [tags({ "dagster/auto_materialize": "true" }), "automation"],
    [tags({ "dagster/from_automation_condition": "true", "dagster/sensor_name": "default" }), "automation"],
    [tags({ "dagster/backfill": "zkb" }), "backfill"],
    [tags({ "dagster/retry_number": "1" }), "retry"],
    [{ parentRunId: "x" }, "retry"],
    [{ parentRunId: "x", ...tags({ "dagster/schedule_name": "daily" }) }, "schedule"],
  ])("%j", (given, trigger) => {
    expect(triggerOf(runOf(given))).toBe(trigger);
  });
});

it("a row has its page, and the commit that it was made from", () => {
  const row = runRow(
    runOf(tags({ "dagster/git_commit_hash": "abc", "dagster/git_branch": "main", branch: "other" })),
    "https://acme.dagster.cloud/prod",
    true,
  );
  expect(row).toEqual({
    run_id: "7b3e4a51-run",
    derived: false,
    status: "success",
    raw_status: null,
    queued_at: START_US - 5e6,
    started_at: START_US,
    ended_at: START_US + 60e6,
    trigger: "manual",
    commit_sha: "abc",
    branch: "main",
    url: "https://acme.dagster.cloud/prod/runs/7b3e4a51-run",
    error_message: null,
    results_read: true,
    kind: "full",
  });
});
