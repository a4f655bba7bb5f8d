/** Documents that the tests of the emulator ask with, and with which it was compared with a real webserver. */

const ERROR = "fragment E on PythonError { message className stack }";

export const RUNS = `query Runs($filter: RunsFilter, $cursor: String, $limit: Int) {
  runsOrError(filter: $filter, cursor: $cursor, limit: $limit) { __typename
    ... on Runs { count results { runId jobName status creationTime startTime endTime updateTime parentRunId
      rootRunId stepKeysToExecute assetSelection { path } tags { key value } canTerminate
      repositoryOrigin { repositoryName repositoryLocationName } } }
    ... on InvalidPipelineRunsFilterError { message } ... on PythonError { message stack } } }`;

export const STEPS = `query Steps($runId: ID!) {
  runOrError(runId: $runId) { __typename
    ... on Run { runId status jobName startTime endTime
      stats { __typename
        ... on RunStatsSnapshot { stepsSucceeded stepsFailed materializations expectations enqueuedTime launchTime }
        ... on PythonError { message } }
      stepStats { stepKey status startTime endTime attempts { startTime endTime } markers { startTime endTime }
        materializations { assetKey { path } partition metadataEntries { __typename label } } } }
    ... on RunNotFoundError { runId message } ... on PythonError { message stack } } }`;

export const EVENTS = `query Events($runId: ID!, $afterCursor: String, $limit: Int) {
  logsForRun(runId: $runId, afterCursor: $afterCursor, limit: $limit) { __typename
    ... on EventConnection { cursor hasMore events { __typename
      ... on MessageEvent { runId message timestamp level stepKey eventType solidHandleID }
      ... on ErrorEvent { error { ...E cause { ...E cause { ...E } } } }
      ... on ExecutionStepFailureEvent { errorSource }
      ... on ExecutionStepUpForRetryEvent { secondsToWait }
      ... on MarkerEvent { markerStart markerEnd }
      ... on DisplayableEvent { label description metadataEntries { __typename label } }
      ... on MaterializationEvent { assetKey { path } partition }
      ... on AssetCheckEvaluationEvent { evaluation { checkName assetKey { path } success severity description } }
      ... on AssetCheckEvaluationPlannedEvent { checkName checkedAssetKey: assetKey { path } }
      ... on LogsCapturedEvent { fileKey stepKeys externalUrl } } }
    ... on RunNotFoundError { runId message } ... on PythonError { message className stack } } }
${ERROR}`;

export const WORKSPACE = `query Workspace {
  repositoriesOrError { __typename
    ... on RepositoryConnection { nodes { name location { name }
      jobs { name isAssetJob isJob tags { key value } runs(limit: 1) { runId }
        solidHandles { handleID solid { name definition { __typename name }
          inputs { definition { name } dependsOn { solid { name } } } } } }
      schedules { name cronSchedule pipelineName executionTimezone
        scheduleState { status ticks(limit: 3) { tickId status timestamp endTimestamp runIds error { message } } } }
      sensors { name sensorType targets { pipelineName } minIntervalSeconds
        sensorState { status ticks(limit: 2) { status timestamp skipReason error { message } } } } } }
    ... on PythonError { message } }
  workspaceOrError { __typename
    ... on Workspace { locationEntries { name loadStatus updatedTimestamp displayMetadata { key value }
      locationOrLoadError { __typename ... on RepositoryLocation { name repositories { name } }
        ... on PythonError { message className } } } }
    ... on PythonError { message } }
  instance { freshnessEvaluationEnabled daemonHealth {
    allDaemonStatuses { daemonType required healthy lastHeartbeatTime lastHeartbeatErrors { message } } } }
  version }`;

export const ASSETS = `query Assets {
  assetNodes { id assetKey { path } groupName kinds computeKind description jobNames opNames opName isPartitioned
    isMaterializable isObservable isExecutable hasAssetChecks tags { key value }
    metadataEntries { __typename label ... on TextMetadataEntry { text } }
    dependencyKeys { path } dependedByKeys { path } staleStatus staleCauses { category reason }
    internalFreshnessPolicy { __typename
      ... on TimeWindowFreshnessPolicy { failWindowSeconds warnWindowSeconds } }
    freshnessStatusInfo { freshnessStatus } partitionStats { numMaterialized numPartitions numFailed }
    assetMaterializations(limit: 2) { runId timestamp partition } repository { name location { name } }
    assetChecksOrError { __typename ... on AssetChecks { checks { name blocking description
      executionForLatestMaterialization { id runId status timestamp stepKey partition
        evaluation { success severity description timestamp targetMaterialization { runId timestamp } } } } } } }
  assetsOrError(limit: 3) { __typename
    ... on AssetConnection { cursor nodes { id key { path } latestMaterializationTimestamp
      assetHealth { assetHealth materializationStatus assetChecksStatus freshnessStatus } hasDefinitionOrRecord } }
    ... on PythonError { message } } }`;
