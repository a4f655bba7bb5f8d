/** What the library's options do; the questions themselves are the core's. */
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Account, type AccountOptions } from "../../src/index.ts";
import { systemClock } from "../../src/sync/clock.ts";
import { DEMO_NOW } from "../demo.ts";
import { artifactsWorld } from "../emulators/dbt-cloud/artifacts.ts";
import { type Emulator, startEmulator } from "../emulators/dbt-cloud/server.ts";
import { FULL_TOKEN } from "../emulators/dbt-cloud/tokens.ts";

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

describe("new Account of dbt Cloud", () => {
  const now = () => Date.parse(DEMO_NOW);
  const clock = { ...systemClock(), now };
  const world = artifactsWorld(ARTIFACTS, { now: now() });
  const token = FULL_TOKEN;
  const accountId = world.account.id;
  let emulator: Emulator;
  let host: string;
  beforeAll(async () => {
    emulator = await startEmulator({ world, now, adminLimit: 1e6, discoveryLimit: 1e6 });
    host = new URL(emulator.adminUrl).host;
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    emulator.resetCounts();
  });
  afterAll(() => emulator.close());

  it.each([
    ["a host", () => ({ host })],
    ["both addresses", () => ({ endpoint: emulator.discoveryUrl, adminUrl: emulator.adminUrl })],
  ])("reads the account at %s", async (_, place) => {
    const account = open({ token, accountId, clock, ...place() });
    const [project] = await account.getProjects();
    expect([project?.name, project?.modelCount]).toEqual(["Pedal Harbour", 25]);
    expect(emulator.count("admin")).toBeGreaterThan(0);
    expect(emulator.count("discovery")).toBeGreaterThan(0);
  });

  it("takes the token after the word of either header", async () => {
    for (const word of ["Bearer", "Token"]) {
      const account = open({ token: `${word} ${token}`, accountId: String(accountId), host, clock });
      expect(await account.getJobs()).toHaveLength(4);
    }
  });

  it("reads what is left out from its variable", async () => {
    vi.stubEnv("DBT_ACCOUNT_ID", String(accountId));
    vi.stubEnv("DBT_HOST", host);
    expect(await open({ token, clock }).getJobs()).toHaveLength(4);
    vi.stubEnv("DBT_SERVICE_TOKEN", token);
    expect(await open({ clock }).getJobs()).toHaveLength(4);
  });

  it("says which is missing, token or account, and sends nothing", async () => {
    const tokenAlone = open({ token, host }).getJobs();
    await expect(tokenAlone).rejects.toMatchObject({
      code: "CONFIG",
      hint: expect.stringContaining("Set DBT_ACCOUNT_ID"),
    });
    const endpointAlone = open({ endpoint: emulator.discoveryUrl }).getJobs();
    await expect(endpointAlone).rejects.toMatchObject({
      code: "CONFIG",
      hint: expect.stringContaining("Set DBT_SERVICE_TOKEN"),
    });
    expect(emulator.count()).toBe(0);
  });

  it("refuses an account that is no number, and an address that would send the token unencrypted", async () => {
    const wrong = [
      { accountId: "mine", host },
      { accountId, host: "http://cloud.example.com" },
    ];
    for (const options of wrong) {
      const error: unknown = await open({ token, ...options })
        .getJobs()
        .catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "CONFIG" });
      expect(String(error)).not.toContain(token);
    }
    expect(emulator.count()).toBe(0);
  });

  it("takes the account among its sources, with the token as a value", async () => {
    const sources = [{ type: "dbt-cloud" as const, token, account_id: accountId, host }];
    expect(await open({ sources, clock }).getJobs()).toHaveLength(4);
  });

  it("refuses the same source twice", async () => {
    const source = { type: "dbt-cloud" as const, token, account_id: accountId, host };
    await expect(open({ sources: [source, source] }).getJobs()).rejects.toMatchObject({
      code: "CONFIG",
      message: expect.stringContaining("are the same"),
    });
  });

  it("keeps every answer to the filter of the source", async () => {
    const project_filter = { project_ids: ["Pedal Harbour"], include_or_exclude: "exclude" as const };
    const sources = [{ type: "dbt-cloud" as const, token, account_id: accountId, host, project_filter }];
    expect(await open({ sources, clock }).getProjects()).toHaveLength(0);
  });

  it("stands beside artifacts", async () => {
    const account = open({ token, accountId, host, artifactsPath: ARTIFACTS, clock });
    const projects = await account.getProjects();
    expect(projects.source.systems.toSorted()).toEqual(["artifacts", "dbt-cloud"]);
  });
});
