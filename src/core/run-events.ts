/**
 * Events of a run that is known by its results alone (dbt artifacts keep no log): one per start, finish, skip,
 * test result and error of a node, from the recorded timings. All of them say `derived`.
 */
import sql, { raw, type Sql } from "sql-template-tag";
import { RunlensError } from "../errors.ts";
import type { RunEvent } from "./answers.ts";
import { all, type Facts, pageOf } from "./facts.ts";
import { nearest } from "./nearest.ts";
import { EVENT_LEVELS, type EventLevel } from "./vocabulary.ts";

/** Types that events derived from results can have, in the words of Dagster where it has one. */
export const DERIVED_EVENT_TYPES = [
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

export interface EventFilter {
  /** Any of these; each may itself be a list separated by commas, as the list of types is closed. */
  eventType?: readonly string[];
  /** Text in the step's key, in any case. */
  stepKey?: string;
  /** That level and above. */
  level?: EventLevel;
}

/** Types as asked, in upper case; `INVALID_INPUT` with the nearest names where one is unknown. */
function parseTypes(types: readonly string[]): string[] {
  const wanted = types
    .flatMap((type) => type.split(","))
    .map((type) => type.trim().toUpperCase())
    .filter((type) => type !== "");
  const known: readonly string[] = DERIVED_EVENT_TYPES;
  const unknown = wanted.find((type) => !known.includes(type));
  if (unknown !== undefined) {
    const near = nearest(unknown, known);
    throw new RunlensError(
      "INVALID_INPUT",
      `Unknown event type "${unknown}".`,
      `${near.length > 0 ? `Nearest: ${near.join(", ")}. ` : ""}Types: ${known.join(", ")}.`,
    );
  }
  return wanted;
}

function conditions(filter: EventFilter): Sql {
  const types = filter.eventType === undefined ? null : parseTypes(filter.eventType);
  const levels = filter.level === undefined ? null : EVENT_LEVELS.slice(EVENT_LEVELS.indexOf(filter.level));
  return all([
    types === null ? null : sql`event_type IN (SELECT unnest(${types}::VARCHAR[]))`,
    levels === null ? null : sql`level IN (SELECT unnest(${[...levels]}::VARCHAR[]))`,
    filter.stepKey === undefined ? null : sql`contains(lower(step_key), lower(${filter.stepKey}))`,
  ]);
}

/** All events of a run, as rows. */
function allEvents(runKey: number): Sql {
  const results = sql`
    SELECT n.unique_id AS step_key, n.resource_type, n.resource_type IN ('test', 'unit_test') AS is_test, x.status, x.message,
           x.failures, x.started_at, coalesce(x.ended_at, x.recorded_at) AS ended_at, x.runtime_s
    FROM executions x JOIN invocations i USING (invocation_key) JOIN nodes n USING (node_key) WHERE i.run_key = ${runKey}`;
  return sql`
    SELECT i.started_at AS happened_at, 0 AS place, 'INFO' AS level, 'RUN_START' AS event_type, NULL AS step_key,
           'Started ' || i.command_line AS message
    FROM invocations i WHERE i.run_key = ${runKey} AND i.started_at IS NOT NULL
    UNION ALL
    SELECT i.ended_at, 9, CASE WHEN i.status = 'failure' THEN 'ERROR' ELSE 'INFO' END,
           CASE WHEN i.status = 'failure' THEN 'RUN_FAILURE' ELSE 'RUN_SUCCESS' END, NULL,
           'Finished ' || i.command_line || ' in ' || round(coalesce(i.elapsed_s, 0), 2) || ' s: ' || i.status
    FROM invocations i WHERE i.run_key = ${runKey}
    UNION ALL
    SELECT r.started_at, 1, 'INFO', 'STEP_START', r.step_key, 'Started ' || r.resource_type || ' ' || r.step_key
    FROM (${results}) r WHERE r.started_at IS NOT NULL AND r.status <> 'skipped'
    UNION ALL
    SELECT r.ended_at, 2,
           CASE WHEN r.status IN ('error', 'fail') THEN 'ERROR' WHEN r.status IN ('warn', 'partial_success', 'skipped') THEN 'WARNING' ELSE 'INFO' END,
           CASE WHEN r.status = 'skipped' THEN 'STEP_SKIPPED' WHEN r.status = 'error' OR r.status = 'partial_success' THEN 'STEP_FAILURE'
                WHEN r.is_test THEN 'TEST_RESULT' ELSE 'STEP_SUCCESS' END,
           r.step_key,
           CASE WHEN r.status = 'skipped' THEN 'Skipped'
                ELSE upper(r.status[1]) || r.status[2:] || coalesce(' in ' || round(r.runtime_s, 2) || ' s', '') END
             || coalesce(': ' || r.failures || ' failing rows', '') || coalesce(': ' || r.message, '')
    FROM (${results}) r
    UNION ALL
    SELECT coalesce(f.snapshotted_at, i.ended_at), 2,
           CASE WHEN f.status IN ('error', 'runtime_error') THEN 'ERROR' WHEN f.status = 'warn' THEN 'WARNING' ELSE 'INFO' END,
           'FRESHNESS_RESULT', n.unique_id,
           'Freshness ' || f.status || coalesce(': newest row ' || strftime(f.max_loaded_at, '%Y-%m-%dT%H:%M:%SZ'), '') || coalesce(': ' || f.message, '')
    FROM freshness f JOIN invocations i USING (invocation_key) JOIN nodes n USING (node_key) WHERE i.run_key = ${runKey}`;
}

/** Which events the run has, for someone whose filters matched none. */
export async function eventsThereAre(
  facts: Facts,
  run: { run_key: number; run_id: string },
): Promise<string> {
  const types = await facts.rows<{ event_type: string; times: number }>(sql`
    SELECT event_type, count(*) AS times FROM (${allEvents(run.run_key)}) GROUP BY event_type ORDER BY event_type`);
  const list = types.map(({ event_type, times }) => `${event_type} ${times}`).join(", ");
  return `No event of run ${run.run_id} matches. It has: ${list || "none"}. A failed test is a TEST_RESULT; level ERROR finds every failure.`;
}

/** A page of the run's events in the order of time, and how many match in all. Filters apply before the limit. */
export async function derivedEvents(
  facts: Facts,
  run: { run_key: number; run_id: string },
  filter: EventFilter,
  page: { offset: number; limit: number },
): Promise<{ events: RunEvent[]; total: number }> {
  const events = allEvents(run.run_key);
  const matching = sql`SELECT happened_at, place, level, event_type, step_key, message FROM (${events})
    WHERE ${conditions(filter)}`;
  type EventRow = {
    happened_at: string;
    level: EventLevel;
    event_type: string;
    step_key: string | null;
    message: string;
  };
  const { rows, total } = await pageOf<EventRow>(facts, matching, raw("happened_at, place, step_key"), page);
  return {
    total,
    events: rows.map((row) => ({
      run_id: run.run_id,
      timestamp: row.happened_at,
      level: row.level,
      event_type: row.event_type,
      step_key: row.step_key,
      message: row.message,
      derived: true,
    })),
  };
}
