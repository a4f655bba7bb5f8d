/** What is wrong upstream of something, and what is affected downstream of it. */
import sql from "sql-template-tag";
import { RunlensError } from "../errors.ts";
import { amongKeys, type Facts } from "./facts.ts";
import { toFreshness } from "./freshness-facts.ts";
import type { Direction, Graph, GraphNode } from "./graph.ts";
import { graphOf } from "./graph-facts.ts";
import { FRESHNESS_RANK, type Health } from "./health.ts";
import type { HealthPicture } from "./health-facts.ts";
import type { Inquiry } from "./inquiry.ts";
import type {
  Downstream,
  Lineage,
  LineageModel,
  LineageRoot,
  LineageSource,
  Upstream,
} from "./lineage-answers.ts";
import { longestChain, RUNS_AVERAGED } from "./lineage-chain.ts";
import { healthIn, type Judged } from "./lineage-health.ts";
import { failedRoots, namedRoot, type Root } from "./lineage-roots.ts";
import type { LineageQuestion } from "./questions.ts";
import { countEach, groupBy } from "./statistics.ts";
import { HEALTH_STATUSES, type HealthStatus } from "./vocabulary.ts";

const MOST_REASONS = 3;

/** What a walk met within the depth asked for. */
interface Met {
  node: GraphNode;
  distance: number;
}

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
  const health = await healthIn(facts, environmentsOf([...roots, ...met]));
  const all = question.include?.includes("healthy") ?? false;
  return {
    run_id: runId,
    direction,
    depth: depth ?? null,
    root_count: roots.length,
    roots: roots.slice(0, limit).map((root) => toRoot(root, health)),
    upstream: above === null ? null : upstream(facts, above, health, { limit, all }),
    downstream:
      below === null ? null : await downstream(facts, { graph, roots, health }, below, { limit, depth }),
  };
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

function toRoot(root: Root, health: Judged): LineageRoot {
  const { status = null, reasons = [] } = health.of(root.key) ?? {};
  return {
    model_id: root.name,
    resource_type: root.resource_type,
    health_status: status,
    reasons: (root.reasons.length > 0 ? root.reasons : reasons).slice(0, MOST_REASONS),
  };
}

const UNKNOWN: Health = { status: "unknown", reasons: [] };

interface Judgement {
  met: Met;
  health: Health;
}

/** What both directions tell. `listed` are those to be shown. */
function side(met: readonly Met[], health: Judged, listed: (status: HealthStatus) => boolean, limit: number) {
  const judged = met
    .filter(({ node }) => node.resource_type === "model")
    .map((one): Judgement => ({ met: one, health: health.of(one.node.key) ?? UNKNOWN }));
  const levels = [...groupBy(judged, ({ met: { distance } }) => distance)];
  const others = groupBy(
    met.filter(({ node }) => !APART.has(node.resource_type)),
    ({ node }) => node.resource_type,
  );
  return {
    ...counts(judged),
    level_count: levels.length,
    levels: levels.slice(0, limit).map(([distance, group]) => ({ distance, ...counts(group) })),
    models: nearest(
      judged.filter((one) => listed(one.health.status)),
      limit,
      (one) => one.met,
    ).map(toModel),
    other_nodes: Object.fromEntries([...others].sort().map(([type, group]) => [type, group.length])),
  };
}

/** Types that have a place of their own in the answer, or none. */
const APART: ReadonlySet<string> = new Set(["model", "source", "test", "unit_test", "exposure"]);

/**
 * The first `limit` by distance, then by name. They come by distance, so that only as many levels have to be sorted as
 * it takes.
 */
function nearest<T>(things: readonly T[], limit: number, metOf: (thing: T) => Met): T[] {
  const last = things[limit - 1];
  const reach = last === undefined ? Number.POSITIVE_INFINITY : metOf(last).distance;
  const end = things.findIndex((thing) => metOf(thing).distance > reach);
  return things
    .slice(0, end === -1 ? things.length : end)
    .sort((a, b) => byDistance(metOf(a), metOf(b)))
    .slice(0, limit);
}

const itself = (met: Met): Met => met;

function byDistance(a: Met, b: Met): number {
  return a.distance - b.distance || (a.node.name < b.node.name ? -1 : Number(a.node.name > b.node.name));
}

function counts(judged: readonly Judgement[]) {
  const statuses = judged.map(({ health }) => health.status);
  return { model_count: judged.length, ...countEach(HEALTH_STATUSES, statuses) };
}

function toModel({ met, health }: Judgement): LineageModel {
  return {
    model_id: met.node.name,
    distance: met.distance,
    health_status: health.status,
    reasons: health.reasons.slice(0, MOST_REASONS),
  };
}

function upstream(
  facts: Facts,
  met: readonly Met[],
  health: Judged,
  { limit, all }: { limit: number; all: boolean },
): Upstream {
  const sources = met
    .filter(({ node }) => node.resource_type === "source")
    .map((one) => toSource(facts, one, health.picture));
  const models = side(met, health, (status) => all || status !== "healthy", limit);
  const staleFirst = (a: LineageSource, b: LineageSource) =>
    FRESHNESS_RANK[b.status] - FRESHNESS_RANK[a.status] ||
    a.distance - b.distance ||
    a.name.localeCompare(b.name);
  return {
    ...models,
    listed_count: all ? models.model_count : models.model_count - models.healthy,
    source_count: sources.length,
    sources: sources.sort(staleFirst).slice(0, limit),
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
  { graph, roots, health }: { graph: Graph; roots: readonly Root[]; health: Judged },
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
  return {
    ...side(met, health, () => true, limit),
    test_count: tests.length,
    tests: nearest(tests, limit, itself).map(({ node }) => node.name),
    exposure_count: exposures.length,
    exposures: await described(facts, nearest(exposures, limit, itself)),
    critical_path_s: chain.seconds,
    critical_path: chain.models.slice(0, limit),
  };
}

async function described(facts: Facts, exposures: readonly Met[]): Promise<Downstream["exposures"]> {
  const keys = exposures.map(({ node }) => node.key);
  const rows = await facts.rows<{ node_key: number; name: string; owner: string | null; url: string | null }>(
    sql`SELECT node_key, name, owner, url FROM nodes WHERE ${amongKeys("node_key", keys)}`,
  );
  const byKey = new Map(rows.map((row) => [row.node_key, row]));
  return exposures.flatMap(({ node, distance }) => {
    const row = byKey.get(node.key);
    return row === undefined ? [] : [{ name: row.name, distance, owner: row.owner, url: row.url }];
  });
}
