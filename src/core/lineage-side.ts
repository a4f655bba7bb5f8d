/** What an answer about lineage tells of one direction, whichever it is. */
import type { GraphNode } from "./graph.ts";
import type { Health } from "./health.ts";
import { type HealthPicture, healthOf } from "./health-facts.ts";
import type { LineageModel } from "./lineage-answers.ts";
import { edgeName, type Listed } from "./lineage-edges.ts";
import { countEach, groupBy } from "./statistics.ts";
import { HEALTH_STATUSES, type HealthStatus } from "./vocabulary.ts";

export const MOST_REASONS = 3;

/** Types that have a place of their own in the answer, or none. */
const APART: ReadonlySet<string> = new Set(["model", "source", "test", "unit_test", "exposure"]);

/** What a walk met within the depth asked for. */
export interface Met {
  node: GraphNode;
  distance: number;
}

/** What the answer is made with; `listed` is told of all that it lists. */
export interface Making {
  picture: HealthPicture;
  listed: Listed;
}

interface JudgedModel extends Met {
  health: Health;
}

const UNKNOWN: Health = { status: "unknown", reasons: [] };

/** Counts of all models and a list of those whose status `isShown`, at most `limit`. */
export function side(
  met: readonly Met[],
  { picture, listed }: Making,
  isShown: (status: HealthStatus) => boolean,
  limit: number,
) {
  const judged = met
    .filter(({ node }) => node.resource_type === "model")
    .map((one): JudgedModel => ({ ...one, health: healthOf(picture, one.node.key) ?? UNKNOWN }));
  const levels = [...groupBy(judged, ({ distance }) => distance)];
  const others = groupBy(met.map(({ node }) => node).filter(isOther), (node) => node.resource_type);
  const shown = nearest(
    judged.filter((one) => isShown(one.health.status)),
    limit,
  );
  list(listed, shown);
  return {
    ...counts(judged),
    level_count: levels.length,
    levels: levels.slice(0, limit).map(([distance, group]) => ({ distance, ...counts(group) })),
    models: shown.map(toModel),
    other_nodes: Object.fromEntries([...others].sort().map(([type, group]) => [type, group.length])),
  };
}

/** True for seeds, snapshots, metrics and so on, which are counted by type alone. */
export function isOther(node: GraphNode): boolean {
  return !APART.has(node.resource_type);
}

/** Adds these to what the answer lists. */
export function list(listed: Listed, shown: readonly Pick<Met, "node">[]): void {
  for (const { node } of shown) listed.set(node.key, edgeName(node.resource_type, node.name));
}

/**
 * The first `limit` by distance, then by name. They come by distance, so that only as many levels have to be sorted as
 * it takes.
 */
export function nearest<T extends Met>(things: readonly T[], limit: number): T[] {
  const reach = things[limit - 1]?.distance ?? Number.POSITIVE_INFINITY;
  const end = things.findIndex((thing) => thing.distance > reach);
  return things
    .slice(0, end === -1 ? things.length : end)
    .sort(byDistance)
    .slice(0, limit);
}

function byDistance(a: Met, b: Met): number {
  return a.distance - b.distance || (a.node.name < b.node.name ? -1 : Number(a.node.name > b.node.name));
}

function counts(judged: readonly JudgedModel[]) {
  const statuses = judged.map(({ health }) => health.status);
  return { model_count: judged.length, ...countEach(HEALTH_STATUSES, statuses) };
}

function toModel({ node, distance, health }: JudgedModel): LineageModel {
  return {
    model_id: node.name,
    distance,
    health_status: health.status,
    reasons: health.reasons.slice(0, MOST_REASONS),
  };
}
