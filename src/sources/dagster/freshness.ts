/**
 * Whether an asset is as new as its policy asks. The deployment's own verdict counts where it has one; else the
 * vendor's rule is followed (`FreshnessPolicy.time_window`, `FreshnessPolicy.cron`, evaluated as of 1.13).
 */
import { CronExpressionParser } from "cron-parser";
import type { FreshnessStatus } from "../../core/vocabulary.ts";
import type { FreshnessPolicy } from "./assets.ts";

/** What is known of an asset; times are epoch seconds. */
export interface FreshnessFacts {
  policy: FreshnessPolicy | null;
  last_made: number | null;
  /** `AssetHealthStatus` of the deployment; null where it does not evaluate policies. */
  verdict: string | null;
  /** Of the older policy: minutes that the asset is late, null where that is unknown. */
  minutes_late: number | null;
  /** `FRESH`, `STALE` or `MISSING`: in step with its code and with what it is made of. */
  stale_status: string | null;
  stale_causes: readonly string[];
}

export interface Freshness {
  status: FreshnessStatus;
  raw_status: string | null;
  /** What it is held to, in words, where that is more than an age. */
  criterion: string | null;
  message: string | null;
}

const VERDICTS: Readonly<Record<string, FreshnessStatus>> = {
  HEALTHY: "pass",
  WARNING: "warn",
  DEGRADED: "error",
};

/** Null for an asset that is held to nothing and of which nothing is out of step. */
export function freshnessOf(facts: FreshnessFacts, now: number): Freshness | null {
  const { policy, verdict } = facts;
  const outOfStep = staleness(facts);
  if (policy === null) {
    if (facts.stale_status !== "STALE") return null;
    return { status: "warn", raw_status: "STALE", criterion: null, message: outOfStep };
  }
  const told = VERDICTS[verdict ?? ""];
  const status = told ?? verdictOf(policy, facts, now);
  return {
    status,
    raw_status: told === undefined ? null : verdict,
    criterion: criterionOf(policy),
    message: facts.last_made === null ? "never materialized" : outOfStep,
  };
}

function staleness({ stale_status, stale_causes }: FreshnessFacts): string | null {
  if (stale_status !== "STALE") return null;
  return `out of step: ${stale_causes.length === 0 ? "upstream or code has changed" : stale_causes.slice(0, 3).join("; ")}`;
}

/** The rule of the policy, where the deployment does not apply it. */
function verdictOf(
  policy: FreshnessPolicy,
  { last_made, minutes_late }: FreshnessFacts,
  now: number,
): FreshnessStatus {
  if (last_made === null) return "unchecked";
  const age = now - last_made;
  switch (policy.kind) {
    case "window":
      if (age > policy.fail_s) return "error";
      return policy.warn_s !== null && age > policy.warn_s ? "warn" : "pass";
    case "deadline": {
      const deadline = lastDeadline(policy.cron, policy.timezone, now);
      if (deadline === null) return "unchecked";
      return last_made >= deadline - policy.before_s ? "pass" : "error";
    }
    case "lag":
      if (minutes_late !== null) return minutes_late > 0 ? "error" : "pass";
      return policy.cron === null && age > policy.lag_s ? "error" : "unchecked";
  }
}

/** The last time at or before `now` (epoch seconds) that the expression names; null where it cannot be read. */
export function lastDeadline(cron: string, timezone: string, now: number): number | null {
  try {
    // One second later, because the time itself counts as passed.
    const currentDate = new Date((now + 1) * 1000);
    return CronExpressionParser.parse(cron, { currentDate, tz: timezone }).prev().getTime() / 1000;
  } catch {
    return null;
  }
}

/** The policy in words; null where an age says it. */
export function criterionOf(policy: FreshnessPolicy): string | null {
  if (policy.kind === "window") return null;
  if (policy.kind === "deadline") {
    return `made within ${minutes(policy.before_s)} before ${policy.cron} ${policy.timezone}, or since`;
  }
  if (policy.cron === null) return null;
  return `at most ${minutes(policy.lag_s)} behind its sources at ${policy.cron} ${policy.timezone}`;
}

function minutes(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} h` : `${Math.round(seconds / 60)} min`;
}
