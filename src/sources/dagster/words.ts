/** Why steps of a run failed or did not run, from its log: the statistics of a run have no words. */
import { RunlensError } from "../../errors.ts";
import type { EventQuery, SourceEvent } from "../source.ts";
import { eventReader } from "./event-reader.ts";
import { scanEvents } from "./event-scan.ts";
import type { RunSteps } from "./steps.ts";
import type { DagsterVisit } from "./visit.ts";

/** How long the log of a run is read: where many runs are, and where few were asked for. */
const PATIENCE_MS = { many: 3_000, few: 15_000 } as const;
const MOST_EVENTS = 1_000;

/** Events that say why something failed; lines of the log say which steps were not run because of it. */
const TYPES = ["STEP_FAILURE", "RUN_FAILURE", "RESOURCE_INIT_FAILURE", "ENGINE_EVENT", "LOG"];
/** In the words of Dagster 1.6 to 1.13, which has no event for it. */
const NOT_RUN = /^Dependencies for step .* failed: .*Not executing/;
/** What the run's own process could not say any more; an event without an error. */
const LOST = /unexpectedly exited|terminated unexpectedly|crashed|was lost|heartbeat/i;

/** The error of a step whose process died: it has no message. */
const CRASH = "ChildProcessCrashException";

export interface Words {
  /** By step; those of the run itself under the empty key. */
  why: ReadonlyMap<string, string>;
  /** Steps that were not run because one before them failed. */
  skipped: ReadonlySet<string>;
}

export const NO_WORDS: Words = { why: new Map(), skipped: new Set() };

/**
 * A log that cannot be read, or that is too long to be read to its end in time, leaves steps without words and a note.
 */
export async function wordsOf(
  visit: DagsterVisit,
  found: RunSteps,
  howMany: keyof typeof PATIENCE_MS,
): Promise<Words> {
  const { run, steps } = found;
  try {
    const errors = await eventsOf(
      visit,
      run.run_id,
      { types: TYPES, levels: ["ERROR", "CRITICAL"] },
      howMany,
    );
    const why = new Map<string, string>();
    const skipped = new Set<string>();
    for (const event of errors) {
      const key = event.step_key ?? "";
      if (event.event_type === "LOG") {
        if (NOT_RUN.test(event.message)) skipped.add(key);
      } else {
        const isOfStep = event.event_type === "STEP_FAILURE";
        note(why, isOfStep ? key : "", event);
      }
    }
    // Where the process of the run died, nothing but the engine says so, and not as an error.
    const isLost =
      steps.some((step) => step.status === "IN_PROGRESS") || !errors.some((event) => event.error !== null);
    const crashed = [...why].flatMap(([key, words]) => (key !== "" && words === CRASH ? [key] : []));
    if (isLost || crashed.length > 0) {
      const engine = await eventsOf(visit, run.run_id, { types: ["ENGINE_EVENT"], levels: null }, howMany);
      const lost = engine.filter((event) => LOST.test(event.message));
      const last = lost.at(-1);
      if (isLost && last !== undefined) why.set("", firstLine(last.message));
      for (const key of crashed) {
        const said = lost.find((event) => event.step_key === key || event.message.includes(key));
        if (said === undefined) continue;
        const words = `${CRASH}: ${firstLine(said.message)}`;
        why.set(key, words);
        // The run's own error is a list of such steps, without more words.
        if (why.get("")?.includes(CRASH)) why.set("", words);
      }
    }
    return { why, skipped };
  } catch (error) {
    if (visit.context.signal.aborted || !(error instanceof RunlensError)) throw error;
    visit.miss(`The log of run ${run.run_id} could not be read: ${error.message}`);
    return NO_WORDS;
  }
}

/** What has an error says more than what has none; of several the last. */
function note(why: Map<string, string>, key: string, { error, message }: SourceEvent): void {
  if (error !== null) why.set(key, error.root_cause);
  else if (!why.has(key)) why.set(key, firstLine(message));
}

function firstLine(message: string): string {
  return message.trim().split("\n", 1)[0] ?? "";
}

async function eventsOf(
  visit: DagsterVisit,
  runId: string,
  filter: Pick<EventQuery, "types" | "levels">,
  howMany: keyof typeof PATIENCE_MS,
): Promise<SourceEvent[]> {
  const { context, api, platform } = visit;
  const page = await scanEvents(
    eventReader(api),
    runId,
    { ...filter, step: null, limit: MOST_EVENTS, cursor: null, stack: false, ended: true },
    {
      signal: context.signal,
      progress: (progress) => context.progress(progress),
      deadline: context.now() + PATIENCE_MS[howMany],
      now: () => context.now(),
    },
    platform.events,
  );
  if (page.stopped === "budget") {
    visit.note(
      `Run ${runId} has a long log, not all of which was read for the words of its errors: get_run_events finds them.`,
    );
  }
  return page.events;
}
