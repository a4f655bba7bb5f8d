/**
 * Turns what was found to be the same into what the views read: few tables, so that a query joins one at most. They
 * hold keys alone, but for projects, environments and jobs, which are few.
 */
import type { Look } from "./look.ts";

/** What views do beside reading the stored tables. */
export interface Shown {
  /** Tables of which `shown_*` has the rows as they are to be seen. */
  whole: readonly string[];
  /**
   * Tables of which `shown_*` says how rows differ from the stored ones: it has the rows' `key` as `of_key`, new
   * values of `columns` or null, and `hidden` for those that are not to be seen.
   */
  changed: ReadonlyMap<string, { key: string; columns: readonly string[] }>;
  /** Tables of which `key` may be shown as another, which `keys` has as `same_as`. */
  rekeyed: ReadonlyMap<string, { key: string; keys: string }>;
  /** True where some of the `shown_invocations` have results of nodes that go by other keys: `moved_nodes`. */
  moved: boolean;
  /** True where others have results as they are stored. */
  unmoved: boolean;
  /** Tables of results of which `hidden_*` has rows that are not to be seen. */
  thinned: readonly string[];
}

const HIDDEN = "IN (SELECT invocation_key FROM hidden_invocations)";

/** Needs `hidden_invocations` and `same_runs`: only invocations and runs are told twice. */
export async function showInvocations(look: Look): Promise<Shown> {
  const { catalog } = look;
  await look.keep("shown_runs", "SELECT run_key AS of_key, true AS hidden FROM same_runs");
  await look.keep(
    "shown_invocations",
    "SELECT invocation_key AS of_key, true AS hidden FROM hidden_invocations",
  );
  await look.keep("unmoved_invocations", visible(catalog));
  return {
    whole: [],
    changed: new Map([
      ["runs", { key: "run_key", columns: [] }],
      ["invocations", { key: "invocation_key", columns: [] }],
    ]),
    rekeyed: new Map(),
    moved: false,
    unmoved: true,
    thinned: [],
  };
}

const visible = (catalog: string): string =>
  `SELECT invocation_key FROM ${catalog}.invocations JOIN source_places USING (source_key)
   WHERE invocation_key NOT ${HIDDEN}`;

/** Needs everything that the other steps leave. */
export async function showEnvironments(look: Look, thinned: readonly string[]): Promise<Shown> {
  await keepWhole(look);
  await keepRuns(look);
  await keepDefinitions(look);
  const { catalog } = look;
  const silent = "environment_key IN (SELECT environment_key FROM silent_environments)";
  const moved = await look.keep("moved_invocations", `${visible(catalog)} AND ${silent}`);
  const unmoved = await look.keep("unmoved_invocations", `${visible(catalog)} AND NOT ${silent}`);
  for (const table of thinned) await look.keep(`hidden_${table}`, `FROM superseded_${table}`);
  return {
    whole: ["projects", "environments", "jobs"],
    changed: new Map([
      ["runs", { key: "run_key", columns: RUN_COLUMNS }],
      ["invocations", { key: "invocation_key", columns: INVOCATION_COLUMNS }],
      ["definitions", { key: "definition_key", columns: ["project_key", "environment_key"] }],
      ["nodes", { key: "node_key", columns: ["project_key", "environment_key", "attached_key"] }],
      ["edges", { key: "environment_key", columns: ["environment_key"] }],
    ]),
    rekeyed: new Map([
      ["reported_health", { key: "node_key", keys: "node_keys" }],
      ["reported_freshness", { key: "node_key", keys: "node_keys" }],
      ["conditions", { key: "project_key", keys: "project_keys" }],
    ]),
    moved: moved > 0,
    unmoved: unmoved > 0,
    thinned,
  };
}

const KEYS = ["project_key", "environment_key", "job_key"];
const RUN_COLUMNS = [...KEYS, "results_read", "status", "started_at", "ended_at", "runtime_s"];
const INVOCATION_COLUMNS = [...KEYS, "run_key", "definition_key"];

