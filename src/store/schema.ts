/**
 * The one schema in which the facts of all systems are kept.
 *
 * Portable SQL only: no primary or unique keys, no ON CONFLICT, no ENUM (reference: DuckLake has none of
 * them, and keys double load times). `*_key` columns are integers that the writer hands out; they hold
 * within one store and never leave it. All times are UTC, all durations seconds.
 */

/** A change of the tables below raises this; each version has a folder of its own beside the others. */
export const SCHEMA_VERSION = 3;

export interface Column {
  name: string;
  type: "INTEGER" | "BIGINT" | "DOUBLE" | "BOOLEAN" | "TIMESTAMP" | "VARCHAR" | "VARCHAR[]";
  /** What it says to someone who writes SQL; empty for keys. */
  comment: string;
}

export interface Table {
  name: string;
  comment: string;
  columns: readonly Column[];
}

const key = (name: string): Column => ({ name, type: "INTEGER", comment: "" });
const text = (name: string, comment: string): Column => ({ name, type: "VARCHAR", comment });
const time = (name: string, comment: string): Column => ({ name, type: "TIMESTAMP", comment });
const seconds = (name: string, comment: string): Column => ({ name, type: "DOUBLE", comment });
const flag = (name: string, comment: string): Column => ({ name, type: "BOOLEAN", comment });
const count = (name: string, comment: string): Column => ({ name, type: "BIGINT", comment });
const texts = (name: string, comment: string): Column => ({ name, type: "VARCHAR[]", comment });

