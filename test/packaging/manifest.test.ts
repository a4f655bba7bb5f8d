/** packaging/manifest.json: what clients that install a bundle are told of the product. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getMcpConfigForManifest, MANIFEST_SCHEMAS } from "@anthropic-ai/mcpb";
import { describe, expect, it } from "vitest";
import { packageFacts, STDIO_VARIABLES } from "../../scripts/packaging/facts.ts";
import { bundleManifest } from "../../scripts/packaging/manifest.ts";
import { loadConfig } from "../../src/config.ts";
import { VARIABLES, type Variable } from "../../src/config-variables.ts";
import { operations } from "../../tools/index.ts";

const root = join(import.meta.dirname, "../..");
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), "utf8"));
const manifest = MANIFEST_SCHEMAS["0.3"].parse(read("packaging/manifest.json"));
const settings = Object.entries(manifest.user_config ?? {});
const installed = (userConfig: Record<string, string>) =>
  getMcpConfigForManifest({
    manifest,
    extensionPath: "/bundle",
    systemDirs: {},
    userConfig,
    pathSeparator: "/",
  });

describe("the manifest", () => {
  it("is what `npm run gen` makes of the code", () => {
    expect(read("packaging/manifest.json")).toEqual(bundleManifest(packageFacts()));
  });

  it("names every tool with what it answers", () => {
    expect(manifest.tools).toEqual(operations.map(({ name, summary }) => ({ name, description: summary })));
  });

  it("has the version, the Node and the licence of package.json", () => {
    const { version, license, engines } = packageFacts();
    expect(read("package.json")).toMatchObject({ version, license, engines });
    expect(manifest).toMatchObject({ version, license, compatibility: { runtimes: { node: engines.node } } });
  });

  it("offers every variable of a server on stdio, and asks for none", () => {
    const names = STDIO_VARIABLES.map(({ name }) => name);
    expect(settings.map(([, { title }]) => title)).toEqual(names);
    expect(Object.keys(manifest.server.mcp_config.env ?? {})).toEqual(names);
    expect(settings.filter(([, { required }]) => required)).toEqual([]);
  });

  it("hides every secret, and only those", () => {
    const hidden = settings.filter(([, { sensitive }]) => sensitive).map(([, { title }]) => title);
    expect(hidden).toEqual(
      VARIABLES.filter(({ secret, only }: Variable) => secret && only !== "serve").map(({ name }) => name),
    );
    // By its name a secret, and not marked as one in the table of variables.
    const secretive = /TOKEN|SECRET|PASSWORD|HEADERS|(^|_)KEY$/;
    expect(STDIO_VARIABLES.filter(({ name }) => secretive.test(name)).map(({ name }) => name)).toEqual(
      hidden,
    );
  });
});

describe("a client that installs the bundle", () => {
  it("starts the server without settings where its user gave none", async () => {
    const server = await installed({});
    expect(server).toMatchObject({ command: "node", args: ["/bundle/dist/runlens.js", "mcp"] });
    const config = await loadConfig({}, server?.env ?? {}, "/");
    expect(config.sources).toEqual([]);
    expect(config.origins).toEqual((await loadConfig({}, {}, "/")).origins);
  });

  it("hands on what its user gave", async () => {
    const server = await installed({ dbt_service_token: "dbtc_given", dbt_account_id: "12345" });
    const { sources } = await loadConfig({}, server?.env ?? {}, "/");
    expect(sources).toEqual([{ type: "dbt-cloud", token: "dbtc_given", account_id: "12345" }]);
  });
});
