/**
 * What is asked of Discovery. Every document is valid in the schema of March 2025 and in that of June 2026, but for
 * `jobRunPageDocument`, which a test holds. Code, columns and parents are left out of lists: they make up nearly all of an answer.
 */
import { gql } from "graphql-request";

const EXECUTION_INFO = `lastRunId lastRunStatus lastRunError lastRunGeneratedAt lastJobDefinitionId lastSuccessRunId
  lastSuccessJobDefinitionId runGeneratedAt runElapsedTime executionTime compileStartedAt compileCompletedAt
  executeStartedAt executeCompletedAt`;

const PAGE_INFO = "totalCount pageInfo { endCursor hasNextPage }";

const connection = (name: string, variable: string, node: string) =>
  `${name}(first: $first, after: $${variable}) @include(if: $with_${variable}) { ${PAGE_INFO} edges { node { uniqueId ${node} } } }`;

const FRESHNESS = `freshness { freshnessChecked freshnessStatus maxLoadedAt maxLoadedAtTimeAgoInS snapshottedAt
  freshnessRunId freshnessRunGeneratedAt freshnessJobDefinitionId
  criteria { warnAfter { count period } errorAfter { count period } } }`;

const DESCRIPTION = "name description tags filePath";
const RELATION = "alias database schema packageName";

/** The connections of the two states, each with the variable of its cursor. */
export const DEFINED = {
  models: `${DESCRIPTION} ${RELATION} materializedType group version access`,
  seeds: `${DESCRIPTION} ${RELATION}`,
  snapshots: `${DESCRIPTION} ${RELATION}`,
  sources: `${DESCRIPTION} sourceName sourceDescription identifier database schema loader`,
  tests: `${DESCRIPTION} columnName testType testedNodeUniqueId`,
  exposures: `${DESCRIPTION} packageName exposureType label url ownerName ownerEmail maturity`,
} as const;

export const APPLIED = {
  models: `executionInfo { ${EXECUTION_INFO} }`,
  seeds: `executionInfo { ${EXECUTION_INFO} }`,
  snapshots: `executionInfo { ${EXECUTION_INFO} }`,
  tests: `testType testedNodeUniqueId testMetadata { name namespace } config executionInfo { ${EXECUTION_INFO} lastRunFailures }`,
  sources: FRESHNESS,
} as const;

const definedParts = Object.entries(DEFINED).map(([name, node]) => connection(name, `defined_${name}`, node));
const appliedParts = Object.entries(APPLIED).map(([name, node]) => connection(name, `applied_${name}`, node));

const cursors = (names: readonly string[]) =>
  names.map((name) => `$${name}: String, $with_${name}: Boolean!`).join(", ");

const DEFINED_CURSORS = Object.keys(DEFINED).map((name) => `defined_${name}`);
const APPLIED_CURSORS = Object.keys(APPLIED).map((name) => `applied_${name}`);

/** Everything about the nodes of an environment, one page of each kind at once. */
export const DEFINITIONS = gql`
  query Definitions($environment: BigInt!, $first: Int!, $with_lineage: Boolean!, ${cursors([...DEFINED_CURSORS, ...APPLIED_CURSORS])}) {
    environment(id: $environment) {
      dbtProjectName
      adapterType
      definition {
        lastUpdatedAt
        ${definedParts.join("\n        ")}
        lineage(filter: { types: [Model, Seed, Snapshot, Source, Test, Exposure] }) @include(if: $with_lineage) {
          uniqueId
          parentIds
        }
      }
      applied {
        lastUpdatedAt
        latestGitSha
        ${appliedParts.join("\n        ")}
      }
    }
  }
`;

/** Only how the nodes last ran. */
export const LATEST_STATE = gql`
  query LatestState($environment: BigInt!, $first: Int!, ${cursors(APPLIED_CURSORS)}) {
    environment(id: $environment) {
      applied {
        lastUpdatedAt
        latestGitSha
        ${appliedParts.join("\n        ")}
      }
    }
  }
`;

const RESULT = `status skip error executionTime runElapsedTime runGeneratedAt compileStartedAt compileCompletedAt
  executeStartedAt executeCompletedAt invocationId threadId`;

