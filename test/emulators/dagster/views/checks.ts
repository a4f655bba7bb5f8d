/** Checks of assets, what they said, and when. */
import type { Done } from "../history.ts";
import type { Asset, Check, CheckResult, Run } from "../world.ts";
import { runView } from "./runs.ts";
import { keyView, metadataView, type Serving, type View } from "./view.ts";

export function checkView(serving: Serving, asset: Asset, check: Check): View {
  return {
    __typename: "AssetCheck",
    name: check.name,
    assetKey: keyView(asset.key),
    description: check.description,
    blocking: check.blocking,
    jobNames: asset.jobNames,
    canExecuteIndividually: "CAN_EXECUTE",
    additionalAssetKeys: [],
    automationCondition: null,
    partitionDefinition: null,
    executionForLatestMaterialization: () => {
      const [latest] = serving.history.executions(asset.key, check.name);
      return latest !== undefined && isOfLatest(serving, asset, latest)
        ? executionView(serving, latest)
        : null;
    },
  };
}

/** Whether an execution is of the last materialization: in its run, or after it where another run checked. */
function isOfLatest({ history }: Serving, asset: Asset, { run, what }: Done<CheckResult>): boolean {
  const [materialization] = history.materializations(asset.key);
  return (
    materialization === undefined || materialization.run.id === run.id || materialization.what.at <= what.at
  );
}

export function executionView(serving: Serving, { what, run, step }: Done<CheckResult>): View {
  return {
    __typename: "AssetCheckExecution",
    id: executionId(serving, run, what),
    runId: run.id,
    status: statusOf(what, run),
    // When it was planned, in whole seconds; the evaluation says when it was done.
    timestamp: Math.floor(run.createdAt),
    stepKey: step.key,
    partition: null,
    evaluation: () => (what.passed === null ? null : checkEvaluation(what, run)),
    run: () => runView(serving, run),
  };
}

/** What was planned and never evaluated is told by how its run ended. */
function statusOf({ passed }: CheckResult, run: Run): string {
  if (passed !== null) return passed ? "SUCCEEDED" : "FAILED";
  if (run.endedAt === null) return "IN_PROGRESS";
  return run.status === "FAILURE" ? "EXECUTION_FAILED" : "SKIPPED";
}

/** Also the cursor of a page of executions: larger for what came later. */
export function executionId({ history }: Serving, run: Run, result: CheckResult): string {
  const place = run.steps.flatMap(({ checks }) => checks).indexOf(result);
  return String((history.order.get(run.id) ?? 0) * 100_000 + place);
}

export function checkEvaluation(result: CheckResult, run: Run): View {
  const { asset, check, at, passed, severity, description, metadata } = result;
  const target = run.steps
    .flatMap(({ materializations }) => materializations)
    .findLast((one) => one.asset.join("/") === asset.join("/"));
  return {
    __typename: "AssetCheckEvaluation",
    timestamp: at,
    checkName: check,
    assetKey: keyView(asset),
    success: passed,
    severity,
    description,
    partition: null,
    metadataEntries: () => metadata.map(metadataView),
    targetMaterialization:
      target === undefined ? null : { runId: run.id, timestamp: target.at, storageId: 1 },
  };
}
