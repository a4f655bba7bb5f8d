import * as z from "zod";
import { JobDetail } from "../src/core/answers.ts";
import { common, id, lastNRuns, modelFilter, slowestN, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_job",
  path: "GET /jobs/{job_id}",
  title: "Get job",
  summary: "One job: schedule, last run, its last run times and averages.",
  guidance:
    "average_historical_model_runtime_s looks at its slowest_n slowest models over last_n_runs. by_model lists run times per model.",
  input: z.strictObject({
    job_id: id(),
    project_id: id().optional(),
    last_n_runs: lastNRuns(5),
    slowest_n: slowestN(),
    by_model: z.boolean().default(false),
    ...modelFilter,
    ...window,
    ...common,
  }),
  output: JobDetail,
  examples: [{ ask: "How long does the nightly build usually take?", input: { job_id: "nightly" } }],
  columns: [
    "job_id",
    "name",
    "schedule",
    "commands",
    "last_run_status",
    "last_run_ended_at",
    "last_run_runtime_s",
    "average_job_runtime_s",
    "runs_counted",
    "runs_failed",
    "not_counted",
    "average_historical_model_runtime_s",
    "models_averaged",
    "model_count",
    "runtimes",
  ],
  handle: (input, { account, ask }) => account.getJob(input, ask),
});
