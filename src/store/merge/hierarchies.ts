/**
 * What a source says of all its projects, environments and jobs. It has the last word on them: what it does not
 * name is gone from its system, but stays here, because its runs do.
 */
import { bring, lastKey, type Merge, temp, timestamp } from "./sql.ts";

/**
 * Needs the sources only. Leaves `t_hierarchies`, of several tellings of one source the newest, and what they name:
 * `t_described_projects`, `t_described_environments` and `t_described_jobs`.
 */
export async function mergeHierarchies(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_hierarchies",
    `SELECT h.u, s.source_key FROM s_hierarchies h JOIN ${store}.sources s USING (source_id)
     QUALIFY row_number() OVER (PARTITION BY s.source_key ORDER BY h.seen_at DESC, h.u DESC) = 1`,
  );
  await sql.change(
    `UPDATE ${store}.sources SET described = true
     WHERE NOT described AND source_key IN (SELECT source_key FROM t_hierarchies)`,
  );
  await describeProjects(merge);
  await describeEnvironments(merge);
  await describeJobs(merge);
}

/** What the system leaves open of a project may be known from elsewhere, such as its definitions. */
async function describeProjects(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_described_projects",
    `SELECT coalesce(p.project_key, ${lastKey(store, "projects", "project_key")}
         + row_number() OVER (PARTITION BY p.project_key IS NULL ORDER BY x.source_key, x.project_id)) AS project_key,
       x.source_key, x.project_id, x.name, coalesce(x.dbt_project_name, p.dbt_project_name) AS dbt_project_name,
       coalesce(x.adapter_type, p.adapter_type) AS adapter_type, coalesce(x.url, p.url) AS url,
       coalesce(${timestamp("x.created_at")}, p.created_at) AS created_at,
       coalesce(${timestamp("x.updated_at")}, p.updated_at) AS updated_at, false AS removed
     FROM (SELECT DISTINCT ON (h.source_key, s.project_id) s.*, h.source_key
           FROM s_projects s JOIN t_hierarchies h USING (u)) x
     LEFT JOIN ${store}.projects p ON p.source_key = x.source_key AND p.project_id = x.project_id`,
  );
  const columns = ["source_key", "project_id", "name", "dbt_project_name", "adapter_type", "url"];
  await bring(merge, "projects", "t_described_projects", "project_key", [
    ...columns,
    "created_at",
    "updated_at",
    "removed",
  ]);
}

async function describeEnvironments(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_described_environments",
    `SELECT coalesce(e.environment_key, ${lastKey(store, "environments", "environment_key")}
         + row_number() OVER (PARTITION BY e.environment_key IS NULL ORDER BY x.project_key, x.environment_id))
         AS environment_key,
       x.project_key, x.source_key, x.environment_id, x.name, x.type, false AS removed
     FROM (SELECT DISTINCT ON (p.project_key, s.environment_id) s.*, p.source_key, p.project_key
           FROM s_environments s JOIN t_hierarchies h USING (u)
           JOIN t_described_projects p ON p.source_key = h.source_key AND p.project_id = s.project_id) x
     LEFT JOIN ${store}.environments e
       ON e.project_key = x.project_key AND e.environment_id = x.environment_id`,
  );
  const columns = ["project_key", "source_key", "environment_id", "name", "type", "removed"];
  await bring(merge, "environments", "t_described_environments", "environment_key", columns);
}

async function describeJobs(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_described_jobs",
    `SELECT coalesce(j.job_key, ${lastKey(store, "jobs", "job_key")}
         + row_number() OVER (PARTITION BY j.job_key IS NULL ORDER BY x.environment_key, x.job_id)) AS job_key,
       x.project_key, x.source_key, x.environment_key, x.job_id, x.name, x.schedule, x.commands, x.url,
       false AS removed
     FROM (SELECT DISTINCT ON (e.environment_key, s.job_id) s.*, e.source_key, e.project_key, e.environment_key
           FROM s_jobs s JOIN t_hierarchies h USING (u)
           JOIN t_described_projects p ON p.source_key = h.source_key AND p.project_id = s.project_id
           JOIN t_described_environments e
             ON e.project_key = p.project_key AND e.environment_id = s.environment_id) x
     LEFT JOIN ${store}.jobs j ON j.environment_key = x.environment_key AND j.job_id = x.job_id`,
  );
  const columns = ["project_key", "source_key", "environment_key", "job_id", "name", "schedule"];
  await bring(merge, "jobs", "t_described_jobs", "job_key", [...columns, "commands", "url", "removed"]);
}

/** Marks what the sources of the load's hierarchies no longer name, also where runs of the same load do. */
export async function removeUnnamed({ sql, store }: Merge): Promise<void> {
  for (const [table, key] of [
    ["projects", "project_key"],
    ["environments", "environment_key"],
    ["jobs", "job_key"],
  ]) {
    await sql.change(
      `UPDATE ${store}.${table} SET removed = true WHERE NOT removed
         AND source_key IN (SELECT source_key FROM t_hierarchies)
         AND ${key} NOT IN (SELECT ${key} FROM t_described_${table})`,
    );
  }
}
