/** What is wrong upstream of something, and what is affected downstream of it. */
import sql from "sql-template-tag";
import { RunlensError } from "../errors.ts";
import { amongKeys, type Facts } from "./facts.ts";
import { toFreshness } from "./freshness-facts.ts";
import type { Direction, Graph } from "./graph.ts";
import { graphOf } from "./graph-facts.ts";
import { FRESHNESS_RANK } from "./health.ts";
import { type HealthPicture, healthOf, healthPicture } from "./health-facts.ts";
import type { Inquiry } from "./inquiry.ts";
import type {
  Downstream,
  Lineage,
  LineageExposure,
  LineageRoot,
  LineageSource,
  Upstream,
} from "./lineage-answers.ts";
import { longestChain, RUNS_AVERAGED } from "./lineage-chain.ts";
import { edgeName, edgesAmong, type Listed } from "./lineage-edges.ts";
import { failedRoots, namedRoot, type Root } from "./lineage-roots.ts";
import { isOther, list, type Making, type Met, MOST_REASONS, nearest, side } from "./lineage-side.ts";
import type { LineageQuestion } from "./questions.ts";

/** Answers `get_lineage`, without its note of origin. */
export async function lineageReport(inquiry: Inquiry<LineageQuestion>): Promise<Omit<Lineage, "source">> {
  const { facts, question } = inquiry;
  const { direction = "both", depth, limit = 20 } = question;
  const { roots: found, runId } = await rootsOf(inquiry);
  const wide = await inquiry.everywhere();
  const environments = new Set([...wide.environmentKeys, ...environmentsOf(found)]);
  const graph = await graphOf(facts, [...environments]);
  // What stands for a node of another project is that node from here on.
  const roots = found.map((root) => ({ ...root, ...placeOf(graph, root) }));
  const gone = roots.filter((root) => graph.node(root.key) === undefined).map((root) => root.name);
  if (gone.length > 0)
    facts.note(
      `No longer in the newest definitions, so that nothing is known around it: ${gone.slice(0, 5).join(", ")}.`,
    );
  const walk = (to: Direction): Met[] | null => {
    if (direction !== "both" && direction !== to) return null;
    return within(facts, graph, roots, to, depth);
  };
  const [above, below] = [walk("upstream"), walk("downstream")];
  await needsRuntimes(inquiry, roots, below);
  const met = [...(above ?? []), ...(below ?? [])].map(({ node }) => node);
  const picture = await healthPicture(facts, environmentsOf([...roots, ...met]));
  const include = new Set(question.include);
  const shown = roots.slice(0, limit);
  const listed: Listed = new Map(shown.map((root) => [root.key, edgeName(root.resource_type, root.name)]));
  const all = include.has("healthy");
  const lineage = {
    run_id: runId,
    direction,
    depth: depth ?? null,
    root_count: roots.length,
    roots: shown.map((root) => toRoot(root, picture)),
    upstream: above === null ? null : upstream(facts, above, { picture, listed }, { limit, all }),
    downstream:
      below === null
        ? null
        : await downstream(facts, { graph, roots, picture, listed }, below, { limit, depth }),
  };
  if (!include.has("edges")) return lineage;
  const others = met.filter(isOther);
  return { ...lineage, edges: edgesAmong(graph, listed, others) };
}

async function rootsOf(inquiry: Inquiry<LineageQuestion>): Promise<{ roots: Root[]; runId: string | null }> {
  const { facts, scope, question } = inquiry;
  const { modelId, runId } = question;
  if ((modelId === undefined) === (runId === undefined)) {
    throw new RunlensError(
      "INVALID_INPUT",
      "get_lineage needs model_id or run_id, and not both.",
      "Pass model_id for one model, or run_id (latest is the newest) for everything that failed in that run.",
    );
  }
  if (modelId !== undefined) return { roots: [await namedRoot(facts, scope, modelId)], runId: null };
  const run = await inquiry.run(runId ?? "");
  await inquiry.needsRuns([run.run_key]);
  const roots = await failedRoots(facts, run);
  if (roots.length === 0) facts.note(`Nothing failed in run ${run.run_id}.`);
  return { roots, runId: run.run_id };
}

function within(
  facts: Facts,
  graph: Graph,
  roots: readonly Root[],
  to: Direction,
  depth = Number.POSITIVE_INFINITY,
): Met[] {
  const { nodes, distances } = graph.walk(
    roots.map((root) => root.key),
    to,
  );
  // They come by distance.
  const end = distances.findIndex((distance) => distance > depth);
  const met = nodes
    .slice(0, end === -1 ? nodes.length : end)
    .map((node, i): Met => ({ node, distance: distances[i] ?? 0 }));
  const beyond = nodes.length - met.length;
  if (beyond > 0) facts.note(`${beyond} nodes ${to} lie beyond depth ${depth} and are left out.`);
  return met;
}

