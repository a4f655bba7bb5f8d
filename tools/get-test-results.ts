import * as z from "zod";
import { TestResults } from "../src/core/health-answers.ts";
import { common, id, lastNRuns, modelFilter, page, window } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_test_results",
  path: "GET /tests",
  title: "Test results",
  summary: "Tests that fail: message, model, since when, how often of late.",
  guidance: "For others pass failed_only false or status: warn, skipped, pass.",
  input: z.strictObject({
    model_id: id().optional(),
    job_id: id().optional(),
    failed_only: z.boolean().default(true),
    status: z.array(z.string()).optional(),
    last_n_runs: lastNRuns(5),
    ...modelFilter,
    ...window,
    ...common,
    ...page(20),
  }),
  output: TestResults,
  examples: [
    {
      ask: "Which tests fail again and again, on models that finance uses?",
      input: { tags: ["finance"], last_n_runs: 10 },
    },
    { ask: "Which tests warn?", input: { status: ["warn"] } },
  ],
  columns: [
    "name",
    "status",
    "severity",
    "failures",
    "model_id",
    "column_name",
    "tested_at",
    "failing_since",
    "fail_count",
    "runs_counted",
    "message",
    "failures_relation",
  ],
  handle: (input, { account, ask }) => account.getTestResults(input, ask),
});
