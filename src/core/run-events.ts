/**
 * Events of a run: one per start, finish, skip, test result and error of a node, from the recorded timings (they
 * say `derived`), and, where its system keeps a log, its commands and the lines that they wrote.
 */
import sql, { raw, type Sql } from "sql-template-tag";
import { RunlensError } from "../errors.ts";
import type { RunEvent } from "./answers.ts";
import { all, type Facts, pageOf } from "./facts.ts";
import type { RunLog } from "./knowledge.ts";
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

/** Types that only a log brings. */
const LOGGED_EVENT_TYPES = [
  "COMMAND_START",
  "COMMAND_SUCCESS",
  "COMMAND_FAILURE",
  "COMMAND_CANCELLED",
  "LOG",
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
  const known: readonly string[] = [...DERIVED_EVENT_TYPES, ...LOGGED_EVENT_TYPES];
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
    FROM invocations i WHERE i.run_key = ${runKey} AND i.started_at IS NOT NULL AND NOT i.stand_in
    UNION ALL
    SELECT i.ended_at, 9, CASE WHEN i.status = 'failure' THEN 'ERROR' ELSE 'INFO' END,
           CASE WHEN i.status = 'failure' THEN 'RUN_FAILURE' ELSE 'RUN_SUCCESS' END, NULL,
           'Finished ' || i.command_line || ' in ' || round(coalesce(i.elapsed_s, 0), 2) || ' s: ' || i.status
    FROM invocations i WHERE i.run_key = ${runKey} AND NOT i.stand_in
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

type EventRow = {
  happened_at: string;
  level: EventLevel;
  event_type: string;
  step_key: string | null;
  message: string;
};

const derived = (runId: string, row: EventRow): RunEvent => ({
  run_id: runId,
  timestamp: row.happened_at,
  level: row.level,
  event_type: row.event_type,
  step_key: row.step_key,
  message: row.message,
  derived: true,
});

/** A page of the run's events in the order of time, and how many match in all. Filters apply before the limit. */
export async function runEvents(
  facts: Facts,
  run: { run_key: number; run_id: string },
  log: RunLog | null,
  filter: EventFilter,
  page: { offset: number; limit: number },
): Promise<{ events: RunEvent[]; total: number }> {
  const matching = sql`SELECT happened_at, place, level, event_type, step_key, message
    FROM (${allEvents(run.run_key)}) WHERE ${conditions(filter)}`;
  const order = raw("happened_at, place, step_key");
  const logged = log === null ? [] : loggedEvents(run.run_id, log);
  if (logged.length === 0) {
    const { rows, total } = await pageOf<EventRow>(facts, matching, order, page);
    if (total === 0) facts.note(await eventsThereAre(facts, run, []));
    return { total, events: rows.map((row) => derived(run.run_id, row)) };
  }
  const rows = await facts.rows<EventRow>(sql`${matching} ORDER BY ${order}`);
  const events = [...rows.map((row) => derived(run.run_id, row)), ...logged.filter(matches(filter))];
  if (events.length === 0) facts.note(await eventsThereAre(facts, run, logged));
  events.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  return { total: events.length, events: events.slice(page.offset, page.offset + page.limit) };
}

/** The commands of a log and their lines; what has no time of its own happened when its command began. */
function loggedEvents(runId: string, log: RunLog): RunEvent[] {
  return log.commands.flatMap((command) => {
    const began = command.started_at ?? command.ended_at;
    if (began === null) return [];
    const event = (
      timestamp: string,
      level: EventLevel,
      event_type: (typeof LOGGED_EVENT_TYPES)[number],
      message: string,
      step_key: string | null = null,
    ): RunEvent => ({ run_id: runId, timestamp, level, event_type, step_key, message, derived: false });
    let last = began;
    const lines = command.lines.map((line) => {
      last = line.timestamp ?? last;
      return event(last, line.level, "LOG", line.message, line.step_key);
    });
    const end = command.ended_at === null ? [] : [endOf(command, command.ended_at)];
    return [
      event(began, "INFO", "COMMAND_START", `Started: ${command.name}`),
      ...lines,
      ...end.map(({ at, level, type, message }) => event(at, level, type, message)),
    ];
  });
}

function endOf({ name, status }: RunLog["commands"][number], at: string) {
  if (status === "success")
    return { at, level: "INFO", type: "COMMAND_SUCCESS", message: `Finished: ${name}` } as const;
  if (status === "failure")
    return { at, level: "ERROR", type: "COMMAND_FAILURE", message: `Failed: ${name}` } as const;
  return { at, level: "WARNING", type: "COMMAND_CANCELLED", message: `Ended as ${status}: ${name}` } as const;
}

/** The filter for events that are not rows. */
function matches(filter: EventFilter): (event: RunEvent) => boolean {
  const types = filter.eventType === undefined ? null : parseTypes(filter.eventType);
  const least = filter.level === undefined ? 0 : EVENT_LEVELS.indexOf(filter.level);
  const part = filter.stepKey?.toLowerCase();
  return (event) =>
    (types === null || types.includes(event.event_type)) &&
    EVENT_LEVELS.indexOf(event.level) >= least &&
    (part === undefined || (event.step_key?.toLowerCase().includes(part) ?? false));
}

/** Which events the run has, for someone whose filters matched none. */
async function eventsThereAre(
  facts: Facts,
  run: { run_key: number; run_id: string },
  logged: readonly RunEvent[],
): Promise<string> {
  const counted = await facts.rows<{ event_type: string; times: number }>(sql`
    SELECT event_type, count(*) AS times FROM (${allEvents(run.run_key)}) GROUP BY event_type`);
  const times = new Map(counted.map((row) => [row.event_type, row.times]));
  for (const { event_type } of logged) times.set(event_type, (times.get(event_type) ?? 0) + 1);
  const list = [...times].sort(([a], [b]) => a.localeCompare(b)).map(([type, count]) => `${type} ${count}`);
  return `No event of run ${run.run_id} matches. It has: ${list.join(", ") || "none"}. A failed test is a TEST_RESULT; level ERROR finds every failure.`;
}
