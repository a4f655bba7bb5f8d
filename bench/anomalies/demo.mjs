/** The run times of the demo's models, from its files, and the events that its README says were planted in them. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEMO_ARTIFACTS } from "../lib/places.mjs";

const BUILDS = ["build", "run", "retry"];
/** One slow run; and one model that is slower from a night on. */
const SLOW_RUNS = ["fct_trip_distances 2026-11-04"];
const LEVELS = ["fct_station_occupancy 2026-11-10"];

/** @typedef {{ name: string, timings: import("./series.mjs").Timing[], days: string[], refreshes: boolean[] }} ModelTimes */

/** Times of each model's successes, oldest first. @returns {ModelTimes[]} */
export function demoModels() {
  /** @type {Map<string, ModelTimes>} */
  const models = new Map();
  for (const folder of readdirSync(DEMO_ARTIFACTS).sort()) {
    const file = join(DEMO_ARTIFACTS, folder, "run_results.json");
    if (!existsSync(file)) continue;
    const { args, results } = JSON.parse(readFileSync(file, "utf8"));
    if (!BUILDS.includes(args.which)) continue;
    for (const { unique_id, status, execution_time, timing } of results) {
      if (!unique_id.startsWith("model.") || status !== "success") continue;
      const name = unique_id.replace("model.pedal_harbour.", "");
      const model = models.get(name) ?? { name, timings: [], days: [], refreshes: [] };
      models.set(name, model);
      const at = Date.parse(timing.at(-1)?.completed_at);
      model.timings.push({ at, runtime_s: execution_time, weekday: new Date(at).getUTCDay() + 1 });
      model.days.push(folder.slice(0, 10));
      model.refreshes.push(args.full_refresh === true);
    }
  }
  return [...models.values()];
}

/**
 * How many of the planted were found, and how many were found that are none.
 * @param {readonly string[]} found
 * @param {"slow" | "level"} what
 */
export function heldAgainstPlanted(found, what) {
  const planted = what === "slow" ? SLOW_RUNS : LEVELS;
  return {
    planted: planted.length,
    found: planted.filter((event) => found.includes(event)).length,
    wrong: found.filter((event) => !planted.includes(event)).length,
  };
}
