/**
 * What is asked of a deployment, apart from the events of a run. Every version since 1.6 understands the core of each
 * document; what is younger stands behind a look at the capabilities.
 */
import type { Document } from "./api.ts";
import type { Capabilities } from "./capabilities.ts";

/**
 * Fields of a run. `stepKeysToExecute` is not among them: whole runs have it too, as 1.13 launches them. `limit: 1`
 * where it may be said: whether there is a selection matters, not its thousand keys.
 * `creationTime` is younger than 1.6; the statistics have it there, at the price of one more look for each run.
 */
function runFields(can: Capabilities): string {
  const created = can.has("Run.creationTime")
    ? "creationTime"
    : "stats { __typename ... on RunStatsSnapshot { enqueuedTime launchTime } }";
  const limit = can.where("Run.assetSelection.limit", "(limit: 1)");
  const checks = can.where("Run.assetCheckSelection.limit", "assetCheckSelection(limit: 1) { name }");
  return `runId jobName status startTime endTime updateTime parentRunId solidSelection ${created}
    assetSelection${limit} { path } ${checks} tags { key value }
    repositoryOrigin { repositoryName repositoryLocationName }`;
}

/** Repositories of locations that failed to load are found nowhere else: `repositoriesOrError` leaves them out. */
export const WORKSPACE_DOCUMENT: Document = () => `query RunlensWorkspace {
  workspaceOrError {
    __typename
    ... on Workspace {
      locationEntries {
        name
        updatedTimestamp
        displayMetadata { key value }
        locationOrLoadError {
          __typename
          ... on RepositoryLocation {
            repositories {
              jobs { name }
              schedules { name cronSchedule pipelineName executionTimezone scheduleState { status } }
            }
          }
        }
      }
    }
    ... on PythonError { message className }
  }
}`;

/** What `runlens doctor` shows. */
export const PROBE_DOCUMENT: Document = () => `query RunlensProbe {
  version
  workspaceOrError {
    __typename
    ... on Workspace { locationEntries { name locationOrLoadError { __typename } } }
    ... on PythonError { message className }
  }
}`;

/** Only what they are called: the rest comes in parts, none of which takes long to read. */
export const ASSET_NAMES_DOCUMENT: Document = () => `query RunlensAssetNames {
  assetNodes { assetKey { path } opNames repository { location { name } } }
}`;

/** What assets are held to, in the terms of before and after 1.11. */
const FRESHNESS_POLICIES = (can: Capabilities): string =>
  `freshnessPolicy { maximumLagMinutes cronSchedule cronScheduleTimezone }
    ${can.where("AssetNode.internalFreshnessPolicy", INTERNAL_POLICY)}`;

const INTERNAL_POLICY = `internalFreshnessPolicy {
      __typename
      ... on TimeWindowFreshnessPolicy { failWindowSeconds warnWindowSeconds }
      ... on CronFreshnessPolicy { deadlineCron lowerBoundDeltaSeconds timezone }
    }`;

/** Assets with their checks, as they are defined. */
export const ASSETS_DOCUMENT: Document = (can) => `query RunlensAssets($keys: [AssetKeyInput!]) {
  assetNodes(assetKeys: $keys) {
    assetKey { path } description groupName computeKind opNames isPartitioned opVersion
    dependencyKeys { path } repository { name location { name } }
    ${can.where("AssetNode.owners", "owners { __typename ... on UserAssetOwner { email } ... on TeamAssetOwner { team } }")}
    ${can.where("AssetNode.tags", "tags { key value }")}
    ${can.where("AssetNode.kinds", "kinds")}
    ${can.has("AssetNode.isMaterializable") ? "isMaterializable" : "isSource"}
    metadataEntries { __typename label ... on TextMetadataEntry { text } }
    ${FRESHNESS_POLICIES(can)}
    assetChecksOrError {
      __typename
      ... on AssetChecks { checks { name description ${can.where("AssetCheck.blocking", "blocking")} } }
    }
  }
}`;

/** Which jobs are none of assets. */
export const OP_JOBS_DOCUMENT: Document = () => `query RunlensOpJobs {
  repositoriesOrError {
    __typename
    ... on RepositoryConnection { nodes { name location { name } jobs { name isAssetJob } } }
    ... on PythonError { message className }
  }
}`;

/** The ops of so many jobs, graphs opened; variables `p0`, `p1` and so on select them, `j0` are the answers. */
export function opsDocument(jobs: number): string {
  const numbers = Array.from({ length: jobs }, (_, index) => index);
  return `query RunlensOps(${numbers.map((index) => `$p${index}: PipelineSelector!`).join(", ")}) {
  ${numbers.map((index) => `j${index}: pipelineOrError(params: $p${index}) { ...Handles }`).join("\n  ")}
}
fragment Handles on PipelineOrError {
  __typename
  ... on Pipeline { solidHandles { handleID solid { definition { __typename } } } }
  ... on PythonError { message className }
}`;
}

/** A page of runs, newest first. */
export const RUNS_DOCUMENT: Document = (
  can,
) => `query RunlensRuns($filter: RunsFilter, $cursor: String, $limit: Int) {
  runsOrError(filter: $filter, cursor: $cursor, limit: $limit) {
    __typename
    ... on Runs { results { ${runFields(can)} } }
    ... on InvalidPipelineRunsFilterError { message }
    ... on PythonError { message className }
  }
}`;

