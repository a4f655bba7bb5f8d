/** How a Paradime workspace becomes a source: variables, the config file, and what of it is shown. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Config, type Flags, loadConfig, type ParadimeConfig } from "../src/config.ts";
import { workspaceOptions } from "../src/config-paradime.ts";
import type { Environment } from "../src/config-values.ts";
import { RunlensError } from "../src/errors.ts";
import { serverCommand } from "../src/frontends/cli/server-command.ts";
import { settingsOf } from "../src/frontends/cli/settings.ts";

const ENDPOINT = "https://api.paradime.io/api/v1/abc123/graphql";
const KEY = "MADEUPKEY0123456789ABCDEF";
const SECRET = "made-up-secret-9876543210fedc";
const TOKEN = "prdm_cmp_made-up-55aa66bb77cc88dd";
const PAIR = { PARADIME_API_ENDPOINT: ENDPOINT, PARADIME_API_KEY: KEY, PARADIME_API_SECRET: SECRET };
const COMPANY = {
  PARADIME_API_ENDPOINT: ENDPOINT,
  PARADIME_API_SECRET: TOKEN,
  PARADIME_WORKSPACE_UID: "wks_finance",
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
  for (const secret of [KEY, SECRET, TOKEN]) expect(told).not.toContain(secret);
  expect(error.code).toBe("CONFIG");
  return error;
}

describe("the variables", () => {
  it("make a source of an address, a key and its secret", async () => {
    const config = await load(PAIR);
    expect(config.sources).toEqual([
      { type: "paradime", endpoint: ENDPOINT, api_key: KEY, api_secret: SECRET },
    ]);
    expect(config.origins.sources).toBe("PARADIME_API_ENDPOINT");
  });

  it("make one of a company's token and the workspace", async () => {
    expect((await load(COMPANY)).sources).toEqual([
      { type: "paradime", endpoint: ENDPOINT, api_secret: TOKEN, workspace: "wks_finance" },
    ]);
  });

  it.each([
    ["PARADIME_API_ENDPOINT", /API endpoint/],
    ["PARADIME_API_SECRET", /secret of an API key/],
  ] as const)("without %s are refused with what it is", async (name, hint) => {
    const { [name]: _, ...rest } = PAIR;
    const error = await refusal(load(rest));
    expect(error.message).toBe(`Paradime is configured by half: ${name} is missing.`);
    expect(error.hint).toMatch(hint);
    // Also where there are artifacts beside it, and where the variable is there and empty.
    expect((await refusal(load({ ...rest, DBT_ARTIFACTS_PATH: "a" }))).message).toContain(name);
    expect((await refusal(load({ ...rest, [name]: "" }))).message).toContain(name);
  });

  it("make no source of what only says more of one", async () => {
    expect((await load({ PARADIME_WORKSPACE_UID: "wks_finance" })).sources).toEqual([]);
  });

  it("do not matter by half where something nearer names the sources", async () => {
    const half = { PARADIME_API_KEY: KEY };
    expect((await load(half, { demo: true })).sources.map(({ type }) => type)).toEqual(["artifacts"]);
    expect((await load(half, { artifacts: ["a"] })).sources.map(({ type }) => type)).toEqual(["artifacts"]);
  });

  it("make a source beside the others", async () => {
    const config = await load({
      ...PAIR,
      DBT_ARTIFACTS_PATH: "a",
      DBT_SERVICE_TOKEN: "t",
      DBT_ACCOUNT_ID: "1",
      DAGSTER_GRAPHQL_URL: "http://localhost:3000/graphql",
    });
    expect(config.sources.map(({ type }) => type).sort()).toEqual([
      "artifacts",
      "dagster",
      "dbt-cloud",
      "paradime",
    ]);
    expect(config.origins.sources).toBe(
      "DBT_SERVICE_TOKEN, DAGSTER_GRAPHQL_URL, PARADIME_API_ENDPOINT, DBT_ARTIFACTS_PATH",
    );
  });

  it.each(Object.keys(PAIR))("refuse what a client has not filled in: %s", async (name) => {
    const error = await refusal(load({ ...PAIR, [name]: placeholder(name) }));
    expect(error.message).toContain(`${name} is still the placeholder`);
  });
});

describe("the config file", () => {
  it("lists workspaces", async () => {
    write(`
sources:
  - type: paradime
    endpoint: ${ENDPOINT}
    api_key: "${placeholder("PARADIME_API_KEY")}"
    api_secret: "${placeholder("PARADIME_API_SECRET")}"
    project_filter: { project_ids: [shop] }
  - type: paradime
    id: finance
    endpoint: ${ENDPOINT}
    api_secret: "Bearer ${placeholder("COMPANY_TOKEN")}"
    workspace: wks_finance
`);
    const config = await load({ PARADIME_API_KEY: KEY, PARADIME_API_SECRET: SECRET, COMPANY_TOKEN: TOKEN });
    expect(config.sources).toEqual([
      {
        type: "paradime",
        endpoint: ENDPOINT,
        api_key: KEY,
        api_secret: SECRET,
        project_filter: { project_ids: ["shop"], include_or_exclude: "include" },
      },
      {
        type: "paradime",
        id: "finance",
        endpoint: ENDPOINT,
        api_secret: `Bearer ${TOKEN}`,
        workspace: "wks_finance",
      },
    ]);
    expect(config.fileVariables).toEqual(["PARADIME_API_KEY", "PARADIME_API_SECRET", "COMPANY_TOKEN"]);
  });

  const secret = `api_secret: "${placeholder("PARADIME_API_SECRET")}"`;

  it.each([
    ["api_key", `api_key: "${KEY}", ${secret}`, "PARADIME_API_KEY"],
    [
      "api_secret",
      `api_key: "${placeholder("PARADIME_API_KEY")}", api_secret: "${SECRET}"`,
      "PARADIME_API_SECRET",
    ],
    ["api_secret", `api_secret: "${TOKEN}"`, "PARADIME_API_SECRET"],
    ["api_secret", `api_secret: "Bearer ${TOKEN}"`, "PARADIME_API_SECRET"],
  ])("refuses a secret that is written out: %s", async (key, text, variable) => {
    write(`sources: [{ type: paradime, endpoint: "${ENDPOINT}", ${text} }]`);
    const error = await refusal(load({ PARADIME_API_KEY: KEY, PARADIME_API_SECRET: SECRET }));
    expect(error.message).toContain(`runlens.yml: sources.0.${key} is written out`);
    expect(error.hint).toContain(`${key}: "${placeholder(variable)}"`);
  });

  it.each([
    ["an unknown key", `${secret}, api_secrets: x`, 'unknown key "api_secrets"'],
    ["a key of another type of source", `${secret}, token: x`, 'unknown key "token"'],
    ["a source without its secret", "id: x", "sources.0.api_secret is not valid"],
  ])("refuses %s", async (_, text, message) => {
    write(`sources: [{ type: paradime, endpoint: "${ENDPOINT}", ${text} }]`);
    expect((await refusal(load({ PARADIME_API_SECRET: SECRET }))).message).toContain(message);
  });

  it("keeps the variables that it uses for itself", async () => {
    write(`sources: [{ type: paradime, id: named, endpoint: "${ENDPOINT}", ${secret} }]`);
    const { sources } = await load(PAIR);
    expect(sources).toEqual([{ type: "paradime", id: "named", endpoint: ENDPOINT, api_secret: SECRET }]);
  });
});

describe("what the source is given", () => {
  it("is what was said, with the filter in its own terms, and nothing else", () => {
    const workspace = { type: "paradime", endpoint: ENDPOINT, api_secret: TOKEN } as const;
    expect(Object.entries(workspaceOptions(workspace))).toEqual([
      ["endpoint", ENDPOINT],
      ["apiSecret", TOKEN],
    ]);
    const project_filter: ParadimeConfig["project_filter"] = {
      project_ids: ["shop"],
      include_or_exclude: "exclude",
    };
    const all = { ...workspace, api_key: KEY, workspace: "wks", id: "own", project_filter };
    expect(workspaceOptions(all)).toEqual({
      endpoint: ENDPOINT,
      apiKey: KEY,
      apiSecret: TOKEN,
      workspace: "wks",
      id: "own",
      projectFilter: project_filter,
    });
  });
});

describe("what is shown", () => {
  /** Name and value of what the settings say of the source; fails where a secret is in any of them. */
  async function shown(environment: Environment): Promise<[string, string][]> {
    const settings = await settingsOf(await load(environment));
    for (const secret of [KEY, SECRET, TOKEN]) expect(JSON.stringify(settings)).not.toContain(secret);
    return settings.flatMap(({ name, value }): [string, string][] =>
      name.startsWith("sources") ? [[name, value]] : [],
    );
  }

  it("is of key and secret their ends alone", async () => {
    expect(await shown(PAIR)).toEqual([
      ["sources", "paradime"],
      ["sources.0.endpoint", ENDPOINT],
      ["sources.0.api_key", "set, ends in CDEF"],
      ["sources.0.api_secret", "set, ends in fedc"],
    ]);
    const short = await shown({ ...PAIR, PARADIME_API_KEY: "short", PARADIME_API_SECRET: "too" });
    expect(short.slice(2).map(([, value]) => value)).toEqual(["set", "set"]);
  });

  it("is that a token has no key beside it", async () => {
    expect(await shown(COMPANY)).toContainEqual(["sources.0.api_key", "none"]);
  });

  it("is why an address cannot be meant, and not what was written", async () => {
    const [, endpoint] = await shown({ ...PAIR, PARADIME_API_ENDPOINT: SECRET });
    expect(endpoint).toEqual(["sources.0.endpoint", "none: PARADIME_API_ENDPOINT is not an address."]);
  });

  const commandFor = (config: Config) => serverCommand(config, "/opt/runlens.js");

  it("for who starts it leaves secrets out, and has the rest", async () => {
    expect((await commandFor(await load(PAIR))).env).toEqual({
      PARADIME_API_ENDPOINT: ENDPOINT,
      PARADIME_API_KEY: null,
      PARADIME_API_SECRET: null,
    });
    expect((await commandFor(await load(COMPANY))).env).toEqual({
      PARADIME_API_ENDPOINT: ENDPOINT,
      PARADIME_API_SECRET: null,
      PARADIME_WORKSPACE_UID: "wks_finance",
    });
  });

  it.each([
    `https://me:${SECRET}@api.paradime.io/graphql`,
    `${ENDPOINT}?key=${SECRET}`,
    SECRET,
  ])("for who starts it has no address that holds more than one: %s", async (endpoint) => {
    const { env } = await commandFor(await load({ ...PAIR, PARADIME_API_ENDPOINT: endpoint }));
    expect(env.PARADIME_API_ENDPOINT).toBeNull();
  });

  it("for who starts it is the config file where that says it all", async () => {
    write(`sources: [{ type: paradime, endpoint: "${ENDPOINT}", api_secret: "${placeholder("A_TOKEN")}" }]`);
    const { args, env } = await commandFor(await load({ A_TOKEN: TOKEN }));
    expect(args).toEqual(["/opt/runlens.js", "mcp", "--config", join(folder, "runlens.yml")]);
    expect(env).toEqual({ A_TOKEN: null });
  });
});
