/** How fresh nodes were found: source tables, and models whose system holds them to a freshness of their own. */
import sql from "sql-template-tag";
import type { Row } from "../store/port.ts";
import type { SourceFreshness } from "./answers.ts";
import { all, amongKeys, type Facts, secondsSince } from "./facts.ts";
import { isCurrent } from "./filters.ts";
import { FRESHNESS_RANK } from "./health.ts";
import type { FreshnessStatus } from "./vocabulary.ts";

export type FreshnessState = Row & {
  node_key: number;
  unique_id: string;
  resource_type: "source" | "model";
  /** `source.table`, or the model_id. */
  name: string;
  status: FreshnessStatus;
  message: string | null;
  max_loaded_at: string | null;
  checked_at: string | null;
  /** What it is held to in words; null where the ages say it, or nothing does. */
  criterion: string | null;
  warn_after_s: number | null;
  error_after_s: number | null;
  stale_since: string | null;
};

/**
 * Last freshness by the system's own verdict, by node, as invocations found it or the system reports it: of every current source table that has criteria or was ever
 * checked, and of every current model that was. A table with criteria and no result is `unchecked`, not fresh.
 */
export function freshnessStates(facts: Facts, environmentKeys: readonly number[]): Promise<FreshnessState[]> {
  return facts.rows<FreshnessState>(sql`
    WITH checks AS (
      SELECT f.node_key, f.status, f.message, f.max_loaded_at, NULL AS criterion, f.warn_after_s, f.error_after_s,
             coalesce(f.snapshotted_at, i.ended_at) AS checked_at, NULL::TIMESTAMP AS since
      FROM freshness f JOIN invocations i USING (invocation_key)
      UNION ALL
      SELECT node_key, status, message, max_loaded_at, criterion, warn_after_s, error_after_s, checked_at,
             -- where the ages are known, they say it more exactly than the first look that found it so
             coalesce(max_loaded_at + to_microseconds((1e6 * CASE status WHEN 'error' THEN error_after_s
               WHEN 'warn' THEN warn_after_s END)::BIGINT), stale_since)
      FROM reported_freshness),
    latest AS (SELECT * FROM checks QUALIFY row_number() OVER (PARTITION BY node_key ORDER BY checked_at DESC) = 1),
    fresh AS (SELECT node_key, max(checked_at) FILTER (status = 'pass') AS last_pass_at FROM checks GROUP BY node_key)
    SELECT n.node_key, n.unique_id, n.resource_type,
           CASE WHEN n.resource_type = 'model' THEN n.model_id ELSE coalesce(n.source_name || '.', '') || n.name END AS name,
           coalesce(l.status, 'unchecked') AS status, l.message, l.max_loaded_at, l.checked_at, l.criterion,
           coalesce(l.warn_after_s, n.warn_after_s) AS warn_after_s,
           coalesce(l.error_after_s, n.error_after_s) AS error_after_s,
           CASE WHEN l.status <> 'pass' THEN coalesce(l.since, (
             SELECT min(c.checked_at) FROM checks c
             WHERE c.node_key = n.node_key AND (f.last_pass_at IS NULL OR c.checked_at > f.last_pass_at))) END AS stale_since
    FROM nodes n JOIN environments e USING (environment_key)
    LEFT JOIN latest l USING (node_key) LEFT JOIN fresh f USING (node_key)
    WHERE ${all([amongKeys("n.environment_key", environmentKeys), isCurrent])}
      AND (n.resource_type IN ('source', 'model') AND l.status IS NOT NULL
           OR n.resource_type = 'source' AND (n.warn_after_s IS NOT NULL OR n.error_after_s IS NOT NULL))
    ORDER BY n.unique_id`);
}

/** True where there is something that the node is held to; without it a status only tells what was seen. */
export function hasPolicy(
  state: Pick<FreshnessState, "criterion" | "warn_after_s" | "error_after_s">,
): boolean {
  return state.criterion !== null || state.warn_after_s !== null || state.error_after_s !== null;
}

/** True for what was looked at and not found fresh. */
export function isStale(state: Pick<FreshnessState, "status">): boolean {
  return state.status !== "pass" && state.status !== "unchecked";
}

/** The worst of them; `unchecked` where there is none. */
export function worstFreshness(states: readonly FreshnessState[]): FreshnessStatus {
  const [first, ...rest] = states.map((state) => state.status);
  return rest.reduce(
    (worst, status) => (FRESHNESS_RANK[status] > FRESHNESS_RANK[worst] ? status : worst),
    first ?? "unchecked",
  );
}

/** As answers show it. The age is of now, the verdict the one of its system: it may know of rows that came since. */
export function toFreshness(state: FreshnessState, now: number): SourceFreshness {
  const { unique_id, status, criterion, max_loaded_at, checked_at } = state;
  return {
    unique_id,
    status,
    ...(criterion === null ? {} : { criterion }),
    max_loaded_at,
    checked_at,
    age_s: secondsSince(max_loaded_at, now),
  };
}
