/** What the parts of the benchmark of dbt Cloud share. */
import { openLibrary } from "../lib/library.mjs";

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
 * @param {import("../lib/program.mjs").Program} platform
 * @param {string} store
 * @param {{ watched?: string }} [options] `watched`: the file of what is seen of it
 */
export async function openReader(platform, store, { watched } = {}) {
  const { accountId, token, adminUrl, discoveryUrl, ahead } = await platform.tell("describe");
  const settings = { ahead, accountId, token, adminUrl, endpoint: discoveryUrl, store, cacheTtl: TTL_S };
  return openLibrary(settings, { watched });
}
