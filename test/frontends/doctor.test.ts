/** What `runlens doctor` says of a dbt Cloud account, right or wrong; the token is in no line of it. */

import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artifactsWorld } from "../emulators/dbt-cloud/artifacts.ts";
import { type Emulator, startEmulator } from "../emulators/dbt-cloud/server.ts";
import { DEMO_ARTIFACTS, objectAt, PROGRAM, parseObject } from "../live/places.ts";
import { type Finished, openBench } from "../live/processes.ts";

const TOKENS = {
  full: "dbtc_reads-everything-a1b2",
  admin: "dbtc_admin-alone-c3d4",
  discovery: "dbtc_discovery-alone-e5f6",
};
const now = Date.parse("2026-11-18T07:30:00Z");
const world = artifactsWorld(DEMO_ARTIFACTS, { now });
world.tokens = [
  { value: TOKENS.full, admin: true, discovery: true, projectIds: null },
  { value: TOKENS.admin, admin: true, discovery: false, projectIds: null },
  { value: TOKENS.discovery, admin: false, discovery: true, projectIds: null },
];
const bench = openBench();
let emulator: Emulator;
let host: string;
/** What every host of a web application answers: its page. */
let pages: Server;
let pagesHost: string;

beforeAll(async () => {
  emulator = await startEmulator({ world, now: () => now });
  host = new URL(emulator.adminUrl).host;
  pages = createServer((_, response) => response.setHeader("content-type", "text/html").end("<html></html>"));
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has an address of this form.
  pagesHost = `127.0.0.1:${(pages.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await emulator.close();
  await new Promise((resolve) => pages.close(resolve));
  await bench.clear();
});

/** Runs doctor, and fails where it shows a token. */
async function doctor(env: Record<string, string>, ...args: string[]): Promise<Finished> {
  const environment = { DBT_ACCOUNT_ID: "41007", DBT_HOST: host, RUNLENS_STORE: ":memory:", ...env };
  const finished = await bench.runlens(["doctor", ...args], { env: environment });
  for (const token of Object.values(TOKENS)) {
    expect(finished.stdout).not.toContain(token);
    expect(finished.stderr).not.toContain(token);
  }
  return finished;
}

/** A line of the report by the words that it has, and the line below it. */
function lines(report: string, words: string): string {
  const all = report.split("\n");
  const index = all.findIndex((line) => line.includes(words));
  expect(index, report).toBeGreaterThanOrEqual(0);
  return all.slice(index, index + 2).join("\n");
}

describe("runlens doctor of dbt Cloud", () => {
  it("shows the account, the end of its token and both addresses, and reaches both APIs", async () => {
    const { code, stdout, stderr } = await doctor({ DBT_SERVICE_TOKEN: TOKENS.full });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/sources +dbt-cloud account 41007 {2}\(DBT_SERVICE_TOKEN\)/);
    expect(stdout).toMatch(/sources\.0\.token +set, ends in a1b2 /);
    expect(stdout).toMatch(new RegExp(`sources\\.0\\.admin_url +http://${host} `));
    expect(stdout).toMatch(new RegExp(`sources\\.0\\.discovery_url +http://${host}/graphql `));
    const found = lines(stdout, `source dbt-cloud:${host}/41007`);
    expect(found).toContain("ok ");
    expect(found).toContain("Admin API: 1 project; Discovery API: may be read");
  });

  it("says the same as JSON", async () => {
    const { code, stdout } = await doctor({ DBT_SERVICE_TOKEN: `Bearer ${TOKENS.full}` }, "--json");
    expect(code).toBe(0);
    const { settings, checks } = parseObject(stdout);
    expect(settings).toContainEqual({
      name: "sources.0.discovery_url",
      value: `http://${host}/graphql`,
      from: "DBT_SERVICE_TOKEN",
    });
    expect(checks).toContainEqual(
      expect.objectContaining({ name: `source dbt-cloud:${host}/41007`, ok: true }),
    );
  });

  it.each([
    [
      "the Admin API alone",
      { DBT_SERVICE_TOKEN: TOKENS.admin },
      [/Admin API: 1 project; Discovery API at \S+\/graphql: FORBIDDEN/, /Metadata Only/],
    ],
    [
      "the Discovery API alone",
      { DBT_SERVICE_TOKEN: TOKENS.discovery },
      [/Admin API at \S+: FORBIDDEN.*; Discovery API: reachable/, /DBT_ACCOUNT_ID.*(Job Viewer|Read-only)/],
    ],
    ["neither API", { DBT_SERVICE_TOKEN: "dbtc_unknown" }, [/UNAUTHENTICATED/, /DBT_SERVICE_TOKEN/]],
    [
      "another account",
      { DBT_SERVICE_TOKEN: TOKENS.full, DBT_ACCOUNT_ID: "41008" },
      [/Admin API at \S+: FORBIDDEN/, /DBT_ACCOUNT_ID/],
    ],
  ])("says what is wrong with a token for %s", async (_, env, expected) => {
    const { code, stdout } = await doctor(env);
    expect(code).toBe(9);
    const found = lines(stdout, "source dbt-cloud:");
    expect(found).toContain("FAIL");
    for (const words of expected) expect(found).toMatch(words);
  });

  it("says that a host is wrong which answers with a page", async () => {
    const { code, stdout } = await doctor({ DBT_SERVICE_TOKEN: TOKENS.full, DBT_HOST: pagesHost });
    expect(code).toBe(9);
    const found = lines(stdout, `source dbt-cloud:${pagesHost}/41007`);
    expect(found).toMatch(/FAIL.*web page/);
    expect(found).toMatch(/DBT_HOST/);
  });

  it("does not show what stands in the place of a host or an account", async () => {
    for (const name of ["DBT_HOST", "DBT_ACCOUNT_ID", "DBT_ADMIN_URL", "DBT_DISCOVERY_URL"]) {
      const { code, stdout } = await doctor({ DBT_SERVICE_TOKEN: TOKENS.full, [name]: TOKENS.admin });
      expect(code).toBe(9);
      expect(lines(stdout, "start:")).toContain(name);
    }
  });

  it("looks at every source, whatever is wrong with one", async () => {
    const env = { DBT_SERVICE_TOKEN: TOKENS.admin, DBT_ARTIFACTS_PATH: DEMO_ARTIFACTS };
    const { code, stdout } = await doctor(env);
    expect(code).toBe(9);
    expect(stdout).toMatch(
      /sources +dbt-cloud account 41007; artifacts in .*\(DBT_SERVICE_TOKEN, DBT_ARTIFACTS_PATH\)/,
    );
    expect(lines(stdout, "source dbt-cloud:")).toContain("FAIL");
    expect(lines(stdout, "source artifacts:")).toContain("ok ");
  });
});