/** The runs by which the critical path is found. */
async function needsRuntimes(
  inquiry: Inquiry<LineageQuestion>,
  roots: readonly Root[],
  below: readonly Met[] | null,
): Promise<void> {
  if (below === null || roots.length === 0) return;
  const models = below.map(({ node }) => node).filter((node) => node.resource_type === "model");
  await inquiry.needsExecutions({
    ...inquiry.selection(RUNS_AVERAGED),
    filter: {},
    window: { since: null, until: null },
    environmentKeys: environmentsOf([...models, ...roots]),
    nodeKeys: [...models, ...roots].map((node) => node.key),
  });
}

function placeOf(graph: Graph, root: Root): Pick<Root, "key" | "environment_key"> {
  const { key, environment_key } = graph.node(root.key) ?? root;
  return { key, environment_key };
}

function environmentsOf(nodes: readonly { environment_key: number }[]): number[] {
  return [...new Set(nodes.map((node) => node.environment_key))].sort((a, b) => a - b);
}

function toRoot(root: Root, picture: HealthPicture): LineageRoot {
  const { status = null, reasons = [] } = healthOf(picture, root.key) ?? {};
  return {
    model_id: root.name,
    resource_type: root.resource_type,
    health_status: status,
    reasons: (root.reasons.length > 0 ? root.reasons : reasons).slice(0, MOST_REASONS),
  };
}

function upstream(
  facts: Facts,
  met: readonly Met[],
  making: Making,
  { limit, all }: { limit: number; all: boolean },
): Upstream {
  const sources = met
    .filter(({ node }) => node.resource_type === "source")
    .map((one) => ({ node: one.node, source: toSource(facts, one, making.picture) }));
  const models = side(met, making, (status) => all || status !== "healthy", limit);
  const staleFirst = (a: LineageSource, b: LineageSource) =>
    FRESHNESS_RANK[b.status] - FRESHNESS_RANK[a.status] ||
    a.distance - b.distance ||
    a.name.localeCompare(b.name);
  const shown = sources.sort((a, b) => staleFirst(a.source, b.source)).slice(0, limit);
  list(making.listed, shown);
  return {
    ...models,
    listed_count: all ? models.model_count : models.model_count - models.healthy,
    source_count: sources.length,
    sources: shown.map(({ source }) => source),
  };
}

function toSource(facts: Facts, { node, distance }: Met, picture: HealthPicture): LineageSource {
  const state = picture.sources.get(node.key);
  if (state === undefined) {
    return {
      name: node.name,
      distance,
      status: "unchecked",
      max_loaded_at: null,
      checked_at: null,
      age_s: null,
    };
  }
  const { status, max_loaded_at, checked_at, age_s } = toFreshness(state, facts.now);
  return { name: node.name, distance, status, max_loaded_at, checked_at, age_s };
}

async function downstream(
  facts: Facts,
  { graph, roots, ...making }: Making & { graph: Graph; roots: readonly Root[] },
  met: readonly Met[],
  { limit, depth }: { limit: number; depth: number | undefined },
): Promise<Downstream> {
  const ofType = (type: string) => met.filter(({ node }) => node.resource_type === type);
  const tests = ofType("test");
  const exposures = ofType("exposure");
  const nodes = met.map(({ node }) => node);
  const chain = await longestChain(
    facts,
    graph,
    roots.map((root) => root.key),
    { environmentKeys: environmentsOf([...roots, ...nodes]), within: depth === undefined ? null : nodes },
  );
  const shown = await described(facts, nearest(exposures, limit));
  for (const { key, exposure } of shown) making.listed.set(key, edgeName("exposure", exposure.name));
  return {
    ...side(met, making, () => true, limit),
    test_count: tests.length,
    tests: nearest(tests, limit).map(({ node }) => node.name),
    exposure_count: exposures.length,
    exposures: shown.map(({ exposure }) => exposure),
    critical_path_s: chain.seconds,
    critical_path: chain.models.slice(0, limit),
  };
}

async function described(
  facts: Facts,
  exposures: readonly Met[],
): Promise<{ key: number; exposure: LineageExposure }[]> {
  const keys = exposures.map(({ node }) => node.key);
  const rows = await facts.rows<{ node_key: number; name: string; owner: string | null; url: string | null }>(
    sql`SELECT node_key, name, owner, url FROM nodes WHERE ${amongKeys("node_key", keys)}`,
  );
  const byKey = new Map(rows.map((row) => [row.node_key, row]));
  return exposures.flatMap(({ node, distance }) => {
    const row = byKey.get(node.key);
    if (row === undefined) return [];
    return [{ key: node.key, exposure: { name: row.name, distance, owner: row.owner, url: row.url } }];
  });
}
