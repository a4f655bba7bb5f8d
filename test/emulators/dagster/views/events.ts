/** The events of a run: its log a page at a time, and each event by its type. */
import { CaughtException } from "../errors.ts";
import { logOf } from "../log.ts";
import type { CheckResult, Failure, Materialization, Run, RunEvent } from "../world.ts";
import { checkEvaluation } from "./checks.ts";
import { runView, stepStatsView } from "./runs.ts";
import { errorView, keyView, metadataView, type Serving, type View } from "./view.ts";

export interface EventArgs {
  afterCursor?: string | null;
  limit?: number | null;
}

/** Larger than 32 bits, as in an instance that has seen much; ids of one run follow each other here. */
const FIRST_ID = 47_000_000_000;
const IDS_OF_A_RUN = 10_000_000;

/** `EventConnection`: ascending, from after the cursor; refuses or cuts a page that is too large. */
export function eventConnection(serving: Serving, run: Run, { afterCursor, limit }: EventArgs): View {
  const log = logOf(run);
  const first = firstId(serving, run);
  const start = afterCursor === undefined || afterCursor === null ? 0 : indexAfter(afterCursor, first);
  const size = pageSize(serving, limit ?? null);
  const begin = Math.min(Math.max(start, 0), log.length);
  const end = size === null ? log.length : Math.min(begin + size, log.length);
  const events = Array.from({ length: end - begin }, (_, place) => log.at(begin + place));
  return {
    __typename: "EventConnection",
    events: events.map((event) => eventView(serving, run, event)),
    cursor: events.length > 0 ? cursorOf(first + end - 1) : (afterCursor ?? cursorOf(-1)),
    // Dagster compares with what was asked for: the last page may be followed by an empty one.
    hasMore: size !== null && events.length === size,
  };
}

/** Null: all of it, as a limit of 0 is read too. */
function pageSize({ events: limits }: Serving, asked: number | null): number | null {
  if (limits === null) return asked === 0 ? null : asked;
  if (asked === null) return limits.max;
  if (asked > limits.max && limits.beyond === "refuse")
    throw new CaughtException("DagsterError", `Limit of ${asked} is too large. Max is ${limits.max}`);
  const size = Math.min(asked, limits.max);
  return size === 0 ? null : size;
}

function firstId({ history }: Serving, run: Run): number {
  return FIRST_ID + (history.order.get(run.id) ?? 0) * IDS_OF_A_RUN;
}

/** As Python writes JSON, with spaces. */
export function cursorOf(storageId: number): string {
  return Buffer.from(`{"type": "STORAGE_ID", "value": ${storageId}}`).toString("base64");
}

function indexAfter(cursor: string, first: number): number {
  const { type, value } = parseCursor(cursor);
  return type === "OFFSET" ? value : value - first + 1;
}

function parseCursor(cursor: string): { type: string; value: number } {
  try {
    const { type, value } = JSON.parse(Buffer.from(cursor, "base64").toString("utf8"));
    if (typeof value === "number" && (type === "STORAGE_ID" || type === "OFFSET")) return { type, value };
  } catch {
    // As any other text that is no cursor.
  }
  throw new CaughtException("JSONDecodeError", "Expecting value: line 1 column 1 (char 0)");
}

function eventView(serving: Serving, run: Run, event: RunEvent): View {
  const { type, eventType, level, stepKey, message, at, fields = {} } = event;
  const { error, materialization, check, assetKey, ...others } = fields as EventFields;
  return {
    __typename: type,
    runId: run.id,
    message,
    timestamp: String(Math.floor(at * 1000)),
    level,
    stepKey,
    solidHandleID: handleOf(event),
    eventType,
    ...others,
    ...(error !== undefined && { error: errorView(error) }),
    ...(assetKey !== undefined && { assetKey: { __typename: "AssetKey", ...assetKey } }),
    ...(materialization !== undefined && materializationFields(serving, run, materialization, stepKey)),
    ...(check !== undefined && { evaluation: checkEvaluation(check, run) }),
  };
}

/** The op of a step; what is planned and what the user's code logs does not name it. */
function handleOf({ eventType, stepKey }: RunEvent): string | null {
  const isUnnamed = eventType === null || eventType.endsWith("_PLANNED") || eventType.startsWith("RESOURCE_");
  return isUnnamed ? null : (stepKey?.replace(/\[[^\]]*\]/g, "") ?? null);
}

/** Fields of an event that are not yet as GraphQL shows them. */
interface EventFields {
  error?: Failure | null;
  materialization?: Materialization;
  check?: CheckResult;
  assetKey?: object;
}

/** A materialization as an event, also where it is asked for beside the log. */
export function materializationView(
  serving: Serving,
  run: Run,
  materialization: Materialization,
  stepKey: string | null,
): View {
  return eventView(serving, run, {
    type: "MaterializationEvent",
    eventType: "ASSET_MATERIALIZATION",
    at: materialization.at,
    level: "DEBUG",
    stepKey,
    message: `Materialized value ${materialization.asset.join(" ")}.`,
    fields: { materialization },
  });
}

function materializationFields(
  serving: Serving,
  run: Run,
  { asset, partition, metadata }: Materialization,
  stepKey: string | null,
): View {
  return {
    label: asset.join(" "),
    description: null,
    metadataEntries: () => metadata.map(metadataView),
    assetKey: keyView(asset),
    partition,
    tags: [],
    assetLineage: [],
    runOrError: () => runView(serving, run),
    stepStats: () => {
      const step = run.steps.find(({ key }) => key === stepKey);
      return step === undefined ? null : stepStatsView(serving, run, step);
    },
  };
}
