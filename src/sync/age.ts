/** How old facts may be: the one rule by which a scope is answered, refreshed behind, or waited for. */
import type { LedgerEntry } from "../sources/source.ts";

export interface Rules {
  /** Age in milliseconds up to which facts are fresh; up to twice that they are refreshed behind. */
  ttl_ms: number;
  /** False: every scope is stale. */
  caching: boolean;
  /** True: never answers with facts that are being refreshed. */
  alwaysWait: boolean;
}

/** `fresh`: answer. `behind`: answer, and fetch meanwhile. `wait`: fetch, then answer. */
export type Verdict = "fresh" | "behind" | "wait";

/**
 * Milliseconds since the facts were fetched. A time that lies ahead counts as just as far behind: after a
 * clock was set back, or in a store that another machine wrote, facts would else be fresh for ever.
 */
export function ageOf(synced_at: number, now: number): number {
  return Math.abs(now - synced_at);
}

export function judge(entry: LedgerEntry | null, now: number, refresh: boolean, rules: Rules): Verdict {
  if (entry === null || refresh || !rules.caching) return "wait";
  const age = ageOf(entry.synced_at, now);
  if (age <= rules.ttl_ms) return "fresh";
  return age <= 2 * rules.ttl_ms && !rules.alwaysWait ? "behind" : "wait";
}
