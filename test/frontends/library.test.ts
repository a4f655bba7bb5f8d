/** What the library's options do; the questions themselves are the core's. */
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Account, type AccountOptions } from "../../src/index.ts";

const ARTIFACTS = join(import.meta.dirname, "../../demo/artifacts");
const accounts: Account[] = [];

/** An account that is closed after the test. */
function open(options: AccountOptions): Account {
  const account = new Account({ store: ":memory:", ...options });
  accounts.push(account);
  return account;
}

afterEach(async () => {
  await Promise.all(accounts.splice(0).map((account) => account.close()));
});

describe("new Account", () => {
  it("refuses a token or endpoint of dbt Cloud at once, as not there yet", () => {
    for (const options of [{ token: "x" }, { endpoint: "https://metadata.cloud.getdbt.com/graphql" }]) {
      expect(() => new Account(options)).toThrow(expect.objectContaining({ code: "UNSUPPORTED" }));
    }
  });

  it("reads the artifacts that it is given", async () => {
    const [project] = await open({ artifactsPath: ARTIFACTS }).getProjects();
    expect(project?.projectId).toBe("pedal_harbour");
  });

  it("takes sources as a config file lists them, and refuses what is wrong in them", async () => {
    const sources = [{ type: "artifacts" as const, path: ARTIFACTS, project_id: "harbour" }];
    const [project] = await open({ sources }).getProjects();
    expect(project?.projectId).toBe("harbour");
    // What a program without types may pass.
    const wrong = [{ type: "artifacts", pth: ARTIFACTS }] as unknown as typeof sources;
    await expect(open({ sources: wrong }).getProjects()).rejects.toMatchObject({ code: "CONFIG" });
  });

  it("keeps every answer to the filter of the account", async () => {
    const filter = { projectIds: ["pedal_harbour"], includeOrExclude: "exclude" as const };
    const projects = await open({ artifactsPath: ARTIFACTS, filter }).getProjects();
    expect(projects).toHaveLength(0);
  });

  it("keeps every answer to the filter of a source", async () => {
    const project_filter = { project_ids: ["pedal_harbour"], include_or_exclude: "exclude" as const };
    const projects = await open({
      sources: [{ type: "artifacts", path: ARTIFACTS, project_filter }],
    }).getProjects();
    expect(projects).toHaveLength(0);
  });

  it("answers nothing after it was closed", async () => {
    const account = open({ artifactsPath: ARTIFACTS });
    await account.getProjects();
    await account.close();
    await expect(account.getProjects()).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
