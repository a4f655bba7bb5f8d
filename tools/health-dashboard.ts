import * as z from "zod";
import { Dashboard } from "../src/core/answers.ts";
import { common, modelFilter, page } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "health_dashboard",
  path: "GET /health",
  title: "Health dashboard",
  summary: "One look: what to see to first, models by health, tests, freshness, jobs, what is slow.",
  guidance:
    'Start here for "how is the pipeline?". limit caps the lists, never the counts. Next: get_model or get_run on what it names.',
  input: z.strictObject({ ...modelFilter, ...common, limit: page(20).limit }),
  output: Dashboard,
  examples: [
    { ask: "How is the pipeline this morning?", input: {} },
    { ask: "Is anything wrong with what finance uses?", input: { tags: ["finance"] } },
  ],
  columns: ["see_to_first", "alerts", "models", "tests", "freshness", "jobs", "slowest_models"],
  handle: (input, { account, ask }) => account.getHealthDashboard(input, ask),
});
