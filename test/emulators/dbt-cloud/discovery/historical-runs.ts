/** `modelHistoricalRuns`: what the last runs of an environment, of whatever job, did with one model. */
import { refusal } from "./errors.ts";
import { identifierOf } from "./facts.ts";
import type { EnvironmentRecord } from "./records.ts";
import { ModelRow } from "./rows/relations.ts";
import { RunScope } from "./rows/row.ts";

export interface HistoryRequest {
  uniqueId?: string | null;
  /** The alias. */
  identifier?: string | null;
  lastRunCount?: number | null;
  withCatalog?: boolean | null;
}

/** Newest first; runs that ended before `since` (epoch milliseconds) are forgotten. */
export function historicalRuns(
  record: EnvironmentRecord,
  request: HistoryRequest,
  since: number,
): ModelRow[] {
  const documentation = request.withCatalog === true ? record.documentation() : null;
  const catalog = (uniqueId: string) => documentation?.entry(uniqueId) ?? null;
  const rows = new Map<string, ModelRow>();
  const executions = modelsOf(record, request)
    .flatMap((uniqueId) => [...record.history().of(uniqueId)])
    .sort((a, b) => b.invocation.endedAt - a.invocation.endedAt);
  for (const { invocation, uniqueId } of executions) {
    if (rows.size >= (request.lastRunCount ?? 1)) break;
    const { id, jobId, finishedAt } = invocation.run;
    const run = record.run(id);
    if (run === null || jobId === null || (finishedAt ?? 0) < since) continue;
    const key = `${id} ${uniqueId}`;
    if (!rows.has(key)) rows.set(key, new ModelRow(new RunScope(run, jobId, catalog), uniqueId));
  }
  return [...rows.values()];
}

function modelsOf(record: EnvironmentRecord, { uniqueId, identifier }: HistoryRequest): string[] {
  if (uniqueId) return [uniqueId];
  if (!identifier) throw refusal("Either uniqueId or identifier is required.", "BAD_USER_INPUT");
  const models = record.definition()?.graph.of("Model") ?? [];
  return models.filter((model) => identifierOf(model) === identifier).map(({ unique_id }) => unique_id);
}