/** The newest runs of so many jobs; variables `j0`, `j1` and so on name them, `r0` are the answers. */
export function jobRunsDocument(can: Capabilities, jobs: number): string {
  const numbers = Array.from({ length: jobs }, (_, index) => index);
  return `query RunlensJobRuns($limit: Int!, ${numbers.map((index) => `$j${index}: String!`).join(", ")}) {
  ${numbers.map((index) => `r${index}: runsOrError(filter: { pipelineName: $j${index} }, limit: $limit) { ...Found }`).join("\n  ")}
}
fragment Found on RunsOrError {
  __typename
  ... on Runs { results { ${runFields(can)} } }
  ... on InvalidPipelineRunsFilterError { message }
  ... on PythonError { message className }
}`;
}

/** `Execution Duration` is dagster-dbt's; row counts have a label of Dagster's own. */
const MATERIALIZATION = `assetKey { path } partition timestamp
          metadataEntries { __typename label ... on FloatMetadataEntry { floatValue } ... on IntMetadataEntry { intValue } }`;

/** Runs with their steps. The materializations of a step itself have neither asset nor metadata in 1.6. */
export const STEPS_DOCUMENT: Document = (can) => `query RunlensSteps($ids: [String], $limit: Int) {
  runsOrError(filter: { runIds: $ids }, limit: $limit) {
    __typename
    ... on Runs {
      results {
        ${runFields(can)}
        selected: assetSelection { path }
        ${can.where("Run.assetChecks", "assetChecks { name assetKey { path } }")}
        stepStats { stepKey status startTime endTime attempts { startTime endTime } }
        assetMaterializations { stepKey ${MATERIALIZATION} }
      }
    }
    ... on InvalidPipelineRunsFilterError { message }
    ... on PythonError { message className }
  }
}`;

/**
 * Results of so many checks, newest first; variables `k0` and `n0` name the first, `a0` is the result after which its
 * page begins, `c0` are its results.
 */
export function checksDocument(can: Capabilities, checks: number): string {
  const numbers = Array.from({ length: checks }, (_, index) => index);
  const variables = numbers
    .map((index) => `$k${index}: AssetKeyInput!, $n${index}: String!, $a${index}: String`)
    .join(", ");
  return `query RunlensChecks($limit: Int!, ${variables}) {
  ${numbers.map((index) => `c${index}: assetCheckExecutions(assetKey: $k${index}, checkName: $n${index}, limit: $limit, cursor: $a${index}) { ...Result }`).join("\n  ")}
}
fragment Result on AssetCheckExecution {
  id runId status timestamp stepKey
  ${can.where("AssetCheckExecution.partition", "partition")}
  evaluation {
    success severity description timestamp
    metadataEntries { __typename label ... on IntMetadataEntry { intValue } }
  }
}`;
}

/** Only the runs: the step of a materialization cannot be asked for here, as one without a run fails the whole answer. */
export const MATERIALIZATIONS_DOCUMENT: Document =
  () => `query RunlensMaterializations($keys: [AssetKeyInput!], $limit: Int) {
  assetNodes(assetKeys: $keys) { assetKey { path } assetMaterializations(limit: $limit) { runId } }
}`;

/** Ticks that are looked at for since when they fail. */
export const TICKS = 10;
const ERROR = "message className cause { message className cause { message className } }";
const STATE = `{ status ticks(limit: ${TICKS}) { timestamp status error { ${ERROR} } } }`;

/** What is wrong with the deployment itself. */
export const CONDITIONS_DOCUMENT: Document = () => `query RunlensConditions {
  instance {
    daemonHealth {
      allDaemonStatuses { daemonType required healthy lastHeartbeatTime lastHeartbeatErrors { ${ERROR} } }
    }
  }
  workspaceOrError {
    __typename
    ... on Workspace {
      locationEntries {
        name
        updatedTimestamp
        locationOrLoadError {
          __typename
          ... on PythonError { ${ERROR} }
          ... on RepositoryLocation {
            repositories { schedules { name scheduleState ${STATE} } sensors { name sensorState ${STATE} } }
          }
        }
      }
    }
    ... on PythonError { message className }
  }
}`;

const HEALTH = `assetHealth {
        assetHealth materializationStatus assetChecksStatus freshnessStatus
        assetChecksStatusMetadata {
          __typename
          ... on AssetHealthCheckDegradedMeta { numFailedChecks numWarningChecks totalNumChecks }
          ... on AssetHealthCheckWarningMeta { numWarningChecks totalNumChecks }
        }
      }`;

/** `assetHealth` is null in OSS, whatever the version. */
const health = (can: Capabilities): string =>
  can.has("Asset.assetHealth") && can.has("Query.assetsOrError.assetKeys")
    ? `assetsOrError(assetKeys: $keys) {
    __typename
    ... on AssetConnection { nodes { key { path } ${HEALTH} } }
    ... on PythonError { message className }
  }`
    : "";

/** How assets stand. */
export const ASSET_STATES_DOCUMENT: Document = (can) => `query RunlensAssetStates($keys: [AssetKeyInput!]) {
  assetNodes(assetKeys: $keys) {
    assetKey { path } staleStatus staleCauses { reason key { path } dependency { path } }
    ${FRESHNESS_POLICIES(can)}
    freshnessInfo { currentMinutesLate }
    ${can.where("AssetNode.freshnessStatusInfo", "freshnessStatusInfo { freshnessStatus }")}
    assetMaterializations(limit: 1) { timestamp }
  }
  ${health(can)}
}`;
