/** The Discovery API: definitions, latest state, history and results of runs. */

import type { ModelCode } from "../source.ts";
import { WireError } from "../wire/failure.ts";
import { GraphqlApi, type Reply } from "../wire/graphql.ts";
import { isObject, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import type { Transport } from "../wire/transport.ts";
import { Connections, listOf, nodesOf } from "./connections.ts";
import {
  APPLIED,
  DEFINED,
  DEFINITIONS,
  historyDocument,
  LATEST_STATE,
  NODE_CODE,
  PROBE,
  PROBE_ENVIRONMENT,
} from "./documents.ts";
import { type JobRun, JobRuns } from "./job-run.ts";
import { HISTORY_BATCH, PAGE } from "./plan.ts";

export type { JobRun } from "./job-run.ts";

/** Nodes by kind; each is as Discovery gives it, with times as ISO 8601 text. */
type Nodes<K extends string> = Record<K, WireObject[]>;

export interface Definitions {
  dbtProjectName: string | null;
  adapterType: string | null;
  definition: Nodes<keyof typeof DEFINED> & { lastUpdatedAt: string | null; lineage: WireObject[] };
  /** Null where nothing was ever built. */
  applied: Applied | null;
  /** How many requests it took. */
  requests: number;
}

export interface Applied extends Nodes<keyof typeof APPLIED> {
  lastUpdatedAt: string | null;
  latestGitSha: string | null;
}

/** Whose last executions are wanted, and how many. */
export interface HistoryRequest {
  environmentId: string;
  uniqueId: string;
  count: number;
}

const MOST_PAGES = 400;
/** Batches of history that are under way at once. */
const HISTORY_AT_ONCE = 4;

export class DiscoveryApi {
  readonly #transport: Transport;
  readonly #graphql: GraphqlApi;
  readonly #jobRuns: JobRuns;
  /** Nodes per document; less where that was too much for the platform. */
  #batch = HISTORY_BATCH;

  constructor(transport: Transport, url: string) {
    this.#transport = transport;
    this.#graphql = new GraphqlApi(transport, url);
    this.#jobRuns = new JobRuns(this.#graphql);
  }

  /** Requests sent so far. */
  get requests(): number {
    return this.#transport.requests;
  }

  /** How many requests the results of a run take; infinite where its artifacts are the better way. */
  get requestsPerRun(): number {
    return this.#jobRuns.requests;
  }

  /** Data of a document, with the errors that came beside it. Rejects where there are errors alone. */
  query(document: string, variables: Record<string, unknown>, signal: AbortSignal): Promise<Reply> {
    return this.#graphql.query(document, variables, signal);
  }

  /** All definitions of an environment with the latest state of its nodes. */
  async definitions(environmentId: string, signal: AbortSignal): Promise<Definitions> {
    const nodes = new Connections({ definition: Object.keys(DEFINED), applied: Object.keys(APPLIED) });
    const { first, requests } = await this.#allPages(nodes, signal, (isFirst) => [
      DEFINITIONS,
      { environment: environmentId, first: PAGE, with_lineage: isFirst },
    ]);
    const definition = objectOf(first.definition);
    return {
      dbtProjectName: textOf(first.dbtProjectName),
      adapterType: textOf(first.adapterType),
      definition: {
        models: nodes.of("definition", "models"),
        seeds: nodes.of("definition", "seeds"),
        snapshots: nodes.of("definition", "snapshots"),
        sources: nodes.of("definition", "sources"),
        tests: nodes.of("definition", "tests"),
        exposures: nodes.of("definition", "exposures"),
        lastUpdatedAt: textOf(definition.lastUpdatedAt),
        lineage: listOf(definition.lineage),
      },
      applied: isObject(first.applied) ? appliedOf(first.applied, nodes) : null,
      requests,
    };
  }

  /** The latest state of an environment's nodes; null where nothing was ever built. */
  async latest(environmentId: string, signal: AbortSignal): Promise<Applied | null> {
    const nodes = new Connections({ applied: Object.keys(APPLIED) });
    const { first } = await this.#allPages(nodes, signal, () => [
      LATEST_STATE,
      { environment: environmentId, first: PAGE },
    ]);
    return isObject(first.applied) ? appliedOf(first.applied, nodes) : null;
  }

  /** Asks until no connection has more. The first answer has what comes once. */
  async #allPages(
    nodes: Connections,
    signal: AbortSignal,
    ask: (isFirst: boolean) => [document: string, variables: Record<string, unknown>],
  ): Promise<{ first: WireObject; requests: number }> {
    let first: WireObject | null = null;
    for (let requests = 1; requests <= MOST_PAGES; requests++) {
      const [document, variables] = ask(first === null);
      const environment = await this.#environment(document, { ...variables, ...nodes.variables }, signal);
      nodes.take(environment);
      first ??= environment;
      if (!nodes.hasMore) return { first, requests };
    }
    // Nodes that are left out would seem to be gone.
    throw this.#transport.failure({ kind: "unreadable", what: "lists without an end" });
  }

  async #environment(document: string, variables: Record<string, unknown>, signal: AbortSignal) {
    const { data, errors } = await this.query(document, variables, signal);
    // A part of an environment would be taken for all of it: what is missing would seem to be gone.
    if (!isObject(data.environment) || errors.length > 0) throw this.#graphql.refusal(errors);
    return data.environment;
  }

  /**
   * The last executions of nodes, newest first, many nodes in a document. `each` is told of every batch as it
   * arrives. A batch that is too complex, or answers too slowly, is halved, and so are those after it.
   */
  async history(
    wanted: readonly HistoryRequest[],
    signal: AbortSignal,
    each: (rows: Map<HistoryRequest, WireObject[]>) => Promise<void>,
  ): Promise<void> {
    const queue = [...wanted];
    const next = async (): Promise<void> => {
      for (let batch = queue.splice(0, this.#batch); batch.length > 0; batch = queue.splice(0, this.#batch)) {
        await each(await this.#historyOf(batch, signal));
      }
    };
    const work = Array.from({ length: HISTORY_AT_ONCE }, () =>
      next().catch((error: unknown) => {
        // Nothing more is asked, and `each` is not called once the caller has been told.
        queue.length = 0;
        throw error;
      }),
    );
    const failed = (await Promise.allSettled(work)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  async #historyOf(
    batch: readonly HistoryRequest[],
    signal: AbortSignal,
  ): Promise<Map<HistoryRequest, WireObject[]>> {
    const environments = [...new Set(batch.map(({ environmentId }) => environmentId))];
    const groups = environments.map((id) => batch.filter(({ environmentId }) => environmentId === id));
    const variables: Record<string, string | number> = {};
    const answers = new Map<HistoryRequest, (data: WireObject) => unknown>();
    for (const [e, group] of groups.entries()) {
      variables[`e${e}`] = environments[e] ?? "";
      for (const request of group) {
        const n = answers.size;
        variables[`u${n}`] = request.uniqueId;
        variables[`n${n}`] = request.count;
        answers.set(request, (data) => objectOf(objectOf(data[`e${e}`]).applied)[`m${n}`]);
      }
    }
    const document = historyDocument(groups.map((group) => group.length));
    try {
      const { data, errors } = await this.query(document, variables, signal);
      if (errors.length > 0) throw this.#graphql.refusal(errors);
      return new Map([...answers].map(([request, rows]) => [request, listOf(rows(data))]));
    } catch (error) {
      const isTooMuch =
        error instanceof WireError && (error.reason === "complexity" || error.code === "TIMEOUT");
      if (!isTooMuch || batch.length === 1) throw error;
      const half = Math.ceil(batch.length / 2);
      this.#batch = Math.min(this.#batch, half);
      return new Map([
        ...(await this.#historyOf(batch.slice(0, half), signal)),
        ...(await this.#historyOf(batch.slice(half), signal)),
      ]);
    }
  }

  /**
   * What a run left. Null where Discovery has no such run (any more), where the question is too complex for it, or
   * where it does not give all of the answer.
   */
  jobRun(jobId: string, runId: string, signal: AbortSignal): Promise<JobRun | null> {
    return this.#jobRuns.read(jobId, runId, signal);
  }

  /** Code of a model or snapshot, raw and compiled; nulls where the environment does not have it. */
  async code(environmentId: string, uniqueId: string, signal: AbortSignal): Promise<ModelCode> {
    const { data } = await this.query(NODE_CODE, { environment: environmentId, ids: [uniqueId] }, signal);
    const environment = objectOf(data.environment);
    const nodes = [objectOf(environment.applied), objectOf(environment.definition)].flatMap((state) => [
      ...nodesOf(state.models),
      ...nodesOf(state.snapshots),
    ]);
    const first = (field: string) =>
      nodes.map((node) => textOf(node[field])).find((text) => text !== null) ?? null;
    return {
      raw_sql: first("rawCode"),
      compiled_sql: first("compiledCode"),
      language: first("language"),
    };
  }

  /** Asks for the least that an environment has, which only a token with permission gets. */
  async probe(environmentId: string | null, signal: AbortSignal): Promise<void> {
    if (environmentId === null) await this.query(PROBE, {}, signal);
    else await this.query(PROBE_ENVIRONMENT, { environment: environmentId }, signal);
  }
}

function appliedOf(applied: WireObject, nodes: Connections): Applied {
  return {
    models: nodes.of("applied", "models"),
    seeds: nodes.of("applied", "seeds"),
    snapshots: nodes.of("applied", "snapshots"),
    tests: nodes.of("applied", "tests"),
    sources: nodes.of("applied", "sources"),
    lastUpdatedAt: textOf(applied.lastUpdatedAt),
    latestGitSha: textOf(applied.latestGitSha),
  };
}
