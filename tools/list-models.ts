import * as z from "zod";
import { listOf, ModelSummary } from "../src/core/answers.ts";
import { common, id, lastNRuns, modelFilter, page, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "list_models",
  path: "GET /models",
  title: "List models",
  summary: "Models by name, with tags, materialization and last run.",
  guidance: "With job_id or run_id: the models of that job or run. To rank by time call slowest_models.",
  input: z.strictObject({
    job_id: id().optional(),
    run_id: id().optional(),
    include: z.array(z.enum(["removed"])).optional(),
    last_n_runs: lastNRuns(1),
    ...modelFilter,
    ...window,
    ...common,
    ...page(20),
  }),
  output: listOf(ModelSummary),
  examples: [{ ask: "Which incremental models are there?", input: { materialization: "incremental" } }],
  columns: [
    "model_id",
    "materialization",
    "tags",
    "last_run_status",
    "last_run_runtime_s",
    "last_run_ended_at",
  ],
  handle: (input, { account, ask }) => account.getModels(input, ask),
});
