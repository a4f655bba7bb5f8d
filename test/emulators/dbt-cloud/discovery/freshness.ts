/** How fresh a source was found, in the words of the API. */
import type { Criteria, Period, Resource } from "./dbt.ts";
import type { FreshnessResult } from "./reader.ts";

export type FreshnessStatus = "Error" | "Pass" | "Skipped" | "Unknown" | "Warn";

const STATUSES: Readonly<Record<string, FreshnessStatus>> = {
  pass: "Pass",
  warn: "Warn",
  error: "Error",
  fail: "Error",
  "runtime error": "Error",
  skipped: "Skipped",
};

/** Null where it was never checked. dbt 2 writes the words with capitals. */
export function freshnessStatus(result: FreshnessResult | null): FreshnessStatus | null {
  return result === null ? null : (STATUSES[result.status.toLowerCase()] ?? "Unknown");
}

const WORST_FIRST: readonly FreshnessStatus[] = ["Error", "Warn", "Unknown", "Skipped", "Pass"];

export function worstFreshness(results: readonly (FreshnessResult | null)[]): FreshnessStatus | null {
  const found = new Set(results.map(freshnessStatus));
  return WORST_FIRST.find((status) => found.has(status)) ?? null;
}

/** A `Criteria`: what the check went by, else what the manifest says. */
export function criteriaOf(resource: Resource, result: FreshnessResult | null): object {
  const { warn_after, error_after }: Criteria = result?.criteria ?? resource.freshness ?? {};
  return { warnAfter: periodOf(warn_after), errorAfter: periodOf(error_after) };
}

function periodOf(period: Period | null | undefined): object | null {
  // Where nothing is set, dbt writes an object of nulls.
  const { count = null, period: unit = null } = period ?? {};
  return count === null && unit === null ? null : { count, period: unit };
}

/** A `SourceFreshnessNode`. */
export function freshnessNode(resource: Resource, result: FreshnessResult | null): object {
  return {
    criteria: criteriaOf(resource, result),
    freshnessChecked: result !== null,
    freshnessStatus: freshnessStatus(result),
    freshnessRunId: result?.check.run.id ?? null,
    freshnessJobDefinitionId: result?.check.run.jobId ?? null,
    freshnessRunGeneratedAt: result?.check.generatedAt ?? null,
    maxLoadedAt: result?.maxLoadedAt ?? null,
    maxLoadedAtTimeAgoInS: result?.age ?? null,
    snapshottedAt: result?.snapshottedAt ?? null,
  };
}
