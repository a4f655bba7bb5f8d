/**
 * Dagster behind an emulator: the failures in a run of 100,000 events beside the way of the upstream command, and the
 * first answers about a deployment of 600 assets beside one request for each of them.
 */
import { cold } from "./dagster/cold.mjs";
import { events } from "./dagster/events.mjs";
import { SIZE } from "./dagster/session.mjs";
import { buildPlatform } from "./lib/places.mjs";
import { Program } from "./lib/program.mjs";

/** @param {number} count pairs @returns {Promise<import("./lib/figures.mjs").Figure[]>} */
export async function dagster(count) {
  const platform = new Program(await buildPlatform("dagster"), {
    arguments: [JSON.stringify(SIZE)],
    execArgv: ["--max-old-space-size=4096"],
  });
  try {
    return [...(await events(platform, count)), ...(await cold(platform, count))];
  } finally {
    await platform.close();
  }
}
