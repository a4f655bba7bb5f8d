/** The library in a process of its own. */
import { LIBRARY, READER, WATCH } from "./places.mjs";
import { Program } from "./program.mjs";

/**
 * A process that asks the library; `reader.mjs` has its commands.
 * @param {object} settings options of an `Account`, and `ahead`: milliseconds by which its clock is ahead of the machine's
 * @param {{ watched?: string | undefined }} [options] `watched`: the file of what is seen of it
 */
export function openLibrary(settings, { watched } = {}) {
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