/**
 * The last executions of many nodes, by environment: of so many nodes of the first, so many of the second and so on.
 * `$e0` is the id of the first environment; `$u0` is the id of the first node and `$n0` how many are wanted, counted
 * on through all environments, and so are the answers `m0` within `e0`.
 */
export function historyDocument(nodes: readonly number[]): string {
  let node = 0;
  const variables: string[] = [];
  const parts = nodes.map((count, environment) => {
    variables.push(`$e${environment}: BigInt!`);
    const lists = Array.from({ length: count }, () => {
      const n = node++;
      variables.push(`$u${n}: String!, $n${n}: Int!`);
      return `m${n}: modelHistoricalRuns(uniqueId: $u${n}, lastRunCount: $n${n}) { ...Executions }`;
    });
    return `e${environment}: environment(id: $e${environment}) { applied { ${lists.join("\n")} } }`;
  });
  return gql`
    query History(${variables.join(", ")}) {
      ${parts.join("\n      ")}
    }
    fragment Executions on ModelNode {
      uniqueId jobId runId environmentId ${RESULT}
      runResults { ${RESULT} args }
    }
  `;
}

const TIMES = `status skip error executionTime runElapsedTime runGeneratedAt compileStartedAt compileCompletedAt
  executeStartedAt executeCompletedAt`;

/** The lists of a job that hold results. */
export const JOB_LISTS = {
  models: `${RESULT} runResults { ${RESULT} args }`,
  tests: `state fail warn invocationId threadId ${TIMES}`,
  seeds: `thread_id ${TIMES}`,
  snapshots: `threadId ${TIMES}`,
  sources: `state freshnessChecked maxLoadedAt maxLoadedAtTimeAgoInS snapshottedAt
    criteria { warnAfter { count period } errorAfter { count period } }`,
  exposures:
    "status executionTime compileStartedAt compileCompletedAt executeStartedAt executeCompletedAt threadId",
} as const;

export type JobList = keyof typeof JOB_LISTS;

/** Results of one run, each list at once. */
export function jobRunDocument(lists: readonly JobList[]): string {
  return gql`
    query JobRun($job: BigInt!, $run: BigInt!) {
      job(id: $job, runId: $run) {
        id
        runId
        ${lists.map((name) => `${name} { uniqueId ${JOB_LISTS[name]} }`).join("\n        ")}
      }
    }
  `;
}

/** The same in pages, which schemas have since June 2026; `$models` is the cursor of the models, and so on. */
export function jobRunPageDocument(lists: readonly JobList[]): string {
  const page = (name: JobList) =>
    `${name}(first: $first, after: $${name}) { paginationCursor uniqueId ${JOB_LISTS[name]} }`;
  return gql`
    query JobRunPage($job: BigInt!, $run: BigInt!, $first: Int!, ${lists.map((name) => `$${name}: String`).join(", ")}) {
      job(id: $job, runId: $run) {
        id
        runId
        ${lists.map(page).join("\n        ")}
      }
    }
  `;
}

/** The code of one model or snapshot. */
export const NODE_CODE = gql`
  query NodeCode($environment: BigInt!, $ids: [String!]) {
    environment(id: $environment) {
      applied {
        models(first: 1, filter: { uniqueIds: $ids }) { edges { node { uniqueId rawCode compiledCode language } } }
        snapshots(first: 1, filter: { uniqueIds: $ids }) { edges { node { uniqueId rawCode compiledCode } } }
      }
      definition {
        models(first: 1, filter: { uniqueIds: $ids }) { edges { node { uniqueId rawCode language } } }
        snapshots(first: 1, filter: { uniqueIds: $ids }) { edges { node { uniqueId rawCode } } }
      }
    }
  }
`;

/** Whether the token is taken at all. */
export const PROBE = gql`
  query Probe {
    __typename
  }
`;

/** Whether the token may read an environment. */
export const PROBE_ENVIRONMENT = gql`
  query ProbeEnvironment($environment: BigInt!) {
    environment(id: $environment) {
      dbtProjectName
    }
  }
`;
