import * as z from "zod";
import { RunDetail } from "../src/core/answers.ts";
import { common, id, modelFilter, slowestN } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_run",
  path: "GET /runs/{run_id}",
  title: "Get run",
  summary: "One run: times, what was slow, what failed and why, compared to the usual.",
  guidance:
    "run_id latest is the newest run (of job_id, where given). For single events call get_run_events.",
  input: z.strictObject({
    run_id: id(),
    job_id: id().optional(),
    project_id: id().optional(),
    slowest_n: slowestN(),
    ...modelFilter,
    ...common,
  }),
  output: RunDetail,
  examples: [
    {
      ask: "Why did last night's build take so long, and what failed?",
      input: { run_id: "latest", job_id: "nightly" },
    },
  ],
  columns: [
    "run_id",
    "job_name",
    "kind",
    "status",
    "started_at",
    "runtime_s",
    "model_count",
    "failure_count",
    "warning_count",
    "skipped_count",
    "average_model_runtime_s",
    "failures",
    "slowest_models",
    "compared_to_usual",
  ],
  handle: (input, { account, ask }) => account.getRun(input, ask),
});
