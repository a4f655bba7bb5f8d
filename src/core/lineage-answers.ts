/** The shape of the answer about what lies upstream and downstream; `answers.ts` has those of the other operations. */
import * as z from "zod";
import { SourceNote } from "./answers.ts";
import { DIRECTIONS, FRESHNESS_STATUSES, HEALTH_STATUSES } from "./vocabulary.ts";

const text = z.string();
const maybeText = z.string().nullable();
const time = z.string().nullable();
const seconds = z.number().nullable();
const count = z.int().min(0);

/** Where the walk begins. `health_status` is null for what is no model; of a run, `reasons` tell what failed in it. */
export const LineageRoot = z.object({
  model_id: text,
  resource_type: text,
  health_status: z.enum(HEALTH_STATUSES).nullable(),
  reasons: z.array(text),
});
export type LineageRoot = z.infer<typeof LineageRoot>;

/** A model that was met; `distance` is in edges from the nearest root. */
export const LineageModel = z.object({
  model_id: text,
  distance: count,
  health_status: z.enum(HEALTH_STATUSES),
  reasons: z.array(text),
});
export type LineageModel = z.infer<typeof LineageModel>;

const Counts = z.object({
  model_count: count,
  critical: count,
  blocked: count,
  warning: count,
  unknown: count,
  healthy: count,
});

const LineageLevel = Counts.extend({ distance: count });

/** What both directions have. Lists are capped, counts are not; models are by distance, then by name. */
const Side = Counts.extend({
  level_count: count,
  levels: z.array(LineageLevel),
  models: z.array(LineageModel),
  /** Seeds, snapshots, metrics and so on, by type. */
  other_nodes: z.record(text, count),
});

/** A source table upstream; `age_s` is its age now, by the newest row that was seen. */
export const LineageSource = z.object({
  name: text,
  distance: count,
  status: z.enum(FRESHNESS_STATUSES),
  max_loaded_at: time,
  checked_at: time,
  age_s: seconds,
});
export type LineageSource = z.infer<typeof LineageSource>;

/** `models` are those that are not healthy, or all of them where healthy ones are asked for too. */
export const Upstream = Side.extend({
  /** How many there are to list, before the cap. */
  listed_count: count,
  source_count: count,
  /** Those that are not fresh first. */
  sources: z.array(LineageSource),
});
export type Upstream = z.infer<typeof Upstream>;

export const LineageExposure = z.object({
  name: text,
  distance: count,
  owner: maybeText,
  url: maybeText,
});
export type LineageExposure = z.infer<typeof LineageExposure>;

/**
 * `models` are all that are affected, healthy or not. Tests are counted apart, unit tests not at all: they read no data
 * of others. `critical_path` is the chain from a root down that takes longest, each model by the average of its last
 * successful runs (five at most); `critical_path_s` is their sum.
 */
export const Downstream = Side.extend({
  test_count: count,
  tests: z.array(text),
  exposure_count: count,
  exposures: z.array(LineageExposure),
  critical_path_s: seconds,
  critical_path: z.array(z.object({ model_id: text, average_runtime_s: seconds })),
});
export type Downstream = z.infer<typeof Downstream>;

/**
 * One feeds the other, directly or through something that is not listed, such as a snapshot. Models are named by their
 * id; others also by their kind, as dbt selects them: `source:shop.orders`, `exposure:board`.
 */
export const LineageEdge = z.object({ parent: text, child: text });
export type LineageEdge = z.infer<typeof LineageEdge>;

/**
 * `depth` is null where there is no limit; a direction that was not asked for is null. `edges` are those among all that
 * is listed, where they are asked for.
 */
export const Lineage = z.object({
  run_id: maybeText,
  direction: z.enum(DIRECTIONS),
  depth: count.nullable(),
  root_count: count,
  roots: z.array(LineageRoot),
  upstream: Upstream.nullable(),
  downstream: Downstream.nullable(),
  edges: z.array(LineageEdge).optional(),
  source: SourceNote,
});
export type Lineage = z.infer<typeof Lineage>;
