/**
 * A question takes time to be answered, and is asked anew for what it turns out to need. Its window is reckoned from
 * when it was put: one that moved on would never have all that it needs.
 */
import { describe, expect, it } from "vitest";
import type { Side } from "./answers.ts";
import { openDagster } from "./dagster.ts";
import { openCloud } from "./dbt-cloud.ts";
import { openParadime } from "./paradime.ts";

const tick = 1;

describe.each<[string, () => Promise<Side>]>([
  ["dbt Cloud", () => openCloud({ schema: "2026-06", tick })],
  ["Dagster", () => openDagster({ version: "1.13.27", tick })],
  ["Paradime", () => openParadime({ tick })],
])("%s, while time passes", (_, open) => {
  it("answers every question about the last days", async () => {
    const side = await open();
    try {
      const { items } = await side.ask("list_projects");
      const [{ project_id }] = items as [{ project_id: string }];
      const jobs = (await side.ask("list_jobs", { limit: 1 })).items as [{ job_id: string }];
      const models = (await side.ask("slowest_models", { limit: 1 })).items as [{ model_id: string }];
      const [{ job_id }, { model_id }] = [jobs[0], models[0]];
      const since = "7d";
      for (const [name, input, counted] of [
        ["list_runs", { since, job_id }, "items"],
        ["slowest_models", { since }, "items"],
        ["longest_running_jobs", { since }, "items"],
        ["get_models_with_runtime", { since, model_ids: [model_id] }, "items"],
        ["get_test_results", { since, failed_only: false }, "items"],
        ["get_runtime_trend", { model_id }, "points"],
        ["get_runtime_trend", { job_id, since }, "points"],
        ["get_runtime_trend", { project_id, since }, "points"],
      ] as const) {
        const answer = await side.ask(name, input);
        expect([name, answer[counted]]).toEqual([name, expect.arrayContaining([expect.anything()])]);
      }
    } finally {
      await side.close();
    }
  }, 60_000);
});
