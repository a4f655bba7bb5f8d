/** What `runlens doctor --client` prints for each client: the form that it documents, and no secret. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { CLIENT_NAMES, clientPage, clientText, mcpServers } from "../../src/frontends/cli/clients.ts";
import { type ServerCommand, serverCommand } from "../../src/frontends/cli/server-command.ts";

/** Variables that hold no secret, and what a shell would trip over. */
const plain = { DBT_ACCOUNT_ID: "12345", DBT_ARTIFACTS_PATH: 'C:\\dbt "work"\\target,/srv/a `b`; c' };
const SERVER: ServerCommand = {
  command: "/opt/Node JS/bin/node",
  args: ["/home/ada/it's here/$HOME/runlens.js", "mcp"],
  env: { DBT_SERVICE_TOKEN: null, ...plain },
};
const { command, args } = SERVER;
const placeholder = (name: string) => `\${${name}}`;

/** The words that a shell makes of a line. */
function words(line: string): string[] {
  const printed = execFileSync("sh", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" });
  return printed.split("\0").slice(0, -1);
}

/** The blocks of a page that are to be pasted, as they are printed. */
function blocks(text: string): string[] {
  return text.split("\n\n").filter((block) => /^(\{|claude )/.test(block));
}

describe("what to paste", () => {
  it("is for Claude Desktop an entry of mcpServers, with the names of its secrets", () => {
    expect(JSON.parse(clientPage("claude-desktop", SERVER).stdio)).toEqual({
      mcpServers: {
        runlens: { command, args, env: { DBT_SERVICE_TOKEN: placeholder("DBT_SERVICE_TOKEN"), ...plain } },
      },
    });
  });

  it("is for Claude Code a line that a shell takes apart into the same words", () => {
    expect(words(clientPage("claude-code", SERVER).stdio)).toEqual([
      ...["claude", "mcp", "add"],
      ...["--env", `DBT_SERVICE_TOKEN=${placeholder("DBT_SERVICE_TOKEN")}`],
      ...["--env", `DBT_ACCOUNT_ID=${plain.DBT_ACCOUNT_ID}`],
      ...["--env", `DBT_ARTIFACTS_PATH=${plain.DBT_ARTIFACTS_PATH}`],
      ...["--scope", "user", "--transport", "stdio", "runlens", "--", command, ...args],
    ]);
  });

  it("is for Cursor an entry of mcpServers with its own way to name variables", () => {
    const env = { DBT_SERVICE_TOKEN: placeholder("env:DBT_SERVICE_TOKEN"), ...plain };
    expect(JSON.parse(clientPage("cursor", SERVER).stdio)).toEqual({
      mcpServers: { runlens: { type: "stdio", command, args, env } },
    });
  });

  it("is for VS Code an entry of servers, and an input for each secret", () => {
    const env = { DBT_SERVICE_TOKEN: placeholder("input:dbt_service_token"), ...plain };
    expect(JSON.parse(clientPage("vscode", SERVER).stdio)).toEqual({
      inputs: [
        { type: "promptString", id: "dbt_service_token", description: "DBT_SERVICE_TOKEN", password: true },
      ],
      servers: { runlens: { type: "stdio", command, args, env } },
    });
    const open = { ...SERVER, env: { DBT_ACCOUNT_ID: "12345" } };
    expect(JSON.parse(clientPage("vscode", open).stdio)).not.toHaveProperty("inputs");
  });

  it.each(CLIENT_NAMES)("is for %s given for a server over HTTP too, its key as a placeholder", (name) => {
    const { http } = clientPage(name, SERVER);
    const text = name === "claude-code" ? words(http).join(" ") : JSON.stringify(JSON.parse(http));
    expect(text).toContain("http://127.0.0.1:3333/mcp");
    expect(text).toMatch(/Bearer (YOUR_KEY|\$\{input:runlens_key\})/);
  });

  it.each(CLIENT_NAMES)("is for %s printed whole, under its name and the place for it", (name) => {
    const page = clientPage(name, SERVER);
    const text = clientText(page);
    expect(text.split("\n")[0]).toBe(`# ${page.title}`);
    for (const place of Object.values(page.places)) expect(text).toContain(place);
    expect(blocks(text)).toEqual([page.stdio, page.http]);
  });

  it("says who fills in secrets only where there are some", () => {
    const open = { ...SERVER, env: plain };
    for (const name of CLIENT_NAMES) {
      expect(clientPage(name, SERVER).secrets).not.toBeNull();
      expect(clientPage(name, open).secrets).toBeNull();
    }
  });
});

describe("of an address with a password in it", () => {
  const SECRET = "hunter2-open-sesame";
  const bad = {
    DBT_SERVICE_TOKEN: `dbtc_${SECRET}`,
    DBT_ACCOUNT_ID: `dbtc_${SECRET}`,
    DBT_HOST: `https://me:${SECRET}@ab123.us1.dbt.com`,
    DBT_ADMIN_URL: `https://ab123.us1.dbt.com/?token=${SECRET}`,
    DBT_DISCOVERY_URL: `https://me:${SECRET}@ab123.metadata.us1.dbt.com/graphql`,
    DAGSTER_GRAPHQL_URL: `https://me:${SECRET}@dagster.example.com/graphql`,
    PARADIME_API_ENDPOINT: `https://me:${SECRET}@api.paradime.io/api/v1/abc/graphql`,
    PARADIME_API_KEY: SECRET,
    PARADIME_API_SECRET: SECRET,
  };

  it.each(CLIENT_NAMES)("%s gets the variable's name alone", async (name) => {
    const server = await serverCommand(await loadConfig({}, bad, "/"), "/opt/runlens.js");
    const page = clientPage(name, server);
    expect(JSON.stringify(page)).not.toContain(SECRET);
    for (const variable of Object.keys(bad)) expect(page.stdio).toContain(variable);
    expect(JSON.stringify(mcpServers(server))).not.toContain(SECRET);
  });
});
