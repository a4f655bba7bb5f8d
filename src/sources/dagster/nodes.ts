/** The history of single assets and ops. */
import type { Row } from "../../store/port.ts";
import type { Depth } from "../visit/depth.ts";
import { lastOfEachJob, runsOfJob } from "../visit/known-runs.ts";
import { readMaterializations } from "./materializations.ts";
import { readUnread } from "./run-results.ts";
import { isFinished } from "./run-rows.ts";
import type { DagsterVisit } from "./visit.ts";

type Node = Row & {
  unique_id: string;
  location: string;
  name: string;
  materialization: string | null;
  known: number;
};

/** Makes the last executions of these nodes known: of assets by asset, of ops by the runs of their job. */
export async function readNodes(
  visit: DagsterVisit,
  uniqueIds: readonly string[],
  depth: Depth,
): Promise<void> {
  const nodes = await visit.rows<Node>(
    `SELECT n.unique_id, p.project_id AS location, n.name, n.materialization, coalesce(x.successes, 0) AS known
     FROM stored_nodes n JOIN stored_sources s ON s.source_key = n.source_key
     JOIN stored_projects p ON p.project_key = n.project_key
     LEFT JOIN (SELECT node_key, count(*) FILTER (status = 'success') AS successes FROM stored_executions GROUP BY node_key) x
       USING (node_key)
     WHERE s.source_id = ? AND n.resource_type = 'model' AND n.unique_id IN (SELECT unnest(?::VARCHAR[]))`,
    [uniqueIds],
  );
  const missing = nodes.filter((node) => node.known < depth.executions && !isAsked(visit, node, depth));
  const assets = missing.filter((node) => node.materialization !== "op");
  await readMaterializations(
    visit,
    assets.map(({ name, location }) => ({ key: name, location })),
    depth.executions,
  );
  const jobs = new Set(missing.filter((node) => node.materialization === "op").map(jobOf));
  for (const job of jobs) {
    const ended = (await runsOfJob(visit, job)).filter((run) => isFinished(run) && run.started_at !== null);
    await readUnread(visit, lastOfEachJob(ended, depth.executions));
  }
  for (const node of missing) visit.platform.asked.set(node.unique_id, depth.executions);
}

/** There are no more than were found: what has run since is read with all other news. */
function isAsked({ platform, context }: DagsterVisit, { unique_id }: Node, { executions }: Depth): boolean {
  return !context.refresh && (platform.asked.get(unique_id) ?? 0) >= executions;
}

/** The job of `op:<location>:<job>:<handle>`. */
function jobOf({ unique_id }: Node): string {
  return decodeURIComponent(unique_id.split(":")[2] ?? "");
}
