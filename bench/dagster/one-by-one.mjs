/** What a client does that asks for the history of one asset after the other, eight requests at once. */
import { performance } from "node:perf_hooks";
import { post } from "./session.mjs";

/** As many as runlens sends at once. */
const AT_ONCE = 8;

const ASSETS = "query Assets { assetNodes { assetKey { path } } }";
const HISTORY = `query History($keys: [AssetKeyInput!], $runs: Int) {
  assetNodes(assetKeys: $keys) { assetMaterializations(limit: $runs) { runId stepStats { startTime endTime } } }
}`;

/**
 * The averages in seconds of the last runs that made each asset, the largest first, and what they took.
 * @param {string} url @param {number} runs of each asset
 */
export async function oneByOne(url, runs) {
  const from = performance.now();
  const { assetNodes } = await post(url, ASSETS, {});
  let requests = 1;
  /** @type {number[]} */
  const averages = [];
  const queue = [...assetNodes];
  const work = async () => {
    for (let asset = queue.shift(); asset !== undefined; asset = queue.shift()) {
      const { path } = asset.assetKey;
      const answer = await post(url, HISTORY, { keys: [{ path }], runs });
      requests++;
      const times = answer.assetNodes[0].assetMaterializations.map(
        (/** @type {{ stepStats: { startTime: number, endTime: number } }} */ { stepStats }) =>
          stepStats.endTime - stepStats.startTime,
      );
      averages.push(
        times.reduce((/** @type {number} */ sum, /** @type {number} */ one) => sum + one, 0) / times.length,
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  averages.sort((one, other) => other - one);
  return { ms: performance.now() - from, requests, averages };
}
