import * as z from "zod";
import { RunEvents } from "../src/core/answers.ts";
import { common, eventPage, id, level } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_run_events",
  path: "GET /runs/{run_id}/events",
  title: "Get run events",
  summary: "Events of one run in the order of time, by type, step and level.",
  guidance:
    "Filters apply before limit; next_cursor goes on. level is that level and above; errors show their root cause. Types: RUN_*, STEP_START, STEP_SUCCESS, STEP_FAILURE, STEP_SKIPPED, TEST_RESULT, FRESHNESS_RESULT, COMMAND_*, LOG; in Dagster its own, as ASSET_CHECK_EVALUATION (level DEBUG).",
  input: z.strictObject({
    run_id: id(),
    job_id: id().optional(),
    project_id: id().optional(),
    event_type: z.array(z.string()).optional(),
    step_key: id().optional(),
    level: level(),
    exact_level: z.boolean().default(false),
    include: z.array(z.enum(["stack"])).optional(),
    ...common,
    ...eventPage(),
  }),
  output: RunEvents,
  examples: [
    {
      ask: "Show me only what failed in the last nightly run.",
      input: { run_id: "latest", job_id: "nightly", level: "ERROR" },
    },
  ],
  columns: ["timestamp", "level", "event_type", "step_key", "message", "error_message"],
  handle: (input, { account, ask }) => account.getRunEvents(input, ask),
});
