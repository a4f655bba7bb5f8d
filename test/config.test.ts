import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Config, type Flags, loadConfig, unconfigured } from "../src/config.ts";
import type { Environment } from "../src/config-values.ts";
import { VARIABLES } from "../src/config-variables.ts";

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "runlens-config-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (environment: Environment = {}, flags: Flags = {}) => loadConfig(flags, environment, folder);
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const pathsIn = ({ sources }: Config) =>
  sources.flatMap((source) => (source.type === "artifacts" ? source.path : []));
const pathsOf = async (environment: Environment, flags: Flags = {}) =>
  pathsIn(await load(environment, flags));

/** What stands for a variable in a config file. */
const placeholder = (name: string) => `\${${name}}`;

/** The error of a configuration that is refused. */
async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string; hint: string }> {
  const error: unknown = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !("code" in error) || !("hint" in error))
    throw new Error("was not refused");
  return { code: String(error.code), message: error.message, hint: String(error.hint) };
}

describe("defaults", () => {
  it("are an own folder of the user's cache, five minutes, caching, warnings and the machine's clock", async () => {
    const config = await load({});
    expect(config).toMatchObject({
      cacheTtl: 300,
      enableCaching: true,
      logLevel: "WARNING",
      now: null,
      sources: [],
    });
    expect(config.store).toMatch(/runlens/);
  });

  it("take the artifacts of ./target where there is one", async () => {
    mkdirSync(join(folder, "target"));
    const config = await load({});
    expect(config.sources).toEqual([{ type: "artifacts", path: [join(folder, "target")] }]);
    expect(config.origins.sources).toBe("./target");
  });

  it("say, where nothing is configured, what to set and where they looked", async () => {
    const error = unconfigured(await load({}));
    expect(error).toMatchObject({ code: "CONFIG", message: "No data is configured." });
    for (const place of [
      "DBT_ARTIFACTS_PATH",
      "DBT_SERVICE_TOKEN and DBT_ACCOUNT_ID",
      join(folder, "runlens.yml"),
      join(folder, "target"),
      "runlens demo",
    ]) {
      expect(error.hint).toContain(place);
    }
  });
});

describe("environment variables", () => {
  it("give every setting", async () => {
    const config = await load({
      DBT_ARTIFACTS_PATH: "a",
      RUNLENS_STORE: ":memory:",
      DBT_CACHE_TTL: "60",
      DBT_ENABLE_CACHING: "False",
      DBT_DISCOVERY_LOG_LEVEL: "debug",
    });
    expect(config).toMatchObject({
      store: ":memory:",
      cacheTtl: 60,
      enableCaching: false,
      logLevel: "DEBUG",
    });
    expect(config.sources).toEqual([{ type: "artifacts", path: [join(folder, "a")] }]);
  });

  it("take several paths, by comma or by the separator of PATH, and ~", async () => {
    const expected = [join(folder, "a"), join(folder, "b"), join(homedir(), "c")];
    expect(await pathsOf({ DBT_ARTIFACTS_PATH: "a, b ,~/c" })).toEqual(expected);
    expect(await pathsOf({ DBT_ARTIFACTS_PATH: ["a", "b", "~/c"].join(delimiter) })).toEqual(expected);
  });

  it("take a path with a comma in its name that exists as one", async () => {
    mkdirSync(join(folder, "a,b"));
    expect(await pathsOf({ DBT_ARTIFACTS_PATH: "a,b" })).toEqual([join(folder, "a,b")]);
  });

  it.each([
    ["DBT_CACHE_TTL", "soon", "a number of seconds"],
    ["DBT_CACHE_TTL", "-1", "a number of seconds"],
    ["DBT_ENABLE_CACHING", "perhaps", "true or false"],
    ["DBT_DISCOVERY_LOG_LEVEL", "LOUD", "DEBUG, INFO, WARNING, ERROR, CRITICAL"],
    ["DBT_ARTIFACTS_PATH", placeholder("DBT_ARTIFACTS_PATH"), "Set DBT_ARTIFACTS_PATH"],
  ])("refuse %s=%s", async (name, value, hint) => {
    const error = await refusal(load({ [name]: value }));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toContain(name);
    expect(error.hint).toContain(hint);
  });

  it("refuse an unknown one of our own, and name the nearest first", async () => {
    const error = await refusal(load({ RUNLENS_STOR: "x" }));
    expect(error).toEqual({
      code: "CONFIG",
      message: "Unknown variable RUNLENS_STOR.",
      hint: expect.stringMatching(/^Known: RUNLENS_STORE, .*RUNLENS_CONFIG/),
    });
  });

  it("come from --env-file where they are not set already", async () => {
    write("my.env", "DBT_ARTIFACTS_PATH=from-file\nDBT_CACHE_TTL=7\n");
    const config = await load({ DBT_CACHE_TTL: "8" }, { envFile: "my.env" });
    expect(pathsIn(config)).toEqual([join(folder, "from-file")]);
    expect(config.cacheTtl).toBe(8);
  });

  it("refuse an --env-file that is not there", async () => {
    expect((await refusal(load({}, { envFile: "gone.env" }))).message).toContain("gone.env");
  });

  it("are all in the table that the docs are made of", async () => {
    const names = VARIABLES.map((variable) => variable.name);
    expect(new Set(names).size).toBe(names.length);
    for (const { meaning, example } of VARIABLES) expect([meaning, example]).not.toContain("");
  });
});

