/** How far back the results of runs have been read, and which of them are new. */
import type { Need } from "../source.ts";
import type { KnownRun } from "./known-runs.ts";

/** How far a question looks back: executions of each node, and epoch milliseconds from which on all are wanted. */
export interface Depth {
  executions: number;
  since: number | null;
}

/** Which runs have been taken into account: all that ended by then, in epoch microseconds, and these. */
export interface Seen {
  until: number;
  recent: string[];
}

/** A run may come to be seen only a while after others that ended later. */
const OVERLAP_US = 3_600_000_000;

/** The runs that have not been taken into account. */
export function newsOf(runs: readonly KnownRun[], seen: Seen): KnownRun[] {
  return runs.filter(
    ({ run_id, ended_at }) => (ended_at ?? 0) > seen.until - OVERLAP_US && !seen.recent.includes(run_id),
  );
}

/** Takes these runs into account, which are the newest first. */
export function seenOf(runs: readonly KnownRun[]): Seen {
  const until = runs[0]?.ended_at ?? 0;
  const recent = runs.filter(({ ended_at }) => (ended_at ?? 0) > until - OVERLAP_US);
  return { until, recent: recent.map(({ run_id }) => run_id) };
}

/** True where history that reaches so far needs nothing more than what is new. */
export function reaches(has: Depth | undefined, wanted: Depth): boolean {
  if (wanted.executions <= 1 && wanted.since === null) return true;
  if (has === undefined || has.executions < wanted.executions) return false;
  return wanted.since === null || (has.since !== null && has.since <= wanted.since);
}

/** How far back the results of all nodes of an environment are wanted. */
export function depthOf(need: Need): Depth {
  const { facts, run_ids, job_ids, unique_ids } = need;
  const isNarrow = [run_ids, job_ids, unique_ids].some((part) => part !== undefined);
  if (isNarrow || !facts.includes("executions")) return { executions: 1, since: null };
  return lookBack(need);
}

/** How far back a question looks. */
export function lookBack({ last_n_runs, since }: Pick<Need, "last_n_runs" | "since">): Depth {
  return { executions: last_n_runs ?? 1, since: since ?? null };
}
