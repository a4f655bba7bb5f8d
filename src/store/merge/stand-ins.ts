/**
 * Stand-ins: the last results of a run's nodes where its system does not say which command they are of. They give
 * way, node by node, to the results of commands, and wholly once all of those have been read.
 */
import { INVOCATION_COLUMNS } from "./invocations.ts";
import { addRows, gatherRows, RESULTS } from "./results.ts";
import { bring, type Merge, temp } from "./sql.ts";

/** Writes the stand-ins of `t_invocations`, once the results of the commands are there. */
export async function mergeStandIns(merge: Merge): Promise<void> {
  const { sql } = merge;
  const standIns = "(FROM t_invocations WHERE stand_in)";
  if ((await sql.number(`SELECT count(*) FROM ${standIns}`)) === 0) return;
  for (const { table, rows } of RESULTS) {
    await gatherRows(merge, table, rows, "t.stand_in");
    await findShadowed(merge, table, standIns);
    await sql.run(
      `DELETE FROM t_added_${table} WHERE (invocation_key, node_key) IN (SELECT (invocation_key, node_key) FROM t_shadowed)`,
    );
  }
  const filled = RESULTS.map(({ table }) => `SELECT invocation_key FROM t_added_${table}`).join(" UNION ");
  const wanted = `(FROM ${standIns} WHERE known OR invocation_key IN (${filled}))`;
  await bring(merge, "invocations", wanted, "invocation_key", INVOCATION_COLUMNS);
  for (const { table } of RESULTS) await addRows(merge, table);
}

/** Takes away what has better: of the runs of this load, whatever it said of them. */
export async function removeStandIns(merge: Merge): Promise<void> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_stand_ins",
    `SELECT invocation_key, run_key, kind FROM ${store}.invocations
     WHERE stand_in AND run_key IN (SELECT run_key FROM t_runs)`,
  );
  if ((await sql.number("SELECT count(*) FROM t_stand_ins")) === 0) return;
  for (const { table } of RESULTS) {
    await findShadowed(merge, table, "t_stand_ins");
    await sql.change(
      `DELETE FROM ${store}.${table} x USING t_shadowed s
       WHERE x.invocation_key = s.invocation_key AND x.node_key = s.node_key`,
    );
  }
  const filled = RESULTS.map(({ table }) => `SELECT invocation_key FROM ${store}.${table}`).join(" UNION ");
  await temp(
    merge,
    "t_done",
    `SELECT invocation_key FROM t_stand_ins JOIN t_runs USING (run_key)
     WHERE results_read OR invocation_key NOT IN (${filled})`,
  );
  for (const table of [...RESULTS.map((results) => results.table), "invocations"]) {
    await sql.change(
      `DELETE FROM ${store}.${table} WHERE invocation_key IN (SELECT invocation_key FROM t_done)`,
    );
  }
}

/** Leaves `t_shadowed`: which nodes of the stand-ins have results by a command of the same run and kind. */
async function findShadowed(merge: Merge, table: string, standIns: string): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_shadowed",
    `SELECT DISTINCT s.invocation_key, x.node_key FROM ${standIns} s
     JOIN ${store}.invocations i ON i.run_key = s.run_key AND i.kind = s.kind AND NOT i.stand_in
     JOIN ${store}.${table} x ON x.invocation_key = i.invocation_key`,
  );
}
