/** What the ledger remembers of an environment: which definitions, and which runs have been taken into account. */
import type { LedgerEntry } from "../source.ts";
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

/** What the ledger remembers of an environment. */
export interface Memory {
  fingerprint: string;
  /** When these definitions were first seen, epoch microseconds. */
  generated_at: number;
  /** The commit of the newest run then: while it is the same, so are the definitions. */
  commit: string | null;
  nodes: number;
  models: number;
  latest: Seen;
  history: { depth: Depth; seen: Seen } | null;
}

/** A run may come to be seen only a while after others that ended later. */
const OVERLAP_US = 3_600_000_000;

/** What an entry says; null where there is none, or one of another version. */
export function memoryOf(entry: LedgerEntry | null): Memory | null {
  if (entry?.watermark == null) return null;
  try {
    // Written by `freshen` below, and by nothing else.
    return JSON.parse(entry.watermark) as Memory;
  } catch {
    return null;
  }
}

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

/** True where what is remembered answers a question of this depth: the history may be older than the latest state. */
export function isUpToDate(memory: Memory | null, wanted: Depth): boolean {
  if (memory === null || (wanted.executions <= 1 && wanted.since === null)) return true;
  const { history, latest } = memory;
  return reaches(history?.depth, wanted) && JSON.stringify(history?.seen) === JSON.stringify(latest);
}
