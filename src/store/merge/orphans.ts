/** What is left behind where invocations and definitions have moved away. */
import type { Merge } from "./sql.ts";

/**
 * Deletes, for the sources of the load, computed runs and jobs that no invocation refers to any more, and
 * environments of which nothing is left but nodes. Runs that their system described stay; so do jobs and
 * environments of a source that describes them, because it says itself what is removed.
 */
export async function removeOrphans({ sql, store }: Merge): Promise<void> {
  const touched = "source_key IN (SELECT source_key FROM t_units)";
  const undescribed = `${touched} AND source_key NOT IN (SELECT source_key FROM ${store}.sources WHERE described)`;
  const used = (key: string, table: string): string =>
    `(SELECT ${key} FROM ${store}.${table} WHERE ${key} IS NOT NULL)`;
  await sql.change(
    `DELETE FROM ${store}.runs WHERE derived AND ${touched} AND run_key NOT IN ${used("run_key", "invocations")}`,
  );
  await sql.change(
    `DELETE FROM ${store}.jobs WHERE ${undescribed} AND job_key NOT IN ${used("job_key", "invocations")}
       AND job_key NOT IN ${used("job_key", "runs")}`,
  );
  const users = ["invocations", "definitions", "runs", "jobs"];
  const unused = users
    .map((table) => `environment_key NOT IN ${used("environment_key", table)}`)
    .join(" AND ");
  const removed = await sql.change(`DELETE FROM ${store}.environments WHERE ${undescribed} AND ${unused}`);
  if (removed === 0) return;
  const gone = `environment_key NOT IN ${used("environment_key", "environments")}`;
  await sql.change(
    `DELETE FROM ${store}.node_versions WHERE node_key IN (SELECT node_key FROM ${store}.nodes WHERE ${gone})`,
  );
  await sql.change(`DELETE FROM ${store}.edges WHERE ${gone}`);
  for (const table of ["reported_health", "reported_freshness"]) {
    await sql.change(
      `DELETE FROM ${store}.${table} WHERE node_key IN (SELECT node_key FROM ${store}.nodes WHERE ${gone})`,
    );
  }
  await sql.change(`DELETE FROM ${store}.nodes WHERE ${gone}`);
}
