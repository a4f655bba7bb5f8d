/** How fresh assets are and what Dagster+ says of their health. */
import type { ReportedStatus } from "../../core/vocabulary.ts";
import type { ReportedFreshnessRow, ReportedHealthRow } from "../../store/units.ts";
import { numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { keyOf, objectsOf } from "./api.ts";
import { secondsOf } from "./asset-rows.ts";
import { policyOf } from "./assets.ts";
import { ASSET_STATES_DOCUMENT } from "./documents.ts";
import { freshnessOf } from "./freshness.ts";
import type { DagsterVisit } from "./visit.ts";

/** Assets of one request: the server compares each with all that it is made of. */
const AT_ONCE = 200;

/** What is told of the assets of one location. */
export interface AssetStates {
  health: ReportedHealthRow[];
  freshness: ReportedFreshnessRow[];
}

/** The states of these assets; their ids by key, `a/b`. */
export async function readAssetStates(
  visit: DagsterVisit,
  ids: ReadonlyMap<string, string>,
): Promise<AssetStates> {
  const { api } = visit;
  const keys = [...ids.keys()];
  const states: AssetStates = { health: [], freshness: [] };
  for (let at = 0; at < keys.length; at += AT_ONCE) {
    const part = keys.slice(at, at + AT_ONCE).map((key) => ({ path: key.split("/") }));
    const data = await api.ask(ASSET_STATES_DOCUMENT, { keys: part }, visit.context.signal);
    for (const node of objectsOf(data.assetNodes)) {
      const row = freshnessRow(ids, node, visit.context.now());
      if (row !== null) states.freshness.push(row);
    }
    // Only asked of servers that have it.
    const health = "assetsOrError" in data ? api.memberOf(data, "assetsOrError", "AssetConnection") : {};
    for (const node of objectsOf(health.nodes)) {
      const row = healthRow(ids, node);
      if (row !== null) states.health.push(row);
    }
  }
  return states;
}

function freshnessRow(
  ids: ReadonlyMap<string, string>,
  node: WireObject,
  now: number,
): ReportedFreshnessRow | null {
  const unique_id = ids.get(keyOf(node.assetKey) ?? "");
  if (unique_id === undefined) return null;
  const policy = policyOf(node);
  const made = numberOf(objectsOf(node.assetMaterializations)[0]?.timestamp) / 1000;
  const late = numberOf(objectOf(node.freshnessInfo).currentMinutesLate);
  const facts = {
    policy,
    last_made: Number.isNaN(made) ? null : made,
    verdict: textOf(objectOf(node.freshnessStatusInfo).freshnessStatus),
    minutes_late: Number.isNaN(late) ? null : late,
    stale_status: textOf(node.staleStatus),
    stale_causes: objectsOf(node.staleCauses).map(causeOf),
  };
  const found = freshnessOf(facts, now / 1000);
  if (found === null) return null;
  const { warn_s, error_s } = secondsOf(policy);
  return {
    unique_id,
    ...found,
    max_loaded_at: facts.last_made === null ? null : Math.round(facts.last_made * 1e6),
    checked_at: now * 1000,
    warn_after_s: Number.isNaN(warn_s) ? null : warn_s,
    error_after_s: Number.isNaN(error_s) ? null : error_s,
  };
}

function causeOf({ key, reason, dependency }: WireObject): string {
  const upstream = keyOf(dependency);
  const about = upstream ?? keyOf(key);
  return [about, textOf(reason)].filter((part) => part !== null).join(" ");
}

/** The words of `AssetHealthStatus`. */
const STATUSES: Readonly<Record<string, ReportedStatus>> = {
  HEALTHY: "healthy",
  WARNING: "warning",
  DEGRADED: "critical",
  UNKNOWN: "unknown",
};

/** Null where the deployment has no word on it, as OSS never has. */
function healthRow(ids: ReadonlyMap<string, string>, node: WireObject): ReportedHealthRow | null {
  const unique_id = ids.get(keyOf(node.key) ?? "");
  const found = objectOf(node.assetHealth);
  const word = textOf(found.assetHealth);
  if (unique_id === undefined || word === null || word === "NOT_APPLICABLE") return null;
  const status = STATUSES[word] ?? "unknown";
  return {
    unique_id,
    status,
    raw_status: word,
    reasons: reasonsOf(found),
    reported_at: null,
  };
}

/** Which of the three parts are not in order. */
function reasonsOf(found: WireObject): string[] {
  const parts = [
    ["materialization", found.materializationStatus, ""],
    ["checks", found.assetChecksStatus, countsOf(objectOf(found.assetChecksStatusMetadata))],
    ["freshness", found.freshnessStatus, ""],
  ] as const;
  return parts.flatMap(([name, status, counts]) =>
    status === "DEGRADED" || status === "WARNING" ? [`${name} ${status}${counts}`] : [],
  );
}

function countsOf({ numFailedChecks, numWarningChecks, totalNumChecks }: WireObject): string {
  const [failed, warned, total] = [numFailedChecks, numWarningChecks, totalNumChecks].map(numberOf);
  const count = (failed || 0) + (warned || 0);
  return count === 0 || total === undefined || Number.isNaN(total) ? "" : ` (${count} of ${total})`;
}
