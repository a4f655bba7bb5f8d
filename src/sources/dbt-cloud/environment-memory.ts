/** What the ledger remembers of an environment: which definitions, and which runs have been taken into account. */
import type { LedgerEntry } from "../source.ts";
import { type Depth, reaches, type Seen } from "../visit/depth.ts";

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

/** True where what is remembered answers a question of this depth: the history may be older than the latest state. */
export function isUpToDate(memory: Memory | null, wanted: Depth): boolean {
  if (memory === null || (wanted.executions <= 1 && wanted.since === null)) return true;
  const { history, latest } = memory;
  return reaches(history?.depth, wanted) && JSON.stringify(history?.seen) === JSON.stringify(latest);
}
