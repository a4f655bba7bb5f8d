/** What a client does that asks for the history of one model after the other, with as many requests at once. */
import { performance } from "node:perf_hooks";

/** Requests at once, as many as runlens sends to one API. */
const AT_ONCE = 8;
const PAGE = 500;

const MODELS = `query Models($environment: BigInt!, $first: Int!, $after: String) {
  environment(id: $environment) { definition { models(first: $first, after: $after) {
    edges { node { uniqueId } } pageInfo { endCursor hasNextPage } } } } }`;
const HISTORY = `query History($environment: BigInt!, $model: String!, $runs: Int!) {
  environment(id: $environment) { applied { modelHistoricalRuns(uniqueId: $model, lastRunCount: $runs) {
    runId status executionTime runGeneratedAt } } } }`;

/**
 * The averages of the last runs that succeeded, of all models, and what they took.
 * @param {{ discoveryUrl: string, token: string, environments: readonly string[] }} platform
 * @param {number} runs of each model
 */
export async function oneByOne({ discoveryUrl, token, environments }, runs) {
  const from = performance.now();
  let requests = 0;
  const ask = async (/** @type {string} */ query, /** @type {object} */ variables) => {
    requests++;
    const response = await fetch(discoveryUrl, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = await response.json();
    if (!response.ok || errors !== undefined)
      throw new Error(`${response.status}: ${JSON.stringify(errors)}`);
    return data.environment;
  };

  /** @type {{ environment: string, model: string }[]} */
  const models = [];
  await atOnce(environments, async (environment) => {
    for (let after = null, hasNextPage = true; hasNextPage; ) {
      const { definition } = await ask(MODELS, { environment, first: PAGE, after });
      for (const { node } of definition.models.edges) models.push({ environment, model: node.uniqueId });
      ({ endCursor: after, hasNextPage } = definition.models.pageInfo);
    }
  });

  // One more than is averaged would not do where several failed; a client asks for some more.
  const wanted = runs + Math.ceil(runs / 2);
  /** @type {{ model: string, average: number }[]} */
  const averages = [];
  await atOnce(models, async ({ environment, model }) => {
    const { applied } = await ask(HISTORY, { environment, model, runs: wanted });
    const times = applied.modelHistoricalRuns
      .filter((/** @type {{ status: string }} */ row) => row.status === "success")
      .map((/** @type {{ executionTime: number }} */ row) => row.executionTime)
      .slice(0, runs);
    averages.push({
      model,
      average:
        times.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0) / times.length,
    });
  });
  averages.sort((one, other) => other.average - one.average);
  return { ms: performance.now() - from, requests, averages };
}

/** @template T @param {readonly T[]} items @param {(item: T) => Promise<void>} work */
async function atOnce(items, work) {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
