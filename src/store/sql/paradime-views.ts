/**
 * The tables of Paradime's metadata SDK, by their names and columns, over the facts of every system.
 *
 * As there, they tell of the last result of a node in each schedule. Otherwise than there, failed commands are in them,
 * names are right, exposures and sources have rows too, and tests count within their own schedule only, from the run of the
 * model on.
 */
import {
  count,
  flag,
  json,
  number,
  type Relation,
  type RelationColumn,
  text,
  texts,
  time,
  WITH_PLACE,
} from "./relation.ts";

const NONE = "null: runlens does not keep it";
const noText = (name: string): RelationColumn => text(name, "NULL::VARCHAR", NONE);
const noJson = (name: string): RelationColumn => json(name, "NULL::JSON", NONE);
const list = (sql: string): string => `coalesce(${sql}, []::VARCHAR[])`;

/** Neighbours in the graph, for a WITH clause. */
const NEIGHBOURS = `
  parents AS (
    SELECT x.child_key AS node_key, list(n.unique_id ORDER BY n.unique_id) AS ids,
      list(n.unique_id ORDER BY n.unique_id) FILTER (n.resource_type = 'model') AS models,
      list(n.unique_id ORDER BY n.unique_id) FILTER (n.resource_type = 'source') AS sources
    FROM edges x JOIN nodes n ON n.node_key = x.parent_key GROUP BY x.child_key),
  children AS (
    SELECT x.parent_key AS node_key, list(n.unique_id ORDER BY n.unique_id) AS ids,
      list(n.unique_id ORDER BY n.unique_id) FILTER (n.resource_type IN ('test', 'unit_test')) AS tests
    FROM edges x JOIN nodes n ON n.node_key = x.child_key GROUP BY x.parent_key)`;
const WITH_NEIGHBOURS = `LEFT JOIN parents ON parents.node_key = n.node_key
  LEFT JOIN children ON children.node_key = n.node_key`;

const SCHEDULE = text("schedule_name", "j.job_id", "the job's id, which in Paradime is the schedule's slug");
const PLACE: readonly RelationColumn[] = [
  text("project_id", "p.project_id", "project; not in Paradime's table"),
  text("environment", "e.name", "environment; not in Paradime's table"),
];
const CONFIG = json(
  "config",
  "json_object('materialized', n.materialization, 'severity', n.severity)",
  "what is known of its configuration",
);

const RUN_RESULTS: Relation = {
  name: "dbt_run_results",
  comment: "The last result of each node in each job (Paradime's table).",
  columns: [
    text("unique_id", "n.unique_id", "dbt's unique_id"),
    text("name", "n.name", "name without project"),
    text("resource_type", "n.resource_type", "model, test, seed, snapshot and so on"),
    text("status", "x.status", "success, error, skipped and so on; for tests pass, fail, warn"),
    number("execution_time", "x.runtime_s", "seconds"),
    time("executed_at", "x.recorded_at", "when it ended"),
    SCHEDULE,
    texts("depends_on", list("parents.ids"), "unique_ids of what it needs"),
    text(
      "error_message",
      "CASE WHEN x.status NOT IN ('success', 'pass', 'no_op', 'reused') THEN x.message END",
      "what the system said, unless it went well",
    ),
    text("schema_name", "n.schema_name", "schema of the relation"),
    text("database_name", "n.database_name", "database of the relation"),
    text("model_type", "coalesce(n.materialization, 'unknown')", "materialization"),
    CONFIG,
    texts("tags", list("n.tags"), "its tags"),
    noJson("meta"),
    time(
      "compile_started_at",
      "CASE WHEN x.compile_s IS NOT NULL THEN x.started_at END",
      "when compiling began",
    ),
    time("compile_completed_at", "x.started_at + to_seconds(x.compile_s)", "when compiling ended"),
    time("execute_started_at", "x.ended_at - to_seconds(x.execute_s)", "when executing began"),
    time("execute_completed_at", "x.ended_at", "when executing ended"),
    text("thread_id", "x.thread", "thread that ran it"),
    json(
      "adapter_response",
      "json_object('rows_affected', x.rows_affected, 'bytes_processed', x.bytes_processed)",
      "rows and bytes, as the adapter says",
    ),
    text("alias", "n.alias", "name of the relation"),
    text("materialized_type", "n.materialization", "materialization"),
    text("description", "n.description", "its documentation"),
    noText("access"),
    noText("language"),
    text("package_name", "n.package_name", "package that defines it"),
    text("owner", "n.owner", "owner, where declared"),
    noText("compiled_sql"),
    noText("raw_sql"),
    noJson("columns"),
    texts("children_l1", list("children.ids"), "unique_ids of what needs it"),
    texts("parents_models", list("parents.models"), "models among what it needs"),
    texts("parents_sources", list("parents.sources"), "sources among what it needs"),
    text("original_file_path", "n.path", "file in the project"),
    noText("root_path"),
    ...PLACE,
    text("run_id", "r.run_id", "the run that it is of; not in Paradime's table"),
  ],
  // Only commands that build or test: what `dbt compile` or `dbt docs` say of a node is no result of it.
  before: `${NEIGHBOURS},
    last_results AS (
      SELECT x.*, i.job_key, i.run_key FROM executions x JOIN invocations i ON i.invocation_key = x.invocation_key
      JOIN nodes n ON n.node_key = x.node_key
      WHERE x.status <> 'running'
        AND CASE WHEN n.resource_type IN ('test', 'unit_test') THEN coalesce(i.tests, true) ELSE x.builds END
      QUALIFY row_number() OVER (PARTITION BY x.node_key, i.job_key
        ORDER BY x.recorded_at DESC, x.attempt DESC, x.invocation_key DESC) = 1)`,
  from: `FROM last_results x JOIN nodes n ON n.node_key = x.node_key ${WITH_PLACE}
    LEFT JOIN jobs j ON j.job_key = x.job_key LEFT JOIN runs r ON r.run_key = x.run_key ${WITH_NEIGHBOURS}`,
};

