/**
 * Which chain of steps determined when a run ended. It is walked back from the step that ended last: each step is led by
 * the one, of all that it had to wait for, that ended last before it began. The first step of a command is led by the
 * last of the command before. Pure: recorded timings in, the chain out.
 */
import { mostAtOnce } from "./thread-use.ts";

/** The work of one node in one command of a run, all its attempts and partitions together. Times are epoch seconds. */
export interface Step {
  node: number;
  /** Commands of a run follow each other: 0 is the first. */
  command: number;
  kind: "build" | "test" | "unit_test";
  started: number;
  ended: number;
  /** Null where the system does not tell. */
  thread: string | null;
}

/** One step with what it had to wait for, as places in the list of steps. */
export interface Waiting {
  step: Step;
  for: readonly number[];
}

/**
 * What a step of the path waited for last: the `upstream` that stands before it; a `thread`, as they were busy with
 * others when it could have begun; the `start` of its command.
 */
export const WAITED_FOR = ["upstream", "thread", "start"] as const;
export type WaitedFor = (typeof WAITED_FOR)[number];

export interface PathStep {
  /** Its place in the list of steps. */
  at: number;
  /** Seconds between the end of what it had to wait for and its own start; null where nothing tells. */
  waited_s: number | null;
  waited_for: WaitedFor;
  /** The step that had the thread last for which it waited. */
  held_by: number | null;
}

/** The path in the order of time. `commandStarts` are epoch seconds by command, where known. */
export function criticalPath(
  steps: readonly Waiting[],
  commandStarts: readonly (number | null)[],
): PathStep[] {
  const path: PathStep[] = [];
  let at = lastEnded(steps, () => true);
  while (at !== null) {
    const here = steps[at];
    if (here === undefined) break;
    const { step } = here;
    const blocker = lastOf(steps, here.for);
    const before = blocker ?? lastEnded(steps, ({ command }) => command < step.command);
    const ready =
      (before === null ? undefined : steps[before]?.step.ended) ?? commandStarts[step.command] ?? null;
    path.push({
      at,
      waited_s: ready === null ? null : Math.max(0, step.started - ready),
      ...(holder(steps, at, ready ?? step.started) ?? (blocker === null ? START : UPSTREAM)),
    });
    at = before;
  }
  return path.reverse();
}

const START = { waited_for: "start", held_by: null } as const;
const UPSTREAM = { waited_for: "upstream", held_by: null } as const;

/** The place of the step that ended last, of those that `which` picks; the longer one where two ended at once. */
function lastEnded(steps: readonly Waiting[], which: (step: Step) => boolean): number | null {
  const places = steps.flatMap(({ step }, at) => (which(step) ? [at] : []));
  return lastOf(steps, places);
}

function lastOf(steps: readonly Waiting[], places: readonly number[]): number | null {
  let last: number | null = null;
  let best: Step | undefined;
  for (const at of places) {
    const step = steps[at]?.step;
    if (step === undefined) continue;
    if (
      best === undefined ||
      step.ended > best.ended ||
      (step.ended === best.ended && step.started < best.started)
    ) {
      last = at;
      best = step;
    }
  }
  return last;
}

/**
 * Whether a step that could begin at `ready` waited for a thread, and behind whom: the last step before it on its thread.
 * Where threads have no names, it was a thread if as many steps were at work until then as ever in its command. Null
 * where it waited for none.
 */
function holder(
  steps: readonly Waiting[],
  at: number,
  ready: number,
): Pick<PathStep, "waited_for" | "held_by"> | null {
  const mine = steps[at]?.step;
  if (mine === undefined) return null;
  const isRival = ({ command, thread, ended }: Step) =>
    command === mine.command && thread === mine.thread && ended > ready && ended <= mine.started;
  const held_by = lastEnded(steps, isRival);
  const rival = held_by === null ? undefined : steps[held_by]?.step;
  if (rival === undefined) return null;
  if (mine.thread === null) {
    const command = steps.flatMap(({ step }) => (step.command === mine.command ? [step] : []));
    const beside = command.filter((step) => step.started < rival.ended && step.ended >= rival.ended);
    if (beside.length < mostAtOnce(command)) return null;
  }
  return { waited_for: "thread", held_by };
}
