/** Health of assets as Dagster+ tells it: of the last attempt, of the checks and of the freshness; the worst counts. */
import type { History } from "../history.ts";
import type { Asset, HealthStatus } from "../world.ts";
import type { Serving, View } from "./view.ts";

export function healthView({ history, world }: Serving, asset: Asset): View {
  const materialization = materializationHealth(history, asset);
  const checks = checkHealth(history, asset);
  const freshness: HealthStatus =
    asset.freshness === null
      ? "NOT_APPLICABLE"
      : ((world.freshnessEvaluation ? asset.freshness.status : null) ?? "UNKNOWN");
  const overall = overallOf(materialization.status, checks.status, freshness);
  return {
    __typename: "AssetHealth",
    assetHealth: overall,
    materializationStatus: materialization.status,
    materializationStatusMetadata: materialization.metadata,
    assetChecksStatus: checks.status,
    assetChecksStatusMetadata: checks.metadata,
    freshnessStatus: freshness,
    freshnessStatusMetadata:
      asset.freshness === null ? null : { lastMaterializedTimestamp: asset.freshness.lastMaterializedAt },
  };
}

/** The worst; an asset that was never made is unknown, whatever its checks say. */
function overallOf(
  materialization: HealthStatus,
  checks: HealthStatus,
  freshness: HealthStatus,
): HealthStatus {
  const all = [materialization, checks, freshness];
  const bad = (["DEGRADED", "WARNING"] as const).find((status) => all.includes(status));
  if (bad !== undefined) return bad;
  return materialization === "UNKNOWN" || !all.includes("HEALTHY") ? "UNKNOWN" : "HEALTHY";
}

interface Part {
  status: HealthStatus;
  metadata: View | null;
}

function materializationHealth(history: History, { key, isMaterializable }: Asset): Part {
  if (!isMaterializable) return { status: "NOT_APPLICABLE", metadata: null };
  const [latest] = history.materializations(key);
  const planned = history.lastPlanned(key);
  const failed = planned !== null && planned.step.status === "FAILURE" && latest?.run.id !== planned.run.id;
  if (failed) {
    const __typename = "AssetHealthMaterializationDegradedNotPartitionedMeta";
    return { status: "DEGRADED", metadata: { __typename, failedRunId: planned.run.id } };
  }
  return { status: latest === undefined ? "UNKNOWN" : "HEALTHY", metadata: null };
}

function checkHealth(history: History, { key, checks }: Asset): Part {
  if (checks.length === 0) return { status: "NOT_APPLICABLE", metadata: null };
  const last = checks.map(
    ({ name }) => history.executions(key, name).find(({ what }) => what.passed !== null)?.what,
  );
  const having = (severity: "WARN" | "ERROR") =>
    last.filter((one) => one?.passed === false && one.severity === severity).length;
  const [failed, warned] = [having("ERROR"), having("WARN")];
  const total = { totalNumChecks: checks.length };
  if (failed > 0) {
    const counts = { numFailedChecks: failed, numWarningChecks: warned, ...total };
    return { status: "DEGRADED", metadata: { __typename: "AssetHealthCheckDegradedMeta", ...counts } };
  }
  if (warned > 0) {
    const counts = { numWarningChecks: warned, ...total };
    return { status: "WARNING", metadata: { __typename: "AssetHealthCheckWarningMeta", ...counts } };
  }
  const missing = last.filter((one) => one === undefined).length;
  if (missing === 0) return { status: "HEALTHY", metadata: null };
  const counts = { numNotExecutedChecks: missing, ...total };
  return { status: "UNKNOWN", metadata: { __typename: "AssetHealthCheckUnknownMeta", ...counts } };
}
