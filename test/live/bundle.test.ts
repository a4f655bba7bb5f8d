/** What a client that takes MCP bundles installs: this machine's bundle, unpacked where nothing else is. */
import { readdirSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { getMcpConfigForManifest, MANIFEST_SCHEMAS } from "@anthropic-ai/mcpb";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type McpClient } from "./mcp-client.ts";
import { DEMO_ARTIFACTS, filesBelow, objectAt, ROOT, readJson } from "./places.ts";
import { openBench } from "./processes.ts";
import { QUESTIONS } from "./questions.ts";

const bench = openBench();
const unpacked = join(bench.folder, "unpacked");
const MCPB = join(ROOT, "node_modules/.bin/mcpb");
/** Bytes that the bundle may have; nearly all of them are DuckDB's. */
const LARGEST_BUNDLE = 40_000_000;
let bundle: string;

beforeAll(async () => {
  const packed = await bench.run(process.execPath, ["dist/scripts/mcpb.js", "--out", bench.folder], {
    cwd: ROOT,
  });
  expect(packed.code, packed.stderr).toBe(0);
  console.log(packed.stdout.trim());
  bundle = join(bench.folder, readdirSync(bench.folder).find((file) => file.endsWith(".mcpb")) ?? "none");
  const done = await bench.run(MCPB, ["unpack", bundle, unpacked]);
  expect(done.code, done.stdout + done.stderr).toBe(0);
});
afterAll(() => bench.clear());

/** The server as a client starts it whose user has filled in these settings. */
async function installed(userConfig: Record<string, string>): Promise<McpClient> {
  const manifest = MANIFEST_SCHEMAS["0.3"].parse(readJson(join(unpacked, "manifest.json")));
  const places = { extensionPath: unpacked, systemDirs: {}, pathSeparator: "/" };
  const server = await getMcpConfigForManifest({ manifest, userConfig, ...places });
  if (server === undefined) throw new Error("the manifest asks for more than the user has given");
  const { command, args = [], env = {} } = server;
  return connect({ command, args, env: { ...bench.env, ...env }, cwd: bench.folder });
}

describe("the bundle", () => {
  test("is valid by the official tool", async () => {
    const { code, stdout } = await bench.run(MCPB, ["validate", join(unpacked, "manifest.json")]);
    expect([code, stdout.trim()]).toEqual([0, "Manifest schema validation passes!"]);
  });

  test("is for this platform alone, and not too large", () => {
    expect(objectAt(readJson(join(unpacked, "manifest.json")), "compatibility").platforms).toEqual([
      process.platform,
    ]);
    const natives = readdirSync(join(unpacked, "node_modules/@duckdb"));
    expect(natives).toHaveLength(2);
    expect(natives[1]).toContain(`${process.platform}-${process.arch}`);
    expect(statSync(bundle).size).toBeGreaterThan(1_000_000);
    expect(statSync(bundle).size).toBeLessThan(LARGEST_BUNDLE);
  });

  test("holds what runs and what explains it, and nothing else", () => {
    const wanted =
      /^(dist\/(page\/)?[^/]+|node_modules\/(@duckdb\/node-bindings[a-z0-9-]*|detect-libc)\/.+|(manifest|package)\.json|LICENSE|README\.md)$/;
    const files = filesBelow(unpacked).map((file) => relative(unpacked, file));
    expect(files.filter((file) => !wanted.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["LICENSE", "README.md", "dist/runlens.js"]));
  });
});

describe("installed by a client", () => {
  test("it lists its tools where its user gave nothing", async () => {
    const client = await installed({});
    try {
      expect(await client.tools()).toEqual(QUESTIONS.map(({ name }) => name));
    } finally {
      await client.close();
    }
  });

  test("it answers from artifacts, with the DuckDB that it brings", async () => {
    const client = await installed({ dbt_artifacts_path: DEMO_ARTIFACTS });
    try {
      const { models, source } = await client.ask("health_dashboard");
      expect(objectAt(models).total).toBe(25);
      expect(objectAt(source)).toMatchObject({ systems: ["artifacts"], complete: true });
    } finally {
      await client.close();
    }
    // Kept in the home of its user: so it was the store that answered, and not memory alone.
    expect(filesBelow(bench.folder).some((file) => file.endsWith(".duckdb"))).toBe(true);
  });
});
