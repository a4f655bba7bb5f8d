import * as z from "zod";
import { ModelHealths } from "../src/core/health-answers.ts";
import { common, id, modelFilter, page } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_model_health",
  path: "GET /models/health",
  title: "Model health",
  summary: "Health of each model: reasons, last result, tests, freshness; worst first.",
  guidance: "status: critical, blocked, warning, unknown, healthy. compat_status is Paradime's rule.",
  input: z.strictObject({
    job_id: id().optional(),
    status: z.array(z.string()).optional(),
    failing_tests: z.boolean().default(false),
    ...modelFilter,
    ...common,
    ...page(20),
  }),
  output: ModelHealths,
  examples: [
    {
      ask: "Which models of the nightly job cannot be relied on, and why?",
      input: { job_id: "nightly", status: ["critical", "blocked"] },
    },
    {
      ask: "On which models that finance uses does a test fail?",
      input: { tags: ["finance"], failing_tests: true },
    },
  ],
  columns: [
    "model_id",
    "health_status",
    "compat_status",
    "reasons",
    "affected_models",
    "last_run_status",
    "last_run_at",
    "last_success_at",
    "tests_total",
    "tests_failed",
    "tests_warned",
    "freshness_status",
  ],
  handle: (input, { account, ask }) => account.getModelHealth(input, ask),
});
