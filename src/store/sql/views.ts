/** Views with names in place of keys: what most questions need, without a join. */
import {
  count,
  flag,
  key,
  number,
  PLACE,
  type Relation,
  RUN,
  text,
  texts,
  time,
  WITH_PLACE,
  WITH_RUN,
} from "./relation.ts";

const MODELS: Relation = {
  name: "models",
  comment: "Models (in Dagster assets) as last defined, with how their last build went.",
  columns: [
    text("model_id", "n.model_id", "project.model"),
    text("unique_id", "n.unique_id", "dbt's unique_id"),
    text("name", "n.name", "name without project"),
    ...PLACE,
    text("database_name", "n.database_name", "database of the relation"),
    text("schema_name", "n.schema_name", "schema of the relation"),
    text("description", "n.description", "its documentation"),
    text("materialization", "n.materialization", "view, table, incremental, ephemeral and so on"),
    texts("tags", "n.tags", "its tags"),
    text("owner", "n.owner", "owner, where declared"),
    text("path", "n.path", "file in the project"),
    flag(
      "is_current",
      "coalesce(n.definition_key = e.definition_key, e.definition_key IS NULL, false)",
      "false where the newest definitions no longer have it",
    ),
    text("last_status", "x.latest.status", "how its last build ended"),
    number("last_runtime_s", "x.latest.runtime_s", "seconds that it took"),
    time("last_run_at", "x.last_run_at", "when it ended"),
    time("last_success_at", "x.last_success_at", "when a build last succeeded"),
    key("node_key", "n.node_key", "nodes.node_key"),
  ],
  from: `FROM nodes n ${WITH_PLACE} LEFT JOIN (
      SELECT node_key, max_by({'status': status, 'runtime_s': runtime_s}, (recorded_at, attempt)) AS latest,
        max(recorded_at) AS last_run_at, max(recorded_at) FILTER (status = 'success') AS last_success_at
      FROM executions WHERE builds AND status <> 'running' GROUP BY node_key) x ON x.node_key = n.node_key
    WHERE n.resource_type = 'model'`,
};

const MODEL_RUNS: Relation = {
  name: "model_runs",
  comment: "Every build of a model: one row for each attempt, or partition, in each run.",
  columns: [
    text("model_id", "n.model_id", "project.model"),
    ...PLACE,
    ...RUN,
    text("status", "x.status", "success, error, skipped and so on"),
    time("started_at", "x.started_at", "when it began"),
    time("ended_at", "x.recorded_at", "when it ended or, where that is unknown, when its command did"),
    number("runtime_s", "x.runtime_s", "wall-clock seconds on its thread"),
    number("compile_s", "x.compile_s", "seconds of compiling"),
    number("execute_s", "x.execute_s", "seconds of executing"),
    text("message", "x.message", "error or warning of the system, as it was"),
    count("rows_affected", "x.rows_affected", "rows, as the adapter says"),
    count("bytes_processed", "x.bytes_processed", "bytes, as the adapter says"),
    text("thread", "x.thread", "thread that ran it"),
    count("attempt", "x.attempt", "1 for the first attempt in its run"),
    text("partition", 'x."partition"', "partition that was built"),
    flag("full_refresh", "i.full_refresh", "true for --full-refresh"),
    text("materialization", "n.materialization", "as last defined"),
    texts("tags", "n.tags", "as last defined"),
    text("commit_sha", "r.commit_sha", "commit of the code that ran"),
    key("node_key", "n.node_key", "nodes.node_key"),
  ],
  from: `FROM executions x JOIN nodes n ON n.node_key = x.node_key ${WITH_PLACE} ${WITH_RUN}
    WHERE x.builds AND n.resource_type = 'model'`,
};

