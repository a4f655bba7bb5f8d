import { describe, expect, it } from "vitest";
import { branchesOf, Hierarchy } from "../../../src/sources/dbt-cloud/hierarchy.ts";
import { CloudEnvironment, CloudJob, CloudProject } from "../../../src/sources/dbt-cloud/wire.ts";

const pages = { base: "https://ab123.us1.dbt.com", accountId: "1" };
const projects = [
  CloudProject.parse({ id: 10, name: "Shop" }),
  CloudProject.parse({ id: 70471875959609, name: null }),
];
const environments = [
  { id: 1, project_id: 10, name: "Prod", type: "deployment", deployment_type: "production" },
  { id: 2, project_id: 10, name: "Stage", type: "deployment", deployment_type: "staging" },
  { id: 3, project_id: 10, name: "Dev", type: "development", deployment_type: null },
  { id: 4, project_id: 70471875959609, name: "Only", type: "deployment", deployment_type: null },
].map((one) => CloudEnvironment.parse(one));
const jobs = [
  {
    id: 5,
    project_id: 10,
    environment_id: 1,
    name: "Nightly",
    execute_steps: ["dbt build"],
    triggers: { schedule: true },
    schedule: { cron: "0 2 * * *" },
  },
  {
    id: 6,
    project_id: 10,
    environment_id: 1,
    name: "By hand",
    triggers: { schedule: false },
    schedule: { cron: "0 0 * * *" },
  },
].map((one) => CloudJob.parse(one));
const account = new Hierarchy(branchesOf(projects, environments, jobs, pages));
const ids = (need: Parameters<typeof account.environments>[0]) =>
  account.environments(need).map(({ environment }) => environment.environment_id);

describe("environments of a question", () => {
  it.each([
    [{}, ["1", "4"]],
    [{ environment: "staging" }, ["2"]],
    [{ environment: "dev" }, ["3"]],
    [{ environment: "2" }, ["2"]],
    [{ project_ids: ["shop-of-nobody"] }, []],
    [{ project_ids: ["Shop"] }, ["1"]],
    [{ project_ids: ["dbt-cloud:x/1/70471875959609"] }, ["4"]],
  ])("of %j", (need, expected) => {
    expect(ids(need)).toEqual(expected);
  });
});

it("shows no schedule where it is switched off", () => {
  const [branch] = account.branches;
  expect(branch?.jobs.map(({ job }) => job.schedule)).toEqual(["0 2 * * *", null]);
  expect(branch?.jobs[0]?.job.url).toBe("https://ab123.us1.dbt.com/deploy/1/projects/10/jobs/5");
});

it("knows what is no longer listed by its id alone", () => {
  const place = account.placeOf({ project_id: "10", environment_id: "99", job_id: "98" });
  expect(place?.environment).toEqual({ environment_id: "99", name: "99", type: "other" });
  expect(place?.job).toMatchObject({ job_id: "98", removed: true });
  expect(account.placeOf({ project_id: "11", environment_id: "1", job_id: "5" })).toBeNull();
});

it("has another fingerprint when a name changes", () => {
  const renamed = [{ ...projects[0], name: "Store" }, projects[1]].map((one) => CloudProject.parse(one));
  expect(new Hierarchy(branchesOf(renamed, environments, jobs, pages)).fingerprint).not.toBe(
    account.fingerprint,
  );
  expect(new Hierarchy(branchesOf(projects, environments, jobs, pages)).fingerprint).toBe(
    account.fingerprint,
  );
});