const period = (column: string): string =>
  `CASE WHEN ${column} IS NOT NULL THEN {'count': (${column} / 60)::BIGINT, 'period': 'minute'} END`;

const FRESHNESS_RESULTS: Relation = {
  name: "dbt_source_freshness_results",
  comment: "How fresh each source was found last in each job (Paradime's table).",
  columns: [
    text("unique_id", "n.unique_id", "dbt's unique_id"),
    text("source_name", "n.source_name", "source system"),
    text("name", "n.name", "table"),
    text("table_name", "n.name", "table"),
    SCHEDULE,
    text("freshness_status", "replace(x.status, '_', ' ')", "pass, warn, error, runtime error or unchecked"),
    flag(
      "freshness_checked",
      "x.status NOT IN ('runtime_error', 'unchecked')",
      "false where it could not be checked",
    ),
    time("max_loaded_at", "x.max_loaded_at", "newest row that was found"),
    time("snapshotted_at", "x.checked_at", "when it was looked at"),
    number("max_loaded_at_time_ago_in_s", "x.age_s", "age of the newest row then, in seconds"),
    number("hours_since_load", "x.age_s / 3600", "the same in hours"),
    number(
      "error_after_hours",
      "x.error_after_s / 3600",
      "age in hours at which it is an error, whatever the period",
    ),
    number("warn_after_hours", "x.warn_after_s / 3600", "age in hours at which it is a warning"),
    json(
      "criteria",
      `to_json({'warn_after': ${period("x.warn_after_s")}, 'error_after': ${period("x.error_after_s")}})`,
      "the same as dbt writes it, in minutes",
    ),
    text("database", "n.database_name", "database of the relation"),
    text("schema_name", "n.schema_name", "schema of the relation"),
    text("identifier", "n.alias", "name of the relation"),
    text("description", "n.description", "its documentation"),
    noText("source_description"),
    noText("comment"),
    noJson("meta"),
    texts("tags", list("n.tags"), "its tags"),
    text("owner", "n.owner", "owner, where declared"),
    noText("loader"),
    noText("type"),
    number("run_elapsed_time", "x.elapsed_s", "seconds of the command that looked"),
    time("run_generated_at", "x.ended_at", "when that command ended"),
    texts("children_l1", list("children.ids"), "unique_ids of what needs it"),
    noJson("columns"),
    noJson("stats"),
    texts("tests", list("children.tests"), "tests on it"),
    text("error_message", "x.message", "why it could not be checked"),
    text(
      "alert_level",
      "CASE x.status WHEN 'error' THEN 'Critical - Data is stale' WHEN 'warn' THEN 'Warning - Data aging' WHEN 'pass' THEN 'Fresh' END",
      "the verdict in words; null where there is none",
    ),
    ...PLACE,
  ],
  before: `${NEIGHBOURS},
    checks AS (
      SELECT f.node_key, i.job_key, f.status, f.max_loaded_at, coalesce(f.snapshotted_at, i.ended_at) AS checked_at,
        f.age_s, f.warn_after_s, f.error_after_s, f.message, i.elapsed_s, i.ended_at
      FROM freshness f JOIN invocations i ON i.invocation_key = f.invocation_key
      UNION ALL BY NAME
      SELECT node_key, status, max_loaded_at, checked_at, epoch(checked_at - max_loaded_at) AS age_s, warn_after_s,
        error_after_s, message
      FROM reported_freshness),
    last_checks AS (
      SELECT * FROM checks
      QUALIFY row_number() OVER (PARTITION BY node_key, job_key ORDER BY checked_at DESC NULLS LAST) = 1)`,
  from: `FROM last_checks x JOIN nodes n ON n.node_key = x.node_key ${WITH_PLACE}
    LEFT JOIN jobs j ON j.job_key = x.job_key ${WITH_NEIGHBOURS}`,
};

