import * as z from "zod";
import { FreshnessStates } from "../src/core/health-answers.ts";
import { common, modelFilter, page } from "../src/core/inputs.ts";
import { defineOperation } from "../src/operation.ts";

export default defineOperation({
  name: "get_source_freshness",
  path: "GET /sources/freshness",
  title: "Source freshness",
  summary: "How stale sources are: status when checked, status_now by the newest row seen.",
  guidance: "The input status is of status_now: error, warn, runtime_error, unchecked, pass.",
  input: z.strictObject({ status: z.array(z.string()).optional(), ...modelFilter, ...common, ...page(20) }),
  output: FreshnessStates,
  examples: [
    { ask: "Which sources are stale?", input: { status: ["error", "warn", "runtime_error"] } },
    {
      ask: "Is what the revenue mart reads fresh?",
      input: { model_ids: ["pedal_harbour.fct_revenue_daily"] },
    },
  ],
  columns: [
    "name",
    "status_now",
    "status",
    "age_s",
    "warn_after_s",
    "error_after_s",
    "max_loaded_at",
    "checked_at",
    "stale_since",
    "dependent_models",
  ],
  handle: (input, { account, ask }) => account.getSourceFreshness(input, ask),
});
