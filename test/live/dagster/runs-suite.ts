/** What must hold of runs, jobs and models: kinds, states, errors, and times that are those of the server. */
import { describe, expect, test } from "vitest";
import { listAt, objectAt } from "../places.ts";
import type { Opened } from "./asking.ts";
import type { NamedRun } from "./named-runs.ts";
import type { RawRun } from "./raw.ts";

/** Our words for the server's. */
const STATUSES: Record<string, string> = {
  SUCCESS: "success",
  FAILURE: "failure",
  CANCELED: "cancelled",
  QUEUED: "queued",
  NOT_STARTED: "queued",
  STARTED: "running",
};

/** The op whose error has a cause that has a cause. */
const CARDS = expect.objectContaining({
  unique_id: "op:harbour:collect_fees:charge_cards",
  status: "error",
  message: "KeyError: 'gate 3'",
});

/** How each run reads, by its name. */
const READINGS: readonly (readonly [NamedRun, Record<string, unknown>])[] = [
  [
    "quick",
    { job_id: "count_boats", project_id: "harbour", kind: "full", status: "success", trigger: "manual" },
  ],
  ["sameName", { job_id: "count_boats", project_id: "quay", kind: "full", status: "success" }],
  ["slow", { job_id: "survey_basin", kind: "full", status: "success", model_count: 3 }],
  [
    "failed",
    {
      kind: "full",
      status: "failure",
      failure_count: 1,
      error_message: "KeyError: 'gate 3'",
      failures: [CARDS],
    },
  ],
  ["retried", { kind: "full", status: "success", failure_count: 0 }],
  [
    "gaveUp",
    { kind: "full", status: "failure", error_message: "TimeoutError: The lighthouse does not answer." },
  ],
  ["dynamic", { kind: "full", status: "success", model_count: 3 }],
  ["noResource", { kind: "full", status: "failure", error_message: "OSError: The lock gate does not open." }],
  [
    "stepCrashed",
    { kind: "full", status: "failure", error_message: expect.stringContaining("exited with code 3") },
  ],
  [
    "runCrashed",
    { kind: "full", status: "failure", error_message: expect.stringContaining("exited with code 4") },
  ],
  ["resumed", { kind: "retry", status: "success", trigger: "retry" }],
  [
    "resumedParent",
    { kind: "full", status: "failure", error_message: "FileNotFoundError: There is no flag." },
  ],
  ["canceled", { kind: "full", status: "cancelled", failure_count: 0 }],
  ["assets", { job_id: "nightly_berths", kind: "full", status: "success", model_count: 4, warning_count: 1 }],
  ["someAssets", { job_id: "nightly_berths", kind: "partial", status: "success", model_count: 1 }],
  ["failedAssets", { kind: "full", status: "failure", error_message: "ZeroDivisionError: division by zero" }],
  ["failedCheck", { kind: "full", status: "failure", failure_count: 1, model_count: 0 }],
  ["adHoc", { kind: "ad_hoc", status: "success", model_count: 2 }],
  ["observed", { kind: "ad_hoc", status: "success" }],
  [
    "refused",
    {
      kind: "unstarted",
      status: "failure",
      runtime_s: null,
      error_message: "RuntimeError: No berth is free for this run.",
    },
  ],
  ["queued", { status: "queued", started_at: null, runtime_s: null }],
  ["started", { status: "running", ended_at: null }],
  ["partition", { job_id: "berth_night", kind: "backfill", status: "success", trigger: "backfill" }],
  [
    "failedPartition",
    { kind: "backfill", status: "failure", error_message: "ValueError: Nobody counted on the fourth." },
  ],
  ["scheduled", { job_id: "count_boats", kind: "full", status: "success", trigger: "schedule" }],
  ["sensed", { job_id: "count_boats", kind: "full", status: "success", trigger: "sensor" }],
];