describe("the config file", () => {
  const FILE = `
sources:
  - type: artifacts
    path: prod
    id: prod
    environment: production
    project_id: shop
    jobs: [{ id: nightly, name: Nightly, match: dbt build, schedule: "0 2 * * *" }]
    project_filter: { project_ids: [shop] }
  - { type: artifacts, path: [a, "\${STAGE}"] }
store: store
cache_ttl: 10
enable_caching: false
log_level: ERROR
now: 2026-11-18T07:30:00Z
`;

  it("gives every setting, its paths relative to itself, variables filled in", async () => {
    mkdirSync(join(folder, "conf"));
    write("conf/runlens.yml", FILE);
    const config = await load({ STAGE: "stage" }, { config: "conf/runlens.yml" });
    expect(config).toMatchObject({
      store: join(folder, "conf/store"),
      cacheTtl: 10,
      enableCaching: false,
      logLevel: "ERROR",
      now: Date.parse("2026-11-18T07:30:00Z"),
    });
    expect(config.sources).toEqual([
      {
        type: "artifacts",
        path: [join(folder, "conf/prod")],
        id: "prod",
        environment: "production",
        project_id: "shop",
        jobs: [{ id: "nightly", name: "Nightly", match: ["dbt build"], schedule: "0 2 * * *" }],
        project_filter: { project_ids: ["shop"], include_or_exclude: "include" },
      },
      { type: "artifacts", path: [join(folder, "conf/a"), join(folder, "conf/stage")] },
    ]);
  });

  it.each(["runlens.yml", "runlens.yaml", "runlens.json"])("is found as ./%s", async (name) => {
    write(name, '{ "sources": [{ "type": "artifacts", "path": "x" }] }');
    const config = await load({});
    expect(pathsIn(config)).toEqual([join(folder, "x")]);
    expect(config.origins.sources).toBe(join(folder, name));
  });

  it("found nearby gives way to variables, and named by a flag goes before them", async () => {
    write("runlens.yml", "sources: [{ type: artifacts, path: file }]");
    expect(await pathsOf({ DBT_ARTIFACTS_PATH: "env" })).toEqual([join(folder, "env")]);
    expect(await pathsOf({ DBT_ARTIFACTS_PATH: "env" }, { config: "runlens.yml" })).toEqual([
      join(folder, "file"),
    ]);
    expect(
      await pathsOf({ DBT_ARTIFACTS_PATH: "env" }, { config: "runlens.yml", artifacts: ["flag"] }),
    ).toEqual([join(folder, "flag")]);
  });

  it.each([
    ["an unknown key", "cache_tl: 3", 'unknown key "cache_tl"', /^Known: cache_ttl, /],
    [
      "an unknown key of a source",
      "sources: [{ type: artifacts, path: x, pth: y }]",
      'unknown key "pth" in sources.0',
      /^Known: path, /,
    ],
    [
      "an unknown key of a job",
      "sources: [{ type: artifacts, path: x, jobs: [{ id: a, match: b, nam: c }] }]",
      'unknown key "nam"',
      /^Known: name, /,
    ],
    [
      "a source type that is not there yet",
      "sources: [{ type: airflow, token: abc }]",
      'source type "airflow"',
      /Known types: artifacts, dbt-cloud/,
    ],
    ["a value of the wrong type", "cache_ttl: soon", "cache_ttl is not valid", /Correct the file/],
    ["a time that is none", "now: yesterday", "now is not valid", /Correct the file/],
    ["what is no YAML", "sources: [", "is no valid YAML", /Correct the file/],
    [
      "a variable that is not set",
      `store: ${placeholder("NOWHERE")}/x`,
      "NOWHERE}, which is not set",
      /Set the variable NOWHERE/,
    ],
  ])("refuses %s", async (_, text, message, hint) => {
    write("runlens.yml", text);
    const error = await refusal(load({}));
    expect(error.code).toBe("CONFIG");
    expect(error.message).toContain("runlens.yml");
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(hint);
  });

  it("has to be there when it is named", async () => {
    const error = await refusal(load({ RUNLENS_CONFIG: "gone.yml" }));
    expect(error.message).toContain("gone.yml cannot be read (ENOENT)");
  });

  it("is never quoted where a secret could be in it", async () => {
    write("runlens.yml", `cache_ttl: ${placeholder("SECRET")}`);
    const error = await refusal(load({ SECRET: "hunter2" }));
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });
});

describe("sources given by a program", () => {
  it("are checked like those of a file, and replace all others", async () => {
    expect(
      await pathsOf({ DBT_ARTIFACTS_PATH: "env" }, { sources: [{ type: "artifacts", path: "own" }] }),
    ).toEqual([join(folder, "own")]);
  });
});

describe("the demo", () => {
  it("uses its own data and date, in memory, whatever else is set", async () => {
    const config = await load({ DBT_ARTIFACTS_PATH: "env", RUNLENS_STORE: "kept" }, { demo: true });
    expect(config.store).toBe(":memory:");
    expect(config.now).not.toBeNull();
    expect(pathsIn(config)[0]).toMatch(/demo[/\\]artifacts$/);
  });
});
