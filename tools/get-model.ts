import * as z from "zod";
import { ModelDetail } from "../src/core/answers.ts";
import { common, id, lastNRuns, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_model",
  path: "GET /models/{model_id}",
  title: "Get model",
  summary: "One model: health with reasons, last runs, freshness, tests, the jobs that build it.",
  guidance: "Pass include sql for its code. For all models at once call health_dashboard.",
  input: z.strictObject({
    model_id: id(),
    project_id: id().optional(),
    last_n_runs: lastNRuns(5),
    include: z.array(z.enum(["sql"])).optional(),
    ...window,
    ...common,
  }),
  output: ModelDetail,
  examples: [
    {
      ask: "Is fct_revenue_daily fresh and healthy, and what tests it?",
      input: { model_id: "fct_revenue_daily" },
    },
  ],
  columns: [
    "model_id",
    "health_status",
    "health_reasons",
    "materialization",
    "last_run_status",
    "last_run_ended_at",
    "last_run_runtime_s",
    "average_runtime_s",
    "runs_counted",
    "freshness",
    "jobs",
    "description",
    "path",
    "owner",
    "tests",
    "historical_runs",
    "raw_sql",
    "compiled_sql",
  ],
  handle: (input, { account, ask }) => account.getModel(input, ask),
});
