/** Definitions that stand in an environment that is not theirs, as a load tells: they move to the right one. */
import { copyDefinitions } from "./links.ts";
import { type Merge, temp, timestamp } from "./sql.ts";

/**
 * A state of definitions belongs where its invocation ran. It stands elsewhere where that had to be guessed, or
 * where the configuration has changed since. One that this load tells again is only taken away, because it is
 * then applied anew; any other moves with its nodes. Leaves `t_touched`: the projects that the load
 * tells definitions or invocations of, and those that lose definitions.
 */
export async function relocateDefinitions(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await findHomes(merge);
  await sql.change(
    `UPDATE ${store}.definitions d SET guessed = false FROM t_homes h
     WHERE d.guessed AND h.source_key = d.source_key AND h.invocation_id = d.invocation_id
       AND h.environment_key = d.environment_key`,
  );
  await findMisplaced(merge);
  await temp(
    merge,
    "t_touched",
    `SELECT project_key FROM t_units WHERE u NOT IN (SELECT u FROM s_runs) OR u IN (SELECT u FROM t_invocation_news)
     UNION SELECT left_project_key AS project_key FROM t_misplaced`,
  );
  if ((await sql.number("SELECT count(*) FROM t_misplaced")) === 0) return;
  await moveAway(merge);
  await fallBack(merge);
  await forgetKeys(merge);
}

/** Where the invocations and definitions of this load say that they are. */
function findHomes(merge: Merge): Promise<void> {
  return temp(
    merge,
    "t_homes",
    `SELECT x.source_key, i.invocation_id, x.project_key, x.environment_key
     FROM t_invocation_news i JOIN t_units x USING (u)
     UNION SELECT x.source_key, d.invocation_id, x.project_key, x.environment_key
     FROM s_definitions d JOIN t_units x USING (u)
     WHERE x.environment_key IS NOT NULL AND d.invocation_id IS NOT NULL`,
  );
}

/** `moves` is false for what is only taken away; `current` is true where the environment lived on it. */
function findMisplaced(merge: Merge): Promise<void> {
  const { store } = merge;
  return temp(
    merge,
    "t_misplaced",
    `WITH homes AS (
       SELECT source_key, invocation_id, min((environment_key, project_key)) AS home,
         list(environment_key) AS all_homes
       FROM t_homes GROUP BY ALL),
     told AS (
       SELECT x.source_key, d.invocation_id, ${timestamp("d.generated_at")} AS generated_at
       FROM s_definitions d JOIN t_units x USING (u)),
     found AS (
       SELECT d.definition_key, d.source_key, d.project_key AS left_project_key, d.environment_key AS left_key,
         d.generated_at, h.home[1] AS home_key, h.home[2] AS home_project_key,
         e.definition_key = d.definition_key AS current,
         (SELECT max(generated_at) FROM ${store}.definitions o WHERE o.environment_key = h.home[1]) AS home_newest_at,
         EXISTS (SELECT 1 FROM told t WHERE t.source_key = d.source_key AND t.generated_at = d.generated_at
                 AND t.invocation_id = d.invocation_id) AS again,
         EXISTS (SELECT 1 FROM ${store}.definitions o WHERE o.environment_key = h.home[1]
                 AND o.generated_at = d.generated_at AND o.invocation_id = d.invocation_id) AS there
       FROM ${store}.definitions d JOIN homes h USING (source_key, invocation_id)
       JOIN ${store}.environments e ON e.environment_key = d.environment_key
       WHERE NOT list_contains(h.all_homes, d.environment_key))
     -- The nodes of a state that is not current may be gone: it cannot be what its home lives on.
     SELECT *, NOT again AND NOT there AND (current OR coalesce(home_newest_at >= generated_at, false))
         AND row_number() OVER (PARTITION BY home_key, generated_at ORDER BY current DESC, definition_key) = 1
       AS moves
     FROM found`,
  );
}

