/** Merges a staged load into the tables of a store, set by set, inside the caller's transaction. */
import type { Published } from "../port.ts";
import { mergeDefinitions } from "./definitions.ts";
import { mergeHierarchies, removeUnnamed } from "./hierarchies.ts";
import { mergeIdentities, mergeSources } from "./identities.ts";
import { chooseInvocations, mergeInvocations } from "./invocations.ts";
import { mergeJobs } from "./jobs.ts";
import { adoptDefinitions, linkDefinitions } from "./links.ts";
import { removeOrphans } from "./orphans.ts";
import { relocateDefinitions } from "./placements.ts";
import { deriveRuns, mergeRuns } from "./runs.ts";
import { type Merge, temp, timestamp } from "./sql.ts";
import { mergeStandIns, removeStandIns } from "./stand-ins.ts";
import { mergeStates } from "./states.ts";

const NOTHING: Published["added"] = { invocations: 0, definitions: 0, executions: 0 };

/**
 * Merges what is staged into the store, leaving out the steps that nothing of it concerns: each takes DuckDB longer to
 * plan than to do. `midway` is called in the midst of it. `sql.changes` tells whether anything was new.
 */
export async function mergeLoad(merge: Merge, midway: () => void): Promise<Published["added"]> {
  const { staging } = merge;
  await mergeSources(merge);
  const described = staging.has("s_hierarchies");
  if (described) await mergeHierarchies(merge);
  const added = staging.has("s_units") ? await mergeUnits(merge, midway) : { ...NOTHING };
  if (described) await removeUnnamed(merge);
  if (staging.has("s_states")) await mergeStates(merge);
  if (staging.has("s_ledger")) await mergeLedger(merge);
  await dropTemporary(merge);
  return added;
}

async function mergeUnits(merge: Merge, midway: () => void): Promise<Published["added"]> {
  const { staging } = merge;
  await chooseInvocations(merge);
  await mergeIdentities(merge);
  await relocateDefinitions(merge);
  const definitions = staging.has("s_definitions") ? await mergeDefinitions(merge) : 0;
  const { invocations, executions } = await mergeRunFacts(merge, midway);
  await removeOrphans(merge);
  await linkDefinitions(merge);
  await adoptDefinitions(merge);
  return { invocations, definitions, executions };
}

/** Jobs, runs and the results of their commands. */
async function mergeRunFacts(
  merge: Merge,
  midway: () => void,
): Promise<Pick<Published["added"], "invocations" | "executions">> {
  if ((await merge.sql.number("SELECT count(*) FROM t_told_runs")) === 0) return NOTHING;
  await mergeJobs(merge);
  await mergeRuns(merge);
  const told = (await merge.sql.number("SELECT count(*) FROM t_invocation_news")) > 0;
  const added = told ? await mergeInvocations(merge, midway) : NOTHING;
  if (told) await mergeStandIns(merge);
  await removeStandIns(merge);
  await deriveRuns(merge);
  return added;
}

/** The last word of a load on a scope replaces what the ledger said of it. */
async function mergeLedger(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_ledger",
    `SELECT s.source_key, l.scope, ${timestamp("l.synced_at")} AS synced_at, l.revision, l.watermark, l.complete,
       l.notes
     FROM s_ledger l JOIN ${store}.sources s USING (source_id)
     QUALIFY row_number() OVER (PARTITION BY s.source_key, l.scope ORDER BY l.u DESC) = 1`,
  );
  await sql.run(
    `DELETE FROM t_ledger WHERE EXISTS (SELECT 1 FROM ${store}.ledger l WHERE l.source_key = t_ledger.source_key
       AND l.scope = t_ledger.scope AND l.synced_at IS NOT DISTINCT FROM t_ledger.synced_at
       AND l.revision IS NOT DISTINCT FROM t_ledger.revision AND l.watermark IS NOT DISTINCT FROM t_ledger.watermark
       AND l.complete IS NOT DISTINCT FROM t_ledger.complete AND l.notes IS NOT DISTINCT FROM t_ledger.notes)`,
  );
  await sql.change(
    `DELETE FROM ${store}.ledger l USING t_ledger t WHERE l.source_key = t.source_key AND l.scope = t.scope`,
  );
  await sql.change(`INSERT INTO ${store}.ledger FROM t_ledger`);
}

/** The steps' tables are of no use afterwards, and large ones hold memory until the next load. */
async function dropTemporary({ sql }: Merge): Promise<void> {
  const tables = await sql.rows(
    "SELECT table_name FROM duckdb_tables() WHERE temporary AND table_name LIKE 't\\_%' ESCAPE '\\'",
  );
  await sql.run(tables.map(({ table_name }) => `DROP TABLE temp.${String(table_name)};`).join("\n"));
}
