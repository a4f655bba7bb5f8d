/** What is asked of `logsForRun`: only what every server since 1.6 has, and newer parts where this one has them. */

/** Whether the server's schema has a type (`HealthChangedEvent`) or a field (`AssetCheckEvaluation.partition`). */
export type Has = (name: string) => boolean;

/** Errors with their causes to this depth; the schema's `cause` can only be asked for link by link. */
const CHAIN = 5;

/** Members whose `assetKey` may be null. One that may not would need an alias: types of one field may not differ. */
const ASSET_EVENTS = ["MaterializationEvent", "ObservationEvent", "FailedToMaterializeEvent"];
/** What servers did not have at 1.6; all else is asked for without a look at the schema. */
const NEWER = ["FailedToMaterializeEvent"];

/** The document of a page of events; variables `runId`, `afterCursor` and `limit` (1 to 1,000). */
export function eventDocument(has: Has, { stack }: { stack: boolean }): string {
  const assets = ASSET_EVENTS.filter((type) => !NEWER.includes(type) || has(type));
  return `
    query RunEvents($runId: ID!, $afterCursor: String, $limit: Int) {
      logsForRun(runId: $runId, afterCursor: $afterCursor, limit: $limit) {
        __typename
        ... on EventConnection {
          cursor
          hasMore
          events {
            __typename
            ... on MessageEvent { message timestamp level stepKey eventType }
            ... on ErrorEvent { error { ${chained("...Cause", CHAIN)} } }
            ... on ExecutionStepFailureEvent { errorSource }
            ... on ExecutionStepUpForRetryEvent { secondsToWait }
            ${assets.map((type) => `... on ${type} { assetKey { path } partition }`).join("\n            ")}
            ${has("FailedToMaterializeEvent") ? "... on FailedToMaterializeEvent { materializationFailureReason }" : ""}
            ... on AssetMaterializationPlannedEvent { assetKey { path } }
            ... on AssetCheckEvaluationEvent {
              evaluation {
                checkName success severity description assetKey { path }
                ${has("AssetCheckEvaluation.partition") ? "partition" : ""}
              }
            }
            ... on LogsCapturedEvent { stepKeys }
          }
        }
        ... on RunNotFoundError { runId message }
        ... on PythonError { message className }
      }
    }
    fragment Cause on PythonError { message className ${stack ? "stack" : ""} }
  `;
}

function chained(fields: string, depth: number): string {
  return depth === 0 ? fields : `${fields} cause { ${chained(fields, depth - 1)} }`;
}
