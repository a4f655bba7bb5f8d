/** The commands of a load: each by its id, and only written when something about it is new. */
import { findNodes, mergeResults } from "./results.ts";
import { bring, lastKey, type Merge, temp, timestamp } from "./sql.ts";

export const INVOCATION_COLUMNS = [
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
  "stand_in",
];

/** How many invocations are new or newly complete, and how many executions came with them. */
export interface InvocationsAdded {
  invocations: number;
  executions: number;
}

/** Needs the runs. Leaves `t_invocations`, with the stand-ins, which are not written here and not counted. */
export async function mergeInvocations(merge: Merge, midway: () => void): Promise<InvocationsAdded> {
  const { sql, store } = merge;
  await temp(
    merge,
    "t_invocations",
    `SELECT coalesce(i.known_key, ${lastKey(store, "invocations", "invocation_key")}
         + row_number() OVER (PARTITION BY i.known_key IS NULL ORDER BY x.age)) AS invocation_key,
       i.u, i.known_key IS NOT NULL AS known, i.known_key IS NULL OR (i.complete AND NOT i.known_complete) AS added,
       x.source_key, x.project_key, x.environment_key, k.job_key, r.run_key, i.invocation_id, i.kind, i.command,
       i.command_line, i.builds, i.tests, i.full_refresh, i.complete, i.stand_in, i.status,
       ${timestamp("i.started_at")} AS started_at, ${timestamp("i.ended_at")} AS ended_at,
       i.elapsed_s, i.dbt_version, i.location
     FROM t_invocation_news i JOIN t_units x USING (u) JOIN t_run_units k USING (u)
     JOIN t_runs r ON r.source_key = k.source_key AND r.run_id = k.run_id AND r.among = k.among
     WHERE NOT (i.stand_in AND r.results_read)`,
  );
  const commands = "(FROM t_invocations WHERE NOT stand_in)";
  await bring(merge, "invocations", commands, "invocation_key", INVOCATION_COLUMNS);
  await findNodes(merge);
  midway();
  const executions = await mergeResults(merge);
  const invocations = await sql.number(`SELECT count(*) FROM ${commands} WHERE added`);
  return { invocations, executions };
}

/**
 * Leaves `t_invocation_news`: of several tellings of one invocation the complete one, then the last one; and
 * `t_parts`: which units' results count for it, all of them where none is complete. An invocation is known by its
 * id alone: told under another project or environment, because the configuration has changed, it moves there.
 * `t_told_runs` are the runs and jobs that are told with it or alone. Needs the sources only.
 */
export async function chooseInvocations(merge: Merge): Promise<void> {
  const { store } = merge;
  await temp(
    merge,
    "t_tellings",
    `SELECT i.*, known.invocation_key AS known_key, known.complete AS known_complete,
       known.run_key AS known_run_key, first_value(i.u) OVER w AS head,
       first_value(i.complete) OVER w AS head_complete
     FROM s_invocations i JOIN s_units x USING (u) JOIN ${store}.sources s USING (source_id)
     LEFT JOIN ${store}.invocations known ON known.source_key = s.source_key
       AND known.invocation_id = i.invocation_id AND known.kind = i.kind
     WHERE i.complete OR NOT coalesce(known.complete, false)
     WINDOW w AS (PARTITION BY s.source_key, i.invocation_id, i.kind ORDER BY i.complete DESC, i.u DESC)`,
  );
  await temp(merge, "t_invocation_news", "FROM t_tellings WHERE u = head");
  await temp(merge, "t_parts", "SELECT u, head FROM t_tellings WHERE u = head OR NOT head_complete");
  await temp(
    merge,
    "t_told_runs",
    `FROM s_runs WHERE u NOT IN (SELECT u FROM s_invocations) OR u IN (SELECT u FROM t_invocation_news)`,
  );
}
