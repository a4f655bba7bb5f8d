/** The types that events can have: Dagster's own, and what is derived from dbt's results or read from a log. */
import { RunlensError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { eventTypeOf } from "./vocabulary.ts";

/** Types of events derived from results, in the words of Dagster where it has one. */
const DERIVED = [
  "RUN_START",
  "RUN_SUCCESS",
  "RUN_FAILURE",
  "STEP_START",
  "STEP_SUCCESS",
  "STEP_FAILURE",
  "STEP_SKIPPED",
  "TEST_RESULT",
  "FRESHNESS_RESULT",
] as const;

/** Types that only a log brings. */
const LOGGED = ["COMMAND_START", "COMMAND_SUCCESS", "COMMAND_FAILURE", "COMMAND_CANCELLED", "LOG"] as const;
export type LoggedType = (typeof LOGGED)[number];

/** Types that Dagster's schema knows beside; its `PIPELINE_*` are the `RUN_*` of the same event. */
const DAGSTER = [
  "RUN_ENQUEUED",
  "RUN_DEQUEUED",
  "RUN_STARTING",
  "RUN_CANCELING",
  "RUN_CANCELED",
  "RUN_SUSPENDED",
  "RUN_RESUMED",
  "STEP_OUTPUT",
  "STEP_INPUT",
  "STEP_WORKER_STARTING",
  "STEP_WORKER_STARTED",
  "STEP_UP_FOR_RETRY",
  "STEP_RESTARTED",
  "STEP_EXPECTATION_RESULT",
  "RESOURCE_INIT_STARTED",
  "RESOURCE_INIT_SUCCESS",
  "RESOURCE_INIT_FAILURE",
  "ASSET_MATERIALIZATION",
  "ASSET_MATERIALIZATION_PLANNED",
  "ASSET_FAILED_TO_MATERIALIZE",
  "ASSET_OBSERVATION",
  "ASSET_CHECK_EVALUATION",
  "ASSET_CHECK_EVALUATION_PLANNED",
  "ASSET_HEALTH_CHANGED",
  "ASSET_WIPED",
  "ASSET_STORE_OPERATION",
  "OBJECT_STORE_OPERATION",
  "LOADED_INPUT",
  "HANDLED_OUTPUT",
  "ENGINE_EVENT",
  "HOOK_COMPLETED",
  "HOOK_ERRORED",
  "HOOK_SKIPPED",
  "ALERT_START",
  "ALERT_SUCCESS",
  "ALERT_FAILURE",
  "LOGS_CAPTURED",
  "FRESHNESS_STATE_EVALUATION",
  "FRESHNESS_STATE_CHANGE",
  "CODE_LOCATION_UPDATED",
] as const;

/** Every name that a question may ask for. */
export const EVENT_TYPES: readonly string[] = [...DERIVED, ...LOGGED, ...DAGSTER];

/**
 * Types as asked, each by its one name; each word may itself be a list separated by commas, as the list of types is
 * closed. `INVALID_INPUT` with the nearest names where one is unknown.
 */
export function parseTypes(words: readonly string[]): string[] {
  const wanted = words
    .flatMap((word) => word.split(","))
    .map((word) => word.trim().toUpperCase())
    .filter((word) => word !== "");
  return wanted.map((word) => {
    const type = eventTypeOf(word);
    if (EVENT_TYPES.includes(type)) return type;
    const near = nearest(type, EVENT_TYPES);
    throw new RunlensError(
      "INVALID_INPUT",
      `Unknown event type "${word}".`,
      `${near.length > 0 ? `Nearest: ${near.join(", ")}. ` : ""}Types: ${EVENT_TYPES.join(", ")}.`,
    );
  });
}
