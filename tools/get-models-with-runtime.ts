import * as z from "zod";
import { listOf, ModelRuntime } from "../src/core/answers.ts";
import { common, lastNRuns, modelFilter, page, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_models_with_runtime",
  path: "GET /models/runtimes",
  title: "Models with run times",
  summary: "Every model with its average run time, most recent run and last N runs.",
  guidance: "For the slowest only call slowest_models: it is shorter.",
  input: z.strictObject({ last_n_runs: lastNRuns(5), ...modelFilter, ...window, ...common, ...page(20) }),
  output: listOf(ModelRuntime),
  examples: [{ ask: "How long do the finance models take?", input: { tags: ["finance"], last_n_runs: 5 } }],
  columns: [
    "model_id",
    "average_runtime_s",
    "runs_counted",
    "last_run_status",
    "last_run_runtime_s",
    "last_run_ended_at",
  ],
  handle: (input, { account, ask }) => account.getModelsWithRuntime(input, ask),
});
