/** The shapes of what is told of a run's bottlenecks; `answers.ts` has the run itself. */
import * as z from "zod";
import { WAITED_FOR } from "./critical-path.ts";

const text = z.string();
const seconds = z.number().nullable();
const count = z.int().min(0);
const share = z.number().min(0).max(1);

/**
 * A step of the chain that determined when a run ended. `runtime_s` is from its first start to its last end. It waited
 * `waited_s` after all that it depends on had ended: for a `thread` that `held_by` had last, or for the `start` of its
 * command; `upstream` means that it waited for no more than that. `gain_s`: by how much the run would have ended earlier
 * had it taken no time; `replay.ts` says how that is found. Null where it was not computed.
 */
const CriticalStep = z.object({
  model_id: text,
  resource_type: text,
  runtime_s: seconds,
  waited_s: seconds,
  waited_for: z.enum(WAITED_FOR),
  held_by: text.nullable(),
  gain_s: seconds,
});

/** The whole path in figures, and of its `step_count` steps the ten that took longest, in the order of time. */
export const CriticalPath = z.object({
  step_count: count,
  runtime_s: z.number(),
  waited_s: z.number(),
  steps: z.array(CriticalStep),
});
export type CriticalPath = z.infer<typeof CriticalPath>;

/**
 * Threads at work from the first start to the last end (`span_s`). `threads_seen` is how many of one command did
 * anything, null where they have no names; shares are of the span, with exactly one at work and with none.
 */
export const ThreadUse = z.object({
  threads_seen: count.nullable(),
  busy_average: z.number(),
  busy_max: count,
  one_thread_share: share,
  idle_share: share,
  span_s: z.number(),
});
export type ThreadUse = z.infer<typeof ThreadUse>;