export const TABLES = [
  {
    name: "meta",
    comment: "What this file is.",
    columns: [text("name", "schema_version or created_by"), text("value", "its value")],
  },
  {
    name: "sources",
    comment: "Where facts came from.",
    columns: [
      key("source_key"),
      text("source_id", "system, host and account, or the real path of the artifacts"),
      text("system", "artifacts, dbt-cloud, paradime or dagster"),
      flag("described", "true where it tells of all its projects, environments and jobs"),
    ],
  },
  {
    name: "projects",
    comment: "dbt projects, or Dagster code locations.",
    columns: [
      key("project_key"),
      key("source_key"),
      text("project_id", "id in its system; for artifacts the dbt project name"),
      text("name", "display name"),
      text("dbt_project_name", "name in dbt_project.yml"),
      text("adapter_type", "duckdb, snowflake, bigquery and so on"),
      text("url", "its page in the vendor's product"),
      time("created_at", "first seen, or created upstream"),
      time("updated_at", "last change that was seen"),
      flag("removed", "true where its system no longer has it"),
    ],
  },
  {
    name: "environments",
    comment: "Where a project runs: production, staging or another dbt target.",
    columns: [
      key("environment_key"),
      key("project_key"),
      key("source_key"),
      text("environment_id", "id in its system; for artifacts the dbt target"),
      text("name", "display name"),
      text("type", "production, staging, development or other"),
      key("definition_key"),
      flag("removed", "true where its system no longer has it"),
    ],
  },
  {
    name: "jobs",
    comment: "What is run again and again.",
    columns: [
      key("job_key"),
      key("project_key"),
      key("source_key"),
      key("environment_key"),
      text("job_id", "id in its system"),
      text("name", "display name"),
      text("schedule", "cron expression, where known"),
      texts("commands", "normalised command lines"),
      text("url", "its page in the vendor's product"),
      flag("removed", "true where its system no longer has it"),
    ],
  },
  {
    name: "runs",
    comment: "One execution of a job: all its commands.",
    columns: [
      key("run_key"),
      key("source_key"),
      key("project_key"),
      key("environment_key"),
      key("job_key"),
      text("run_id", "id in its system"),
      text("status", "success, failure, cancelled, running, queued or unknown"),
      text("raw_status", "the word of the system where it differs"),
      time("queued_at", "when it was asked for"),
      time("started_at", "when its first command began"),
      time("ended_at", "when its last command ended"),
      seconds("runtime_s", "seconds from start to end"),
      text("trigger", "schedule, manual, api and so on"),
      text("commit_sha", "commit of the code that ran"),
      text("branch", "branch of the code that ran"),
      text("url", "its page in the vendor's product"),
      text("error_message", "why it failed, where the system says so of the run itself"),
      flag("derived", "true where the row was computed from the run's invocations"),
      flag("results_read", "true where the results of all its commands have been read"),
      text("kind", "what part of its job it did: full, retry, partial, backfill, ad_hoc or unstarted"),
    ],
  },
  {
    name: "definitions",
    comment: "States of a project's definitions (dbt manifests).",
    columns: [
      key("definition_key"),
      key("source_key"),
      key("project_key"),
      key("environment_key"),
      text("invocation_id", "the dbt invocation that wrote it"),
      time("generated_at", "when it was written"),
      text("schema_version", "version of the file format"),
      text("dbt_version", "version of dbt"),
      text("location", "the file, or the address upstream"),
      count("node_count", "nodes in it"),
      text("digest", "fingerprint of its nodes and edges"),
      flag("guessed", "true where nothing has said yet that it is of this environment"),
    ],
  },
  {
    name: "invocations",
    comment: "The commands of a run.",
    columns: [
      key("invocation_key"),
      key("source_key"),
      key("project_key"),
      key("environment_key"),
      key("job_key"),
      key("run_key"),
      key("definition_key"),
      text("invocation_id", "dbt's id of the invocation"),
      text("kind", "results or freshness"),
      text("command", "build, run, test, source-freshness and so on"),
      text("command_line", "normalised command line"),
      flag("builds", "true where its timings are builds of models"),
      flag("tests", "true where its test statuses are test results"),
      flag("full_refresh", "true for --full-refresh"),
      flag("own_definition", "true where definition_key was written by this invocation"),
      flag("complete", "false where not all of its results have been seen"),
      text("status", "as of a run"),
      time("started_at", "when it began"),
      time("ended_at", "when it ended"),
      seconds("elapsed_s", "wall-clock seconds"),
      text("dbt_version", "version of dbt"),
      text("location", "the file, or the address upstream"),
      flag("stand_in", "true for last results of a run whose command is not told"),
    ],
  },
  {
    name: "nodes",
    comment: "Models, tests, seeds, snapshots, sources and exposures, as last defined in an environment.",
    columns: [
      key("node_key"),
      key("source_key"),
      key("project_key"),
      key("environment_key"),
      key("definition_key"),
      text("unique_id", "dbt's unique_id"),
      text("model_id", "project.model"),
      text("name", "name without project"),
      text("resource_type", "model, test, unit_test, seed, snapshot, source, exposure and so on"),
      text("package_name", "package that defines it"),
      text("version", "version of a versioned model"),
      text("alias", "name of the relation"),
      text("database_name", "database of the relation"),
      text("schema_name", "schema of the relation"),
      text("description", "its documentation"),
      text("materialization", "view, table, incremental, ephemeral and so on"),
      texts("tags", "its tags"),
      text("owner", "owner, where declared"),
      text("path", "file in the project"),
      text("checksum", "checksum of its code"),
      key("attached_key"),
      text("column_name", "column that a test is about"),
      text("test_type", "unique, not_null, singular and so on"),
      text("severity", "severity of a test, lower case"),
      text("source_name", "source system of a source table"),
      seconds("warn_after_s", "age at which a source is a warning"),
      seconds("error_after_s", "age at which a source is an error"),
      text("url", "address of an exposure"),
    ],
  },
  {
    name: "node_versions",
    comment: "Since when a node had which code and materialization.",
    columns: [
      key("node_key"),
      text("checksum", "checksum of its code"),
      text("materialization", "its materialization then"),
      time("first_seen_at", "first definition that had it so"),
      time("last_seen_at", "last definition that had it so"),
    ],
  },
  {
    name: "edges",
    comment: "What depends on what, as last defined in an environment.",
    columns: [key("source_key"), key("environment_key"), key("parent_key"), key("child_key")],
  },
  {
    name: "executions",
    comment: "One attempt of one node in one invocation.",
    columns: [
      key("source_key"),
      key("invocation_key"),
      key("node_key"),
      text("status", "success, error, skipped and so on; for tests pass, fail, warn"),
      text("raw_status", "the word of the system where it differs"),
      flag("builds", "true where runtime_s is the time of a build"),
      time("recorded_at", "when it ended or, where that is unknown, when its invocation did"),
      time("started_at", "when it began"),
      time("ended_at", "when it ended"),
      seconds("runtime_s", "wall-clock seconds on its thread"),
      seconds("compile_s", "seconds of compiling"),
      seconds("execute_s", "seconds of executing"),
      text("thread", "thread that ran it"),
      text("message", "error or warning of the system, as it was"),
      count("failures", "failing rows of a test"),
      count("rows_affected", "rows, as the adapter says"),
      count("bytes_processed", "bytes, as the adapter says"),
      count("attempt", "1 for the first attempt in its run"),
      text("partition", "partition that was built"),
    ],
  },
  {
    name: "freshness",
    comment: "Freshness of sources, as found by an invocation.",
    columns: [
      key("source_key"),
      key("invocation_key"),
      key("node_key"),
      text("status", "pass, warn, error or runtime_error"),
      text("raw_status", "the word of the system where it differs"),
      time("max_loaded_at", "newest row that was found"),
      time("snapshotted_at", "when it was looked at"),
      seconds("age_s", "age of the newest row then"),
      seconds("warn_after_s", "age at which it is a warning"),
      seconds("error_after_s", "age at which it is an error"),
      text("message", "why it could not be checked"),
    ],
  },
  {
    name: "reported_health",
    comment: "What a system itself says of the health of its nodes, as last told.",
    columns: [
      key("source_key"),
      key("node_key"),
      text("status", "healthy, warning, critical or unknown"),
      text("raw_status", "the word of the system where it differs"),
      texts("reasons", "why, in words"),
      time("reported_at", "since when the system says so, where it tells"),
    ],
  },
  {
    name: "reported_freshness",
    comment: "How fresh nodes are by the word of a system that holds them to policies, as last told.",
    columns: [
      key("source_key"),
      key("node_key"),
      text("status", "pass, warn, error, runtime_error or unchecked"),
      text("raw_status", "the word of the system where it differs"),
      text("criterion", "what it is held to, in words; null where the ages say it"),
      text("message", "what else is to be said of it"),
      time("max_loaded_at", "when it was last made"),
      time("checked_at", "when it was looked at"),
      seconds("warn_after_s", "age at which it is a warning"),
      seconds("error_after_s", "age at which it is an error"),
      time("stale_since", "when it was first found stale, and not fresh since"),
    ],
  },
  {
    name: "conditions",
    comment: "What is wrong with a system itself, as last told.",
    columns: [
      key("source_key"),
      key("project_key"),
      text("kind", "code_location, daemon, schedule or sensor"),
      text("subject", "name of what is in trouble"),
      text("severity", "critical or warning"),
      text("message", "what is wrong with it"),
      time("since", "since when, where the system tells"),
    ],
  },
  {
    name: "ledger",
    comment: "What has been fetched, when, and what was wrong with it.",
    columns: [
      key("source_key"),
      text("scope", "set of facts with one age"),
      time("synced_at", "when it was last fetched"),
      text("revision", "fingerprint of what was fetched"),
      text("watermark", "where the next fetch begins"),
      flag("complete", "false where a part is missing"),
      texts("notes", "what was missing or could not be read"),
    ],
  },
] as const satisfies readonly Table[];

/** `CREATE TABLE` statements for all tables in `catalog`. */
export function createTables(catalog: string): string {
  return TABLES.map((table) => {
    const columns = table.columns.map((column) => `"${column.name}" ${column.type}`).join(", ");
    return `CREATE TABLE ${catalog}.${table.name} (${columns});`;
  }).join("\n");
}
