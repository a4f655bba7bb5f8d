/** How a Dagster deployment becomes a source: variables, the config file, and what of it is shown. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addressOf, type Config, type DagsterConfig, type Flags, loadConfig } from "../src/config.ts";
import { deploymentOptions } from "../src/config-dagster.ts";
import type { Environment } from "../src/config-values.ts";
import { RunlensError } from "../src/errors.ts";
import { serverCommand } from "../src/frontends/cli/server-command.ts";
import { settingsOf } from "../src/frontends/cli/settings.ts";

const TOKEN = "user:acme:made-up-0123456789abcdef";
const SECRET = "let-me-in-9876543210";
const URL = "http://localhost:3000/graphql";
const HEADERS = { "CF-Access-Client-Id": "an-id-9876543210", "CF-Access-Client-Secret": SECRET };
const PLUS = {
  DAGSTER_CLOUD_ORGANIZATION: "acme",
  DAGSTER_CLOUD_DEPLOYMENT: "prod",
  DAGSTER_CLOUD_API_TOKEN: TOKEN,
};

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "runlens-config-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (environment: Environment = {}, flags: Flags = {}) => loadConfig(flags, environment, folder);
const write = (text: string) => writeFileSync(join(folder, "runlens.yml"), text);

/** What stands for a variable in a config file. */
const placeholder = (name: string) => `\${${name}}`;

/** The error of a configuration that is refused; fails where a secret is in it. */
async function refusal(work: Promise<unknown>): Promise<RunlensError> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RunlensError)) throw new Error("was not refused");
  const told = [error.message, error.hint, error.stack, JSON.stringify(error.cause)].join("\n");
  for (const secret of [TOKEN, SECRET]) expect(told).not.toContain(secret);
  expect(error.code).toBe("CONFIG");
  return error;
}

describe("the variables", () => {
  it("make a source of an address", async () => {
    const config = await load({ DAGSTER_GRAPHQL_URL: URL });
    expect(config.sources).toEqual([{ type: "dagster", url: URL }]);
    expect(config.origins.sources).toBe("DAGSTER_GRAPHQL_URL");
  });

  it("make one of an organization, a deployment and a token", async () => {
    const config = await load(PLUS);
    expect(config.sources).toEqual([
      { type: "dagster", organization: "acme", deployment: "prod", token: TOKEN },
    ]);
    expect(config.origins.sources).toBe("DAGSTER_CLOUD_ORGANIZATION");
    expect(await addressOf({ type: "dagster", organization: "acme", deployment: "prod" })).toBe(
      "https://acme.dagster.cloud/prod/graphql",
    );
  });

  it("may say all of it, and more headers", async () => {
    const url = "https://acme.eu.dagster.cloud/prod";
    const given = { DAGSTER_GRAPHQL_URL: url, DAGSTER_CLOUD_API_TOKEN: TOKEN };
    const config = await load({ ...given, DAGSTER_EXTRA_HEADERS: JSON.stringify(HEADERS) });
    expect(config.sources).toEqual([{ type: "dagster", url, token: TOKEN, headers: HEADERS }]);
  });

  it.each([
    ["DAGSTER_CLOUD_ORGANIZATION", /first part of the address/],
    ["DAGSTER_CLOUD_DEPLOYMENT", /e\.g\. prod/],
    ["DAGSTER_CLOUD_API_TOKEN", /user token/],
  ] as const)("without %s are refused with what it is", async (name, hint) => {
    const { [name]: _, ...rest } = PLUS;
    const error = await refusal(load(rest));
    expect(error.message).toBe(`Dagster+ is configured by half: ${name} is missing.`);
    expect(error.hint).toMatch(hint);
    expect(error.hint).toContain("DAGSTER_GRAPHQL_URL");
    // Also where there are artifacts beside it, and where the variable is there and empty.
    expect((await refusal(load({ ...rest, DBT_ARTIFACTS_PATH: "a" }))).message).toContain(name);
    expect((await refusal(load({ ...rest, [name]: "" }))).message).toContain(name);
  });

  it("make no source of what only says more of one", async () => {
    expect((await load({ DAGSTER_CLOUD_DEPLOYMENT: "prod" })).sources).toEqual([]);
    expect((await load({ DAGSTER_EXTRA_HEADERS: "{}" })).sources).toEqual([]);
  });

  it("do not matter by half where something nearer names the sources", async () => {
    const half = { DAGSTER_CLOUD_ORGANIZATION: "acme" };
    expect((await load(half, { demo: true })).sources.map(({ type }) => type)).toEqual(["artifacts"]);
    expect((await load(half, { artifacts: ["a"] })).sources.map(({ type }) => type)).toEqual(["artifacts"]);
  });

  it("make a source beside dbt Cloud and artifacts", async () => {
    const config = await load({
      DBT_ARTIFACTS_PATH: "a",
      DBT_SERVICE_TOKEN: "t",
      DBT_ACCOUNT_ID: "1",
      DAGSTER_GRAPHQL_URL: URL,
    });
    expect(config.sources.map(({ type }) => type)).toEqual(["dbt-cloud", "dagster", "artifacts"]);
    expect(config.origins.sources).toBe("DBT_SERVICE_TOKEN, DAGSTER_GRAPHQL_URL, DBT_ARTIFACTS_PATH");
  });

  it("refuse what a client has not filled in", async () => {
    const error = await refusal(load({ DAGSTER_GRAPHQL_URL: placeholder("DAGSTER_GRAPHQL_URL") }));
    expect(error.message).toContain("DAGSTER_GRAPHQL_URL is still the placeholder");
  });
});

