/** Medians, and pairs that are measured one beside the other. */
import { performance } from "node:perf_hooks";

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Milliseconds that `work` takes. @param {() => Promise<unknown>} work */
export async function timed(work) {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/**
 * Runs both sides `count` times in turns, the one that was first being second the next time, so that what
 * changes on the machine meanwhile falls on both.
 * @template A, B
 * @param {number} count
 * @param {() => Promise<A>} one
 * @param {() => Promise<B>} other
 */
export async function pairs(count, one, other) {
  /** @type {{ one: A, other: B }[]} */
  const results = [];
  for (let index = 0; index < count; index++) {
    if (index % 2 === 0) {
      const first = await one();
      results.push({ one: first, other: await other() });
    } else {
      const first = await other();
      results.push({ one: await one(), other: first });
    }
  }
  return results;
}
