/** What the results of one source do to runs of which another source knew only the frame. Needs `same_runs`. */
import { subjectOf } from "./commands.ts";
import { UNNAMED } from "./likeness.ts";
import type { Look } from "./look.ts";

/**
 * Leaves `told_runs`: runs of which the results are all there with what other sources brought, that is, those of
 * every command of the job that builds or tests.
 */
export function findToldRuns(look: Look): Promise<number> {
  return look.temp(
    "told_runs",
    `WITH told AS (
       SELECT coalesce(s.same_as, i.run_key) AS run_key, list(DISTINCT ${subjectOf("i.command_line")}) AS commands
       FROM ${look.catalog}.invocations i LEFT JOIN same_runs s ON s.run_key = i.run_key
       WHERE i.complete AND NOT ${UNNAMED} AND i.invocation_key NOT IN (SELECT invocation_key FROM hidden_invocations)
         AND coalesce(s.same_as, i.run_key) IN (SELECT same_as FROM same_runs) GROUP BY ALL)
     SELECT t.run_key FROM told t JOIN placed_runs r USING (run_key)
     WHERE list_has_all(t.commands, coalesce(r.job_commands, []))`,
  );
}

/**
 * Leaves `superseded_executions` and `superseded_freshness`: rows of invocations without dbt's id whose node has
 * results of a command, told by another source, of the same run. Of which nothing is left, and stand-ins of a told
 * run, are added to `hidden_invocations`. Gives the tables that have such rows.
 */
export async function findSuperseded(look: Look): Promise<string[]> {
  const { catalog } = look;
  const unnamed = await look.temp(
    "joined_unnamed",
    `SELECT invocation_key, run_key, kind, stand_in FROM ${catalog}.invocations
     WHERE ${UNNAMED} AND run_key IN (SELECT same_as FROM same_runs)`,
  );
  if (unnamed === 0) return [];
  await look.temp(
    "joined_commands",
    `SELECT i.invocation_key, coalesce(s.same_as, i.run_key) AS run_key, i.kind
     FROM ${catalog}.invocations i LEFT JOIN same_runs s USING (run_key)
     WHERE NOT ${UNNAMED} AND coalesce(s.same_as, i.run_key) IN (SELECT run_key FROM joined_unnamed)
       AND i.invocation_key NOT IN (SELECT invocation_key FROM hidden_invocations)`,
  );
  await look.run(
    `INSERT INTO hidden_invocations SELECT invocation_key FROM joined_unnamed JOIN told_runs USING (run_key)
     WHERE stand_in AND kind = 'results'`,
  );
  const thinned: string[] = [];
  for (const table of ["executions", "freshness"]) {
    const rows = (of: string): string =>
      `SELECT p.*, x.node_key, coalesce(n.same_as, x.node_key) AS shown_key
       FROM ${catalog}.${table} x JOIN ${of} p USING (invocation_key) LEFT JOIN same_nodes n USING (node_key)`;
    const superseded = await look.temp(
      `superseded_${table}`,
      `SELECT DISTINCT s.invocation_key, s.node_key FROM (${rows("joined_unnamed")}) s
       SEMI JOIN (${rows("joined_commands")}) c
         ON c.run_key = s.run_key AND c.kind = s.kind AND c.shown_key = s.shown_key`,
    );
    if (superseded === 0) continue;
    thinned.push(table);
    await look.run(
      `INSERT INTO hidden_invocations SELECT DISTINCT invocation_key FROM superseded_${table}
       EXCEPT SELECT x.invocation_key FROM ${catalog}.${table} x JOIN joined_unnamed USING (invocation_key)
         ANTI JOIN superseded_${table} h ON h.invocation_key = x.invocation_key AND h.node_key = x.node_key`,
    );
  }
  return thinned;
}
