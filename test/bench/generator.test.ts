/** The generator of large artifacts: what it writes is valid, and is answered right. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SIZE = { models: 80, tests: 160, runs: 4 };

const Node = z.looseObject({
  unique_id: z.string(),
  resource_type: z.string(),
  tags: z.array(z.string()),
  config: z.looseObject({ materialized: z.string() }),
  depends_on: z.object({ nodes: z.array(z.string()) }),
  raw_code: z.string(),
  description: z.string(),
});
const Manifest = z.looseObject({
  metadata: z.looseObject({ dbt_schema_version: z.string(), invocation_id: z.string() }),
  nodes: z.record(z.string(), Node),
  sources: z.record(z.string(), z.looseObject({})),
  exposures: z.record(z.string(), z.looseObject({})),
  macros: z.record(z.string(), z.looseObject({})),
  parent_map: z.record(z.string(), z.array(z.string())),
  child_map: z.record(z.string(), z.array(z.string())),
});
const Result = z.looseObject({
  unique_id: z.string(),
  status: z.string(),
  execution_time: z.number(),
  timing: z.array(z.object({ name: z.string(), started_at: z.string(), completed_at: z.string() })),
});
const RunResults = z.looseObject({
  metadata: z.looseObject({ dbt_schema_version: z.string(), generated_at: z.string() }),
  results: z.array(Result),
});

let folder = "";
let artifacts = "";
let manifest: z.infer<typeof Manifest>;
let runs: z.infer<typeof RunResults>[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runlens-generator-"));
  artifacts = join(folder, "artifacts");
  generate(artifacts);
  const paths = files(artifacts);
  const manifests = paths.filter((path) => path.endsWith("manifest.json"));
  expect(manifests).toHaveLength(1);
  manifest = Manifest.parse(readJson(manifests[0]));
  runs = paths
    .filter((path) => path.endsWith("run_results.json"))
    .map((path) => RunResults.parse(readJson(path)));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function generate(out: string): void {
  const size = Object.entries(SIZE).flatMap(([name, count]) => [`--${name}`, String(count)]);
  const run = spawnSync(process.execPath, ["bench/generate.mjs", "--out", out, ...size], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
}

function files(root: string): string[] {
  const names = readdirSync(root, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(root, name));
}

function readJson(path: string | undefined): unknown {
  return JSON.parse(readFileSync(path ?? "", "utf8"));
}

function modelNodes() {
  return Object.values(manifest.nodes).filter(({ resource_type }) => resource_type === "model");
}

/** Asks the built command line about the artifacts, keeping nothing. */
function ask(...args: string[]): unknown {
  const command = ["dist/runlens.js", "--artifacts", artifacts, "--store", ":memory:", ...args, "--json"];
  const run = spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8" });
  expect(run.stderr).toBe("");
  return JSON.parse(run.stdout);
}

