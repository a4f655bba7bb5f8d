/** What is known of models and their run times, in SQL. */
import sql, { join, raw, type Sql } from "sql-template-tag";
import type { Row } from "../store/port.ts";
import type { ModelRun, ModelRuntime, ModelSummary } from "./answers.ts";
import { settledExecutions } from "./attempts.ts";
import { all, amongKeys, type Facts, pageOf, roundSeconds } from "./facts.ts";
import {
  executionConditions,
  filtersRuntime,
  isScoped,
  type ModelSelection,
  modelConditions,
  runtimeConditions,
} from "./filters.ts";
import { groupBy, mean } from "./statistics.ts";

/**
 * Average over the N newest successful executions of each node. Failures, skips, no-op and reused ones are
 * never averaged: their times say nothing of how long a build takes.
 */
function averages(selection: ModelSelection): Sql {
  const runs = raw(String(Math.trunc(selection.lastNRuns)));
  return sql`
    SELECT node_key, list_avg(latest) AS average_runtime_s, len(latest) AS runs_counted FROM (
      SELECT x.node_key, max_by(x.runtime_s, x.recorded_at, ${runs}) AS latest
      FROM executions x
      WHERE ${executionConditions(selection)} AND x.status = 'success' AND x.runtime_s IS NOT NULL
        ${narrow(selection)}
      GROUP BY x.node_key)`;
}

/** Restricts executions to the selected models where few are selected; else the join does it more cheaply. */
export function narrow(selection: ModelSelection): Sql {
  const { filter, nodeKeys } = selection;
  if (nodeKeys !== undefined) return sql`AND ${amongKeys("x.node_key", nodeKeys)}`;
  if (filter.tags === undefined && filter.modelIds === undefined && filter.materialization === undefined)
    return raw("");
  return sql`AND x.node_key IN (
    SELECT n.node_key FROM nodes n JOIN environments e USING (environment_key) WHERE ${modelConditions(selection)})`;
}

/** Keys of the selected models. */
export function selectedModels(selection: ModelSelection): Sql {
  const models = sql`SELECT n.node_key, n.model_id FROM nodes n JOIN environments e USING (environment_key)
    WHERE ${modelConditions(selection)}`;
  if (!filtersRuntime(selection.filter) && !isScoped(selection)) return models;
  const ran = isScoped(selection)
    ? sql`m.node_key IN (SELECT x.node_key FROM executions x WHERE ${executionConditions(selection)})`
    : null;
  if (!filtersRuntime(selection.filter)) return sql`SELECT m.* FROM (${models}) m WHERE ${all([ran])}`;
  return sql`SELECT m.* FROM (${models}) m JOIN (${averages(selection)}) a USING (node_key)
    WHERE ${all([ran, runtimeConditions(selection.filter)])}`;
}

export type RankedModel = { node_key: number; average_runtime_s: number | null; runs_counted: number };

/** The slowest of the selected models by average; those that never succeeded are left out. */
export function slowest(facts: Facts, selection: ModelSelection, count: number): Promise<RankedModel[]> {
  return facts.rows<RankedModel>(sql`
    SELECT a.node_key, a.average_runtime_s, a.runs_counted
    FROM (${averages(selection)}) a JOIN nodes n USING (node_key) JOIN environments e USING (environment_key)
    WHERE ${all([modelConditions(selection), runtimeConditions(selection.filter)])}
    ORDER BY a.average_runtime_s DESC, n.model_id, a.node_key LIMIT ${count}`);
}

/** A page of the selected models by name, and how many there are in all. */
export async function listed(
  facts: Facts,
  selection: ModelSelection,
  page: { offset: number; limit: number },
): Promise<{ keys: number[]; total: number }> {
  const { rows, total } = await pageOf<{ node_key: number }>(
    facts,
    selectedModels(selection),
    raw("model_id, node_key"),
    page,
  );
  return { keys: rows.map((row) => row.node_key), total };
}

