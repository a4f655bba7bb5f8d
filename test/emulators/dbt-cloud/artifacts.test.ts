import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { artifactsWorld } from "./artifacts.ts";
import { EXTRAS, TIMED_OUT } from "./extras.ts";
import { apiTime, artifactTime } from "./times.ts";
import type { Run, World } from "./world.ts";

const FOLDER = join(import.meta.dirname, "../../../demo/artifacts");
const NOW = Date.parse("2026-11-18T07:30:00Z");
const world = artifactsWorld(FOLDER);
const own = (path: string) => readFileSync(join(FOLDER, path), "utf8");

function jobNamed(name: string, of: World = world) {
  const job = of.jobs.find((one) => one.name === name);
  if (job === undefined) throw new Error(`no job ${name}`);
  return job;
}

function runsOf(name: string, of: World = world): Run[] {
  const job = jobNamed(name, of);
  return of.runs.filter((run) => run.jobId === job.id);
}

/** The run whose artifact dbt wrote at a time. */
function runAt(generatedAt: string): Run {
  const run = world.runs.find(({ finishedAt }) => artifactTime(finishedAt ?? 0) === generatedAt);
  if (run === undefined) throw new Error(`no run of ${generatedAt}`);
  return run;
}

function whichOf(run: Run, step: number): string {
  const text = run.steps.find(({ index }) => index === step)?.artifact("run_results.json") ?? "{}";
  return JSON.parse(text).args.which;
}

describe("the world of the demo's artifacts", () => {
  it("has a run for each folder, in the jobs of the folders", () => {
    expect(world.runs).toHaveLength(127);
    expect(world.jobs.map((job) => [job.name, runsOf(job.name).length])).toEqual([
      ["Nightly build", 32],
      ["Intraday dock display", 64],
      ["Source freshness", 30],
      ["dbt docs generate --target prod", 1],
    ]);
    expect(world.environments.map((one) => [one.type, one.deploymentType])).toEqual([
      ["deployment", "production"],
      ["deployment", "staging"],
      ["development", null],
    ]);
  });

  it("ends each run when its artifact was written, and starts it so many seconds before", () => {
    // demo/artifacts/2026-10-28T020302Z-nightly: elapsed_time 3.5016002655029297
    const run = runAt("2026-10-28T02:03:07.760850Z");
    expect(apiTime(run.startedAt, " ")).toBe("2026-10-28 02:03:04.259250+00:00");
    expect((run.startedAt ?? 0) - run.createdAt).toBeGreaterThan(3000);
    expect(run.dbtVersion).toBe("1.12.6");
  });

  it("fails the runs whose dbt failed", () => {
    const failed = (name: string) =>
      runsOf(name)
        .filter(({ status }) => status === 20)
        .map(({ finishedAt }) => new Date(finishedAt ?? 0).toISOString().slice(5, 10));
    const nightly = ["10-25", "10-26", "10-28", "10-29", "10-30", "11-17", "11-18"];
    expect(failed("Nightly build")).toEqual(nightly);
    expect(failed("Intraday dock display")).toEqual(["10-26", "10-26", "10-26"]);
    expect(failed("Source freshness")).toEqual(["11-16", "11-17", "11-18"]);
    expect(world.runs.filter(({ status }) => status === 10)).toHaveLength(127 - 13);
  });

  it("has a new commit exactly where the manifest is new", () => {
    const commits = world.runs.map((run) => run.gitSha);
    const changes = world.runs.filter((_, index) => commits[index] !== commits[index - 1]);
    expect(new Set(commits).size).toBe(6);
    expect(changes.map((run) => new Date(run.finishedAt ?? 0).toISOString().slice(0, 16))).toEqual([
      "2026-10-20T02:06",
      "2026-10-26T16:40",
      "2026-10-30T05:41",
      "2026-11-06T16:41",
      "2026-11-09T10:14",
      "2026-11-12T16:41",
    ]);
    expect(commits[0]).toMatch(/^[0-9a-f]{40}$/);
  });

  it("serves each run's own results and the manifest that was in force", () => {
    const run = runAt("2026-10-28T02:03:07.760850Z");
    const [step] = run.steps.slice(-1);
    expect(run.steps.map(({ index, paths }) => [index, paths.length])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 2],
    ]);
    expect(step?.artifact("run_results.json")).toBe(own("2026-10-28T020302Z-nightly/run_results.json"));
    expect(step?.artifact("manifest.json")).toBe(own("2026-10-26T164016Z-intraday/manifest.json"));
    expect(step?.artifact("catalog.json")).toBeNull();
    expect(step?.artifact("sources.json")).toBeNull();
    const [docs] = runsOf("dbt docs generate --target prod");
    expect(docs?.steps.at(-1)?.paths).toEqual(["manifest.json", "run_results.json", "catalog.json"]);
    const [freshness] = runsOf("Source freshness");
    expect(freshness?.steps.at(-1)?.paths).toEqual(["manifest.json", "sources.json"]);
  });

  it("knows the retry and the full refresh as runs of the nightly job", () => {
    const special = runsOf("Nightly build").filter((run) => run.stepsOverride !== undefined);
    expect(special.map((run) => [run.stepsOverride, run.causeCategory])).toEqual([
      [["dbt retry"], "rerun"],
      [["dbt build --full-refresh --target prod"], "ui"],
    ]);
    const retried = world.runs.find((run) => run.id === special[0]?.retryingRunId);
    expect(new Date(retried?.finishedAt ?? 0).toISOString()).toContain("2026-10-30T02:05");
  });

  it("has logs that tell what the results tell", () => {
    const step = runAt("2026-10-28T02:03:07.760850Z").steps.at(-1);
    expect(step?.logs).toMatch(/^02:03:\d\d {2}Running with dbt=1\.12\.6$/m);
    expect(step?.logs).toMatch(
      /^02:03:05 {2}\d+ of 91 ERROR creating sql table model analytics_intermediate\.int_payments_cleaned .*\[ERROR in 0\.13s\]$/m,
    );
    expect(step?.logs).toContain('Could not convert string "5,50" to DECIMAL(10,2)');
    expect(step?.logs).toMatch(/WARN 15 trips_longer_than_a_day \.+ \[WARN 15 in 0\.03s\]$/m);
    expect(step?.logs).toContain("Done. PASS=72 WARN=1 ERROR=1 SKIP=16 NO-OP=1 TOTAL=91");
    expect(step?.debugLogs).toMatch(
      /^02:03:05\.763 \[debug\] \[Thread-2 \(worker\)\]: Began running node model\.pedal_harbour\.int_payments_cleaned$/m,
    );
    const freshness = runsOf("Source freshness").at(-1)?.steps.at(-1);
    expect(freshness?.logs).toMatch(/ERROR STALE freshness of workshop\.tickets /);
  });

  it("refuses a folder without artifacts", () => {
    expect(() => artifactsWorld(import.meta.dirname)).toThrow("no artifacts in");
  });
});

