/** Jobs with their schedules, as questions show them. */
import { describe, expect, it } from "vitest";
import type { Schedule } from "../../emulators/dagster/world.ts";
import { MINUTE, openBench } from "./bench.ts";
import { asset, location, opJob, worldOf } from "./worlds.ts";

const schedule = (name: string, cron: string, given: Partial<Schedule> = {}): Schedule => ({
  name,
  cron,
  timezone: null,
  jobName: "nightly",
  status: "RUNNING",
  ticks: [],
  ...given,
});

function shop(schedules: Schedule[]) {
  const made = location("shop", [asset("mart")], [opJob("nightly", "load"), opJob("__ASSET_JOB", "mart")]);
  return { ...made, repositories: made.repositories.map((repository) => ({ ...repository, schedules })) };
}

describe("a job", () => {
  it("is scheduled as its running schedules say, with their time zones", async () => {
    const schedules = [
      schedule("one", "0 2 * * *", { timezone: "UTC" }),
      schedule("two", "0 9 * * *", { timezone: "Europe/Oslo" }),
      schedule("again", "0 2 * * *"),
      schedule("stopped", "0 3 * * *", { status: "STOPPED" }),
      schedule("another", "0 4 * * *", { jobName: "other" }),
    ];
    const world = worldOf([shop(schedules)]);
    const bench = await openBench({ world });
    // What the webserver makes for selections of assets is no job of anybody's.
    expect((await bench.ask("list_jobs")).items).toMatchObject([
      { job_id: "nightly", schedule: "0 2 * * *; 0 9 * * * Europe/Oslo", last_run_id: null },
    ]);
    world.locations = [shop([schedule("one", "0 2 * * *", { status: "STOPPED" })])];
    world.touch();
    bench.clock.pass(20 * MINUTE);
    expect((await bench.ask("list_jobs")).items).toMatchObject([{ job_id: "nightly", schedule: null }]);
  });

  it("has its page in the deployment", async () => {
    const bench = await openBench({ world: worldOf([shop([])]), pathPrefix: "/dagster" });
    const { items } = await bench.ask("list_jobs");
    const { origin } = new URL(bench.emulator.url);
    expect(items).toMatchObject([{ url: `${origin}/dagster/locations/shop/jobs/nightly` }]);
  });
});
