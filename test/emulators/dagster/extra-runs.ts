/** The runs of the rare cases; what each shows is its name in `EXTRA_RUNS`. */
import { runIdOf } from "./ids.ts";
import { INTERRUPTED } from "./log.ts";
import type { Failure, Run, Step, Tag } from "./world.ts";

export const EXTRAS_LOCATION = "operations";
export const REPOSITORY = "__repository__";
export const PARTITIONS = ["2026-11-15", "2026-11-16", "2026-11-17"];
const ORIGIN = { location: EXTRAS_LOCATION, repository: REPOSITORY };
const HOUR = 3600;

/** Ids of the runs, by what they show. */
export const EXTRA_RUNS = {
  queued: runIdOf("queued"),
  running: runIdOf("running"),
  canceled: runIdOf("canceled"),
  neverBegan: runIdOf("never began"),
  crashed: runIdOf("crashed"),
  retried: runIdOf("retried"),
  outside: runIdOf("outside"),
  adHoc: runIdOf("ad hoc"),
  commandLine: runIdOf("command line"),
  partial: runIdOf("partial"),
  backfill: PARTITIONS.map((partition) => runIdOf(`backfill ${partition}`)),
};

const BOOM: Failure = {
  module: "dagster._core.errors",
  className: "DagsterExecutionStepExecutionError",
  message: 'Error occurred while executing op "store":',
  stack: ['  File "/dagster/_core/execution/plan/utils.py", line 57\n'],
  cause: {
    className: "RuntimeError",
    message: "boom",
    stack: ['  File "/code/operations.py", line 31, in store\n    raise RuntimeError("boom") from error\n'],
    cause: {
      className: "ZeroDivisionError",
      message: "division by zero",
      stack: ['  File "/code/operations.py", line 29, in store\n    1 / 0\n'],
      cause: null,
    },
  },
};

function step(key: string, startedAt: number, seconds: number, rest: Partial<Step> = {}): Step {
  return {
    key,
    status: "SUCCESS",
    attempts: [{ startedAt, endedAt: startedAt + seconds, failure: null }],
    plans: [],
    materializations: [],
    checks: [],
    lines: [],
    ...rest,
  };
}

function run(id: string, jobName: string, createdAt: number, rest: Partial<Run>): Run {
  const { tags = [], origin = ORIGIN, ...others } = rest;
  const hidden: Tag[] =
    origin === null ? [] : [{ key: ".dagster/repository", value: `${REPOSITORY}@${EXTRAS_LOCATION}` }];
  const startedAt = rest.startedAt === undefined ? createdAt + 3 : rest.startedAt;
  return {
    id,
    jobName,
    status: "SUCCESS",
    createdAt,
    startedAt,
    endedAt: createdAt + 60,
    updatedAt: rest.endedAt ?? createdAt + 60,
    origin,
    parentRunId: null,
    rootRunId: null,
    stepKeysToExecute: null,
    assetSelection: null,
    snapshotId: null,
    steps: [],
    failure: null,
    ...others,
    tags: [...hidden, ...tags],
  };
}

