/** What sources say of the health of their nodes and of their own: each time all of it. */
import { type Merge, temp, timestamp } from "./sql.ts";

/**
 * Replaces what the sources of the load's states said before, of several tellings by the newest; since when a node is
 * stale is kept. Needs the nodes: a node is made neither by its health nor by what is wrong with its system.
 */
export async function mergeStates(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_states",
    `SELECT t.u, s.source_key FROM s_states t JOIN ${store}.sources s USING (source_id)
     QUALIFY row_number() OVER (PARTITION BY s.source_key ORDER BY t.seen_at DESC, t.u DESC) = 1`,
  );
  await replaceTold(
    merge,
    "reported_health",
    `SELECT t.source_key, n.node_key, h.status, h.raw_status, h.reasons, ${timestamp("h.reported_at")} AS reported_at
     FROM s_reported_health h JOIN t_states t USING (u)
     JOIN ${store}.projects p ON p.source_key = t.source_key AND p.project_id = h.project_id
     JOIN ${store}.environments e ON e.project_key = p.project_key AND e.environment_id = h.environment_id
     JOIN ${store}.nodes n ON n.environment_key = e.environment_key AND n.unique_id = h.unique_id`,
  );
  await replaceTold(
    merge,
    "reported_freshness",
    `SELECT t.source_key, n.node_key, f.status, f.raw_status, f.criterion, f.message,
       ${timestamp("f.max_loaded_at")} AS max_loaded_at, ${timestamp("f.checked_at")} AS checked_at,
       f.warn_after_s, f.error_after_s,
       CASE WHEN f.status NOT IN ('pass', 'unchecked') THEN coalesce(before.stale_since, ${timestamp("f.checked_at")}) END
         AS stale_since
     FROM s_reported_freshness f JOIN t_states t USING (u)
     JOIN ${store}.projects p ON p.source_key = t.source_key AND p.project_id = f.project_id
     JOIN ${store}.environments e ON e.project_key = p.project_key AND e.environment_id = f.environment_id
     JOIN ${store}.nodes n ON n.environment_key = e.environment_key AND n.unique_id = f.unique_id
     LEFT JOIN ${store}.reported_freshness before ON before.source_key = t.source_key AND before.node_key = n.node_key`,
  );
  await replaceTold(
    merge,
    "conditions",
    `SELECT t.source_key, p.project_key, c.kind, c.subject, c.severity, c.message, ${timestamp("c.since")} AS since
     FROM s_conditions c JOIN t_states t USING (u)
     LEFT JOIN ${store}.projects p ON p.source_key = t.source_key AND p.project_id = c.project_id`,
  );
}

/** Puts the rows of `select` in the place of all rows of their sources; only where they are others than those. */
async function replaceTold(merge: Merge, table: string, select: string): Promise<void> {
  const { sql, store } = merge;
  await temp(merge, "t_told", select);
  const digests = (rows: string): string =>
    `SELECT source_key, count(*) AS size, sum(hash(x)) AS digest FROM ${rows} x GROUP BY source_key`;
  await temp(
    merge,
    "t_retold",
    `SELECT source_key FROM t_states
     LEFT JOIN (${digests("t_told")}) came USING (source_key)
     LEFT JOIN (${digests(`${store}.${table}`)}) there USING (source_key)
     WHERE came.size IS DISTINCT FROM there.size OR came.digest IS DISTINCT FROM there.digest`,
  );
  await sql.change(`DELETE FROM ${store}.${table} WHERE source_key IN (FROM t_retold)`);
  await sql.change(`INSERT INTO ${store}.${table} FROM t_told WHERE source_key IN (FROM t_retold)`);
}
