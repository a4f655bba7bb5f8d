/** What users install: the packed tarball, in an empty folder. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "./mcp-client.ts";
import { DEMO_ARTIFACTS, listAt, objectAt, parseObject, ROOT, readJson } from "./places.ts";
import { openBench } from "./processes.ts";
import { QUESTIONS } from "./questions.ts";

const bench = openBench();
const consumer = join(bench.folder, "consumer");
const installed = join(consumer, "node_modules/runlens");
const manifest = readJson(join(ROOT, "package.json"));
/** Bytes that the tarball may have; most of them are the demo's artifacts. */
const LARGEST_TARBALL = 5_000_000;
/** Files in the tarball. */
let files: string[] = [];
let tarballBytes = 0;

/** What a build makes, or a person has, beside the sources. */
const BESIDE = ["node_modules", ".git", ".live", "dist", "bench", "bundles"];

beforeAll(async () => {
  // In a copy, because packing builds dist/ anew, from which other tests run meanwhile.
  const copy = join(bench.folder, "copy");
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !BESIDE.includes(relative(ROOT, path)) });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const packed = await bench.run("npm", ["pack", "--json", "--pack-destination", bench.folder], {
    cwd: copy,
  });
  expect(packed.code, packed.stderr).toBe(0);
  const [tarball] = listAt({ tarballs: Object.values(JSON.parse(packed.stdout)) }, "tarballs");
  files = listAt(tarball, "files").map((file) => String(file.path));
  tarballBytes = Number(tarball?.size);
  console.log(
    `the tarball has ${files.length} files, ${tarballBytes} bytes, ${String(tarball?.unpackedSize)} unpacked`,
  );
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), '{ "private": true, "type": "module" }\n');
  const path = join(bench.folder, String(tarball?.filename));
  const done = await bench.run("npm", ["install", "--no-audit", "--no-fund", path], { cwd: consumer });
  expect(done.code, done.stderr).toBe(0);
});
afterAll(() => bench.clear());

describe("the tarball", () => {
  test("holds what runs and what explains it, and nothing else", () => {
    const wanted =
      /^(dist\/|demo\/artifacts\/|demo\/runlens\.yml$|mcp\.json\.example$|package\.json$|[A-Z]+(\.md)?$)/;
    expect(files.filter((file) => !wanted.test(file))).toEqual([]);
    expect(
      files.filter((file) => /(^|\/)(test|scripts|node_modules|\.env.*)(\/|$)|\.(test|map|tgz)\b/.test(file)),
    ).toEqual([]);
    for (const file of ["README.md", "LICENSE", "CHANGELOG.md", "dist/runlens.js", "dist/index.js"]) {
      expect(files).toContain(file);
    }
  });

  test("holds no secret and no path of the machine that packed it", () => {
    const secret =
      /-----BEGIN [A-Z ]*PRIVATE KEY|\bdbt[csu]_[A-Za-z0-9]{20}|\bgh[pousr]_[A-Za-z0-9]{30}|\bAKIA[0-9A-Z]{16}|\bnpm_[A-Za-z0-9]{36}/;
    const places = [ROOT, `${homedir()}/`, bench.folder];
    const leaking = files.filter((file) => {
      const content = readFileSync(join(installed, file), "utf8");
      return secret.test(content) || places.some((place) => content.includes(place));
    });
    expect(leaking).toEqual([]);
  });

  test("is small enough to download without a thought", () => {
    expect(tarballBytes).toBeGreaterThan(100_000);
    expect(tarballBytes).toBeLessThan(LARGEST_TARBALL);
  });

  test("brings only the dependencies that it declares", () => {
    const own = Object.keys(objectAt(manifest, "dependencies")).sort();
    expect(Object.keys(objectAt(readJson(join(installed, "package.json")), "dependencies")).sort()).toEqual(
      own,
    );
    expect(own).toEqual(["@duckdb/node-bindings", "sql-template-tag", "zod"]);
  });
});

describe("installed into an empty folder", () => {
  test("npx finds the program", async () => {
    const { code, stdout } = await bench.run("npx", ["--no-install", "runlens", "--version"], {
      cwd: consumer,
    });
    expect(code).toBe(0);
    expect(stdout.trim()).toBe(manifest.version);
  });

  test("it starts as an MCP server and lists its tools", async () => {
    const args = ["--no-install", "runlens", "mcp"];
    const client = await connect({ command: "npx", args, env: bench.env, cwd: consumer });
    try {
      expect(await client.tools()).toEqual(QUESTIONS.map(({ name }) => name));
    } finally {
      await client.close();
    }
  });

  test("the demo answers", async () => {
    const { code, stdout, stderr } = await bench.run("npx", ["--no-install", "runlens", "demo"], {
      cwd: consumer,
    });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("pedal_harbour.");
    expect(stdout).toContain("mcpServers");
  });

  test("it is a library that answers from artifacts", async () => {
    cpSync(DEMO_ARTIFACTS, join(consumer, "artifacts"), { recursive: true });
    writeFileSync(
      join(consumer, "ask.js"),
      `import { Account } from "runlens";
       const account = new Account({ artifactsPath: "artifacts", store: ":memory:" });
       const answer = await account.slowestModels({ slowestN: 3, lastNRuns: 5 });
       console.log(JSON.stringify(answer));
       await account.close();`,
    );
    const { code, stdout, stderr } = await bench.run(process.execPath, ["ask.js"], { cwd: consumer });
    expect(code, stderr).toBe(0);
    const args = [
      "slowest-models",
      "--slowest-n",
      "3",
      "--last-n-runs",
      "5",
      "--artifacts",
      "artifacts",
      "--store",
      ":memory:",
    ];
    const told = await bench.ask(args, { cwd: consumer });
    expect(listAt(told, "items")).toHaveLength(3);
    expect(parseObject(stdout).items).toEqual(told.items);
  });

  test("its types check in a strict project, its own declarations included", async () => {
    writeFileSync(
      join(consumer, "consumer.ts"),
      `import { Account, RunlensError } from "runlens";
       const account = new Account({ artifactsPath: ["artifacts"], store: ":memory:", cacheTtl: 60 });
       const slowest = await account.slowestModels({ slowestN: 3, tags: ["finance"] });
       const average: number | null | undefined = slowest[0]?.averageRuntime;
       // @ts-expect-error there is no such argument
       await account.slowestModels({ colour: "red" });
       export const shown: [number | null | undefined, typeof RunlensError] = [average, RunlensError];
       await account.close();\n`,
    );
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    const flags = "--noEmit --strict --module nodenext --target es2023 --skipLibCheck false --types node";
    const types = join(consumer, "node_modules/@types/node");
    cpSync(join(ROOT, "node_modules/@types/node"), types, { recursive: true });
    cpSync(join(ROOT, "node_modules/undici-types"), join(consumer, "node_modules/undici-types"), {
      recursive: true,
    });
    const { code, stdout } = await bench.run(tsc, [...flags.split(" "), "consumer.ts"], { cwd: consumer });
    expect(stdout).toBe("");
    expect(code).toBe(0);
  });
});
