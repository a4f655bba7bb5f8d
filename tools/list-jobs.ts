import * as z from "zod";
import { JobSummary, listOf } from "../src/core/answers.ts";
import { common, id, modelFilter, page, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "list_jobs",
  path: "GET /jobs",
  title: "List jobs",
  summary: "Jobs with schedule, commands and last run.",
  guidance:
    "model_id or model filters keep jobs that build such models. For run times call longest_running_jobs.",
  input: z.strictObject({ model_id: id().optional(), ...modelFilter, ...window, ...common, ...page(20) }),
  output: listOf(JobSummary),
  examples: [{ ask: "Which jobs build finance models?", input: { tags: ["finance"] } }],
  columns: ["job_id", "name", "schedule", "last_run_status", "last_run_runtime_s", "last_run_ended_at"],
  handle: (input, { account, ask }) => account.getJobs(input, ask),
});