/** `now` is epoch seconds. */
export function extraRuns(now: number): Run[] {
  const at = (hours: number) => now - hours * HOUR;
  const job = "sync_stations";
  return [
    run(EXTRA_RUNS.queued, job, at(0.1), { status: "QUEUED", startedAt: null, endedAt: null }),
    run(EXTRA_RUNS.running, job, at(9), {
      status: "STARTED",
      endedAt: null,
      updatedAt: at(8.9),
      steps: [
        step("list_cities", at(9) + 4, 2),
        step("load.fetch[Bergen]", at(9) + 7, 0, {
          status: "IN_PROGRESS",
          attempts: [{ startedAt: at(9) + 7, endedAt: null, failure: null }],
        }),
      ],
    }),
    run(EXTRA_RUNS.canceled, job, at(20), {
      status: "CANCELED",
      steps: [
        step("list_cities", at(20) + 4, 2),
        // What goes on when a run is canceled, fails.
        step("load.fetch[Oslo]", at(20) + 7, 50, {
          status: "FAILURE",
          attempts: [{ startedAt: at(20) + 7, endedAt: at(20) + 57, failure: INTERRUPTED }],
        }),
      ],
    }),
    run(EXTRA_RUNS.neverBegan, job, at(22), {
      status: "FAILURE",
      startedAt: null,
      endedAt: at(22) + 30,
      failure: {
        className: "RuntimeError",
        message: "the code server is not reachable",
        stack: [],
        cause: null,
      },
    }),
    run(EXTRA_RUNS.crashed, job, at(26), {
      status: "FAILURE",
      failure: { className: "ChildProcessCrashException", message: "exit code -9", stack: [], cause: null },
      steps: [
        step("list_cities", at(26) + 4, 2),
        step("load.fetch[Oslo]", at(26) + 7, 0, {
          status: "IN_PROGRESS",
          attempts: [{ startedAt: at(26) + 7, endedAt: null, failure: null }],
        }),
      ],
    }),
    run(EXTRA_RUNS.retried, job, at(30), { status: "FAILURE", steps: retriedSteps(at(30)) }),
    run(EXTRA_RUNS.outside, job, at(40), { origin: null, steps: [step("list_cities", at(40) + 4, 5)] }),
    // As the command line materializes assets: a job of a name of its own, outside any workspace.
    run(EXTRA_RUNS.commandLine, "__ephemeral_asset_job__", at(43), {
      origin: null,
      assetSelection: [["weather", "forecast"]],
      steps: [forecast(at(43))],
    }),
    run(EXTRA_RUNS.adHoc, "__ASSET_JOB", at(41), {
      assetSelection: [["weather", "forecast"]],
      steps: [forecast(at(41))],
    }),
    run(EXTRA_RUNS.partial, job, at(42), {
      parentRunId: EXTRA_RUNS.retried,
      rootRunId: EXTRA_RUNS.retried,
      stepKeysToExecute: ["load.store[Oslo]"],
      tags: [{ key: "dagster/is_resume_retry", value: "true" }],
      steps: [step("load.store[Oslo]", at(42) + 4, 3)],
    }),
    ...PARTITIONS.map((partition, index) => backfilled(partition, index, at(50 - index))),
    run(runIdOf("vacuum"), "nightly", at(12), { steps: [step("vacuum", at(12) + 4, 50)] }),
  ];
}

/** Two cities: one is stored at the second attempt, the other fails; what follows is skipped. */
function retriedSteps(createdAt: number): Step[] {
  const start = createdAt + 4;
  const [first, second] = [
    { startedAt: start + 10, endedAt: start + 12, failure: BOOM },
    { startedAt: start + 22, endedAt: start + 25, failure: null },
  ];
  return [
    step("list_cities", start, 2, {
      lines: [{ at: start + 1, level: "WARNING", message: "one city has no stations" }],
    }),
    step("load.fetch[Oslo]", start + 3, 4),
    step("load.fetch[Bergen]", start + 3, 6),
    step("load.store[Bergen]", start + 10, 15, { attempts: [first, second] }),
    step("load.store[Oslo]", start + 8, 1, {
      status: "FAILURE",
      attempts: [{ startedAt: start + 8, endedAt: start + 9, failure: BOOM }],
    }),
    step("summary", start + 26, 0, {
      status: null,
      attempts: [],
      lines: [
        {
          at: start + 26,
          level: "ERROR",
          message: "Dependencies for step summary failed: ['load.store[Oslo]']. Not executing.",
        },
      ],
    }),
  ];
}

function forecast(createdAt: number): Step {
  const key = ["weather", "forecast"];
  const at = createdAt + 12;
  return step("weather__forecast", createdAt + 4, 8, {
    plans: [key],
    materializations: [
      { asset: key, at, partition: null, metadata: [{ type: "int", label: "rows", value: 5_000_000_000 }] },
    ],
  });
}

function backfilled(partition: string, index: number, createdAt: number): Run {
  const key = ["events_daily"];
  const made = { asset: key, at: createdAt + 24, partition, metadata: [] };
  return run(EXTRA_RUNS.backfill[index] ?? "", "__ASSET_JOB", createdAt, {
    assetSelection: [key],
    tags: [
      { key: "dagster/backfill", value: "zkbwqnov" },
      { key: "dagster/partition", value: partition },
    ],
    steps: [step("events_daily", createdAt + 4, 20, { plans: [key], materializations: [made] })],
  });
}