const MODEL_METADATA: Relation = {
  name: "model_metadata",
  comment: "Every node as last defined, once for each job of its environment (Paradime's table).",
  columns: [
    text("unique_id", "n.unique_id", "dbt's unique_id"),
    text("name", "n.name", "name without project"),
    text("resource_type", "n.resource_type", "model, test, source, exposure and so on"),
    texts("depends_on", list("parents.ids"), "unique_ids of what it needs"),
    CONFIG,
    texts("tags", list("n.tags"), "its tags"),
    noJson("meta"),
    SCHEDULE,
    text("description", "n.description", "its documentation"),
    noJson("columns"),
    texts("parents", list("parents.ids"), "as depends_on"),
    texts("children", list("children.ids"), "unique_ids of what needs it"),
    text("original_file_path", "n.path", "file in the project"),
    noText("root_path"),
    ...PLACE,
  ],
  before: NEIGHBOURS,
  from: `FROM nodes n ${WITH_PLACE}
    LEFT JOIN jobs j ON j.environment_key = n.environment_key AND NOT coalesce(j.removed, false) ${WITH_NEIGHBOURS}
    WHERE n.definition_key = e.definition_key OR e.definition_key IS NULL`,
};

/** Columns that `models_with_tests` has from `dbt_run_results`. */
const TESTED = [
  "unique_id",
  "name",
  "resource_type",
  "status",
  "execution_time",
  "executed_at",
  "schedule_name",
  "depends_on",
  "schema_name",
  "database_name",
  "error_message",
  "alias",
  "materialized_type",
  "description",
  "meta",
  "tags",
  "owner",
  "package_name",
  "language",
  "access",
  "compiled_sql",
  "raw_sql",
  "columns",
  "children_l1",
  "parents_models",
  "parents_sources",
  "project_id",
  "environment",
];

const MODELS_WITH_TESTS: Relation = {
  name: "models_with_tests",
  comment:
    "Models of dbt_run_results with the tests that depend on them, and Paradime's three-word health (Paradime's view).",
  columns: [
    ...RUN_RESULTS.columns
      .filter(({ name }) => TESTED.includes(name))
      .map((column) => ({ ...column, sql: `m."${column.name}"` })),
    count(
      "total_tests",
      "coalesce(t.total, 0)",
      "tests with a result in the same run of the job, or a later one",
    ),
    count("failed_tests", "coalesce(t.failed, 0)", "those that failed or could not run"),
    text(
      "health_status",
      "CASE WHEN m.status IN ('error', 'fail') THEN 'Critical' WHEN t.failed > 0 THEN 'Warning' ELSE 'Healthy' END",
      "Critical, Warning or Healthy, by Paradime's rule, which calls skipped models healthy",
    ),
  ],
  // What failed before the model ran anew is done with. That table has no older run beside the model's: here it may.
  before: `tests AS (
    SELECT m.unique_id, m.schedule_name, m.project_id, m.environment, count(*) AS total,
      count(*) FILTER (t.status IN ('fail', 'error')) AS failed
    FROM dbt_run_results m JOIN (
      SELECT *, unnest(depends_on) AS tested_id FROM dbt_run_results WHERE resource_type = 'test') t
      ON t.tested_id = m.unique_id AND t.project_id = m.project_id AND t.environment = m.environment
        AND t.schedule_name IS NOT DISTINCT FROM m.schedule_name
        AND (t.run_id = m.run_id OR t.executed_at >= m.executed_at)
    GROUP BY ALL)`,
  from: `FROM dbt_run_results m LEFT JOIN tests t ON t.unique_id = m.unique_id AND t.project_id = m.project_id
      AND t.environment = m.environment AND t.schedule_name IS NOT DISTINCT FROM m.schedule_name
    WHERE m.resource_type = 'model'`,
};

export const PARADIME_VIEWS: readonly Relation[] = [
  RUN_RESULTS,
  FRESHNESS_RESULTS,
  MODEL_METADATA,
  MODELS_WITH_TESTS,
];
