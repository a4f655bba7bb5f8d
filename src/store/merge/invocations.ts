/** Invocations and their results: each replaced whole, and only when something about it is new. */
import type { Staging } from "../staging.ts";
import { mergeJobs, mergeRuns } from "./runs.ts";
import { bring, finite, lastKey, type Merge, temp, timestamp, whole, wordJoins } from "./sql.ts";
import { stubOf } from "./stub.ts";

const INVOCATION_COLUMNS = [
  "source_key",
  "project_key",
  "environment_key",
  "job_key",
  "run_key",
  "invocation_id",
  "kind",
  "command",
  "command_line",
  "builds",
  "tests",
  "full_refresh",
  "complete",
  "status",
  "started_at",
  "ended_at",
  "elapsed_s",
  "dbt_version",
  "location",
];

const EXECUTION_TEXTS = ["status", "raw_status", "thread", "message", "partition"];
const FRESHNESS_TEXTS = ["status", "raw_status", "message"];

/** How many invocations are new or newly complete, and how many executions came with them. */
export interface InvocationsAdded {
  invocations: number;
  executions: number;
}

export async function mergeInvocations(
  merge: Merge,
  staging: Staging,
  midway: () => void,
): Promise<InvocationsAdded> {
  const { sql, store } = merge;
  if ((await sql.number("SELECT count(*) FROM t_invocation_news")) === 0)
    return { invocations: 0, executions: 0 };
  await mergeJobs(merge);
  await mergeRuns(merge);
  await temp(
    merge,
    "t_invocations",
    `SELECT coalesce(i.known_key, ${lastKey(store, "invocations", "invocation_key")}
         + row_number() OVER (PARTITION BY i.known_key IS NULL ORDER BY x.age)) AS invocation_key,
       i.u, i.known_key IS NOT NULL AS known, i.known_key IS NULL OR (i.complete AND NOT i.known_complete) AS added,
       x.source_key, x.project_key, x.environment_key, j.job_key, r.run_key, i.invocation_id, i.kind, i.command,
       i.command_line, i.builds, i.tests, i.full_refresh, i.complete, i.status,
       ${timestamp("i.started_at")} AS started_at, ${timestamp("i.ended_at")} AS ended_at,
       i.elapsed_s, i.dbt_version, i.location
     FROM t_invocation_news i JOIN t_units x USING (u)
     JOIN t_jobs j ON j.project_key = x.project_key AND j.environment_key = x.environment_key
       AND j.job_id = i.job_id
     JOIN t_runs r ON r.project_key = x.project_key AND r.run_id = i.run_id`,
  );
  await bring(merge, "invocations", "t_invocations", "invocation_key", INVOCATION_COLUMNS);
  await addStubs(merge, staging);
  midway();
  await replaceRows(merge, "executions", executionsOf());
  await replaceRows(merge, "freshness", freshnessOf());
  return {
    invocations: await sql.number("SELECT count(*) FROM t_invocations WHERE added"),
    executions: await sql.number(
      "SELECT count(*) FROM s_executions WHERE u IN (SELECT u FROM t_invocations WHERE added)",
    ),
  };
}

/**
 * Leaves `t_invocation_news`: of several tellings of one invocation the complete one, then the last one. An
 * invocation is known by its id alone: told under another project or environment, because the configuration
 * has changed, it moves there. Needs the sources only.
 */
export async function chooseInvocations(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_invocation_news",
    `SELECT i.*, known.invocation_key AS known_key, known.complete AS known_complete,
       known.run_key AS known_run_key
     FROM s_invocations i JOIN s_units x USING (u) JOIN ${store}.sources s USING (source_id)
     LEFT JOIN ${store}.invocations known ON known.source_key = s.source_key
       AND known.invocation_id = i.invocation_id AND known.kind = i.kind
     WHERE i.complete OR NOT coalesce(known.complete, false)
     QUALIFY row_number() OVER (PARTITION BY s.source_key, i.invocation_id, i.kind
       ORDER BY i.complete DESC, i.u DESC) = 1`,
  );
}

