/** Where a run belongs. */
import { describe, expect, it } from "vitest";
import { Deployment, type Location } from "../../../src/sources/dagster/deployment.ts";
import type { EnvironmentRow } from "../../../src/store/units.ts";

const ENVIRONMENT: EnvironmentRow = { environment_id: "prod", name: "prod", type: "production" };

const location = (name: string, ...jobs: string[]): Location => ({
  project: {
    project_id: name,
    name,
    dbt_project_name: null,
    adapter_type: null,
    url: null,
    created_at: null,
    updated_at: null,
  },
  jobs: jobs.map((job) => ({ job_id: job, name: job, schedule: "0 2 * * *", commands: [], url: null })),
});

const two = new Deployment([location("shop", "nightly", "hourly"), location("ops", "nightly")], ENVIRONMENT);
const one = new Deployment([location("shop", "nightly")], ENVIRONMENT);

/** The location and job of a place, and whether the job is one that nobody lists. */
function told(deployment: Deployment, job: string, at: string | null) {
  const place = deployment.placeOf(job, at);
  return place === null ? null : [place.project.project_id, place.job.name, place.job.removed ?? false];
}

describe("a run belongs", () => {
  it.each([
    ["to the location that it names", two, "nightly", "ops", ["ops", "nightly", false]],
    ["to it also with a job that is gone", two, "weekly", "ops", ["ops", "weekly", true]],
    ["nowhere where its location is gone", two, "nightly", "gone", null],
    ["to the only location that has such a job", two, "hourly", null, ["shop", "hourly", false]],
    ["at a guess to the first of two that have it", two, "nightly", null, ["shop", "nightly", false]],
    ["at a guess to the first of several that have not", two, "weekly", null, ["shop", "weekly", true]],
    ["to the only location that there is", one, "weekly", null, ["shop", "weekly", true]],
    [
      "by the assets that it made, of any selection alike",
      two,
      "__ASSET_JOB_3",
      "shop",
      ["shop", "__ASSET_JOB", true],
    ],
    [
      "as a run of the command line does",
      one,
      "__ephemeral_asset_job__",
      null,
      ["shop", "__ASSET_JOB", true],
    ],
  ] as const)("%s", (_, deployment, job, at, expected) => {
    expect(told(deployment, job, at)).toEqual(expected);
  });

  it("surely only where no other location could be meant", () => {
    const sure = (deployment: Deployment, job: string) => deployment.guessOf(job).sure;
    expect([sure(two, "hourly"), sure(one, "weekly")]).toEqual([true, true]);
    expect([sure(two, "nightly"), sure(two, "weekly")]).toEqual([false, false]);
    expect(new Deployment([], ENVIRONMENT).placeOf("nightly", null)).toBeNull();
  });

  it("to the environment that the deployment is", () => {
    expect(two.placeOf("hourly", null)?.environment).toBe(ENVIRONMENT);
    expect(two.placeOf("hourly", null)?.job.schedule).toBe("0 2 * * *");
  });
});

it("is told to the store as a whole", () => {
  const unit = two.unit({ id: "d", system: "dagster" }, 7);
  expect(unit).toMatchObject({ kind: "hierarchy", seen_at: 7 });
  expect(
    unit.projects.map(({ project, environments, jobs }) => [project.project_id, environments, jobs.length]),
  ).toEqual([
    ["shop", [ENVIRONMENT], 2],
    ["ops", [ENVIRONMENT], 1],
  ]);
});
