/** The artifacts of an execution as dbt writes them: run results v6, sources v3, catalog v1. */
import { artifactTime } from "../times.ts";
import { type Execution, type ExecutionPlan, execute, type NodeResult } from "./execution.ts";
import { FRESHNESS, manifestText, relationName } from "./manifest.ts";
import { hash, noise, uuid } from "./noise.ts";
import { type DbtNode, targetOf, whichOf } from "./project.ts";

export interface ArtifactContext {
  /** As the platform's `DBT_CLOUD_*` variables, which dbt notes in the metadata. */
  env: Readonly<Record<string, string>>;
}

/** The artifacts that a command leaves, by path; each is played through and written when it is asked for. */
export function artifactsOf(
  plan: ExecutionPlan,
  context: ArtifactContext,
): ReadonlyMap<string, () => string> {
  const which = whichOf(plan.command);
  const results = which === "freshness" ? sourcesText : runResultsText;
  return new Map([
    ["manifest.json", () => manifestText(plan.project, manifestMetadata(plan, context))],
    [which === "freshness" ? "sources.json" : "run_results.json", () => results(execute(plan), context)],
    ...(which === "generate" ? [["catalog.json", () => catalogText(execute(plan), context)] as const] : []),
  ]);
}

/** dbt writes the manifest once it has parsed, long before the results. */
function manifestMetadata(plan: ExecutionPlan, context: ArtifactContext) {
  return metadata({ plan, finishedAt: plan.startedAt + 400 }, context, "manifest/v12");
}

function metadata(
  { plan, finishedAt }: Pick<Execution, "plan" | "finishedAt">,
  { env }: ArtifactContext,
  schema: string,
) {
  return {
    dbt_schema_version: `https://schemas.getdbt.com/dbt/${schema}.json`,
    dbt_version: plan.project.dbtVersion,
    generated_at: artifactTime(finishedAt),
    invocation_id: uuid(`${plan.seed} ${plan.command}`),
    invocation_started_at: artifactTime(plan.startedAt - 650),
    env,
  };
}

function runResultsText(execution: Execution, context: ArtifactContext): string {
  const { which, elapsed, plan } = execution;
  return JSON.stringify({
    metadata: metadata(execution, context, "run-results/v6"),
    results: execution.results.map(resultRow),
    elapsed_time: elapsed,
    args: { which, target: targetOf(plan.command), select: [], invocation_command: plan.command, vars: {} },
  });
}

function resultRow(result: NodeResult) {
  const { node, status, message, failures } = result;
  const ran = result.completedAt !== null;
  const isBuilt = node.type !== "test" && node.type !== "exposure";
  return {
    status,
    timing: timing(result),
    thread_id: `Thread-${result.thread + 1} (worker)`,
    execution_time: result.executionTime,
    adapter_response: message === "SUCCESS 1" ? adapterResponse(node) : {},
    message,
    failures,
    unique_id: node.id,
    compiled: ran,
    compiled_code: ran ? `select * from ${node.parents[0] ?? "raw"}` : null,
    relation_name: isBuilt ? relationName(node) : null,
    batch_results: null,
  };
}

function timing({ compileStartedAt, executeStartedAt, completedAt }: NodeResult) {
  if (compileStartedAt === null || executeStartedAt === null || completedAt === null) return [];
  const span = (name: string, start: number, end: number) => ({
    name,
    started_at: artifactTime(start),
    completed_at: artifactTime(end),
  });
  return [
    span("compile", compileStartedAt, executeStartedAt),
    span("execute", executeStartedAt, completedAt),
  ];
}

function adapterResponse(node: DbtNode) {
  const rows = rowCount(node);
  return { _message: "SUCCESS 1", code: "SUCCESS", rows_affected: rows, query_id: uuid(node.id) };
}

function sourcesText(execution: Execution, context: ArtifactContext): string {
  const results = execution.results.map((result) => {
    const hours = { pass: 2, warn: 20, error: 60 }[result.status] ?? 2;
    const asked = result.completedAt ?? execution.finishedAt;
    return {
      unique_id: result.node.id,
      max_loaded_at: artifactTime(asked - hours * 3_600_000).replace("Z", "+00:00"),
      snapshotted_at: artifactTime(asked).replace("Z", "+00:00"),
      max_loaded_at_time_ago_in_s: hours * 3600,
      status: result.status,
      criteria: FRESHNESS,
      adapter_response: {},
      timing: timing(result),
      thread_id: `Thread-${result.thread + 1} (worker)`,
      execution_time: result.executionTime,
    };
  });
  const elapsed = { elapsed_time: execution.elapsed };
  return JSON.stringify({ metadata: metadata(execution, context, "sources/v3"), results, ...elapsed });
}

function catalogText(execution: Execution, context: ArtifactContext): string {
  const entries = (types: readonly string[]) =>
    Object.fromEntries(
      execution.plan.project.nodes
        .filter((node) => types.includes(node.type) && node.materialized !== "ephemeral")
        .map((node) => [node.id, catalogEntry(node)]),
    );
  return JSON.stringify({
    metadata: metadata(execution, context, "catalog/v1"),
    nodes: entries(["model", "seed", "snapshot"]),
    sources: entries(["source"]),
    errors: null,
  });
}

function catalogEntry(node: DbtNode) {
  const stat = (id: string, label: string, value: unknown) => [
    id,
    { id, label, value, include: true, description: label },
  ];
  const rows = rowCount(node);
  const isView = node.materialized === "view";
  return {
    metadata: {
      type: isView ? "VIEW" : "BASE TABLE",
      schema: node.schema,
      name: node.name.split(".").at(-1),
      database: "warehouse",
      comment: null,
      owner: "TRANSFORMER",
    },
    columns: { id: { type: "NUMBER", index: 1, name: "id", comment: null } },
    stats: Object.fromEntries([
      stat("has_stats", "Has stats?", !isView),
      ...(isView ? [] : [stat("row_count", "Row count", rows), stat("bytes", "Approximate size", rows * 96)]),
    ]),
    unique_id: node.id,
  };
}

function rowCount(node: DbtNode): number {
  return Math.floor(noise(hash(node.id)) * 1_000_000);
}