describe("more headers", () => {
  const headers = (text: string) => load({ DAGSTER_GRAPHQL_URL: URL, DAGSTER_EXTRA_HEADERS: text });

  it.each([
    ["no JSON", `X-Key: ${SECRET}`],
    ["JSON that is cut off", `{"X-Key": "${SECRET}"`],
    ["a text", `"${SECRET}"`],
    ["a list", `["${SECRET}"]`],
    ["nothing", "null"],
    ["a number in it", `{"X-Key": "${SECRET}", "X-Count": 1}`],
    ["an object in it", `{"X-Key": {"value": "${SECRET}"}}`],
  ])("are refused where they are %s, and not shown", async (_, text) => {
    const error = await refusal(headers(text));
    expect(error.message).toContain("DAGSTER_EXTRA_HEADERS");
  });

  it("may be none", async () => {
    expect((await headers("{}")).sources).toEqual([{ type: "dagster", url: URL, headers: {} }]);
  });
});

describe("the config file", () => {
  it("lists deployments", async () => {
    write(`
sources:
  - type: dagster
    url: ${URL}
    id: local
    environment: dev
    project_filter: { project_ids: [shop] }
    headers: { X-Team: data, Authorization: "Basic ${placeholder("PROXY")}" }
  - { type: dagster, organization: acme, deployment: prod, token: "${placeholder("DAGSTER_CLOUD_API_TOKEN")}" }
`);
    const config = await load({ PROXY: SECRET, DAGSTER_CLOUD_API_TOKEN: TOKEN });
    expect(config.sources).toEqual([
      {
        type: "dagster",
        url: URL,
        id: "local",
        environment: "dev",
        project_filter: { project_ids: ["shop"], include_or_exclude: "include" },
        headers: { "X-Team": "data", Authorization: `Basic ${SECRET}` },
      },
      { type: "dagster", organization: "acme", deployment: "prod", token: TOKEN },
    ]);
    expect(config.fileVariables).toEqual(["PROXY", "DAGSTER_CLOUD_API_TOKEN"]);
  });

  it.each([
    ["token", `token: "${TOKEN}"`, "DAGSTER_CLOUD_API_TOKEN"],
    ["token", `token: "Bearer ${TOKEN}"`, "DAGSTER_CLOUD_API_TOKEN"],
    ["headers.Authorization", `headers: { Authorization: "Bearer ${SECRET}" }`, "A_VARIABLE"],
    ["headers.X-Api-Key", `headers: { X-Api-Key: "${SECRET}" }`, "A_VARIABLE"],
    ["headers.CF-Access-Client-Secret", `headers: { CF-Access-Client-Secret: "${SECRET}" }`, "A_VARIABLE"],
    ["headers.cookie", `headers: { cookie: "session=${SECRET}" }`, "A_VARIABLE"],
  ])("refuses a secret that is written out: %s", async (key, text, variable) => {
    write(`sources: [{ type: dagster, url: "${URL}", ${text} }]`);
    const error = await refusal(load());
    expect(error.message).toContain(`runlens.yml: sources.0.${key} is written out`);
    expect(error.hint).toContain(placeholder(variable));
  });

  it.each([
    ["an unknown key", "urll: x", 'unknown key "urll"'],
    ["a key of another type of source", "account_id: 1", 'unknown key "account_id"'],
    ["headers that are no texts", "headers: { X-Count: 1 }", "sources.0.headers"],
  ])("refuses %s", async (_, text, message) => {
    write(`sources:\n  - type: dagster\n    url: ${URL}\n    ${text}\n`);
    expect((await refusal(load())).message).toContain(message);
  });

  it("keeps the variables that it uses for itself", async () => {
    write(`sources: [{ type: dagster, url: "${placeholder("DAGSTER_GRAPHQL_URL")}", id: named }]`);
    const { sources } = await load({ DAGSTER_GRAPHQL_URL: URL });
    expect(sources).toEqual([{ type: "dagster", url: URL, id: "named" }]);
  });
});

