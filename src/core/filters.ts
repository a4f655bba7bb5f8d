/** The filters of every question about models, as conditions in SQL. They apply before any top N. */
import sql, { raw, type Sql } from "sql-template-tag";
import { all, amongKeys, amongTexts } from "./facts.ts";
import type { TimeWindow } from "./window.ts";

/** On jobs, runs and projects it means: those that contain such a model. */
export interface ModelFilterOptions {
  /** Models with any of these tags. */
  tags?: readonly string[];
  materialization?: string;
  /** Seconds, of the average over the runs asked about. */
  minRuntime?: number;
  maxRuntime?: number;
  /** project.model, or unique_id. */
  modelIds?: readonly string[];
}

/** Which models, and which of their executions, a question is about. */
export interface ModelSelection {
  environmentKeys: readonly number[];
  filter: ModelFilterOptions;
  /** How many successful executions are averaged. */
  lastNRuns: number;
  window: TimeWindow;
  /** Only executions of these jobs or this run, and models that have some. */
  jobKeys?: readonly number[];
  runKey?: number;
  /** Also nodes that the newest definitions no longer have. */
  includeRemoved?: boolean;
  /** Only these nodes. */
  nodeKeys?: readonly number[];
}

/** True where the filter leaves out nothing. */
export function isEmpty(filter: ModelFilterOptions): boolean {
  return (
    filter.tags === undefined &&
    filter.materialization === undefined &&
    filter.minRuntime === undefined &&
    filter.maxRuntime === undefined &&
    filter.modelIds === undefined
  );
}

/** True where the filter asks for run times, so that averages are needed to apply it. */
export function filtersRuntime(filter: ModelFilterOptions): boolean {
  return filter.minRuntime !== undefined || filter.maxRuntime !== undefined;
}

/** A node is current when it is in the newest full definitions, or when its environment has none at all. */
export const isCurrent = raw("(n.definition_key = e.definition_key OR e.definition_key IS NULL)");

/** Conditions on `nodes n JOIN environments e`: everything but run times. */
export function modelConditions(selection: ModelSelection): Sql {
  const { filter } = selection;
  return all([
    sql`n.resource_type = 'model'`,
    amongKeys("n.environment_key", selection.environmentKeys),
    selection.includeRemoved ? null : isCurrent,
    selection.nodeKeys === undefined ? null : amongKeys("n.node_key", selection.nodeKeys),
    filter.tags === undefined ? null : sql`list_has_any(n.tags, ${[...filter.tags]}::VARCHAR[])`,
    filter.materialization === undefined
      ? null
      : sql`lower(n.materialization) = lower(${filter.materialization})`,
    filter.modelIds === undefined
      ? null
      : sql`(${amongTexts("n.model_id", [...filter.modelIds])} OR ${amongTexts("n.unique_id", [...filter.modelIds])})`,
  ]);
}

/** Conditions on the average, for a query that has `average_runtime_s`. */
export function runtimeConditions(filter: ModelFilterOptions): Sql {
  return all([
    filter.minRuntime === undefined ? null : sql`average_runtime_s >= ${filter.minRuntime}`,
    filter.maxRuntime === undefined ? null : sql`average_runtime_s <= ${filter.maxRuntime}`,
  ]);
}

/** `column` lies in the window. */
export function inWindow(column: string, window: TimeWindow): Sql | null {
  if (window.since === null && window.until === null) return null;
  return all([
    window.since === null ? null : sql`${raw(column)} >= ${window.since}::TIMESTAMPTZ AT TIME ZONE 'UTC'`,
    window.until === null ? null : sql`${raw(column)} < ${window.until}::TIMESTAMPTZ AT TIME ZONE 'UTC'`,
  ]);
}

/** Condition on `executions x`: of these jobs; null where any will do. */
export function inJobs(jobKeys: readonly number[] | undefined): Sql | null {
  if (jobKeys === undefined) return null;
  return sql`x.invocation_key IN (SELECT invocation_key FROM invocations WHERE ${amongKeys("job_key", jobKeys)})`;
}

/** Conditions on `executions x`: builds, in the window, of the job or run. */
export function executionConditions(selection: ModelSelection): Sql {
  return all([
    sql`x.builds`,
    inWindow("x.recorded_at", selection.window),
    inJobs(selection.jobKeys),
    selection.runKey === undefined
      ? null
      : sql`x.invocation_key IN (SELECT invocation_key FROM invocations WHERE run_key = ${selection.runKey})`,
  ]);
}

/** True where only some executions count, so that a model without any of them is not meant at all. */
export function isScoped(selection: ModelSelection): boolean {
  return selection.jobKeys !== undefined || selection.runKey !== undefined;
}
