import * as z from "zod";
import { by, common, id, page, window } from "../src/core/inputs.ts";
import { RuntimeTrend } from "../src/core/trend-answers.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_runtime_trend",
  path: "GET /runtime-trend",
  title: "Run-time trend",
  summary: "Run times of a model, job or project by day or run: p50, p95, anomalies, since when and why.",
  guidance: "Give model_id, job_id, or project_id alone. 14 days against those before.",
  input: z.strictObject({
    model_id: id().optional(),
    job_id: id().optional(),
    project_id: id().optional(),
    by: by(),
    ...window,
    ...common,
    limit: page(30).limit,
  }),
  output: RuntimeTrend,
  examples: [
    {
      ask: "Since when is fct_station_occupancy slower, and since which change?",
      input: { model_id: "fct_station_occupancy" },
    },
    { ask: "Does the nightly build take longer than two weeks ago?", input: { job_id: "nightly" } },
  ],
  columns: ["subject", "latest", "period", "before", "change", "share", "since_when", "anomalies", "points"],
  handle: (input, { account, ask }) => account.getRuntimeTrend(input, ask),
});
