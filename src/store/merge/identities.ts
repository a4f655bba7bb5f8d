/** Sources, projects and environments of a load: matched by their ids, made where unknown. */
import { bring, lastKey, type Merge, temp, timestamp } from "./sql.ts";

/**
 * Projects and environments, once the sources and the invocations that count are known. Leaves `t_units`: the
 * units with their keys and their `age` (the order of what they tell, 1 the oldest).
 *
 * A source that describes its projects and environments has said what they are: units only fill in what it left
 * open. What a unit alone tells of exists, unless its job is known to be removed.
 */
export async function mergeIdentities(merge: Merge): Promise<void> {
  await mergeProjects(merge);
  await mergeEnvironments(merge);
}

/** Sources of all units, the ledger's too. */
export async function mergeSources(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await sql.change(
    `INSERT INTO ${store}.sources
     SELECT ${lastKey(store, "sources", "source_key")} + row_number() OVER (ORDER BY u), source_id, system, false
     FROM (SELECT source_id, min(system) AS system, min(u) AS u
           FROM (SELECT u, source_id, system FROM s_units UNION ALL SELECT u, source_id, system FROM s_hierarchies
                 UNION ALL SELECT u, source_id, system FROM s_states
                 UNION ALL SELECT u, source_id, system FROM s_ledger)
           GROUP BY source_id)
     WHERE source_id NOT IN (SELECT source_id FROM ${store}.sources)`,
  );
}

/** What is newest wins, whatever the order of arrival; what the newest does not say is kept. */
async function mergeProjects(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_project_news",
    `SELECT s.source_key, x.project_id,
       arg_max(x.project_name, x.age) AS name, arg_max(x.dbt_project_name, x.age) AS dbt_project_name,
       arg_max(x.adapter_type, x.age) AS adapter_type, arg_max(x.project_url, x.age) AS url,
       ${timestamp("min(least(x.project_created_at, x.first_at))")} AS created_at,
       ${timestamp("max(greatest(x.project_updated_at, x.seen_at))")} AS updated_at,
       ${timestamp("max(x.seen_at)")} AS seen_at, bool_and(coalesce(x.job_removed, false)) AS removed
     FROM (SELECT unit.*, r.job_removed, row_number() OVER (ORDER BY unit.seen_at NULLS FIRST, u) AS age
           FROM s_units unit LEFT JOIN s_runs r USING (u)) x
     JOIN ${store}.sources s USING (source_id) GROUP BY ALL`,
  );
  const newer = (column: string): string =>
    `CASE WHEN p.project_key IS NULL OR (NOT s.described AND n.seen_at >= p.updated_at)
          THEN coalesce(n.${column}, p.${column}) ELSE coalesce(p.${column}, n.${column}) END AS ${column}`;
  await temp(
    merge,
    "t_projects",
    `SELECT coalesce(p.project_key, ${lastKey(store, "projects", "project_key")}
         + row_number() OVER (PARTITION BY p.project_key IS NULL ORDER BY n.source_key, n.project_id)) AS project_key,
       n.source_key, n.project_id, ${newer("name")}, ${newer("dbt_project_name")}, ${newer("adapter_type")},
       ${newer("url")},
       CASE WHEN s.described THEN coalesce(p.created_at, n.created_at) ELSE least(p.created_at, n.created_at) END
         AS created_at,
       CASE WHEN s.described THEN coalesce(p.updated_at, n.updated_at) ELSE greatest(p.updated_at, n.updated_at) END
         AS updated_at,
       ${removed("p", "project_key")}
     FROM t_project_news n JOIN ${store}.sources s USING (source_key)
     LEFT JOIN ${store}.projects p ON p.source_key = n.source_key AND p.project_id = n.project_id`,
  );
  const columns = ["source_key", "project_id", "name", "dbt_project_name", "adapter_type", "url"];
  await bring(merge, "projects", "t_projects", "project_key", [
    ...columns,
    "created_at",
    "updated_at",
    "removed",
  ]);
}

/** Whether `row`, known by `key` where it is known, is removed by what the units `n` of a load tell. */
function removed(row: string, key: string): string {
  return `CASE WHEN ${row}.${key} IS NULL THEN n.removed WHEN s.described THEN ${row}.removed
          ELSE ${row}.removed AND n.removed END AS removed`;
}

