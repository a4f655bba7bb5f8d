/** The graph of the demo and the timings of its runs, worked out from its JSON files the plain way. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ARTIFACTS } from "../demo.ts";
import type { Invocation } from "./records.ts";

/** What a node depends on: `parent_map` of a manifest. */
export type Parents = Readonly<Record<string, readonly string[]>>;

/** By node, how many edges it is away from `from`, which is left out; `next` gives the neighbours. */
export function distances(from: string, next: (id: string) => readonly string[]): Map<string, number> {
  const found = new Map([[from, 0]]);
  for (const [id, distance] of found) {
    for (const other of next(id)) if (!found.has(other)) found.set(other, distance + 1);
  }
  found.delete(from);
  return found;
}

/** One result with its times, in seconds. */
export interface Timed {
  id: string;
  started: number;
  ended: number;
  thread: string;
}

interface Timing {
  started_at: string;
  completed_at: string;
}

/** Results of a run that took their time; what was skipped, or is no work, did not. */
export function timedResults({ folder }: Pick<Invocation, "folder">): Timed[] {
  const file = join(ARTIFACTS, folder, "run_results.json");
  const {
    results,
  }: { results: { unique_id: string; thread_id: string; status: string; timing: Timing[] }[] } = JSON.parse(
    readFileSync(file, "utf8"),
  );
  return results
    .filter(({ timing, status }) => timing.length > 0 && status !== "no-op")
    .map(({ unique_id, thread_id, timing }) => ({
      id: unique_id,
      thread: thread_id,
      started: Math.min(...timing.map((part) => seconds(part.started_at))),
      ended: Math.max(...timing.map((part) => seconds(part.completed_at))),
    }));
}

/** To the microsecond, which Date does not know. */
function seconds(time: string): number {
  const [whole = "", fraction = "0"] = time.replace("Z", "").split(".");
  return Date.parse(`${whole}Z`) / 1000 + Number(`0.${fraction}`);
}

/** What a node had to wait for in `dbt build`, among the results of the run, however far above it. */
export function waitedFor(node: Timed, results: readonly Timed[], parents: Parents): Timed[] {
  const isTest = node.id.startsWith("test.");
  const isUnit = node.id.startsWith("unit_test.");
  const above = (id: string) => new Set(distances(id, (of) => parents[of] ?? []).keys());
  const [tested = ""] = isUnit ? (parents[node.id] ?? []) : [];
  const mine = isUnit ? above(tested) : above(node.id);
  return results.filter((other) => {
    if (other.ended > node.started) return false;
    const reads = parents[other.id] ?? [];
    if (other.id.startsWith("unit_test.")) return reads.includes(node.id);
    if (other.id.startsWith("test.")) return !isTest && !isUnit && reads.every((id) => mine.has(id));
    return mine.has(other.id);
  });
}

/** The chain that determined the end, in the order of time. */
export function chainOf(results: readonly Timed[], parents: Parents): Timed[] {
  const last = (some: readonly Timed[]) => [...some].sort((a, b) => b.ended - a.ended)[0];
  const chain: Timed[] = [];
  for (let at = last(results); at !== undefined; at = last(waitedFor(at, results, parents)))
    chain.unshift(at);
  return chain;
}

/** Seconds that a build takes with the threads it had, in the order in which it began things, without one of them. */
export function replayed(results: readonly Timed[], parents: Parents, without: string | null): number {
  const threads = new Set(results.map((row) => row.thread)).size;
  const waiting = [...results]
    .sort((a, b) => a.started - b.started)
    .map((row) => ({ row, before: waitedFor(row, results, parents).map((other) => other.id) }));
  const ended = new Map<string, number>();
  let busy: { id: string; until: number }[] = [];
  for (let now = 0; waiting.length > 0 || busy.length > 0; ) {
    const free = threads - busy.length;
    const ready = waiting.filter(({ before }) =>
      before.every((id) => (ended.get(id) ?? Number.POSITIVE_INFINITY) <= now),
    );
    for (const one of ready.slice(0, free)) {
      waiting.splice(waiting.indexOf(one), 1);
      const { id, started, ended: end } = one.row;
      busy.push({ id, until: now + (id === without ? 0 : end - started) });
    }
    now = Math.min(...busy.map((one) => one.until));
    for (const one of busy.filter(({ until }) => until === now)) ended.set(one.id, now);
    busy = busy.filter(({ until }) => until > now);
  }
  return Math.max(...ended.values());
}

/** How many were at work, by looking at every stretch between two times at which anything began or ended. */
export function workload(results: readonly Timed[]): {
  average: number;
  max: number;
  one: number;
  span: number;
} {
  const times = [...new Set(results.flatMap((row) => [row.started, row.ended]))].sort((a, b) => a - b);
  const stretches = times.slice(1).map((to, i) => {
    const from = times[i] ?? to;
    return {
      length: to - from,
      busy: results.filter((row) => row.started <= from && row.ended >= to).length,
    };
  });
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
  return {
    span,
    average: sum(stretches.map(({ length, busy }) => length * busy)) / span,
    one: sum(stretches.map(({ length, busy }) => (busy === 1 ? length : 0))) / span,
    max: Math.max(...stretches.map(({ busy }) => busy)),
  };
}