describe("the client configuration", () => {
  /** What stands between the first two empty lines of a client's page. */
  const serverIn = (page: string) =>
    objectAt(objectAt(parseObject(page.split("\n\n")[1] ?? ""), "mcpServers"), "runlens");
  const placeholder = (name: string) => `\${${name}}`;

  it("names the token's variable and has all else that is needed", async () => {
    const env = { DBT_SERVICE_TOKEN: TOKENS.full, DBT_ARTIFACTS_PATH: DEMO_ARTIFACTS };
    const { stdout } = await doctor(env, "--client", "claude-desktop");
    expect(serverIn(stdout).env).toEqual({
      DBT_SERVICE_TOKEN: placeholder("DBT_SERVICE_TOKEN"),
      DBT_ACCOUNT_ID: "41007",
      DBT_HOST: host,
      DBT_ARTIFACTS_PATH: DEMO_ARTIFACTS,
    });
  });

  it("names the variables that its config file uses", async () => {
    const file = join(bench.folder, "cloud.yml");
    const token = placeholder("OUR_TOKEN");
    writeFileSync(file, `sources: [{ type: dbt-cloud, token: "${token}", account_id: 41007 }]`);
    const named = ["--client", "claude-desktop", "--config", file];
    const { stdout } = await doctor({ OUR_TOKEN: TOKENS.full }, ...named);
    expect(serverIn(stdout)).toMatchObject({
      args: [PROGRAM, "mcp", "--config", file],
      env: { OUR_TOKEN: token },
    });
  });

  it("is for every client where none is named, as text and as JSON", async () => {
    const env = { DBT_SERVICE_TOKEN: TOKENS.full };
    const { code, stdout } = await doctor(env, "--client");
    expect(code).toBe(0);
    const titles = stdout.split("\n").filter((line) => line.startsWith("# "));
    expect(titles).toEqual(["# Claude Desktop", "# Claude Code", "# Cursor", "# VS Code"]);
    const pages: unknown = JSON.parse((await doctor(env, "--client", "--json")).stdout);
    expect(pages).toMatchObject(titles.map((title) => ({ title: title.slice(2) })));
  });

  it("is refused for a client that is not known, with those that are", async () => {
    const { code, stderr } = await doctor({ DBT_SERVICE_TOKEN: TOKENS.full }, "--client", "emacs");
    expect(code).toBe(2);
    expect(stderr).toMatch(/claude-desktop, claude-code, cursor, vscode/);
  });

  it("does not repeat what stands in the place of a host or an account", async () => {
    for (const name of ["DBT_HOST", "DBT_ACCOUNT_ID", "DBT_ADMIN_URL", "DBT_DISCOVERY_URL"]) {
      const { code, stdout } = await doctor(
        { DBT_SERVICE_TOKEN: TOKENS.full, [name]: TOKENS.admin },
        "--client",
      );
      expect([name, code, stdout.includes(placeholder(name))]).toEqual([name, 0, true]);
    }
  });

  it("has to be filled in by the client or its user", async () => {
    const env = { DBT_SERVICE_TOKEN: placeholder("DBT_SERVICE_TOKEN") };
    const { code, stderr } = await doctor(env);
    expect(code).toBe(9);
    expect(stderr).toContain("DBT_SERVICE_TOKEN is still the placeholder");
  });
});
