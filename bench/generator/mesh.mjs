/**
 * A project made for walks through its graph: 30,000 nodes, 100,000 edges, deep, and broken by cycles, as a manifest of
 * several merged projects can be. Nodes have no more than the graph and their last results need.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "./random.mjs";

const SOURCES = 1000;
const MODELS = 20_000;
const TESTS = 8500;
const EXPOSURES = 500;
const EDGES = 100_000;
const CYCLES = 50;
/** Models read what was defined among so many before them, so that chains become hundreds of models long. */
const REACH = 400;
const BROKEN = 25;
const THREADS = 16;
const STARTED = Date.UTC(2026, 10, 18, 2, 0, 0);

/** @typedef {{ unique_id: string, resource_type: string, parents: string[] }} Node */

/** @param {number} index */
const modelId = (index) => `model.mesh.m${String(index).padStart(5, "0")}`;

/** @param {Random} random @returns {Node[]} */
function makeNodes(random) {
  /** @type {Node[]} */
  const sources = Array.from({ length: SOURCES }, (_, i) => ({
    unique_id: `source.mesh.raw.s${i}`,
    resource_type: "source",
    parents: [],
  }));
  /** @type {Set<string>[]} */
  const parents = Array.from(
    { length: MODELS },
    (_, i) =>
      new Set([i < SOURCES ? `source.mesh.raw.s${i}` : modelId(random.int(Math.max(0, i - REACH), i - 1))]),
  );
  const rest = EDGES - MODELS - TESTS - EXPOSURES - CYCLES;
  for (let edges = 0; edges < rest; ) {
    const child = random.int(SOURCES, MODELS - 1);
    const known = parents[child] ?? new Set();
    const before = known.size;
    edges += known.add(modelId(random.int(Math.max(0, child - REACH), child - 1))).size - before;
  }
  // A parent that lies far below: with it, whatever is between the two goes in a circle.
  for (let cycle = 1; cycle <= CYCLES; cycle++) parents[cycle * 300]?.add(modelId(cycle * 300 + 250));
  const models = parents.map((known, i) => ({
    unique_id: modelId(i),
    resource_type: "model",
    parents: [...known],
  }));
  const tests = Array.from({ length: TESTS }, (_, i) => ({
    unique_id: `test.mesh.not_null_${i}.${random.hex(10)}`,
    resource_type: "test",
    parents: [modelId(random.int(0, MODELS - 1))],
  }));
  const exposures = Array.from({ length: EXPOSURES }, (_, i) => ({
    unique_id: `exposure.mesh.e${i}`,
    resource_type: "exposure",
    parents: [modelId(random.int(MODELS - 5000, MODELS - 1))],
  }));
  return [...sources, ...models, ...tests, ...exposures];
}

/** Writes manifest.json and run_results.json below `out`; gives what there is. @param {string} out */
export function generateMesh(out) {
  const random = new Random(7);
  const nodes = makeNodes(random);
  mkdirSync(out, { recursive: true });
  const metadata = {
    dbt_version: "1.10.4",
    generated_at: new Date(STARTED).toISOString(),
    invocation_id: random.uuid(),
    project_name: "mesh",
    adapter_type: "duckdb",
  };
  const ofType = (/** @type {string[]} */ ...types) =>
    Object.fromEntries(
      nodes.filter((node) => types.includes(node.resource_type)).map((node) => [node.unique_id, entry(node)]),
    );
  write(join(out, "manifest.json"), {
    metadata: { ...metadata, dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json" },
    nodes: ofType("model", "test"),
    sources: ofType("source"),
    exposures: ofType("exposure"),
    metrics: {},
    groups: {},
    unit_tests: {},
  });
  const { results, seconds } = simulate(nodes, random);
  write(join(out, "run_results.json"), {
    metadata: {
      ...metadata,
      generated_at: new Date(STARTED + seconds * 1000).toISOString(),
      dbt_schema_version: "https://schemas.getdbt.com/dbt/run-results/v6.json",
    },
    results,
    elapsed_time: seconds,
    args: { which: "build", target: "prod", invocation_command: "dbt build --target prod" },
  });
  const edges = nodes.reduce((sum, node) => sum + node.parents.length, 0);
  return { nodes: nodes.length, edges, models: Array.from({ length: MODELS }, (_, i) => modelId(i)) };
}

/** @param {Node} node */
function entry({ unique_id, resource_type, parents }) {
  const [, , ...rest] = unique_id.split(".");
  const [name = ""] = resource_type === "source" ? rest.slice(1) : rest;
  return {
    unique_id,
    resource_type,
    name,
    package_name: "mesh",
    database: "warehouse",
    schema: "mesh",
    alias: name,
    ...(resource_type === "source" ? { source_name: "raw", identifier: name } : {}),
    ...(resource_type === "test" ? { attached_node: parents[0] } : {}),
    ...(resource_type === "exposure" ? { owner: { name: "Team" }, type: "dashboard" } : {}),
    config: { enabled: true, materialized: resource_type === "model" ? "table" : resource_type, tags: [] },
    depends_on: { macros: [], nodes: parents },
    tags: [],
  };
}

/** A build on sixteen threads: 25 models fail, and what is below them is skipped. @param {Node[]} nodes @param {Random} random */
function simulate(nodes, random) {
  /** @type {Map<string, number>} */
  const ends = new Map();
  /** @type {Set<string>} */
  const lost = new Set();
  const free = Array.from({ length: THREADS }, () => 1);
  const results = nodes.flatMap(({ unique_id, resource_type, parents }) => {
    if (resource_type !== "model" && resource_type !== "test") return [];
    const index = Number(unique_id.slice(-5));
    const breaks = resource_type === "model" && index > 15_000 && index % (5000 / BROKEN) === 0;
    if (!breaks && parents.some((parent) => lost.has(parent))) {
      lost.add(unique_id);
      return [result(unique_id, "skipped", null)];
    }
    if (breaks) lost.add(unique_id);
    const thread = free.indexOf(Math.min(...free));
    const from = Math.max(free[thread] ?? 0, ...parents.map((parent) => ends.get(parent) ?? 0));
    const to = from + random.uneven(resource_type === "model" ? 2 : 0.3, 0.8);
    free[thread] = to;
    ends.set(unique_id, to);
    const good = resource_type === "model" ? "success" : "pass";
    return [result(unique_id, breaks ? "error" : good, { from, to, thread: thread + 1 })];
  });
  return { results, seconds: Math.max(...free) };
}

/** @param {string} unique_id @param {string} status @param {{ from: number, to: number, thread: number } | null} time */
function result(unique_id, status, time) {
  const at = (/** @type {number} */ seconds) => new Date(STARTED + seconds * 1000).toISOString();
  const timing =
    time === null ? [] : [{ name: "execute", started_at: at(time.from), completed_at: at(time.to) }];
  return {
    unique_id,
    status,
    timing,
    thread_id: time === null ? "Thread-1 (worker)" : `Thread-${time.thread} (worker)`,
    execution_time: time === null ? 0 : time.to - time.from,
    message: status === "error" ? "Database Error in model: no such column" : null,
    failures: status === "pass" ? 0 : null,
    adapter_response: {},
  };
}

/** @param {string} path @param {object} content */
function write(path, content) {
  writeFileSync(path, JSON.stringify(content));
}
