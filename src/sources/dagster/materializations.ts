/** When assets were last made, asked by asset: for those that the newest runs of jobs did not make often enough. */
import type { Row } from "../../store/port.ts";
import { runsById } from "../visit/known-runs.ts";
import { textOf } from "../wire/loose.ts";
import { keyOf, objectsOf } from "./api.ts";
import { MATERIALIZATIONS_DOCUMENT } from "./documents.ts";
import { readUnread } from "./run-results.ts";
import { fetchRuns } from "./runs.ts";
import type { DagsterVisit } from "./visit.ts";

/** Materializations of one request. */
const MOST_AT_ONCE = 1000;
/** Requests for one question; assets beyond them have no such history. */
const MOST_REQUESTS = 10;
const MOST_EACH = 100;
/** Runs that are looked up at once by their ids. */
const RUNS_AT_ONCE = 200;

/** An asset, as `a/b`, and where it is defined. */
export type AssetPlace = Row & { key: string; location: string };

/** The assets that have fewer successful executions than wanted, as far as the store knows. */
export function assetsWithout(visit: DagsterVisit, executions: number): Promise<AssetPlace[]> {
  return visit.rows<AssetPlace>(
    `SELECT n.name AS key, p.project_id AS location FROM stored_nodes n
     JOIN stored_sources s ON s.source_key = n.source_key
     JOIN stored_projects p ON p.project_key = n.project_key
     JOIN stored_environments e ON e.environment_key = n.environment_key AND e.definition_key = n.definition_key
     LEFT JOIN (SELECT node_key, count(*) FILTER (status = 'success') AS successes FROM stored_executions GROUP BY node_key) x
       USING (node_key)
     WHERE s.source_id = ? AND n.resource_type = 'model' AND n.materialization <> 'op'
       AND coalesce(x.successes, 0) < ? ORDER BY n.name`,
    [executions],
  );
}

/** Reads the runs that made each asset the last `executions` times. */
export async function readMaterializations(
  visit: DagsterVisit,
  assets: readonly AssetPlace[],
  executions: number,
): Promise<void> {
  const limit = Math.min(executions, MOST_EACH);
  const size = Math.max(1, Math.floor(MOST_AT_ONCE / limit));
  const some = assets.slice(0, size * MOST_REQUESTS);
  if (some.length < assets.length) {
    visit.miss(
      `${visit.platform.label}: ${assets.length - some.length} assets have no history here beyond the newest runs of each job`,
    );
  }
  const ids = new Set<string>();
  for (let at = 0; at < some.length; at += size) {
    const keys = some.slice(at, at + size).map(({ key }) => ({ path: key.split("/") }));
    const data = await visit.api.ask(MATERIALIZATIONS_DOCUMENT, { keys, limit }, visit.context.signal);
    const homes = new Map(some.map(({ key, location }) => [key, location]));
    for (const node of objectsOf(data.assetNodes)) {
      const home = homes.get(keyOf(node.assetKey) ?? "");
      for (const { runId } of objectsOf(node.assetMaterializations)) {
        // What was reported from outside has no run.
        const id = textOf(runId);
        if (id === null) continue;
        ids.add(id);
        if (home !== undefined) visit.homes.set(id, home);
      }
    }
    visit.context.progress({
      done: Math.min(at + size, some.length),
      total: some.length,
      message: "assets looked up",
    });
  }
  await knowRuns(visit, [...ids]);
  await readUnread(visit, await runsById(visit, [...ids]));
}

/** Brings the runs that the list does not reach. */
async function knowRuns(visit: DagsterVisit, ids: readonly string[]): Promise<void> {
  await visit.slices.publish();
  const known = new Set((await runsById(visit, ids)).map(({ run_id }) => run_id));
  const unknown = ids.filter((id) => !known.has(id));
  for (let at = 0; at < unknown.length; at += RUNS_AT_ONCE) {
    const runIds = unknown.slice(at, at + RUNS_AT_ONCE);
    await fetchRuns(visit, { runIds }, runIds.length);
  }
  if (unknown.length > 0) await visit.slices.publish();
}
