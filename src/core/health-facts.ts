/** The facts that health is judged by: last builds, last test results, last freshness, and the graph. */
import sql, { raw } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import { latestOutcomes } from "./attempts.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import { isCurrent, type ModelSelection } from "./filters.ts";
import { type FreshnessState, freshnessStates, hasPolicy, isStale } from "./freshness-facts.ts";
import {
  fails,
  type Health,
  isUnhealthy,
  judge,
  MOST_CAUSES,
  type OwnFreshness,
  type ReportedHealth,
} from "./health.ts";
import { modelsDownstream, upstreamOf } from "./lineage.ts";
import { selectedModels } from "./model-facts.ts";
import { groupBy } from "./statistics.ts";
import { isTroubled, type TestState, testStates } from "./test-facts.ts";
import type { ExecutionStatus } from "./vocabulary.ts";

export type ModelState = Row & {
  node_key: number;
  model_id: string;
  unique_id: string;
  materialization: string | null;
  last_status: ExecutionStatus | null;
  raw_status: string | null;
  message: string | null;
  last_at: string | null;
  last_success_at: string | null;
  failing_since: string | null;
};

export type ReportedState = Row &
  ReportedHealth & { node_key: number; reasons: string[]; reported_at: string | null };

/** Everything that health is judged by, for whole environments: a failure upstream can lie outside the selection. */
export interface HealthPicture {
  models: ReadonlyMap<number, ModelState>;
  /** Those whose last result is none to be pleased with. */
  troubledTests: readonly TestState[];
  sources: ReadonlyMap<number, FreshnessState>;
  /** Freshness of models of their own. */
  own: ReadonlyMap<number, FreshnessState>;
  /** What their system says of models. */
  reported: ReadonlyMap<number, ReportedState>;
  /** Judged when somebody first asks. */
  health(model: ModelState): Health;
  /** How many models lie downstream of a node that is in trouble. */
  affected(key: number): number;
}

/** How a build may end that leaves its model in trouble. */
const TROUBLED = raw("'error', 'skipped', 'partial_success', 'unknown'");

/** Last build of every current model: its status, and since when it has been failing or skipped. */
async function modelStates(facts: Facts, environmentKeys: readonly number[]): Promise<ModelState[]> {
  return facts.rows<ModelState>(sql`
    WITH builds AS (${latestOutcomes(raw("x.builds"), "success")})
    SELECT n.node_key, n.model_id, n.unique_id, n.materialization, b.latest.status AS last_status,
           b.latest.raw_status AS raw_status, b.latest.message AS message, b.last_at, b.last_good_at AS last_success_at,
           -- a partition may have failed before another one succeeded
           coalesce(s.failing_since, CASE WHEN b.latest.status IN (${TROUBLED}) THEN b.latest.recorded_at END) AS failing_since
    FROM nodes n JOIN environments e USING (environment_key) LEFT JOIN builds b USING (node_key)
    LEFT JOIN (
      SELECT x.node_key, min(x.recorded_at) AS failing_since FROM executions x JOIN builds b USING (node_key)
      WHERE x.builds AND b.latest.status IN (${TROUBLED}) AND (b.last_good_at IS NULL OR x.recorded_at > b.last_good_at)
      GROUP BY x.node_key) s USING (node_key)
    WHERE ${all([sql`n.resource_type = 'model'`, amongKeys("n.environment_key", environmentKeys), isCurrent])}
    ORDER BY n.model_id`);
}

/** What systems themselves say of the health of models. */
function reportedHealth(facts: Facts, environmentKeys: readonly number[]): Promise<ReportedState[]> {
  return facts.rows<ReportedState>(sql`
    SELECT h.node_key, h.status, h.raw_status, h.reasons, h.reported_at
    FROM reported_health h JOIN nodes n USING (node_key)
    WHERE n.resource_type = 'model' AND ${amongKeys("n.environment_key", environmentKeys)}
    ORDER BY h.reported_at NULLS FIRST, h.node_key`);
}

/** The picture, made once for all questions about the same state of the store. */
export function healthPicture(facts: Facts, environmentKeys: readonly number[]): Promise<HealthPicture> {
  const keys = [...environmentKeys].sort((a, b) => a - b);
  return facts.derived(`health ${keys.join()}`, () => makePicture(facts, keys));
}

