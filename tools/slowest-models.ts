import * as z from "zod";
import { listOf, ModelRuntime } from "../src/core/answers.ts";
import { common, id, lastNRuns, modelFilter, page, slowestN, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "slowest_models",
  path: "GET /models/slowest",
  title: "Slowest models",
  summary: "The models that take longest to build, on average over their last runs.",
  guidance:
    "Across projects, or in one project, job or run. Only successful runs are averaged; not_counted tells of the others.",
  input: z.strictObject({
    slowest_n: slowestN(),
    last_n_runs: lastNRuns(1),
    job_id: id().optional(),
    run_id: id().optional(),
    ...modelFilter,
    ...window,
    ...common,
    ...page(20),
  }),
  output: listOf(ModelRuntime),
  examples: [
    {
      ask: "Which models are slowing down the nightly build?",
      input: { job_id: "nightly", slowest_n: 3, last_n_runs: 10 },
    },
    { ask: "Which finance models are the slowest?", input: { tags: ["finance"], last_n_runs: 5 } },
  ],
  columns: [
    "model_id",
    "average_runtime_s",
    "runs_counted",
    "last_run_status",
    "last_run_runtime_s",
    "materialization",
  ],
  handle: (input, { account, ask }) => account.slowestModels(input, ask),
});
