/**
 * Results of invocations. Those of a complete one replace all that was known of it; those of a part, and the last
 * results of a stand-in, replace what was known of the same nodes. Either only where something is new.
 */
import { finite, lastKey, type Merge, temp, timestamp, whole, wordJoins } from "./sql.ts";
import { stubOf } from "./stub.ts";

const EXECUTION_TEXTS = ["status", "raw_status", "thread", "message", "partition"];
const FRESHNESS_TEXTS = ["status", "raw_status", "message"];

/** Joins the invocation `t` to staged rows `x`, where their telling counts. */
const OF_INVOCATION = "JOIN t_parts p USING (u) JOIN t_invocations t ON t.u = p.head";

/** The tables of results, with their staged rows. */
export const RESULTS = [
  { table: "executions", staged: "s_executions", rows: executionsOf() },
  { table: "freshness", staged: "s_freshness", rows: freshnessOf() },
] as const;

/**
 * Leaves `t_ran`: the nodes that the results of this load are of. Those that ran without their definitions being
 * known are made: their id tells what they are.
 */
export async function findNodes(merge: Merge): Promise<void> {
  const { sql, store, staging } = merge;
  await temp(
    merge,
    "t_ran",
    `WITH used AS (
       SELECT DISTINCT t.environment_key, x.node FROM s_executions x ${OF_INVOCATION}
       UNION SELECT DISTINCT t.environment_key, x.node FROM s_freshness x ${OF_INVOCATION})
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

/** Writes the results of the commands that this load tells of; gives the number of executions that are new. */
export async function mergeResults(merge: Merge): Promise<number> {
  const { sql, staging } = merge;
  const partial = "NOT t.complete AND NOT t.stand_in";
  const parts = (await sql.number(`SELECT count(*) FROM t_invocations t WHERE ${partial}`)) > 0;
  const known = (await sql.number(`SELECT count(*) FROM (${KNOWN})`)) > 0;
  let executions = 0;
  if (staging.has("s_executions")) {
    executions = await sql.number(
      `SELECT count(*) FROM s_executions x ${OF_INVOCATION} WHERE t.added AND t.complete`,
    );
  }
  for (const { table, staged, rows } of RESULTS) {
    const whole = `${rows} AND t.complete`;
    if (known) await replaceRows(merge, table, whole);
    else if (staging.has(staged)) await insertRows(merge, table, whole);
    if (!parts || !staging.has(staged)) continue;
    await gatherRows(merge, table, rows, partial);
    const added = await addRows(merge, table);
    if (table === "executions") executions += added;
  }
  return executions;
}

/** Complete invocations of the load that the store knows already. */
const KNOWN = "SELECT invocation_key FROM t_invocations WHERE known AND complete";

/**
 * Replaces the rows of complete invocations, where they are other than those that are there. A known invocation
 * is compared by the number and the hashes of its rows, which costs one look at them.
 */
async function replaceRows(merge: Merge, table: string, rows: string): Promise<void> {
  const { sql, store } = merge;
  const digest = "count(*) AS size, sum(hash(x)) AS digest";
  await temp(
    merge,
    "t_same",
    `WITH came AS (
       SELECT invocation_key, ${digest} FROM (${rows} AND t.known) x GROUP BY invocation_key),
     there AS (
       SELECT invocation_key, ${digest} FROM ${store}.${table} x WHERE invocation_key IN (${KNOWN})
       GROUP BY invocation_key)
     SELECT t.invocation_key FROM (${KNOWN}) t LEFT JOIN came c USING (invocation_key)
     LEFT JOIN there h USING (invocation_key)
     WHERE c.size IS NOT DISTINCT FROM h.size AND c.digest IS NOT DISTINCT FROM h.digest`,
  );
  const replaced = `${KNOWN} AND invocation_key NOT IN (FROM t_same)`;
  if ((await sql.number(`SELECT count(*) FROM (${replaced})`)) > 0) {
    await sql.change(`DELETE FROM ${store}.${table} WHERE invocation_key IN (${replaced})`);
  }
  await insertRows(merge, table, `${rows} AND t.invocation_key NOT IN (FROM t_same)`);
}

/** In the order of nodes, a question about a few of them reads a few blocks and not the whole table. */
async function insertRows({ sql, store }: Merge, table: string, rows: string): Promise<void> {
  await sql.change(`INSERT INTO ${store}.${table} ${rows} ORDER BY node_key`);
}

/**
 * Leaves `t_added_<table>`: the rows of the invocations `which` that are parts, of each node those of the last
 * telling that has it.
 */
export async function gatherRows(merge: Merge, table: string, rows: string, which: string): Promise<void> {
  await temp(
    merge,
    `t_added_${table}`,
    `${rows} AND ${which} QUALIFY x.u = max(x.u) OVER (PARTITION BY t.invocation_key, r.node_key)`,
  );
}

/** Puts the rows of `t_added_<table>` in the place of those of the same nodes; gives how many were not there. */
export async function addRows({ sql, store }: Merge, table: string): Promise<number> {
  const added = `t_added_${table}`;
  const digest = "invocation_key, node_key, count(*) AS size, sum(hash(x)) AS digest";
  await sql.run(
    `DELETE FROM ${added} WHERE (invocation_key, node_key) IN (
       SELECT (invocation_key, node_key) FROM (SELECT ${digest} FROM ${added} x GROUP BY invocation_key, node_key)
       JOIN (SELECT ${digest} FROM ${store}.${table} x
             WHERE invocation_key IN (SELECT invocation_key FROM ${added}) GROUP BY invocation_key, node_key)
         USING (invocation_key, node_key, size, digest))`,
  );
  await sql.change(
    `DELETE FROM ${store}.${table} x USING (SELECT DISTINCT invocation_key, node_key FROM ${added}) a
     WHERE x.invocation_key = a.invocation_key AND x.node_key = a.node_key`,
  );
  return sql.change(`INSERT INTO ${store}.${table} FROM ${added} ORDER BY node_key`);
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
    FROM s_executions x ${OF_INVOCATION}
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
    FROM s_freshness x ${OF_INVOCATION}
    JOIN t_ran r ON r.environment_key = t.environment_key AND r.node = x.node
    ${wordJoins("s_freshness", "x", FRESHNESS_TEXTS)}
    WHERE true`;
}
