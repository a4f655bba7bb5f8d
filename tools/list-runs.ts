import * as z from "zod";
import { listOf, RunSummary } from "../src/core/answers.ts";
import { common, id, modelFilter, page, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "list_runs",
  path: "GET /runs",
  title: "List runs",
  summary: "Runs, newest first, with status and times.",
  guidance: "To explain one run pass its run_id to get_run. Filters keep runs that executed such models.",
  input: z.strictObject({
    job_id: id().optional(),
    model_id: id().optional(),
    status: z.array(z.string()).optional(),
    ...modelFilter,
    ...window,
    ...common,
    ...page(10),
  }),
  output: listOf(RunSummary),
  examples: [{ ask: "What failed in the last week?", input: { since: "7d", status: ["failure"] } }],
  columns: ["run_id", "job_name", "kind", "status", "started_at", "runtime_s", "model_count", "error_count"],
  handle: (input, { account, ask }) => account.getRuns(input, ask),
});
