/** Makes runs through the webserver, as its users do. */
import { listAt, objectAt } from "../places.ts";
import { ask } from "./graphql.ts";
import { until } from "./service.ts";

export interface Launch {
  location?: string;
  job: string;
  /** Keys of assets, parts joined by slashes: these alone of the job's. */
  assets?: readonly string[];
  config?: Record<string, unknown>;
  tags?: Record<string, string>;
}

const LAUNCH = `mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }`;

const REEXECUTE = `mutation ($params: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $params) {
  __typename
  ... on LaunchRunSuccess { run { runId } }
  ... on PythonError { message } } }`;

const TERMINATE = `mutation ($runId: String!) { terminateRun(runId: $runId) {
  __typename
  ... on TerminateRunFailure { message }
  ... on PythonError { message } } }`;

const BACKFILL = `mutation ($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
  __typename
  ... on LaunchBackfillSuccess { backfillId launchedRunIds }
  ... on PythonError { message } } }`;

const REPORT = `mutation ($params: ReportRunlessAssetEventsParams!) { reportRunlessAssetEvents(eventParams: $params) {
  __typename
  ... on PythonError { message } } }`;

const STATUS = "query ($runId: ID!) { runOrError(runId: $runId) { ... on Run { status } } }";
const NEWEST_RUN = "{ runsOrError(limit: 1) { ... on Runs { results { runId } } } }";

/** Starts a run, and gives its id. */
export async function launch(url: string, wanted: Launch): Promise<string> {
  const params = launchParams(wanted);
  return runIdOf(succeeded(objectAt(await ask(url, LAUNCH, { params }), "launchRun"), "LaunchRunSuccess"));
}

/** Starts a run of assets that no job of the project is named for: Dagster has a job of its own for them. */
export async function materialize(url: string, assets: readonly string[]): Promise<string> {
  const keys = assets.map((key) => ({ path: key.split("/") }));
  const [asset] = listAt(await ask(url, JOBS_OF, { keys }), "assetNodes");
  const names = Array.isArray(asset?.jobNames) ? asset.jobNames.map(String) : [];
  const job = names.find((name) => name.startsWith("__ASSET_JOB"));
  if (job === undefined) throw new Error(`there is no job for ${assets.join(", ")}: ${names.join(", ")}`);
  return launch(url, { job, assets });
}

const JOBS_OF = "query ($keys: [AssetKeyInput!]) { assetNodes(assetKeys: $keys) { jobNames } }";

/** Starts a run that its platform refuses, and gives its id all the same: the answer does not tell it. */
export async function launchRefused(url: string, wanted: Launch): Promise<string> {
  const answer = objectAt(await ask(url, LAUNCH, { params: launchParams(wanted) }), "launchRun");
  succeeded(answer, "PythonError");
  const [run] = listAt(objectAt(await ask(url, NEWEST_RUN), "runsOrError"), "results");
  return String(run?.runId);
}

/** Runs again what failed in a run and what came after it, and gives the id of the new run. */
export async function reexecuteFromFailure(url: string, parentRunId: string): Promise<string> {
  const params = { parentRunId, strategy: "FROM_FAILURE" };
  const answer = objectAt(await ask(url, REEXECUTE, { params }), "launchRunReexecution");
  return runIdOf(succeeded(answer, "LaunchRunSuccess"));
}

export async function terminate(url: string, runId: string): Promise<void> {
  succeeded(objectAt(await ask(url, TERMINATE, { runId }), "terminateRun"), "TerminateRunSuccess");
}

/** Asks for one run for each partition of a job, which the daemon starts; gives the id of the backfill. */
export async function backfill(url: string, job: string, partitionNames: readonly string[]): Promise<string> {
  const params = {
    selector: {
      partitionSetName: `${job}_partition_set`,
      repositorySelector: { repositoryName: "__repository__", repositoryLocationName: "harbour" },
    },
    partitionNames,
  };
  const answer = objectAt(await ask(url, BACKFILL, { params }), "launchPartitionBackfill");
  return String(succeeded(answer, "LaunchBackfillSuccess").backfillId);
}

/** Says that an asset was materialized elsewhere, which no run knows of. */
export async function reportMaterialization(url: string, asset: string): Promise<void> {
  const params = {
    eventType: "ASSET_MATERIALIZATION",
    assetKey: { path: asset.split("/") },
    description: "Bought at the chandler's.",
  };
  const answer = objectAt(await ask(url, REPORT, { params }), "reportRunlessAssetEvents");
  succeeded(answer, "ReportRunlessAssetEventsSuccess");
}

const BACKFILL_STATUS = `query ($id: String!) { partitionBackfillOrError(backfillId: $id) {
  ... on PartitionBackfill { status } } }`;

/** Waits until the daemon has seen that every run of a backfill has ended. */
export async function backfilled(url: string, id: string): Promise<string> {
  let status = "";
  return until(
    async () => {
      status = String(objectAt(await ask(url, BACKFILL_STATUS, { id }), "partitionBackfillOrError").status);
      return status.startsWith("COMPLETED") || status === "FAILED" ? status : null;
    },
    120,
    () => `backfill ${id} is ${status}`,
  );
}

export async function statusOf(url: string, runId: string): Promise<string> {
  return String(objectAt(await ask(url, STATUS, { runId }), "runOrError").status);
}

/** Waits until a run has one of these statuses, and gives it. */
export async function reached(url: string, runId: string, ...statuses: readonly string[]): Promise<string> {
  let status = "";
  return until(
    async () => {
      status = await statusOf(url, runId);
      return statuses.includes(status) ? status : null;
    },
    60,
    () => `run ${runId} is ${status}, not ${statuses.join(" or ")}`,
  );
}

/** Waits until a run has ended, and gives its status. */
export function ended(url: string, runId: string): Promise<string> {
  return reached(url, runId, "SUCCESS", "FAILURE", "CANCELED");
}

function launchParams({ location = "harbour", job, assets, config = {}, tags = {} }: Launch) {
  return {
    selector: {
      repositoryName: "__repository__",
      repositoryLocationName: location,
      jobName: job,
      ...(assets && { assetSelection: assets.map((key) => ({ path: key.split("/") })) }),
    },
    runConfigData: config,
    executionMetadata: { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) },
  };
}

const runIdOf = (answer: Record<string, unknown>): string => String(objectAt(answer, "run").runId);

function succeeded(answer: Record<string, unknown>, typename: string): Record<string, unknown> {
  if (answer.__typename !== typename) throw new Error(`not ${typename}: ${JSON.stringify(answer)}`);
  return answer;
}
