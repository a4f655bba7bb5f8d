/** What several sources tell of, found once for each generation, so that nothing counts twice. */
import { groupEnvironments } from "./groups.ts";
import { compareEnvironments, findSharedInvocations } from "./likeness.ts";
import type { Look, Place } from "./look.ts";
import { matchNodes } from "./nodes.ts";
import { findSuperseded, findToldRuns } from "./results.ts";
import { addEmptiedRuns, matchJobs, matchRuns } from "./runs.ts";
import { type Shown, showEnvironments, showInvocations } from "./shown.ts";

/** Null where each fact is told by one source, which is found out with a look at invocations and project names. */
export async function findDoubles(look: Look, places: readonly Place[]): Promise<Shown | null> {
  if (places.length < 2) return null;
  await look.placeSources(places);
  const shared = await findSharedInvocations(look);
  if (shared === 0 && (await namesakes(look)) === 0) return null;
  await look.temp("hidden_invocations", "SELECT invocation_key FROM shared_invocations WHERE position > 1");
  await compareEnvironments(look);
  if ((await groupEnvironments(look)) === 0) {
    if (shared === 0) return null;
    await look.temp("same_runs", "SELECT 0 AS run_key, 0 AS same_as WHERE false");
    await addEmptiedRuns(look);
    return showInvocations(look);
  }
  await matchNodes(look);
  await matchRuns(look);
  await matchJobs(look);
  await findToldRuns(look);
  return showEnvironments(look, await findSuperseded(look));
}

/** How many names in dbt_project.yml several sources know. */
function namesakes(look: Look): Promise<number> {
  return look.number(
    `SELECT count(*) FROM (
       SELECT dbt_project_name FROM ${look.catalog}.projects JOIN source_places USING (source_key)
       WHERE dbt_project_name IS NOT NULL GROUP BY ALL HAVING count(DISTINCT source_key) > 1)`,
  );
}