/** The health of a node; null for what is no model, or no current one. */
export function healthOf(picture: HealthPicture, key: number): Health | null {
  const model = picture.models.get(key);
  return model === undefined ? null : picture.health(model);
}

/**
 * Reads the whole picture in five queries, however many models there are. Trouble is walked down from where it
 * is, once for each root, and not up from every model.
 */
async function makePicture(facts: Facts, environmentKeys: readonly number[]): Promise<HealthPicture> {
  const [models, tests, freshness, reports] = await Promise.all([
    modelStates(facts, environmentKeys),
    testStates(facts, { environmentKeys, which: raw("TRUE") }, isTroubled),
    freshnessStates(facts, environmentKeys),
    reportedHealth(facts, environmentKeys),
  ]);
  const sources = freshness.filter((state) => state.resource_type === "source");
  const own = new Map(
    freshness.flatMap((state) => (state.resource_type === "model" ? [[state.node_key, state]] : [])),
  );
  const reported = new Map(reports.map((report) => [report.node_key, report]));
  const modelByKey = new Map(models.map((model) => [model.node_key, model]));
  const testsByModel = groupBy(tests, (test) => test.attached_key);
  const troubleOf = (key: number) => testsByModel.get(key) ?? [];
  const stale = sources.filter(isStale);
  const late = [...own.values()].filter((state) => isStale(state) && hasPolicy(state));
  const failed = models.filter(
    (model) => model.last_status === "error" || troubleOf(model.node_key).some(fails),
  );
  const wanting = models.filter(
    (model) => model.last_status === "partial_success" || troubleOf(model.node_key).length > 0,
  );
  const reportedIll = reports.filter((report) => isUnhealthy(report.status));
  const roots = new Set(
    [...stale, ...late, ...failed, ...wanting, ...reportedIll].map((node) => node.node_key),
  );
  const downstream = await modelsDownstream(facts, [...roots]);
  const judged = new Map<number, Health>();
  const staleAbove = above(stale, downstream);
  const failedAbove = above(failed, downstream, MOST_CAUSES);
  return {
    models: modelByKey,
    troubledTests: tests,
    sources: new Map(sources.map((source) => [source.node_key, source])),
    own,
    reported,
    health(model) {
      const before = judged.get(model.node_key);
      if (before !== undefined) return before;
      const health = judge({
        ...model,
        tests: troubleOf(model.node_key),
        sources: staleAbove.get(model.node_key) ?? [],
        failed_upstream: (failedAbove.get(model.node_key) ?? []).map((root) => root.model_id),
        own_freshness: ownFreshness(own.get(model.node_key)),
        reported: reported.get(model.node_key) ?? null,
      });
      judged.set(model.node_key, health);
      return health;
    },
    affected: (key) => downstream.get(key)?.length ?? 0,
  };
}

function ownFreshness(state: FreshnessState | undefined): OwnFreshness | null {
  if (state === undefined) return null;
  return { status: state.status, criterion: state.criterion, has_policy: hasPolicy(state) };
}

/** By model, the first `most` of the roots that it lies downstream of. */
function above<T extends { node_key: number }>(
  roots: readonly T[],
  downstream: ReadonlyMap<number, readonly number[]>,
  most = Number.POSITIVE_INFINITY,
): Map<number, T[]> {
  const found = new Map<number, T[]>();
  for (const root of roots) {
    for (const model of downstream.get(root.node_key) ?? []) {
      const before = found.get(model);
      if (before === undefined) found.set(model, [root]);
      else if (before.length < most) before.push(root);
    }
  }
  return found;
}

/** The sources that feed any of the models. */
export async function sourcesFeeding(
  facts: Facts,
  picture: HealthPicture,
  models: readonly number[],
): Promise<FreshnessState[]> {
  const upstream = await upstreamOf(facts, models);
  return [...picture.sources.values()].filter((source) => upstream.has(source.node_key));
}

/** The selected models of a picture, by name. */
export async function pickModels(
  facts: Facts,
  picture: HealthPicture,
  selection: ModelSelection | null,
): Promise<ModelState[]> {
  const models = [...picture.models.values()];
  if (selection === null) return models;
  const keys = new Set(
    (await facts.rows<{ node_key: number }>(selectedModels(selection))).map((row) => row.node_key),
  );
  return models.filter((model) => keys.has(model.node_key));
}
