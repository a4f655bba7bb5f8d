/** What the parts of the benchmark of dbt Cloud share. */
import { LIBRARY, READER, WATCH } from "../lib/places.mjs";
import { Program } from "../lib/program.mjs";

export const SIZE = { projects: 12, jobs: 40, models: 3000, days: 60, latencyMs: 50 };
export const LAST_RUNS = 10;
export const TTL_S = 300;
/** The method of the library that is `slowest_models`. */
export const SLOWEST = "slowestModels";

/** The question of all that is measured here. */
export function slowest() {
  return { lastNRuns: LAST_RUNS };
}

/**
 * A reader whose clock stands where that of the platform does.
 * @param {Program} platform
 * @param {string} store
 * @param {{ watched?: string }} [options] `watched`: the file of what is seen of it
 */
export async function openReader(platform, store, { watched } = {}) {
  const { accountId, token, adminUrl, discoveryUrl, ahead } = await platform.tell("describe");
  const settings = { ahead, accountId, token, adminUrl, endpoint: discoveryUrl, store, cacheTtl: TTL_S };
  return new Program(READER, {
    arguments: [LIBRARY, JSON.stringify(settings)],
    execArgv: watched === undefined ? ["--expose-gc"] : ["--import", WATCH],
    env: {
      BENCH_WATCH_FILE: watched,
      RUNLENS_CONFIG: undefined,
      DBT_CACHE_TTL: undefined,
      DBT_ENABLE_CACHING: undefined,
      DBT_DISCOVERY_LOG_LEVEL: undefined,
    },
  });
}

/** @param {string} group @param {string} name @param {number} value @param {string} unit @param {number | null} target @param {string} detail @returns {import("../lib/figures.mjs").Figure} */
export function figure(group, name, value, unit, target, detail) {
  return { group, name, value, unit, target, detail };
}