async function mergeEnvironments(merge: Merge): Promise<void> {
  const { store } = merge;
  // Tellings of invocations that do not count tell of no environment either, or it would be made for nothing.
  await temp(
    merge,
    "t_environment_news",
    `SELECT p.source_key, p.project_key, x.environment_id, arg_max(x.environment_name, x.age) AS name,
       arg_max(x.environment_type, x.age) AS type, ${timestamp("max(x.seen_at)")} AS seen_at,
       bool_and(coalesce(x.job_removed, false)) AS removed
     FROM (SELECT unit.*, r.job_removed, row_number() OVER (ORDER BY unit.seen_at NULLS FIRST, u) AS age
           FROM s_units unit LEFT JOIN s_runs r USING (u)
           WHERE u NOT IN (SELECT u FROM s_runs) OR u IN (SELECT u FROM t_told_runs)) x
     JOIN ${store}.sources s USING (source_id)
     JOIN ${store}.projects p ON p.source_key = s.source_key AND p.project_id = x.project_id
     WHERE x.environment_id IS NOT NULL GROUP BY ALL`,
  );
  await takeOverPlaceholders(merge);
  const newer = (column: string): string =>
    `CASE WHEN e.environment_key IS NULL OR (NOT s.described AND (e.seen_at IS NULL OR n.seen_at >= e.seen_at))
          THEN n.${column} ELSE e.${column} END AS ${column}`;
  await temp(
    merge,
    "t_environments",
    `SELECT coalesce(e.environment_key, ${lastKey(store, "environments", "environment_key")}
         + row_number() OVER (PARTITION BY e.environment_key IS NULL ORDER BY n.project_key, n.environment_id))
         AS environment_key,
       n.project_key, n.source_key, n.environment_id, ${newer("name")}, ${newer("type")},
       ${removed("e", "environment_key")}
     FROM t_environment_news n JOIN ${store}.sources s USING (source_key)
     LEFT JOIN (SELECT o.*, greatest(
                  (SELECT max(ended_at) FROM ${store}.invocations i WHERE i.environment_key = o.environment_key),
                  (SELECT max(generated_at) FROM ${store}.definitions d WHERE d.environment_key = o.environment_key),
                  (SELECT max(coalesce(ended_at, started_at, queued_at)) FROM ${store}.runs r
                   WHERE r.environment_key = o.environment_key)) AS seen_at FROM ${store}.environments o) e
       ON e.project_key = n.project_key AND e.environment_id = n.environment_id`,
  );
  const columns = ["project_key", "source_key", "environment_id", "name", "type", "removed"];
  await bring(merge, "environments", "t_environments", "environment_key", columns);
  if (merge.staging.has("s_definitions")) await addPlaceholders(merge);
  await temp(
    merge,
    "t_units",
    `SELECT x.*, s.source_key, p.project_key, e.environment_key,
       row_number() OVER (ORDER BY x.seen_at NULLS FIRST, x.u) AS age
     FROM s_units x JOIN ${store}.sources s USING (source_id)
     JOIN ${store}.projects p ON p.source_key = s.source_key AND p.project_id = x.project_id
     LEFT JOIN ${store}.environments e
       ON e.project_key = p.project_key AND e.environment_id = x.environment_id`,
  );
}

/**
 * Definitions that came before anything told of environments wait in one called `default`. The first real
 * environment takes its place, or the project would seem to have one environment more than it has.
 */
async function takeOverPlaceholders({ sql, store }: Merge): Promise<void> {
  await sql.change(
    `UPDATE ${store}.environments e SET environment_id = n.environment_id
     FROM (SELECT project_key, min(environment_id) AS environment_id FROM t_environment_news GROUP BY project_key
           HAVING NOT bool_or(environment_id = 'default')) n
     WHERE e.project_key = n.project_key AND e.environment_id = 'default'
       AND (SELECT count(*) FROM ${store}.environments o WHERE o.project_key = e.project_key) = 1
       AND NOT EXISTS (SELECT 1 FROM ${store}.invocations i WHERE i.environment_key = e.environment_key)`,
  );
}

/** A project that has only definitions, and those of no named environment, gets one to hold them. */
async function addPlaceholders({ sql, store }: Merge): Promise<void> {
  await sql.change(
    `INSERT INTO ${store}.environments
     SELECT ${lastKey(store, "environments", "environment_key")} + row_number() OVER (ORDER BY project_key),
       project_key, source_key, 'default', 'default', 'production', NULL, false
     FROM (SELECT DISTINCT p.project_key, p.source_key FROM s_units x JOIN s_definitions USING (u)
           JOIN ${store}.sources s USING (source_id)
           JOIN ${store}.projects p ON p.source_key = s.source_key AND p.project_id = x.project_id
           WHERE p.project_key NOT IN (SELECT project_key FROM ${store}.environments))`,
  );
}
