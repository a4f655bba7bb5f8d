/** The tables of a load that waits. `u` is the unit's number; INTEGER columns of bulk tables are words. */

export type StagedType = "INTEGER" | "DOUBLE" | "BOOLEAN" | "VARCHAR" | "VARCHAR[]";
export type Staged = readonly [name: string, type: StagedType];

const unit = ["u", "INTEGER"] as const;
const words = <T extends string>(...names: T[]) => names.map((name) => [name, "INTEGER"] as const);
const numbers = <T extends string>(...names: T[]) => names.map((name) => [name, "DOUBLE"] as const);
const texts = <T extends string>(...names: T[]) => names.map((name) => [name, "VARCHAR"] as const);
const flags = <T extends string>(...names: T[]) => names.map((name) => [name, "BOOLEAN"] as const);

export type BulkTableName = "s_nodes" | "s_edges" | "s_executions" | "s_freshness";
export type RowTableName =
  | "s_words"
  | "s_hierarchies"
  | "s_projects"
  | "s_environments"
  | "s_jobs"
  | "s_units"
  | "s_definitions"
  | "s_runs"
  | "s_invocations"
  | "s_states"
  | "s_reported_health"
  | "s_reported_freshness"
  | "s_conditions"
  | "s_ledger";

/** Columns after `u` are named as in `units.ts`. */
export const BULK_TABLES: Record<BulkTableName, readonly Staged[]> = {
  s_nodes: [
    unit,
    ...words("unique_id", "model_id", "name", "resource_type", "package_name", "version", "alias"),
    ...words("database_name", "schema_name", "description", "materialization", "tags", "owner", "path"),
    ...words("checksum", "attached", "column_name", "test_type", "severity", "source_name", "url"),
    ...numbers("warn_after_s", "error_after_s"),
  ],
  s_edges: [unit, ...words("parent", "child")],
  s_executions: [
    unit,
    ...words("node", "status", "raw_status", "thread", "message", "partition"),
    ...numbers("recorded_at", "started_at", "ended_at", "runtime_s", "compile_s", "execute_s"),
    ...numbers("failures", "rows_affected", "bytes_processed", "attempt"),
  ],
  s_freshness: [
    unit,
    ...words("node", "status", "raw_status", "message"),
    ...numbers("max_loaded_at", "snapshotted_at", "age_s", "warn_after_s", "error_after_s"),
  ],
};

/**
 * In the order in which `staging.ts` fills them. `s_units` says of definitions, runs and invocations where they
 * belong; `s_runs` has the job and the run of runs and invocations alike.
 */
export const ROW_TABLES: Record<RowTableName, readonly Staged[]> = {
  s_words: [["i", "INTEGER"], ...texts("w")],
  s_hierarchies: [unit, ...texts("source_id", "system"), ...numbers("seen_at")],
  s_projects: [
    unit,
    ...texts("project_id", "name", "dbt_project_name", "adapter_type", "url"),
    ...numbers("created_at", "updated_at"),
  ],
  s_environments: [unit, ...texts("project_id", "environment_id", "name", "type")],
  s_jobs: [
    unit,
    ...texts("project_id", "environment_id", "job_id", "name", "schedule"),
    ["commands", "VARCHAR[]"],
    ...texts("url"),
  ],
  s_units: [
    unit,
    ...texts("source_id", "system", "project_id", "project_name", "dbt_project_name", "adapter_type"),
    ...texts("project_url"),
    ...numbers("project_created_at", "project_updated_at"),
    ...texts("environment_id", "environment_name", "environment_type"),
    ...numbers("first_at", "seen_at"),
  ],
  s_definitions: [
    unit,
    ...texts("invocation_id"),
    ...numbers("generated_at"),
    ...texts("schema_version", "dbt_version", "location"),
    ...numbers("node_count"),
    ...texts("digest"),
  ],
  s_runs: [
    unit,
    ...texts("job_id", "job_name", "schedule"),
    ["commands", "VARCHAR[]"],
    ...texts("job_url"),
    ...flags("job_removed"),
    ...texts("run_id"),
    ...flags("derived"),
    ...texts("status", "raw_status"),
    ...numbers("queued_at", "started_at", "ended_at"),
    ...texts("trigger", "commit_sha", "branch", "url", "error_message"),
    ...flags("results_read"),
    ...texts("kind"),
  ],
  s_invocations: [
    unit,
    ...texts("invocation_id", "kind", "command", "command_line"),
    ...flags("builds", "tests", "full_refresh", "complete", "stand_in"),
    ...texts("status"),
    ...numbers("started_at", "ended_at", "elapsed_s"),
    ...texts("dbt_version", "location"),
  ],
  s_states: [unit, ...texts("source_id", "system"), ...numbers("seen_at")],
  s_reported_health: [
    unit,
    ...texts("project_id", "environment_id", "unique_id", "status", "raw_status"),
    ["reasons", "VARCHAR[]"],
    ...numbers("reported_at"),
  ],
  s_reported_freshness: [
    unit,
    ...texts("project_id", "environment_id", "unique_id", "status", "raw_status", "criterion", "message"),
    ...numbers("max_loaded_at", "checked_at", "warn_after_s", "error_after_s"),
  ],
  s_conditions: [unit, ...texts("project_id", "kind", "subject", "severity", "message"), ...numbers("since")],
  s_ledger: [
    unit,
    ...texts("source_id", "system", "scope"),
    ...numbers("synced_at"),
    ...texts("revision", "watermark"),
    ...flags("complete"),
    ["notes", "VARCHAR[]"],
  ],
};

/** The statement that makes one of them, in the connection's temporary schema. */
export function stagingTable(name: string, columns: readonly Staged[]): string {
  const list = columns.map(([column, type]) => `"${column}" ${type}`).join(", ");
  return `CREATE OR REPLACE TEMP TABLE ${name} (${list});`;
}