describe("the generator", () => {
  it("writes the same bytes for the same arguments", () => {
    const again = join(folder, "again");
    generate(again);
    const digest = (root: string) =>
      files(root).map((path) => [
        path.slice(root.length),
        createHash("sha256").update(readFileSync(path)).digest("hex"),
      ]);
    expect(digest(again)).toEqual(digest(artifacts));
  });

  it("writes as many models, tests and runs as it was asked for", () => {
    const types = Object.values(manifest.nodes).map(({ resource_type }) => resource_type);
    expect(types.filter((type) => type === "model")).toHaveLength(SIZE.models);
    expect(types.filter((type) => type === "test")).toHaveLength(SIZE.tests);
    expect(runs).toHaveLength(SIZE.runs);
    for (const { results } of runs) expect(results).toHaveLength(SIZE.models + SIZE.tests);
  });

  it("names the schemas of a manifest v12 and of run results v6", () => {
    expect(manifest.metadata.dbt_schema_version).toBe("https://schemas.getdbt.com/dbt/manifest/v12.json");
    const versions = new Set(runs.map(({ metadata }) => metadata.dbt_schema_version));
    expect([...versions]).toEqual(["https://schemas.getdbt.com/dbt/run-results/v6.json"]);
  });

  it("lets a node depend only on what exists", () => {
    const known = new Set([...Object.keys(manifest.nodes), ...Object.keys(manifest.sources)]);
    const parents = Object.values(manifest.nodes).flatMap(({ depends_on }) => depends_on.nodes);
    expect(parents.length).toBeGreaterThan(SIZE.models);
    expect(parents.filter((id) => !known.has(id))).toEqual([]);
  });

  it("writes a child_map that is the parent_map turned around", () => {
    const links = (map: Record<string, string[]>, turned: boolean) =>
      Object.entries(map)
        .flatMap(([from, all]) => all.map((to) => (turned ? `${from} ${to}` : `${to} ${from}`)))
        .sort();
    expect(links(manifest.child_map, true)).toEqual(links(manifest.parent_map, false));
    expect(Object.keys(manifest.parent_map)).toHaveLength(
      Object.keys(manifest.nodes).length +
        Object.keys(manifest.sources).length +
        Object.keys(manifest.exposures).length,
    );
  });

  it("writes text that is not ASCII, and SQL of uneven length", () => {
    const models = modelNodes();
    const foreign = /[^\0-\x7f]/;
    expect(models.some(({ description }) => foreign.test(description))).toBe(true);
    expect(models.some(({ raw_code }) => foreign.test(raw_code))).toBe(true);
    const lengths = models.map(({ raw_code }) => raw_code.length);
    expect(Math.max(...lengths)).toBeGreaterThan(5 * Math.min(...lengths));
  });

  it("lets a run fail here and there, and skips what depends on it", () => {
    const parents = new Map(modelNodes().map(({ unique_id, depends_on }) => [unique_id, depends_on.nodes]));
    for (const { results } of runs) {
      const status = new Map(results.map((result) => [result.unique_id, result.status]));
      const built = results.filter(({ unique_id }) => parents.has(unique_id));
      const lost = (id: string) => ["error", "skipped"].includes(status.get(id) ?? "");
      expect(built.some(({ status: word }) => word === "error")).toBe(true);
      for (const { unique_id, status: word } of built) {
        expect(word === "skipped").toBe((parents.get(unique_id) ?? []).some(lost));
      }
    }
  });

  it("starts no model before its parents have ended", () => {
    const parents = new Map(modelNodes().map(({ unique_id, depends_on }) => [unique_id, depends_on.nodes]));
    for (const { results } of runs) {
      const ended = new Map(
        results.map(({ unique_id, timing }) => [unique_id, timing.at(-1)?.completed_at ?? ""]),
      );
      for (const { unique_id, timing } of results) {
        const start = timing[0]?.started_at;
        if (start === undefined) continue;
        for (const parent of parents.get(unique_id) ?? [])
          expect((ended.get(parent) ?? "") <= start).toBe(true);
      }
    }
  });
});

describe("the generated artifacts", () => {
  it("are answered with all their models", () => {
    const answer = z.looseObject({ total: z.number() }).parse(ask("list-models", "--limit", "1"));
    expect(answer.total).toBe(SIZE.models);
  });

  it("are answered with all their runs", () => {
    const answer = z
      .looseObject({ items: z.array(z.looseObject({ status: z.string() })) })
      .parse(ask("list-runs"));
    expect(answer.items.map(({ status }) => status)).toEqual(runs.map(() => "failure"));
  });

  it("are answered with the slowest models that the files show", () => {
    const times = new Map<string, number[]>();
    // The folders are named by date, so that the newest run is the last.
    for (const { results } of [...runs].reverse()) {
      for (const { unique_id, status, execution_time } of results) {
        if (!unique_id.startsWith("model.") || status !== "success") continue;
        times.set(unique_id, [...(times.get(unique_id) ?? []), execution_time]);
      }
    }
    const averages = [...times].map(([id, all]) => {
      const last = all.slice(0, 3);
      return { unique_id: id, average: last.reduce((sum, value) => sum + value, 0) / last.length };
    });
    const expected = averages.sort((a, b) => b.average - a.average).slice(0, 5);
    const answer = z
      .looseObject({
        items: z.array(z.looseObject({ unique_id: z.string(), average_runtime_s: z.number() })),
      })
      .parse(ask("slowest-models", "--last-n-runs", "3"));
    expect(answer.items.map(({ unique_id }) => unique_id)).toEqual(
      expected.map(({ unique_id }) => unique_id),
    );
    for (const [index, item] of answer.items.entries()) {
      expect(item.average_runtime_s).toBeCloseTo(expected[index]?.average ?? Number.NaN, 2);
    }
  });
});
