import * as z from "zod";
import { listOf, RunEvent } from "../src/core/answers.ts";
import { common, id, level, page } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_run_events",
  path: "GET /runs/{run_id}/events",
  title: "Get run events",
  summary: "Events of one run in the order of time, by type, step and level.",
  guidance:
    "Filters apply before limit. level is that level and above; step_key matches a part. Types: RUN_*, STEP_START, STEP_SUCCESS, STEP_FAILURE, STEP_SKIPPED, TEST_RESULT, FRESHNESS_RESULT; with a log also COMMAND_* and LOG (level DEBUG for all of it).",
  input: z.strictObject({
    run_id: id(),
    job_id: id().optional(),
    project_id: id().optional(),
    event_type: z.array(z.string()).optional(),
    step_key: id().optional(),
    level: level(),
    ...common,
    ...page(100),
  }),
  output: listOf(RunEvent),
  examples: [
    {
      ask: "Show me only what failed in the last nightly run.",
      input: { run_id: "latest", job_id: "nightly", level: "ERROR" },
    },
  ],
  columns: ["timestamp", "level", "event_type", "step_key", "message"],
  handle: (input, { account, ask }) => account.getRunEvents(input, ask),
});
