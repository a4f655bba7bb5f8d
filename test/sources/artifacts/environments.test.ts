import { describe, expect, it } from "vitest";
import { environmentType } from "../../../src/sources/artifacts/environments.ts";
import { newFolder, put, readOne, runResults, sync } from "./support.ts";

describe("the environment of an invocation", () => {
  it.each([
    ["prod", "production"],
    ["Production", "production"],
    ["live", "production"],
    ["default", "production"],
    ["analytics_prod", "production"],
    ["staging", "staging"],
    ["uat", "staging"],
    ["pre-prod", "staging"],
    ["dev", "development"],
    ["dev_prod_copy", "development"],
    ["local", "development"],
    ["sandbox-2", "development"],
    ["ci", "other"],
  ])("is of the kind that its name says: %s is %s", (name, type) => {
    expect(environmentType(name)).toBe(type);
  });

  it("is the platform's, then the target, then the configured one, then the default", async () => {
    const env = {
      DBT_CLOUD_ENVIRONMENT_ID: "33",
      DBT_CLOUD_ENVIRONMENT_NAME: "Nightly",
      DBT_CLOUD_ENVIRONMENT_TYPE: "staging",
    };
    const args = { target: "dev" };
    const options = { environment: "main" };
    const named = async (parts: object, given = {}) =>
      (await readOne(runResults(parts), given)).unit.environment;
    expect(await named({ env, args }, options)).toEqual({
      environment_id: "33",
      name: "Nightly",
      type: "staging",
    });
    expect(await named({ args }, options)).toMatchObject({ environment_id: "dev" });
    expect(await named({}, options)).toEqual({ environment_id: "main", name: "main", type: "other" });
    expect(await named({})).toEqual({ environment_id: "default", name: "default", type: "production" });
  });

  it("is the target that was typed where the arguments leave it out", async () => {
    const args = { invocation_command: "dbt build --target prod" };
    expect((await readOne(runResults({ args }))).unit.environment.environment_id).toBe("prod");
  });
});

describe("the run of an invocation", () => {
  it("is shared by the commands of one run on a platform, with what started it", async () => {
    const env = {
      DBT_CLOUD_JOB_ID: "501",
      DBT_CLOUD_RUN_ID: "9001",
      DBT_CLOUD_RUN_REASON_CATEGORY: "scheduled",
      DBT_CLOUD_GIT_SHA: "0123abc",
      DBT_CLOUD_GIT_BRANCH: "main",
    };
    const folder = newFolder();
    put(folder, "1/run_results.json", runResults({ id: "i-1", env, args: { which: "run" } }));
    put(folder, "2/run_results.json", runResults({ id: "i-2", env, args: { which: "test" } }));
    const { load } = await sync({ paths: [folder] });
    const units = load.invocations();
    expect(units.map(({ run, job }) => [run.run_id, job.job_id])).toEqual([
      ["9001", "501"],
      ["9001", "501"],
    ]);
    expect(units[0]?.run).toMatchObject({
      derived: true,
      trigger: "scheduled",
      commit_sha: "0123abc",
      branch: "main",
    });
  });

  it("is the invocation itself elsewhere", async () => {
    const { unit } = await readOne(runResults({ id: "i-5" }));
    expect(unit.run).toMatchObject({ run_id: "i-5", trigger: null, commit_sha: null });
  });
});