async function moveAway(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_given",
    `SELECT home_key AS environment_key, source_key, home_project_key AS project_key, definition_key,
       left_key AS donor_key, generated_at
     FROM t_misplaced WHERE moves AND current AND (home_newest_at IS NULL OR home_newest_at < generated_at)
     QUALIFY row_number() OVER (PARTITION BY home_key ORDER BY generated_at DESC, definition_key DESC) = 1`,
  );
  await sql.change(
    `UPDATE ${store}.nodes SET definition_key = NULL
     WHERE environment_key IN (SELECT environment_key FROM t_given) AND definition_key IS NOT NULL`,
  );
  await copyDefinitions(merge, "t_given");
  await sql.change(
    `INSERT INTO ${store}.node_versions
     SELECT c.node_key, v.checksum, v.materialization, g.generated_at, g.generated_at
     FROM t_copied c JOIN t_given g USING (definition_key, environment_key)
     JOIN ${store}.node_versions v ON v.node_key = c.donor_node_key
       AND g.generated_at BETWEEN v.first_seen_at AND v.last_seen_at
     WHERE NOT EXISTS (SELECT 1 FROM ${store}.node_versions o WHERE o.node_key = c.node_key)`,
  );
  await sql.change(
    `UPDATE ${store}.definitions d SET environment_key = m.home_key, project_key = m.home_project_key,
       guessed = false
     FROM t_misplaced m WHERE m.definition_key = d.definition_key AND m.moves`,
  );
  await sql.change(
    `DELETE FROM ${store}.definitions
     WHERE definition_key IN (SELECT definition_key FROM t_misplaced WHERE NOT moves)`,
  );
}

/**
 * An environment that lost what it lived on falls back to the newest definitions that it still has. Which of
 * the nodes were in those tell their versions; nodes without any (sources, exposures) are kept. An environment
 * that has none left keeps what it had until it adopts others.
 */
async function fallBack(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_fallen",
    `SELECT m.left_key AS environment_key, m.definition_key AS lost_key, m.generated_at AS lost_at,
       arg_max(d.definition_key, (d.generated_at, d.definition_key)) AS definition_key,
       max(d.generated_at) AS generated_at
     FROM t_misplaced m JOIN ${store}.definitions d ON d.environment_key = m.left_key
     WHERE m.current GROUP BY ALL`,
  );
  await sql.change(
    `UPDATE ${store}.nodes n SET definition_key = NULL FROM t_fallen f
     WHERE n.environment_key = f.environment_key AND n.definition_key = f.lost_key
       AND EXISTS (SELECT 1 FROM ${store}.node_versions v WHERE v.node_key = n.node_key)
       AND NOT EXISTS (SELECT 1 FROM ${store}.node_versions v WHERE v.node_key = n.node_key
         AND f.generated_at BETWEEN v.first_seen_at AND v.last_seen_at)`,
  );
  await sql.change(
    `UPDATE ${store}.nodes n SET definition_key = f.definition_key FROM t_fallen f
     WHERE n.environment_key = f.environment_key AND n.definition_key = f.lost_key`,
  );
  await sql.change(
    `DELETE FROM ${store}.edges x USING t_fallen f WHERE x.environment_key = f.environment_key
       AND NOT (x.parent_key IN (SELECT node_key FROM ${store}.nodes WHERE definition_key = f.definition_key)
         AND x.child_key IN (SELECT node_key FROM ${store}.nodes WHERE definition_key = f.definition_key))`,
  );
  await sql.change(
    `UPDATE ${store}.environments e SET definition_key = f.definition_key FROM t_fallen f
     WHERE f.environment_key = e.environment_key`,
  );
  await forgetVersions(merge);
}

/** Keys of states that were taken away are handed out again: nothing may go on referring to them. */
async function forgetKeys({ sql, store }: Merge): Promise<void> {
  for (const table of ["nodes", "environments"]) {
    await sql.change(
      `UPDATE ${store}.${table} SET definition_key = NULL
       WHERE definition_key IN (SELECT definition_key FROM t_misplaced WHERE NOT moves)`,
    );
  }
}

/** What the lost state said of code and materialization was not said of this environment. */
async function forgetVersions({ sql, store }: Merge): Promise<void> {
  const ofFallen = `v.node_key = n.node_key AND n.environment_key = f.environment_key AND v.last_seen_at = f.lost_at`;
  await sql.change(
    `DELETE FROM ${store}.node_versions v USING ${store}.nodes n, t_fallen f
     WHERE ${ofFallen} AND v.first_seen_at > f.generated_at`,
  );
  await sql.change(
    `UPDATE ${store}.node_versions v SET last_seen_at = f.generated_at FROM ${store}.nodes n, t_fallen f
     WHERE ${ofFallen} AND v.first_seen_at <= f.generated_at`,
  );
  await sql.change(
    `UPDATE ${store}.nodes n SET checksum = v.checksum, materialization = v.materialization
     FROM ${store}.node_versions v, t_fallen f
     WHERE v.node_key = n.node_key AND n.definition_key = f.definition_key AND v.last_seen_at = f.generated_at
       AND (n.checksum, n.materialization) IS DISTINCT FROM (v.checksum, v.materialization)`,
  );
}