const JOB_RUNS: Relation = {
  name: "job_runs",
  comment: "Runs with the names of their job, project and environment.",
  columns: [
    text("run_id", "r.run_id", "run"),
    text("job_id", "j.job_id", "job"),
    text("job_name", "j.name", "its display name"),
    ...PLACE,
    text("kind", "r.kind", "full, retry, partial, backfill, ad_hoc or unstarted"),
    text("status", "r.status", "success, failure, cancelled, running, queued or unknown"),
    time("queued_at", "r.queued_at", "when it was asked for"),
    time("started_at", "r.started_at", "when its first command began"),
    time("ended_at", "r.ended_at", "when its last command ended"),
    number("runtime_s", "r.runtime_s", "seconds from start to end"),
    text("trigger", "r.trigger", "schedule, manual, api and so on"),
    text("commit_sha", "r.commit_sha", "commit of the code that ran"),
    text("branch", "r.branch", "branch of the code that ran"),
    text("error_message", "r.error_message", "why it failed, where the system says so of the run itself"),
    text("url", "r.url", "its page in the vendor's product"),
    key("run_key", "r.run_key", "runs.run_key"),
  ],
  from: `FROM runs r LEFT JOIN jobs j ON j.job_key = r.job_key LEFT JOIN projects p ON p.project_key = r.project_key
    LEFT JOIN environments e ON e.environment_key = r.environment_key`,
};

const TEST_RUNS: Relation = {
  name: "test_runs",
  comment: "Every result of a test (in Dagster an asset check), with what it is about.",
  columns: [
    text("test_id", "n.unique_id", "dbt's unique_id of the test"),
    text("name", "n.name", "name of the test"),
    text("tested_id", "a.unique_id", "unique_id of the node that it is about"),
    text("model_id", "CASE WHEN a.resource_type = 'model' THEN a.model_id END", "the model, where it is one"),
    text("column_name", "n.column_name", "column that it is about"),
    text("test_type", "n.test_type", "unique, not_null, singular and so on"),
    text("severity", "n.severity", "severity, lower case"),
    ...PLACE,
    ...RUN,
    text("status", "x.status", "pass, fail, warn, error or skipped"),
    count("failures", "x.failures", "failing rows"),
    text("message", "x.message", "what the system said"),
    time("ended_at", "x.recorded_at", "when it ended"),
    number("runtime_s", "x.runtime_s", "wall-clock seconds on its thread"),
    key("node_key", "n.node_key", "nodes.node_key"),
  ],
  from: `FROM executions x JOIN nodes n ON n.node_key = x.node_key ${WITH_PLACE} ${WITH_RUN}
    LEFT JOIN nodes a ON a.node_key = n.attached_key
    WHERE n.resource_type IN ('test', 'unit_test') AND coalesce(i.tests, true)`,
};

const SOURCE_CHECKS: Relation = {
  name: "source_checks",
  comment: "Every look at how fresh a source was.",
  columns: [
    text("unique_id", "n.unique_id", "dbt's unique_id of the source table"),
    text("source_name", "n.source_name", "source system"),
    text("name", "n.name", "table"),
    ...PLACE,
    ...RUN,
    text("status", "x.status", "pass, warn, error or runtime_error"),
    time("max_loaded_at", "x.max_loaded_at", "newest row that was found"),
    time("checked_at", "coalesce(x.snapshotted_at, i.ended_at)", "when it was looked at"),
    number("age_s", "x.age_s", "age of the newest row then"),
    number("warn_after_s", "x.warn_after_s", "age at which it is a warning"),
    number("error_after_s", "x.error_after_s", "age at which it is an error"),
    text("message", "x.message", "why it could not be checked"),
    key("node_key", "n.node_key", "nodes.node_key"),
  ],
  from: `FROM freshness x JOIN nodes n ON n.node_key = x.node_key ${WITH_PLACE} ${WITH_RUN}`,
};

const LINEAGE: Relation = {
  name: "lineage",
  comment: "What depends directly on what; WITH RECURSIVE follows it further.",
  columns: [
    text("parent_id", "a.unique_id", "unique_id of what is needed"),
    text("parent_type", "a.resource_type", "its resource_type"),
    text("child_id", "n.unique_id", "unique_id of what needs it"),
    text("child_type", "n.resource_type", "its resource_type"),
    ...PLACE,
  ],
  from: `FROM edges x JOIN nodes a ON a.node_key = x.parent_key JOIN nodes n ON n.node_key = x.child_key ${WITH_PLACE}`,
};

export const VIEWS: readonly Relation[] = [MODELS, MODEL_RUNS, JOB_RUNS, TEST_RUNS, SOURCE_CHECKS, LINEAGE];