type LastRun = {
  status: ModelRun["status"];
  runtime_s: number | null;
  started_at: string | null;
  ended_at: string | null;
};

type DefinitionRow = Row & {
  node_key: number;
  model_id: string;
  unique_id: string;
  name: string;
  project_id: string;
  environment: string;
  database_name: string | null;
  schema_name: string | null;
  description: string | null;
  materialization: string | null;
  tags: string[] | null;
};

/** Models as they are defined, by key. */
async function definitions(facts: Facts, keys: readonly number[]): Promise<Map<number, DefinitionRow>> {
  const rows = await facts.rows<DefinitionRow>(sql`
    SELECT n.node_key, n.model_id, n.unique_id, n.name, p.project_id, e.name AS environment,
           n.database_name, n.schema_name, n.description, n.materialization, n.tags
    FROM nodes n JOIN environments e USING (environment_key) JOIN projects p ON p.project_key = n.project_key
    WHERE ${amongKeys("n.node_key", keys)}`);
  return new Map(rows.map((row) => [row.node_key, row]));
}

/** Summaries by key, with the last execution among those that the selection is about. */
export async function summaries(
  facts: Facts,
  selection: ModelSelection,
  keys: readonly number[],
): Promise<Map<number, ModelSummary>> {
  const [models, lastRuns] = await Promise.all([
    definitions(facts, keys),
    facts.rows<Row & { node_key: number; last_run: LastRun }>(sql`
      SELECT x.node_key, max_by({'status': x.status, 'runtime_s': x.runtime_s, 'started_at': x.started_at,
                                 'ended_at': x.ended_at}, x.recorded_at) AS last_run
      FROM ${settledExecutions} WHERE ${executionConditions(selection)} AND ${amongKeys("x.node_key", keys)}
      GROUP BY x.node_key`),
  ]);
  const lastByKey = new Map(lastRuns.map((row) => [row.node_key, row.last_run]));
  return new Map([...models].map(([key, model]) => [key, toSummary(model, lastByKey.get(key))]));
}

function toSummary(model: DefinitionRow, last: LastRun | undefined): ModelSummary {
  return {
    model_id: model.model_id,
    unique_id: model.unique_id,
    name: model.name,
    project_id: model.project_id,
    environment: model.environment,
    database: model.database_name,
    schema: model.schema_name,
    description: model.description,
    materialization: model.materialization,
    tags: model.tags ?? [],
    last_run_status: last?.status ?? null,
    last_run_runtime_s: roundSeconds(last?.runtime_s ?? null),
    last_run_started_at: last?.started_at ?? null,
    last_run_ended_at: last?.ended_at ?? null,
  };
}

type HistoryRow = Row & {
  node_key: number;
  run_id: string;
  status: ModelRun["status"];
  raw_status: string | null;
  started_at: string | null;
  ended_at: string | null;
  runtime_s: number | null;
  message: string | null;
  recorded_at: string;
  counted: boolean;
};

/**
 * The N newest counted executions of each node and the N newest others, newest first. What was tried again by the
 * same invocation is no execution of its own.
 * One query for all keys: never one per model.
 */
async function histories(
  facts: Facts,
  selection: ModelSelection,
  keys: readonly number[],
): Promise<Map<number, HistoryRow[]>> {
  const rows = await facts.rows<HistoryRow>(sql`
    SELECT h.*, r.run_id FROM (
      SELECT x.node_key, x.invocation_key, x.status, x.raw_status, x.started_at, x.ended_at, x.runtime_s, x.message,
             x.recorded_at, (x.status = 'success' AND x.runtime_s IS NOT NULL) AS counted
      FROM ${settledExecutions}
      WHERE ${executionConditions(selection)} AND ${amongKeys("x.node_key", keys)}
      QUALIFY row_number() OVER (PARTITION BY x.node_key, counted ORDER BY x.recorded_at DESC) <= ${selection.lastNRuns}) h
    JOIN invocations i USING (invocation_key) JOIN runs r USING (run_key)
    ORDER BY h.node_key, h.recorded_at DESC`);
  return groupBy(rows, (row) => row.node_key);
}

