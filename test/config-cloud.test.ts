/** How a dbt Cloud account becomes a source: variables, the config file, and the options of a program. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addressesOf, type Config, type Flags, loadConfig } from "../src/config.ts";
import type { SourceInput } from "../src/config-file.ts";
import type { Environment } from "../src/config-values.ts";
import { RunlensError } from "../src/errors.ts";

const TOKEN = "dbtc_made-up-0123456789";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "runlens-config-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (environment: Environment = {}, flags: Flags = {}) => loadConfig(flags, environment, folder);
const write = (text: string) => writeFileSync(join(folder, "runlens.yml"), text);

/** What stands for a variable in a config file. */
const placeholder = (name: string) => `\${${name}}`;

/** The error of a configuration that is refused; fails where a token is in it. */
async function refusal(work: Promise<unknown>): Promise<RunlensError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RunlensError)) throw new Error("was not refused");
  const told = [error.message, error.hint, error.stack, JSON.stringify(error.cause)].join("\n");
  expect(told).not.toContain(TOKEN);
  return error;
}

describe("the variables", () => {
  it("make a source of a token and an account, at the default host", async () => {
    const config = await load({ DBT_SERVICE_TOKEN: TOKEN, DBT_ACCOUNT_ID: "70403103916622" });
    expect(config.sources).toEqual([{ type: "dbt-cloud", token: TOKEN, account_id: "70403103916622" }]);
    expect(config.origins.sources).toBe("DBT_SERVICE_TOKEN");
  });

  it("name the host and the addresses of both APIs", async () => {
    const config = await load({
      DBT_SERVICE_TOKEN: TOKEN,
      DBT_ACCOUNT_ID: "1",
      DBT_HOST: "ab123.us1.dbt.com",
      DBT_ADMIN_URL: "https://dbt.example.com",
      DBT_DISCOVERY_URL: "https://metadata.dbt.example.com/graphql",
    });
    expect(config.sources).toEqual([
      {
        type: "dbt-cloud",
        token: TOKEN,
        account_id: "1",
        host: "ab123.us1.dbt.com",
        admin_url: "https://dbt.example.com",
        discovery_url: "https://metadata.dbt.example.com/graphql",
      },
    ]);
  });

  it("make dbt Cloud the first of two sources beside artifacts", async () => {
    const both = { DBT_ARTIFACTS_PATH: "a", DBT_SERVICE_TOKEN: TOKEN, DBT_ACCOUNT_ID: "1" };
    const config = await load(both);
    expect(config.sources).toEqual([
      { type: "dbt-cloud", token: TOKEN, account_id: "1" },
      { type: "artifacts", path: [join(folder, "a")] },
    ]);
    expect(config.origins.sources).toBe("DBT_SERVICE_TOKEN, DBT_ARTIFACTS_PATH");
  });

  it("are one source alone where there is a target folder that nobody named", async () => {
    mkdirSync(join(folder, "target"));
    const config = await load({ DBT_SERVICE_TOKEN: TOKEN, DBT_ACCOUNT_ID: "1" });
    expect(config.sources.map(({ type }) => type)).toEqual(["dbt-cloud"]);
  });

  it.each([
    ["DBT_SERVICE_TOKEN", TOKEN, "DBT_ACCOUNT_ID"],
    ["DBT_ACCOUNT_ID", "1", "DBT_SERVICE_TOKEN"],
  ])("refuse %s alone, also beside artifacts", async (name, value, other) => {
    for (const beside of [{}, { DBT_ARTIFACTS_PATH: "a" }]) {
      const error = await refusal(load({ ...beside, [name]: value }));
      expect(error.code).toBe("CONFIG");
      expect(error.message).toContain(`${other} is missing`);
      expect(error.hint).toContain(`Set ${other}`);
    }
  });

  it("do not matter by half where something nearer names the sources", async () => {
    const half = { DBT_ACCOUNT_ID: "1" };
    expect((await load(half, { demo: true })).sources.map(({ type }) => type)).toEqual(["artifacts"]);
    expect((await load(half, { artifacts: ["a"] })).sources.map(({ type }) => type)).toEqual(["artifacts"]);
  });

  it("make no source by the host alone, which other programs read too", async () => {
    expect((await load({ DBT_HOST: "db.example.com" })).sources).toEqual([]);
  });

  it("refuse what a client has not filled in", async () => {
    const error = await refusal(
      load({ DBT_SERVICE_TOKEN: placeholder("DBT_SERVICE_TOKEN"), DBT_ACCOUNT_ID: "1" }),
    );
    expect(error.message).toContain("DBT_SERVICE_TOKEN is still the placeholder");
  });
});

