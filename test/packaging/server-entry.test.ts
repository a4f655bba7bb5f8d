/** server.json, by the schema that the MCP registry publishes (test/fixtures/mcp-registry/). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { packageFacts, STDIO_VARIABLES } from "../../scripts/packaging/facts.ts";
import { serverEntry } from "../../scripts/packaging/server-entry.ts";

const root = join(import.meta.dirname, "../..");
const read = (file: string) => JSON.parse(readFileSync(join(root, file), "utf8"));
const facts = packageFacts();
// The schema names no type where another part of it does.
const ajv = new Ajv({ allErrors: true, strictTypes: false });
formats.default(ajv, ["uri", "uri-template"]);
const validate = ajv.compile(read("test/fixtures/mcp-registry/server.schema.json"));
/** Where a document is wrong; empty where it is valid. */
const faults = (document: unknown) =>
  validate(document) ? [] : (validate.errors ?? []).map(({ instancePath }) => instancePath);
const BUNDLE = { url: "https://example.com/v0.1.0/runlens-0.1.0-linux-x64.mcpb", sha256: "0f".repeat(32) };

describe("server.json", () => {
  it("is what `npm run gen` makes of the code", () => {
    expect(read("server.json")).toEqual(serverEntry(facts));
  });

  it("is valid", () => {
    expect(faults(read("server.json"))).toEqual([]);
  });

  it("is valid with the bundles of a release", () => {
    const entry = serverEntry(facts, [BUNDLE]);
    expect(faults(entry)).toEqual([]);
    expect(entry.packages).toContainEqual({
      registryType: "mcpb",
      identifier: BUNDLE.url,
      version: facts.version,
      fileSha256: BUNDLE.sha256,
      transport: { type: "stdio" },
    });
  });

  it.each([
    ["a description that is too long", { description: "x".repeat(101) }, "/description"],
    ["a name without a namespace", { name: "runlens" }, "/name"],
    [
      "a bundle with half a hash",
      serverEntry(facts, [{ ...BUNDLE, sha256: "0f" }]),
      "/packages/1/fileSha256",
    ],
  ])("would not be valid with %s", (_, wrong, place) => {
    expect(faults({ ...serverEntry(facts), ...wrong })).toEqual([place]);
  });

  it("has the versions and the name of package.json, by which the registry knows the owner", () => {
    const { name, version, mcpName } = read("package.json");
    expect(serverEntry(facts)).toMatchObject({
      name: mcpName,
      version,
      packages: [{ registryType: "npm", identifier: name, version }],
    });
  });

  it("has every variable, its secrets marked and without an example", () => {
    const [npm] = read("server.json").packages;
    for (const [index, { name, secret = false }] of STDIO_VARIABLES.entries()) {
      expect(npm.environmentVariables[index]).toMatchObject({ name, isSecret: secret, isRequired: false });
      expect("placeholder" in npm.environmentVariables[index]).toBe(!secret);
    }
  });
});
