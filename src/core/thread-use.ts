/** How many threads of a run were at work, over time. Pure. */

/** Times are epoch seconds. */
export interface Work {
  started: number;
  ended: number;
}

/** Shares are of `span_s`, from the first start to the last end, and from 0 to 1. */
export interface ThreadUse {
  span_s: number;
  average: number;
  max: number;
  /** The share of time in which exactly one was at work. */
  one_share: number;
  idle_share: number;
}

/** Null of nothing, and of what took no time. */
export function threadUse(work: readonly Work[]): ThreadUse | null {
  let busy_s = 0;
  let one_s = 0;
  let idle_s = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const { from, to, at_work } of stretches(work)) {
    first = Math.min(first, from);
    last = Math.max(last, to);
    busy_s += at_work * (to - from);
    if (at_work === 1) one_s += to - from;
    if (at_work === 0) idle_s += to - from;
  }
  const span_s = last - first;
  if (!(span_s > 0)) return null;
  return {
    span_s,
    average: busy_s / span_s,
    max: mostAtOnce(work),
    one_share: one_s / span_s,
    idle_share: idle_s / span_s,
  };
}

/** The most that were at work at once; what ends as another begins is not beside it. */
export function mostAtOnce(work: readonly Work[]): number {
  let most = 0;
  for (const { at_work } of stretches(work)) most = Math.max(most, at_work);
  return most;
}

/** Stretches of time in which as many were at work, in the order of time. */
function* stretches(work: readonly Work[]): Generator<{ from: number; to: number; at_work: number }> {
  const starts = work.map((one) => one.started).sort((a, b) => a - b);
  const ends = work.map((one) => one.ended).sort((a, b) => a - b);
  let from = starts[0];
  let started = 0;
  let ended = 0;
  while (from !== undefined) {
    while (started < starts.length && (starts[started] ?? 0) <= from) started++;
    while (ended < ends.length && (ends[ended] ?? 0) <= from) ended++;
    const next = [starts[started], ends[ended]].filter((time) => time !== undefined);
    if (next.length === 0) return;
    const to: number = Math.min(...next);
    yield { from, to, at_work: started - ended };
    from = to;
  }
}