describe("the config file", () => {
  it("lists accounts beside artifacts, in its order", async () => {
    write(`
sources:
  - { type: artifacts, path: a }
  - type: dbt-cloud
    token: "${placeholder("US_TOKEN")}"
    account_id: 70403103916622
    host: ab123.us1.dbt.com
    id: americas
    project_filter: { project_ids: [Sandbox], include_or_exclude: exclude }
  - type: dbt-cloud
    token: Bearer ${placeholder("EU_TOKEN")}
    account_id: "2"
    admin_url: https://emea.dbt.com
    discovery_url: https://metadata.emea.dbt.com/graphql
`);
    const config = await load({ US_TOKEN: TOKEN, EU_TOKEN: "other" });
    expect(config.sources).toEqual([
      { type: "artifacts", path: [join(folder, "a")] },
      {
        type: "dbt-cloud",
        token: TOKEN,
        account_id: "70403103916622",
        host: "ab123.us1.dbt.com",
        id: "americas",
        project_filter: { project_ids: ["Sandbox"], include_or_exclude: "exclude" },
      },
      {
        type: "dbt-cloud",
        token: "Bearer other",
        account_id: "2",
        admin_url: "https://emea.dbt.com",
        discovery_url: "https://metadata.emea.dbt.com/graphql",
      },
    ]);
    expect(config.fileVariables).toEqual(["US_TOKEN", "EU_TOKEN"]);
  });

  it.each([
    ["alone", TOKEN],
    ["after Bearer", `Bearer ${TOKEN}`],
    ["after a variable", `${placeholder("US_TOKEN")}${TOKEN}`],
  ])("refuses a token that is written out, %s, and does not show it", async (_, token) => {
    write(`sources: [{ type: dbt-cloud, token: "${token}", account_id: 1 }]`);
    const error = await refusal(load({ US_TOKEN: "x" }));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toContain("runlens.yml: sources.0.token is written out");
    expect(error.hint).toContain(placeholder("DBT_SERVICE_TOKEN"));
  });

  it("shows no token that is written out where something else is wrong", async () => {
    for (const wrong of [
      `sources: [{ type: dbt-cloud, token: ${TOKEN}, account: 1 }]`,
      `sources: [{ type: dbt-cloud, token: ${TOKEN} }]`,
      `sources: [{ type: dbt-cloud, token: [${TOKEN}], account_id: 1 }]`,
      `sources: [{ type: dbt-cloud, token: ${TOKEN}, account_id: 1`,
    ]) {
      write(wrong);
      expect((await refusal(load())).code).toBe("CONFIG");
    }
  });

  it.each([
    [
      "an unknown key",
      `token: ${placeholder("T")}\n    acount_id: 1`,
      'unknown key "acount_id"',
      /^Known: account_id, /,
    ],
    [
      "a key of another type of source",
      `token: ${placeholder("T")}\n    account_id: 1\n    path: a`,
      'unknown key "path" in sources.0',
      /host/,
    ],
    ["no account", `token: ${placeholder("T")}`, "account_id is not valid: the number of an account", /./],
    ["no token", "account_id: 1", "sources.0.token is not valid: ", /./],
    [
      "an account that is no number",
      `token: ${placeholder("T")}\n    account_id: 1.5`,
      "account_id is not valid",
      /./,
    ],
  ])("refuses %s", async (_, keys, message, hint) => {
    write(`sources:\n  - type: dbt-cloud\n    ${keys}\n`);
    const error = await refusal(load({ T: TOKEN }));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(hint);
  });

  it("keeps the variables that it uses for itself", async () => {
    const token = placeholder("DBT_SERVICE_TOKEN");
    write(`
sources:
  - { type: dbt-cloud, token: "${token}", account_id: 1, id: named }
  - { type: artifacts, path: a }
`);
    const expected = [{ type: "dbt-cloud", id: "named" }, { type: "artifacts" }];
    expect((await load({ DBT_SERVICE_TOKEN: TOKEN })).sources).toMatchObject(expected);
    const whole = { DBT_SERVICE_TOKEN: TOKEN, DBT_ACCOUNT_ID: "2" };
    expect((await load(whole)).sources).toMatchObject(expected);
    const beside = await load({ ...whole, DBT_ARTIFACTS_PATH: "b" });
    expect(beside.sources).toEqual([{ type: "artifacts", path: [join(folder, "b")] }]);
    expect(beside.origins.sources).toBe("DBT_ARTIFACTS_PATH");
  });

  it("gives way to the variables of an account that it does not use", async () => {
    write("sources: [{ type: artifacts, path: a }]");
    const config = await load({ DBT_SERVICE_TOKEN: TOKEN, DBT_ACCOUNT_ID: "1" });
    expect(config.sources.map(({ type }) => type)).toEqual(["dbt-cloud"]);
  });
});