describe("the extras", () => {
  const extended = artifactsWorld(FOLDER, { extras: true, now: NOW });
  const runs = extended.runs.filter((run) => run.projectId === EXTRAS.project);

  it("leave the demo's own project as it is", () => {
    expect(extended.runs.slice(0, 127).map((run) => run.id)).toEqual(world.runs.map((run) => run.id));
    expect(extended.environments.filter((one) => one.projectId === EXTRAS.project)).toMatchObject([
      { type: "deployment", deploymentType: "production" },
      { type: "deployment", deploymentType: null },
      { type: "development", deploymentType: null },
    ]);
  });

  it("have ids of 14 to 17 digits that numbers hold exactly", () => {
    const ids = [
      ...runs.flatMap((run) => [run.id, ...run.steps.map((step) => step.id)]),
      ...Object.values(EXTRAS),
    ];
    expect(new Set(ids.map((id) => String(id).length))).toEqual(new Set([14, 15, 16, 17]));
    for (const id of ids) expect(BigInt(id).toString()).toBe(JSON.stringify(id));
    expect(runs.map((run) => run.id)).toEqual([...new Set(runs.map((run) => run.id))].sort((a, b) => a - b));
  });

  it("have a run of several commands that ends with docs", () => {
    const run = runs.find((one) => one.jobId === EXTRAS.refresh && one.status === 10);
    expect(run?.steps.slice(3).map((step) => [step.index, step.name])).toEqual([
      [4, "Invoke dbt with `dbt seed`"],
      [5, "Invoke dbt with `dbt build`"],
      [6, "Generate docs"],
    ]);
    expect(run && [4, 5, 6].map((step) => whichOf(run, step))).toEqual(["seed", "build", "generate"]);
    const docs = JSON.parse(run?.steps.at(-1)?.artifact("run_results.json") ?? "");
    for (const { status, failures, timing } of docs.results) {
      expect({ status, failures }).toEqual({ status: "success", failures: null });
      const [, executed] = timing;
      expect(Date.parse(executed.completed_at) - Date.parse(executed.started_at)).toBeLessThanOrEqual(1);
    }
  });

  it("have a run that timed out after more than a day, and one that was cancelled, without artifacts", () => {
    const stopped = runs.filter(({ status }) => status === 30);
    expect(stopped.map((run) => run.statusMessage)).toEqual([TIMED_OUT, "Cancelled by user"]);
    expect(stopped.flatMap((run) => run.steps.flatMap((step) => step.paths))).toEqual([]);
    const [timedOut] = stopped;
    expect((timedOut?.finishedAt ?? 0) - (timedOut?.startedAt ?? 0)).toBe(86_436_400);
  });

  it("have runs that wait and run, of which nothing is written yet", () => {
    const open = runs.filter(({ finishedAt }) => finishedAt === null);
    expect(open.map(({ status }) => status).sort()).toEqual([1, 3]);
    expect(open.flatMap((run) => run.steps.flatMap((step) => step.paths))).toEqual([]);
  });

  it("have a failed run whose models were built before, and rows of a model built twice", () => {
    const statuses = (run: Run | undefined, step: number) =>
      new Map<string, string>(
        JSON.parse(run?.steps[step - 1]?.artifact("run_results.json") ?? "").results.map(
          (row: { unique_id: string; status: string }) => [row.unique_id, row.status],
        ),
      );
    const [older, failed] = [10, 20].map((status) =>
      runs.findLast((run) => run.jobId === EXTRAS.refresh && run.status === status),
    );
    expect(statuses(older, 5).get("model.care.mart_answer_times")).toBe("success");
    expect(statuses(failed, 5).get("model.care.fct_tickets")).toBe("error");
    expect(statuses(failed, 5).get("model.care.mart_answer_times")).toBe("skipped");
    expect(statuses(older, 5).get("model.care.stg_agents")).toBe("success");
    expect(statuses(failed, 5).get("model.care.stg_agents")).toBe("error");
    expect((failed?.id ?? 0) > (older?.id ?? 0)).toBe(true);
    const twice = runs.find((run) => run.stepsOverride !== undefined);
    expect([4, 5].map((step) => statuses(twice, step).get("model.care.stg_tickets"))).toEqual([
      "success",
      "success",
    ]);
  });

  it("have a check of a pull request, a deleted job, a run of no job and a tag with a comma", () => {
    expect(runs.find(({ causeCategory }) => causeCategory === "ci")).toMatchObject({
      environmentId: EXTRAS.checks,
      gitBranch: "faster-tickets",
    });
    expect(extended.jobs.find(({ state }) => state === 2)?.id).toBe(EXTRAS.deletedJob);
    expect(runs.filter(({ jobId }) => jobId === null)).toHaveLength(1);
    const manifest = JSON.parse(runs[0]?.steps.at(-1)?.artifact("manifest.json") ?? "");
    expect(manifest.nodes["model.care.fct_tickets"].tags).toEqual(["support, eu", "board"]);
    // Far fewer are built by tag than there are.
    const subset = JSON.parse(
      runs
        .find((run) => run.stepsOverride !== undefined)
        ?.steps.at(-1)
        ?.artifact("run_results.json") ?? "",
    );
    const built = subset.results.filter((row: { unique_id: string }) => row.unique_id.startsWith("model."));
    expect(built).toHaveLength(3);
  });

  it("have a check of freshness that warns", () => {
    const run = runs.find((one) => one.jobId === EXTRAS.freshness);
    const step = run?.steps.find(({ name }) => name === "Source freshness");
    const { results } = JSON.parse(step?.artifact("sources.json") ?? "");
    expect(results.map((row: { status: string }) => row.status)).toEqual(["warn", "pass"]);
    expect(run?.status).toBe(10);
  });
});