/** Projects, environments and jobs. Removed is only what no source has any more. */
async function keepWhole(look: Look): Promise<void> {
  const { catalog } = look;
  const kept = (table: string, key: string): string =>
    `coalesce(t.removed, false) AND t.${key} NOT IN (SELECT s.same_as FROM same_${table} s JOIN ${catalog}.${table} o USING (${key})
       WHERE NOT coalesce(o.removed, false)) AS removed`;
  const from = (table: string, key: string): string =>
    `FROM ${catalog}.${table} t JOIN source_places places ON places.source_key = t.source_key
     ANTI JOIN same_${table} hidden ON hidden.${key} = t.${key}`;
  const project = "LEFT JOIN same_projects p ON p.project_key = t.project_key";
  await look.keep(
    "shown_projects",
    `SELECT t.* REPLACE (${kept("projects", "project_key")}) ${from("projects", "project_key")}`,
  );
  await look.keep(
    "shown_environments",
    `SELECT t.* REPLACE (${kept("environments", "environment_key")}, coalesce(p.same_as, t.project_key) AS project_key,
       coalesce(d.definition_key, t.definition_key) AS definition_key)
     ${from("environments", "environment_key")} ${project}
     LEFT JOIN defining_environments d ON d.group_key = t.environment_key`,
  );
  await look.keep(
    "shown_jobs",
    `SELECT t.* REPLACE (${kept("jobs", "job_key")}, coalesce(p.same_as, t.project_key) AS project_key,
       coalesce(e.same_as, t.environment_key) AS environment_key)
     ${from("jobs", "job_key")} ${project}
     LEFT JOIN same_environments e ON e.environment_key = t.environment_key`,
  );
}

const PLACED = `LEFT JOIN same_projects p ON p.project_key = t.project_key
  LEFT JOIN same_environments e ON e.environment_key = t.environment_key`;

/** Runs and invocations. */
async function keepRuns(look: Look): Promise<void> {
  const { catalog } = look;
  await look.keep(
    "shown_runs",
    `SELECT t.run_key AS of_key, s.run_key IS NOT NULL AS hidden, p.same_as AS project_key,
       e.same_as AS environment_key, j.same_as AS job_key, CASE WHEN r.run_key IS NOT NULL THEN true END AS results_read,
       parts.status, parts.started_at, parts.ended_at, epoch(parts.ended_at) - epoch(parts.started_at) AS runtime_s
     FROM ${catalog}.runs t ${PLACED} LEFT JOIN same_runs s ON s.run_key = t.run_key
     LEFT JOIN same_jobs j ON j.job_key = t.job_key LEFT JOIN told_runs r ON r.run_key = t.run_key
     LEFT JOIN joined_runs parts ON parts.run_key = t.run_key
     WHERE coalesce(s.run_key, p.same_as, e.same_as, j.same_as, r.run_key, parts.run_key) IS NOT NULL`,
  );
  await look.keep(
    "shown_invocations",
    `SELECT t.invocation_key AS of_key, t.invocation_key ${HIDDEN} AS hidden, p.same_as AS project_key,
       e.same_as AS environment_key, coalesce(r.job_key, j.same_as) AS job_key, r.same_as AS run_key,
       d.same_as AS definition_key
     FROM ${catalog}.invocations t ${PLACED} LEFT JOIN same_runs r ON r.run_key = t.run_key
     LEFT JOIN same_jobs j ON j.job_key = t.job_key LEFT JOIN same_definitions d ON d.definition_key = t.definition_key
     WHERE hidden OR coalesce(p.same_as, e.same_as, r.same_as, j.same_as, d.same_as) IS NOT NULL`,
  );
}

/** Definitions, nodes and edges. Edges join none but nodes that are shown under their own keys. */
async function keepDefinitions(look: Look): Promise<void> {
  const { catalog } = look;
  await look.keep(
    "shown_definitions",
    `SELECT t.definition_key AS of_key, s.definition_key IS NOT NULL AS hidden, p.same_as AS project_key,
       e.same_as AS environment_key
     FROM ${catalog}.definitions t ${PLACED} LEFT JOIN same_definitions s ON s.definition_key = t.definition_key
     WHERE coalesce(s.definition_key, p.same_as, e.same_as) IS NOT NULL`,
  );
  await look.keep(
    "shown_nodes",
    `SELECT t.node_key AS of_key, s.node_key IS NOT NULL AS hidden, p.same_as AS project_key,
       e.same_as AS environment_key, a.same_as AS attached_key
     FROM ${catalog}.nodes t ${PLACED} LEFT JOIN same_nodes s ON s.node_key = t.node_key
     LEFT JOIN same_nodes a ON a.node_key = t.attached_key
     WHERE coalesce(s.node_key, p.same_as, e.same_as, a.same_as) IS NOT NULL`,
  );
  await look.keep(
    "shown_edges",
    `SELECT environment_key AS of_key, true AS hidden, NULL::INTEGER AS environment_key FROM silent_environments
     UNION ALL SELECT environment_key, false, group_key FROM defining_environments`,
  );
  await look.keep("node_keys", "FROM same_nodes");
  await look.keep("project_keys", "FROM same_projects");
  await look.keep(
    "moved_nodes",
    `SELECT t.node_key, coalesce(s.same_as, t.node_key) AS same_as
     FROM ${catalog}.nodes t SEMI JOIN silent_environments USING (environment_key)
     LEFT JOIN same_nodes s ON s.node_key = t.node_key`,
  );
}
