/** Events of a run whose system records them itself: asked for live, in place of those derived from results. */
import sql from "sql-template-tag";
import type { RunEvent } from "./answers.ts";
import { parseFilter } from "./event-filter.ts";
import type { Facts } from "./facts.ts";
import type { FoundRun } from "./find.ts";
import type { EventFollow, Knowledge, SourceEvent } from "./knowledge.ts";
import type { EventsQuestion } from "./questions.ts";
import { Event, EventList } from "./run.ts";
import type { RunStatus } from "./vocabulary.ts";

/** Statuses of runs that go on. */
const GOING_ON: readonly RunStatus[] = ["queued", "running"];
/** Statuses of runs to whose log nothing is added any more. */
const OVER: readonly RunStatus[] = ["success", "failure", "cancelled"];

/** What the run's source has recorded, or null where it records nothing. */
export async function recordedEvents(
  knowledge: Knowledge,
  facts: Facts,
  run: FoundRun,
  question: EventsQuestion,
  follow: EventFollow,
): Promise<EventList | null> {
  const known = await facts.first<{ status: RunStatus }>(
    sql`SELECT status FROM runs WHERE run_key = ${run.run_key}`,
  );
  const status = known?.status ?? "unknown";
  const query = {
    ...parseFilter(question),
    limit: question.limit ?? 100,
    cursor: question.cursor ?? null,
    stack: question.include?.includes("stack") ?? false,
    ended: OVER.includes(status),
  };
  const page = await knowledge.events(run.source_id, run.run_id, query, follow);
  if (page === null) return null;
  for (const note of page.notes) facts.note(note);
  if (page.stopped === "end" && GOING_ON.includes(status)) {
    facts.note(`Run ${run.run_id} is ${status}: these are its events so far. Ask again for what comes.`);
  }
  return new EventList(
    page.events.map((event) => new Event(answered(run.run_id, event))),
    {
      hasMore: page.cursor !== null,
      nextCursor: page.cursor,
      source: facts.source,
      scanned: page.scanned,
      stopped: page.stopped,
    },
  );
}

/** An event as answers show it. A chain of one says no more than its root cause. */
function answered(run_id: string, event: SourceEvent): RunEvent {
  const { timestamp, level, event_type, step_key, message, error, partition } = event;
  return {
    run_id,
    timestamp,
    level,
    event_type,
    step_key,
    message,
    ...(partition === null ? {} : { partition }),
    ...(error === null ? {} : { error_message: error.root_cause }),
    ...(error === null || error.chain.length < 2 ? {} : { error_chain: error.chain }),
    ...(error === null || error.stack === null ? {} : { error_stack: error.stack }),
    derived: false,
  };
}
