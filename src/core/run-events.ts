/**
 * Events of a run: one per start, finish, skip, test result and error of a node, from the recorded timings (they
 * say `derived`), and, where its system keeps a log, its commands and the lines that they wrote.
 */
import sql, { raw, type Sql } from "sql-template-tag";
import type { RunEvent } from "./answers.ts";
import { type EventFilter, type ParsedFilter, parseFilter } from "./event-filter.ts";
import type { LoggedType } from "./event-types.ts";
import { all, type Facts, pageOf } from "./facts.ts";
import type { RunLog } from "./knowledge.ts";
import type { EventLevel } from "./vocabulary.ts";

function conditions({ types, levels, step }: ParsedFilter): Sql {
  return all([
    types === null ? null : sql`event_type IN (SELECT unnest(${types}::VARCHAR[]))`,
    levels === null ? null : sql`level IN (SELECT unnest(${levels}::VARCHAR[]))`,
    step === null ? null : sql`contains(lower(step_key), ${step})`,
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

/** A page of derived events. `total` are those that match, `scanned` all that were looked at for them. */
export interface DerivedEvents {
  events: RunEvent[];
  total: number;
  scanned: number;
}

/** A page of the run's events in the order of time. Filters apply before the limit. */
export async function runEvents(
  facts: Facts,
  run: { run_key: number; run_id: string },
  log: RunLog | null,
  filter: EventFilter,
  page: { offset: number; limit: number },
): Promise<DerivedEvents> {
  const wanted = parseFilter(filter);
  const matching = sql`SELECT happened_at, place, level, event_type, step_key, message
    FROM (${allEvents(run.run_key)}) WHERE ${conditions(wanted)}`;
  const order = raw("happened_at, place, step_key");
  const logged = log === null ? [] : loggedEvents(run.run_id, log);
  const types = await typesOf(facts, run.run_key, logged);
  const scanned = [...types.values()].reduce((sum, times) => sum + times, 0);
  const answer = (events: RunEvent[], total: number): DerivedEvents => {
    if (total === 0) facts.note(eventsThereAre(run.run_id, types));
    return { events, total, scanned };
  };
  if (logged.length === 0) {
    const { rows, total } = await pageOf<EventRow>(facts, matching, order, page);
    return answer(
      rows.map((row) => derived(run.run_id, row)),
      total,
    );
  }
  const rows = await facts.rows<EventRow>(sql`${matching} ORDER BY ${order}`);
  const events = [...rows.map((row) => derived(run.run_id, row)), ...logged.filter(matches(wanted))];
  events.sort((a, b) => a.timestamp.localeCompare(b.timestamp));
  return answer(events.slice(page.offset, page.offset + page.limit), events.length);
}

/** The commands of a log and their lines; what has no time of its own happened when its command began. */
function loggedEvents(runId: string, log: RunLog): RunEvent[] {
  return log.commands.flatMap((command) => {
    const began = command.started_at ?? command.ended_at;
    if (began === null) return [];
    const event = (
      timestamp: string,
      level: EventLevel,
      event_type: LoggedType,
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
function matches({ types, levels, step }: ParsedFilter): (event: RunEvent) => boolean {
  return (event) =>
    (types === null || types.includes(event.event_type)) &&
    (levels === null || levels.includes(event.level)) &&
    (step === null || (event.step_key?.toLowerCase().includes(step) ?? false));
}

/** How often the run has events of each type. */
async function typesOf(
  facts: Facts,
  runKey: number,
  logged: readonly RunEvent[],
): Promise<Map<string, number>> {
  const counted = await facts.rows<{ event_type: string; times: number }>(
    sql`SELECT event_type, count(*) AS times FROM (${allEvents(runKey)}) GROUP BY event_type`,
  );
  const times = new Map(counted.map((row) => [row.event_type, row.times]));
  for (const { event_type } of logged) times.set(event_type, (times.get(event_type) ?? 0) + 1);
  return times;
}

/** Which events the run has, for someone whose filters matched none. */
function eventsThereAre(runId: string, types: ReadonlyMap<string, number>): string {
  const list = [...types].sort(([a], [b]) => a.localeCompare(b)).map(([type, count]) => `${type} ${count}`);
  return `No event of run ${runId} matches. It has: ${list.join(", ") || "none"}. A failed test is a TEST_RESULT; level ERROR finds every failure.`;
}