/** Runs read as they are; `only` names those that the server has, with what reads differently in its version. */
export function runsReadAsTheyAre(
  get: () => Opened,
  only?: Partial<Record<NamedRun, Record<string, unknown>>>,
): void {
  const readings = READINGS.filter(([name]) => only === undefined || name in only).map(
    ([name, reading]) => [name, { ...reading, ...only?.[name] }] as const,
  );

  describe("run get", () => {
    test.each(readings)("%s reads as it is, on the command line and over MCP", async (name, reading) => {
      const { id, answer, ask } = get();
      const overCli = await answer("run", "get", id(name));
      expect(overCli).toMatchObject({ run_id: id(name), ...reading });
      const overMcp = await ask("get_run", { run_id: id(name) });
      expect(withoutAge(overMcp)).toEqual(withoutAge(overCli));
    });

    test("times of runs are those of the server, to the millisecond", async () => {
      const { raw, ask } = get();
      const rows = listAt(await ask("list_runs", { limit: 100, since: "1d" }), "items");
      const byId = new Map(rows.map((row) => [row.run_id, row]));
      for (const run of raw.filter(({ location }) => location !== null)) {
        const row = byId.get(run.id);
        expect([run.job, row?.status]).toEqual([run.job, STATUSES[run.status]]);
        if (run.start === null || run.end === null || run.start === run.end) continue;
        expect([run.job, row?.runtime_s]).toEqual([run.job, expect.closeTo(run.end - run.start, 2)]);
        expect([run.job, ms(row?.started_at)]).toEqual([run.job, expect.closeTo(run.start * 1000, -1)]);
      }
    });

    test("every run is listed, or said to be left out", async () => {
      const { raw, ask } = get();
      const list = await ask("list_runs", { limit: 100, since: "1d" });
      const listed = new Set(listAt(list, "items").map(({ run_id }) => run_id));
      const missing = raw.filter(({ id }) => !listed.has(id)).map(({ job, status }) => `${job} ${status}`);
      const notes = String(objectAt(list, "source").notes);
      if (missing.length > 0)
        expect([missing, notes]).toEqual([missing, expect.stringMatching(/left out|location/)]);
    });

    test("steps of runs have the times of the server", async () => {
      const { raw, ask } = get();
      for (const run of raw.filter(isPlainJob)) {
        const found = await ask("get_run", { run_id: run.id, slowest_n: 20 });
        const rows = listAt(found, "slowest_models");
        for (const { key, status, seconds } of run.steps.filter((step) => !step.key.includes("["))) {
          if (status !== "SUCCESS" || seconds === null) continue;
          const row = rows.find(({ model_id }) => String(model_id).endsWith(`.${run.job}.${key}`));
          expect([run.job, key, row?.runtime_s]).toEqual([run.job, key, expect.closeTo(seconds, 2)]);
        }
      }
    });

    test("a table shows the root cause of a failed run", async () => {
      const { id, runlens } = get();
      const { code, stdout } = await runlens("run", "get", id("failed"));
      expect(code).toBe(0);
      expect(normal(stdout)).toMatchSnapshot();
    });

    test("a run that there is not is said so, with the newest ones", async () => {
      const { runlens } = get();
      const { code, stdout, stderr } = await runlens("run", "get", "00000000-1111-2222-3333-444444444444");
      expect([code, stdout]).toEqual([4, ""]);
      expect(stderr).toMatch(
        /^NOT_FOUND: No run "00000000-1111-2222-3333-444444444444"\.\nNewest: [0-9a-f-]{36}, /,
      );
    });
  });

  describe("jobs and models", () => {
    test("jobs are averaged over their last full runs", async () => {
      const { raw, ask } = get();
      const rows = listAt(await ask("longest_running_jobs", { last_n_runs: 2, longest_n: 100 }), "items");
      const jobs = new Map<string, RawRun[]>();
      for (const run of raw.filter((one) => isPlainJob(one) && isWhole(one)))
        jobs.set(run.job, [...(jobs.get(run.job) ?? []), run]);
      expect(jobs.size).toBeGreaterThan(3);
      for (const [job, runs] of jobs) {
        const row = rows.find(({ job_id, project_id }) => job_id === job && project_id === "harbour");
        const last = [...runs].sort((a, b) => (b.end ?? 0) - (a.end ?? 0)).slice(0, 2);
        const mean = last.reduce((sum, { start, end }) => sum + (end ?? 0) - (start ?? 0), 0) / last.length;
        expect([job, row?.runs_counted]).toEqual([job, last.length]);
        expect([job, row?.average_job_runtime_s]).toEqual([job, expect.closeTo(mean, 2)]);
      }
    });

    test.each([1, 3])("ops are averaged over their last %i successes", async (count) => {
      const { raw, ask } = get();
      const input = { last_n_runs: count, limit: 100, project_ids: ["harbour"] };
      const rows = listAt(await ask("get_models_with_runtime", input), "items");
      const times = new Map<string, number[]>();
      const newestFirst = [...raw].filter(isPlainJob).sort((a, b) => (b.end ?? 0) - (a.end ?? 0));
      for (const { job, steps } of newestFirst) {
        for (const { key, status, seconds } of steps) {
          if (status !== "SUCCESS" || seconds === null || key.includes("[")) continue;
          const model = `harbour.${job}.${key}`;
          times.set(model, [...(times.get(model) ?? []), seconds]);
        }
      }
      expect(times.size).toBeGreaterThan(5);
      for (const [model, all] of times) {
        const last = all.slice(0, count);
        const row = rows.find(({ model_id }) => model_id === model);
        const mean = last.reduce((sum, one) => sum + one, 0) / last.length;
        expect([model, row?.runs_counted]).toEqual([model, last.length]);
        expect([model, row?.average_runtime_s]).toEqual([model, expect.closeTo(mean, 2)]);
      }
    });

    test("assets take the time of their steps", async () => {
      const { raw, id, ask } = get();
      const run = await ask("get_run", { run_id: id("assets"), slowest_n: 20 });
      const times = new Map(listAt(run, "slowest_models").map((row) => [row.model_id, row.runtime_s]));
      const steps = raw.find((one) => one.id === id("assets"))?.steps ?? [];
      for (const key of ["raw/berths", "raw/bookings", "clean_bookings"]) {
        const step = steps.find((one) => one.key === key.replace("/", "__"));
        expect([key, times.get(`harbour.${key}`)]).toEqual([
          key,
          expect.closeTo(step?.seconds ?? Number.NaN, 2),
        ]);
      }
    });

    test("each step of a dynamic output is an execution of its op", async () => {
      const { raw, id, ask } = get();
      const model = await ask("get_model", { model_id: "inspect_boat", last_n_runs: 3 });
      const steps = raw.find((one) => one.id === id("dynamic"))?.steps ?? [];
      const times = steps.filter(({ key }) => /^inspect_boat\[/.test(key)).map(({ seconds }) => seconds ?? 0);
      expect(times).toHaveLength(3);
      const mean = times.reduce((sum, one) => sum + one, 0) / 3;
      expect(model).toMatchObject({ runs_counted: 3, average_runtime_s: expect.closeTo(mean, 2) });
    });

    test("the slowest of all is the op that sleeps longest", async () => {
      const { ask } = get();
      const [slowest] = listAt(await ask("slowest_models", { last_n_runs: 1, slowest_n: 1 }), "items");
      expect(slowest?.model_id).toBe("harbour.survey_basin.sounding.lower_line");
    });

    test("an asset has no SQL, which is said", async () => {
      const { ask } = get();
      const model = await ask("get_model", { model_id: "clean_bookings", include: ["sql"] });
      expect(model.raw_sql ?? null).toBeNull();
      expect(String(objectAt(model, "source").notes)).toMatch(/does not tell the code/);
    });
  });
}

/** A run of a job of ops, which no other location has, to its end. */
function isPlainJob({ job, end, start }: RawRun): boolean {
  return (
    /^(survey_basin|collect_fees|fetch_forecast|check_lighthouse|keep_logbook|inspect_boats)$/.test(job) &&
    end !== null &&
    start !== end
  );
}

/** All of its job, to the end. */
function isWhole({ isPart, tags, status }: RawRun): boolean {
  return !isPart && !tags.has("dagster/backfill") && (status === "SUCCESS" || status === "FAILURE");
}

const ms = (time: unknown): number => Date.parse(String(time));

/** An answer without what changes as time passes, also where it is said in words. */
export function withoutAge(answer: unknown): unknown {
  const text = JSON.stringify(answer, (key, value) => {
    if (key === "as_of" || key.endsWith("age_s")) return undefined;
    // A stretch of time that ends now.
    const isPeriod = typeof value === "object" && value !== null && "until" in value;
    return isPeriod ? { ...value, since: undefined, until: undefined } : value;
  });
  return JSON.parse(text.replaceAll(/(\d+[dhms] )+old/g, "old"));
}

/** A text without what is another one in every run of the tests; the width of its columns stays. */
export function normal(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "00000000-0000-0000-0000-000000000000")
    .replaceAll(/\d{4}-\d{2}-\d{2}/g, "2026-01-01")
    .replaceAll(/\d{2}:\d{2}:\d{2}(\.\d+Z)?/g, "00:00:00")
    .replaceAll(/pid: \d+/g, "pid: 0")
    .replaceAll(/in \d+(\.\d+)?m?s\b/g, "in 0ms")
    .replaceAll(/\d+(\.\d+)?s$/gm, "0s")
    .replaceAll(/─+/g, "─")
    .replaceAll(/ +$/gm, "");
}