/** Nodes that ran without their definitions being known: their id tells what they are. */
async function addStubs(merge: Merge, staging: Staging): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_ran",
    `WITH used AS (
       SELECT DISTINCT t.environment_key, x.node FROM s_executions x JOIN t_invocations t USING (u)
       UNION SELECT DISTINCT t.environment_key, x.node FROM s_freshness x JOIN t_invocations t USING (u))
     SELECT u.environment_key, u.node, w.w AS unique_id, n.node_key, n.resource_type
     FROM used u JOIN s_words w ON w.i = u.node
     LEFT JOIN ${store}.nodes n ON n.environment_key = u.environment_key AND n.unique_id = w.w`,
  );
  const unknown = await sql.rows("SELECT DISTINCT unique_id FROM t_ran WHERE node_key IS NULL");
  if (unknown.length === 0) return;
  await sql.run(
    `CREATE OR REPLACE TEMP TABLE t_stubs (unique_id VARCHAR, model_id VARCHAR, name VARCHAR,
       resource_type VARCHAR, package_name VARCHAR, version VARCHAR, source_name VARCHAR)`,
  );
  await staging.appendTexts(
    "t_stubs",
    unknown.map(({ unique_id }) => {
      const id = String(unique_id);
      const stub = stubOf(id);
      const { model_id, name, resource_type, package_name, version, source_name } = stub;
      return [id, model_id, name, resource_type, package_name, version, source_name];
    }),
  );
  await sql.change(
    `INSERT INTO ${store}.nodes (node_key, source_key, project_key, environment_key, unique_id, model_id, name,
       resource_type, package_name, version, source_name)
     SELECT ${lastKey(store, "nodes", "node_key")} + row_number() OVER (ORDER BY r.environment_key, r.unique_id),
       e.source_key, e.project_key, e.environment_key, r.unique_id, s.model_id, s.name, s.resource_type,
       s.package_name, s.version, s.source_name
     FROM (SELECT DISTINCT environment_key, unique_id FROM t_ran WHERE node_key IS NULL) r
     JOIN ${store}.environments e USING (environment_key) JOIN t_stubs s USING (unique_id)`,
  );
  await temp(
    merge,
    "t_ran",
    `SELECT r.environment_key, r.node, r.unique_id, n.node_key, n.resource_type
     FROM t_ran r JOIN ${store}.nodes n ON n.environment_key = r.environment_key AND n.unique_id = r.unique_id`,
  );
}

/**
 * Replaces the rows of the invocations that came, where they are other than those that are there. A known
 * invocation is compared by the number and the hashes of its rows, which costs one look at them.
 */
async function replaceRows(merge: Merge, table: string, rows: string): Promise<void> {
  const { sql, store } = merge;
  const digest = "count(*) AS size, sum(hash(x)) AS digest";
  await temp(
    merge,
    "t_same",
    (await sql.number("SELECT count(*) FROM t_invocations WHERE known")) === 0
      ? "SELECT 0 AS invocation_key WHERE false"
      : `WITH came AS (
           SELECT invocation_key, ${digest} FROM (${rows} AND t.known) x GROUP BY invocation_key),
         there AS (
           SELECT invocation_key, ${digest} FROM ${store}.${table} x
           WHERE invocation_key IN (SELECT invocation_key FROM t_invocations WHERE known)
           GROUP BY invocation_key)
         SELECT t.invocation_key FROM t_invocations t LEFT JOIN came c USING (invocation_key)
         LEFT JOIN there h USING (invocation_key)
         WHERE t.known AND c.size IS NOT DISTINCT FROM h.size AND c.digest IS NOT DISTINCT FROM h.digest`,
  );
  const replaced =
    "SELECT invocation_key FROM t_invocations WHERE known AND invocation_key NOT IN (FROM t_same)";
  if ((await sql.number(`SELECT count(*) FROM (${replaced})`)) > 0) {
    await sql.change(`DELETE FROM ${store}.${table} WHERE invocation_key IN (${replaced})`);
  }
  // In the order of nodes, a question about a few of them reads a few blocks and not the whole table.
  await sql.change(
    `INSERT INTO ${store}.${table} ${rows} AND t.invocation_key NOT IN (FROM t_same) ORDER BY node_key`,
  );
}

/** The staged executions as rows of the table; ends in a WHERE clause that may be continued. */
function executionsOf(): string {
  return `SELECT t.source_key, t.invocation_key, r.node_key, w_status.w AS status, w_raw_status.w AS raw_status,
      t.builds AND r.resource_type IN ('model', 'seed', 'snapshot') AS builds,
      coalesce(${timestamp("x.recorded_at")}, ${timestamp("x.ended_at")}, t.ended_at) AS recorded_at,
      ${timestamp("x.started_at")} AS started_at, ${timestamp("x.ended_at")} AS ended_at,
      ${finite("x.runtime_s")} AS runtime_s, ${finite("x.compile_s")} AS compile_s,
      ${finite("x.execute_s")} AS execute_s, w_thread.w AS thread, w_message.w AS message,
      ${whole("x.failures")} AS failures, ${whole("x.rows_affected")} AS rows_affected,
      ${whole("x.bytes_processed")} AS bytes_processed, ${whole("x.attempt")} AS attempt,
      w_partition.w AS "partition"
    FROM s_executions x JOIN t_invocations t USING (u)
    JOIN t_ran r ON r.environment_key = t.environment_key AND r.node = x.node
    ${wordJoins("s_executions", "x", EXECUTION_TEXTS)}
    WHERE true`;
}

/** The staged freshness rows, likewise. */
function freshnessOf(): string {
  return `SELECT t.source_key, t.invocation_key, r.node_key, w_status.w AS status, w_raw_status.w AS raw_status,
      ${timestamp("x.max_loaded_at")} AS max_loaded_at, ${timestamp("x.snapshotted_at")} AS snapshotted_at,
      ${finite("x.age_s")} AS age_s, ${finite("x.warn_after_s")} AS warn_after_s,
      ${finite("x.error_after_s")} AS error_after_s, w_message.w AS message
    FROM s_freshness x JOIN t_invocations t USING (u)
    JOIN t_ran r ON r.environment_key = t.environment_key AND r.node = x.node
    ${wordJoins("s_freshness", "x", FRESHNESS_TEXTS)}
    WHERE true`;
}
