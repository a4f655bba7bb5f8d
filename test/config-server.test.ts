/** How the server over HTTP is told who may ask it: variables, the config file, and what of it is shown. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Flags, loadConfig } from "../src/config.ts";
import type { Environment } from "../src/config-values.ts";
import { settingsOf } from "../src/frontends/cli/settings.ts";
import { accessBy } from "../src/frontends/http/access/settings.ts";
import { keptLog } from "./frontends/fake.ts";

const ISSUER = "https://login.example.com/tenant/";
const PUBLIC = "https://runlens.example.com";

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "runlens-config-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (environment: Environment = {}, flags: Flags = {}) => loadConfig(flags, environment, folder);
const write = (text: string) => writeFileSync(join(folder, "runlens.yml"), text);

describe("the server's settings", () => {
  it("are none unless something says so", async () => {
    const config = await load();
    expect(config.server).toEqual({});
    expect(config.origins.server).toBe("default");
  });

  it("come from variables", async () => {
    const config = await load({
      RUNLENS_KEYS: "keys.yml",
      RUNLENS_PUBLIC_URL: `${PUBLIC}/`,
      RUNLENS_AUDIT: "/var/log/audit.jsonl",
      RUNLENS_OAUTH_ISSUER: ISSUER,
      RUNLENS_OAUTH_AUDIENCE: "api://runlens, https://runlens.example.com/mcp",
      RUNLENS_OAUTH_JWKS_URI: "https://login.example.com/keys",
      RUNLENS_OAUTH_PROJECTS_CLAIM: "projects",
      RUNLENS_OAUTH_PER_MINUTE: "60",
    });
    expect(config.server).toEqual({
      keys: join(folder, "keys.yml"),
      publicUrl: PUBLIC,
      audit: "/var/log/audit.jsonl",
      oauth: {
        issuer: ISSUER,
        audience: ["api://runlens", "https://runlens.example.com/mcp"],
        jwksUri: "https://login.example.com/keys",
        projectsClaim: "projects",
        perMinute: 60,
      },
    });
    expect(config.origins.server).toBe("the environment");
  });

  it("come from the config file, by paths that are its own", async () => {
    write(`server:
  keys: keys/all.yml
  public_url: ${PUBLIC}
  audit: audit.jsonl
  oauth:
    issuer: ${ISSUER}
    audience: api://runlens
`);
    const { server, origins } = await load();
    expect(server).toEqual({
      keys: join(folder, "keys/all.yml"),
      publicUrl: PUBLIC,
      audit: join(folder, "audit.jsonl"),
      oauth: {
        issuer: ISSUER,
        audience: ["api://runlens"],
        projectsClaim: "runlens_projects",
        perMinute: null,
      },
    });
    expect(origins.server).toBe(join(folder, "runlens.yml"));
  });

  it("are each taken from the nearest place that has it", async () => {
    write(`server: { keys: far.yml, public_url: "${PUBLIC}", audit: far.jsonl }\n`);
    const { server } = await load(
      { RUNLENS_KEYS: "near.yml", RUNLENS_AUDIT: "near.jsonl" },
      { keys: "nearest.yml" },
    );
    expect(server).toEqual({
      keys: join(folder, "nearest.yml"),
      publicUrl: PUBLIC,
      audit: join(folder, "near.jsonl"),
    });
  });

  it("are shown by doctor", async () => {
    const config = await load({ RUNLENS_KEYS: "keys.yml", RUNLENS_OAUTH_ISSUER: ISSUER });
    const told = await settingsOf(config);
    expect(told.filter(({ name }) => name.startsWith("server."))).toEqual([
      { name: "server.keys", value: join(folder, "keys.yml"), from: "the environment" },
      { name: "server.oauth.issuer", value: ISSUER, from: "the environment" },
      { name: "server.oauth.projects_claim", value: "runlens_projects", from: "the environment" },
    ]);
  });

  it.each<[Environment, string]>([
    [{ RUNLENS_PUBLIC_URL: "runlens.example.com" }, "RUNLENS_PUBLIC_URL"],
    [{ RUNLENS_PUBLIC_URL: "https://me:hunter2@runlens.example.com" }, "RUNLENS_PUBLIC_URL"],
    [{ RUNLENS_PUBLIC_URL: "ftp://runlens.example.com" }, "RUNLENS_PUBLIC_URL"],
    [{ RUNLENS_OAUTH_AUDIENCE: "api://runlens" }, "RUNLENS_OAUTH_ISSUER"],
    [{ RUNLENS_OAUTH_ISSUER: "http://login.example.com" }, "RUNLENS_OAUTH_ISSUER"],
    [{ RUNLENS_OAUTH_ISSUER: "https://login.example.com?key=hunter2" }, "RUNLENS_OAUTH_ISSUER"],
    [
      { RUNLENS_OAUTH_ISSUER: ISSUER, RUNLENS_OAUTH_JWKS_URI: "http://evil.example/keys" },
      "RUNLENS_OAUTH_JWKS_URI",
    ],
    [{ RUNLENS_OAUTH_ISSUER: ISSUER, RUNLENS_OAUTH_PER_MINUTE: "many" }, "RUNLENS_OAUTH_PER_MINUTE"],
    [{ RUNLENS_KEY: "rl_x" }, "RUNLENS_KEY"],
  ])("are refused as %o, with the variable that is wrong", async (environment, name) => {
    const error: unknown = await load(environment).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "CONFIG", message: expect.stringContaining(name) });
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it.each([
    ["server: { key: a.yml }", "keys"],
    ["server: { oauth: { issuer: https://x.example, jwks: y } }", "jwks_uri"],
    ["server: { oauth: { audience: x } }", "server.oauth.issuer"],
    ["server: { public_url: here }", "server.public_url"],
    ["server: { oauth: { issuer: 'http://x.example' } }", "server.oauth.issuer"],
  ])("are refused as %s, with the key that is wrong", async (text, name) => {
    write(`${text}\n`);
    const error: unknown = await load().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "CONFIG" });
    expect(error instanceof Error ? `${error.message} ${Reflect.get(error, "hint")}` : "").toContain(name);
  });
});

describe("who may ask", () => {
  const context = { clock: { now: () => 0 }, log: keptLog().log };

  it("is everybody on this machine where nothing is set", async () => {
    expect((await accessBy({}, context)).isProtected).toBe(false);
  });

  it("has to have a token for this very address", async () => {
    const { server } = await load({ RUNLENS_OAUTH_ISSUER: ISSUER, RUNLENS_PUBLIC_URL: `${PUBLIC}/lens` });
    const access = await accessBy(server, context);
    expect(access.isProtected).toBe(true);
    expect(access.metadata()).toMatchObject({
      resource: `${PUBLIC}/lens/mcp`,
      authorization_servers: [ISSUER],
    });
    const error: unknown = await access.admit(new Headers()).catch((reason: unknown) => reason);
    expect(access.challenge(error)).toContain(
      `resource_metadata="${PUBLIC}/.well-known/oauth-protected-resource/lens/mcp"`,
    );
  });

  it("is not to be told without that address", async () => {
    const { server } = await load({ RUNLENS_OAUTH_ISSUER: ISSUER });
    await expect(accessBy(server, context)).rejects.toMatchObject({
      code: "CONFIG",
      hint: expect.stringContaining("RUNLENS_PUBLIC_URL"),
    });
  });
});