describe("what the source is given", () => {
  it("is what was said, with the filter in its own terms, and nothing else", () => {
    const project_filter: DagsterConfig["project_filter"] = {
      project_ids: ["shop"],
      include_or_exclude: "exclude",
    };
    expect(deploymentOptions({ type: "dagster", url: URL, project_filter })).toEqual({
      url: URL,
      projectFilter: project_filter,
    });
    expect(Object.keys(deploymentOptions({ type: "dagster", url: URL }))).toEqual(["url"]);
  });
});

describe("what is shown", () => {
  /** Name and value of what the settings say of the source; fails where a secret is in any of them. */
  async function shown(environment: Environment): Promise<[string, string][]> {
    const settings = await settingsOf(await load(environment));
    for (const secret of [TOKEN, SECRET]) expect(JSON.stringify(settings)).not.toContain(secret);
    return settings.flatMap(({ name, value }): [string, string][] =>
      name.startsWith("sources") ? [[name, value]] : [],
    );
  }

  it("is the address, that there is no token, and the names of headers", async () => {
    const environment = {
      DAGSTER_GRAPHQL_URL: "localhost:3000",
      DAGSTER_EXTRA_HEADERS: JSON.stringify(HEADERS),
    };
    expect(await shown(environment)).toEqual([
      ["sources", "dagster"],
      ["sources.0.url", URL],
      ["sources.0.token", "none"],
      ["sources.0.headers", "CF-Access-Client-Id, CF-Access-Client-Secret: set"],
    ]);
  });

  it("is of a token its end alone", async () => {
    expect(await shown(PLUS)).toEqual([
      ["sources", "dagster"],
      ["sources.0.url", "https://acme.dagster.cloud/prod/graphql"],
      ["sources.0.token", "set, ends in cdef"],
    ]);
    expect(await shown({ ...PLUS, DAGSTER_CLOUD_API_TOKEN: "short" })).toContainEqual([
      "sources.0.token",
      "set",
    ]);
  });

  it("is why an address cannot be meant", async () => {
    const [, url] = await shown({ DAGSTER_GRAPHQL_URL: `https://me:${SECRET}@dagster.example.com` });
    expect(url).toEqual(["sources.0.url", "none: DAGSTER_GRAPHQL_URL has a name or password in it."]);
  });

  const commandFor = (config: Config) => serverCommand(config, "/opt/runlens.js");

  it("for who starts it leaves secrets out, and has the rest", async () => {
    const config = await load({ ...PLUS, DAGSTER_EXTRA_HEADERS: JSON.stringify(HEADERS) });
    expect((await commandFor(config)).env).toEqual({
      DAGSTER_CLOUD_ORGANIZATION: "acme",
      DAGSTER_CLOUD_DEPLOYMENT: "prod",
      DAGSTER_CLOUD_API_TOKEN: null,
      DAGSTER_EXTRA_HEADERS: null,
    });
    expect((await commandFor(await load({ DAGSTER_GRAPHQL_URL: URL }))).env).toEqual({
      DAGSTER_GRAPHQL_URL: URL,
    });
  });

  it.each([
    [`https://me:${SECRET}@dagster.example.com/graphql`, null],
    [`https://dagster.example.com/graphql?token=${SECRET}`, "https://dagster.example.com/graphql"],
  ])("for who starts it has no secret of an address: %s", async (url, shown) => {
    const { env } = await commandFor(await load({ DAGSTER_GRAPHQL_URL: url }));
    expect(env).toEqual({ DAGSTER_GRAPHQL_URL: shown });
  });

  it("for who starts it is the config file where that says it all", async () => {
    write(`sources: [{ type: dagster, url: "${URL}", token: "${placeholder("A_TOKEN")}" }]`);
    const { args, env } = await commandFor(await load({ A_TOKEN: TOKEN }));
    expect(args).toEqual(["/opt/runlens.js", "mcp", "--config", join(folder, "runlens.yml")]);
    expect(env).toEqual({ A_TOKEN: null });
  });
});