type OtherRow = { node_key: number; status: string; times: number };

/** How many executions that are not averaged these nodes have had since the oldest one that is. */
async function notCounted(
  facts: Facts,
  selection: ModelSelection,
  since: ReadonlyMap<number, string | null>,
): Promise<Map<number, OtherRow[]>> {
  if (since.size === 0) return new Map();
  const bounds = join([...since].map(([key, at]) => sql`(${key}, ${at}::TIMESTAMPTZ AT TIME ZONE 'UTC')`));
  const rows = await facts.rows<OtherRow>(sql`
    SELECT x.node_key, x.status, count(*) AS times
    FROM ${settledExecutions} JOIN (VALUES ${bounds}) AS b(node_key, since) USING (node_key)
    WHERE ${executionConditions(selection)} AND NOT (x.status = 'success' AND x.runtime_s IS NOT NULL)
      AND (b.since IS NULL OR x.recorded_at >= b.since)
    GROUP BY ALL ORDER BY x.node_key, x.status`);
  return groupBy(rows, (row) => row.node_key);
}

/** A node's newest executions: those that are averaged, and the others since the oldest of them. */
interface Span {
  newest: HistoryRow | undefined;
  shown: HistoryRow[];
  counted: number[];
  others: HistoryRow[];
  since: string | null;
}

function spanOf(history: readonly HistoryRow[]): Span {
  const since = history.filter((row) => row.counted).at(-1)?.recorded_at ?? null;
  const shown = history.filter((row) => row.counted || since === null || row.recorded_at >= since);
  return {
    newest: history[0],
    shown,
    counted: shown.flatMap((row) => (row.counted && row.runtime_s !== null ? [row.runtime_s] : [])),
    others: shown.filter((row) => !row.counted),
    since,
  };
}

/** Models with their run times, in the order of the keys. */
export async function runtimes(
  facts: Facts,
  selection: ModelSelection,
  keys: readonly number[],
): Promise<ModelRuntime[]> {
  if (keys.length === 0) return [];
  const [models, history] = await Promise.all([definitions(facts, keys), histories(facts, selection, keys)]);
  const spans = new Map(keys.map((key) => [key, spanOf(history.get(key) ?? [])]));
  // The history has at most N others of each: only where it has so many can there be more to count.
  const full = [...spans].filter(([, span]) => span.others.length >= selection.lastNRuns);
  const more = await notCounted(facts, selection, new Map(full.map(([key, span]) => [key, span.since])));
  return keys.flatMap((key) => {
    const model = models.get(key);
    const span = spans.get(key);
    if (model === undefined || span === undefined) return [];
    const others = more.get(key) ?? tally(span.others);
    return [
      {
        ...toSummary(model, span.newest),
        average_runtime_s: roundSeconds(mean(span.counted)),
        runs_counted: span.counted.length,
        not_counted: Object.fromEntries(others.map((row) => [row.status, row.times])),
        most_recent_run: span.newest === undefined ? null : toModelRun(span.newest),
        historical_runs: span.shown.map(toModelRun),
      },
    ];
  });
}

function tally(rows: readonly HistoryRow[]): { status: string; times: number }[] {
  const groups = groupBy(rows, (row) => row.status);
  return [...groups].map(([status, group]) => ({ status, times: group.length }));
}

function toModelRun(row: HistoryRow): ModelRun {
  return {
    run_id: row.run_id,
    status: row.status,
    ...(row.raw_status === null ? {} : { raw_status: row.raw_status }),
    started_at: row.started_at,
    ended_at: row.ended_at,
    runtime_s: roundSeconds(row.runtime_s),
    error_message: row.message,
  };
}
