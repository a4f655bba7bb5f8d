/** The last executions of nodes, which come by node, as results of runs. */
import type { Row } from "../../store/port.ts";
import { labelOf, type WireObject } from "../wire/loose.ts";
import type { HistoryRequest } from "./discovery.ts";
import type { Site } from "./environments.ts";
import { invocationUnits, type RunResults } from "./invocation-units.ts";
import { MOST_EXECUTIONS } from "./plan.ts";
import { executionsOf } from "./result-rows.ts";
import type { CloudVisit } from "./visit.ts";

const MOST_TOLD = `Discovery tells the last ${MOST_EXECUTIONS} executions of a model: where many of them failed, older successes are not counted.`;

/** Current models of an environment. */
async function modelsOf(visit: CloudVisit, environmentId: string): Promise<string[]> {
  // Definitions that were just read are to be seen here.
  await visit.slices.publish();
  const rows = await visit.rows<Row & { unique_id: string }>(
    `SELECT n.unique_id FROM stored_nodes n JOIN stored_environments e USING (environment_key)
     JOIN stored_sources s ON s.source_key = n.source_key
     WHERE s.source_id = ? AND e.environment_id = ? AND n.resource_type = 'model'
       AND n.definition_key = e.definition_key ORDER BY n.unique_id`,
    [environmentId],
  );
  return rows.map((row) => row.unique_id);
}

/**
 * Reads the last `count` executions of nodes into the store: of `uniqueIds`, or of all models. Nodes that have fewer
 * than `successes` among them and have more executions are asked for as many as there may be.
 */
export async function readHistory(
  visit: CloudVisit,
  site: Site,
  uniqueIds: readonly string[] | null,
  count: number,
  successes: number,
): Promise<void> {
  const environmentId = site.environment.environment_id;
  const nodes = uniqueIds ?? (await modelsOf(visit, environmentId));
  const again: HistoryRequest[] = [];
  let done = 0;
  const ask = (wanted: readonly HistoryRequest[]) =>
    visit.discovery.history(wanted, visit.context.signal, async (rows) => {
      await addRows(visit, site, [...rows.values()].flat());
      for (const [request, found] of rows) {
        const good = found.filter((row) => row.status === "success").length;
        const mayHaveMore = found.length >= request.count && request.count < MOST_EXECUTIONS;
        if (good < successes && mayHaveMore) again.push({ ...request, count: MOST_EXECUTIONS });
        else if (good < successes && found.length >= MOST_EXECUTIONS) visit.note(MOST_TOLD);
      }
      done += rows.size;
      visit.context.progress({ done, total: nodes.length, message: "Reading the history of models" });
    });
  await ask(nodes.map((uniqueId) => ({ environmentId, uniqueId, count })));
  await ask(again.splice(0));
}

/** Rows of one answer; those of one command may come in several answers, and are added up in the store. */
async function addRows(
  visit: CloudVisit,
  { branch, environment }: Site,
  rows: readonly WireObject[],
): Promise<void> {
  const runs = new Map<string, RunResults>();
  for (const row of rows) {
    const runId = labelOf(row.runId);
    const place = visit.account.placeOf({
      project_id: branch.project.project_id,
      environment_id: environment.environment_id,
      job_id: labelOf(row.jobId),
    });
    if (runId === null || place === null) continue;
    const results = executionsOf(row);
    const known = runs.get(runId);
    if (known === undefined) runs.set(runId, { place, runId, results, freshness: [] });
    else runs.set(runId, { ...known, results: [...known.results, ...results] });
  }
  await visit.slices.add((words) =>
    [...runs.values()].flatMap((found) =>
      invocationUnits(visit.platform.ref, found, { complete: false, standIn: false }, words),
    ),
  );
}