describe("options of a program", () => {
  const accountIn = ({ sources }: Config) => sources[0];

  it("go before the variables, which fill in the rest", async () => {
    const environment = {
      DBT_SERVICE_TOKEN: "other",
      DBT_ACCOUNT_ID: "1",
      DBT_HOST: "emea.dbt.com",
      DBT_ADMIN_URL: "https://other.example.com",
    };
    const cloud = { token: TOKEN, accountId: 7, adminUrl: "https://dbt.example.com" };
    const config = await load(environment, { cloud });
    expect(accountIn(config)).toEqual({
      type: "dbt-cloud",
      token: TOKEN,
      account_id: "7",
      host: "emea.dbt.com",
      admin_url: "https://dbt.example.com",
    });
    expect(accountIn(await load(environment, { cloud: { accountId: "7" } }))).toMatchObject({
      token: "other",
      account_id: "7",
    });
  });

  it("say which variable is missing, also for an option without a value", async () => {
    expect((await refusal(load({}, { cloud: { token: TOKEN } }))).message).toContain("DBT_ACCOUNT_ID");
    expect((await refusal(load({}, { cloud: { accountId: 1 } }))).message).toContain("DBT_SERVICE_TOKEN");
    mkdirSync(join(folder, "target"));
    expect((await refusal(load({}, { cloud: { token: "" } }))).message).toContain("DBT_SERVICE_TOKEN");
  });

  it("stand beside artifacts, and give way to sources", async () => {
    const cloud = { token: TOKEN, accountId: 1 };
    const both = await load({}, { cloud, artifacts: ["a"] });
    expect(both.sources.map(({ type }) => type)).toEqual(["dbt-cloud", "artifacts"]);
    const sources: SourceInput[] = [{ type: "dbt-cloud", token: "a value", account_id: 2 }];
    expect((await load({}, { cloud, sources })).sources).toEqual([
      { type: "dbt-cloud", token: "a value", account_id: "2" },
    ]);
  });
});

describe("the addresses", () => {
  it("are found from the settings", async () => {
    const account = { type: "dbt-cloud", token: TOKEN, account_id: "1" } as const;
    expect(await addressesOf(account)).toEqual({
      admin: "https://cloud.getdbt.com",
      discovery: "https://metadata.cloud.getdbt.com/graphql",
    });
    expect(await addressesOf({ ...account, host: "ab123.us1.dbt.com" })).toEqual({
      admin: "https://ab123.us1.dbt.com",
      discovery: "https://ab123.metadata.us1.dbt.com/graphql",
    });
    await expect(addressesOf({ ...account, host: TOKEN })).rejects.toMatchObject({ code: "CONFIG" });
  });
});
