import * as z from "zod";
import { JobRuntime, listOf } from "../src/core/answers.ts";
import { common, lastNRuns, longestN, modelFilter, page, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "longest_running_jobs",
  path: "GET /jobs/longest",
  title: "Longest-running jobs",
  summary: "The jobs that run longest, on average over their last runs.",
  guidance:
    "Model filters keep jobs that build such models. Failed runs count (runs_failed); cancelled ones, and those that did only a part of the job, do not (not_counted).",
  input: z.strictObject({
    longest_n: longestN(),
    last_n_runs: lastNRuns(1),
    ...modelFilter,
    ...window,
    ...common,
    ...page(20),
  }),
  output: listOf(JobRuntime),
  examples: [{ ask: "Which jobs should we split or reschedule?", input: { last_n_runs: 10 } }],
  columns: [
    "job_id",
    "name",
    "average_job_runtime_s",
    "runs_counted",
    "last_run_status",
    "last_run_runtime_s",
  ],
  handle: (input, { account, ask }) => account.longestRunningJobs(input, ask),
});
