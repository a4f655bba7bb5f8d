/** How the deployment and its assets stand, by its own word: told as a whole each time. */
import { RunlensError } from "../../errors.ts";
import type { Row } from "../../store/port.ts";
import type { StateUnit } from "../../store/units.ts";
import { groupBy } from "../visit/groups.ts";
import type { PartOutcome } from "../visit/visit.ts";
import { readAssetStates } from "./asset-states.ts";
import { readConditions } from "./conditions.ts";
import type { DagsterVisit } from "./visit.ts";

/** The scope of the state in the ledger. */
const STATE = "freshness:deployment";

type AssetNode = Row & { location: string; key: string; unique_id: string };

/**
 * Makes the state fresh. Needs the definitions. Where it was never known, the question is answered without it, with a
 * note.
 */
export async function readState(visit: DagsterVisit): Promise<void> {
  try {
    await visit.part(STATE, () => tellState(visit));
  } catch (error) {
    if (visit.context.signal.aborted || !(error instanceof RunlensError)) throw error;
    visit.fail(error, null, `How ${visit.platform.label} and its assets stand`);
  }
}

async function tellState(visit: DagsterVisit): Promise<PartOutcome> {
  const { context, platform } = visit;
  await visit.slices.publish();
  const assets = await visit.rows<AssetNode>(
    `SELECT p.project_id AS location, n.name AS key, n.unique_id FROM stored_nodes n
     JOIN stored_sources s ON s.source_key = n.source_key
     JOIN stored_projects p ON p.project_key = n.project_key
     JOIN stored_environments e ON e.environment_key = n.environment_key AND e.definition_key = n.definition_key
     WHERE s.source_id = ? AND n.resource_type IN ('model', 'source') AND n.package_name = p.project_id
       AND coalesce(n.materialization, '') <> 'op' ORDER BY n.name`,
  );
  const conditions = await readConditions(visit);
  const nodes: StateUnit["nodes"] = [];
  for (const [location, found] of groupBy(assets, (asset) => asset.location)) {
    const told = await readAssetStates(visit, new Map(found.map(({ key, unique_id }) => [key, unique_id])));
    nodes.push({ project_id: location, environment_id: platform.environment.environment_id, ...told });
  }
  await visit.slices.add(() => [
    { kind: "state", source: platform.ref, seen_at: context.now() * 1000, nodes, conditions },
  ]);
  return { watermark: null, notes: [], complete: true };
}
