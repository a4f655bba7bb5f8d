/** Where a walk through the graph begins: at a model or another node, or at everything that failed in a run. */
import sql from "sql-template-tag";
import { RunlensError } from "../errors.ts";
import { lastAttempts } from "./attempts.ts";
import { all, amongKeys, type Facts } from "./facts.ts";
import { isCurrent } from "./filters.ts";
import { type FoundRun, findModel } from "./find.ts";
import { describe, firstLine } from "./health.ts";
import { FAILED } from "./run-facts.ts";
import type { Scope } from "./scope.ts";
import { groupBy } from "./statistics.ts";

/** `reasons` say what failed there in a run; none where the root was asked for by name. */
export interface Root {
  key: number;
  name: string;
  resource_type: string;
  environment_key: number;
  reasons: string[];
}

/** The node of this name: a model as everywhere else, or a seed, snapshot, source table or exposure. */
export async function namedRoot(facts: Facts, scope: Scope, reference: string): Promise<Root> {
  try {
    const { node_key: key, environment_key, model_id: name } = await findModel(facts, scope, reference);
    return { key, name, resource_type: "model", environment_key, reasons: [] };
  } catch (error) {
    if (!(error instanceof RunlensError) || error.code !== "NOT_FOUND") throw error;
    const [only, ...others] = await otherNodes(facts, scope, reference);
    if (only === undefined) throw error;
    if (others.length === 0) return { ...only, reasons: [] };
    const ids = [only, ...others].slice(0, 10).map((node) => node.unique_id);
    throw new RunlensError(
      "INVALID_INPUT",
      `"${reference}" could be ${others.length + 1} nodes.`,
      `Pass model_id as one of: ${ids.join(", ")}; or give project_id.`,
    );
  }
}

function otherNodes(facts: Facts, scope: Scope, reference: string) {
  return facts.rows<Omit<Root, "reasons"> & { unique_id: string }>(sql`
    SELECT n.node_key AS key, n.environment_key, n.unique_id, n.resource_type,
           CASE WHEN n.resource_type = 'source' THEN coalesce(n.source_name || '.', '') || n.name ELSE n.model_id END AS name
    FROM nodes n JOIN environments e USING (environment_key)
    WHERE ${all([amongKeys("n.environment_key", scope.environmentKeys), isCurrent])}
      AND n.resource_type IN ('seed', 'snapshot', 'source', 'exposure')
      AND ${reference} IN (n.unique_id, n.model_id, n.name, n.source_name || '.' || n.name)
    ORDER BY n.unique_id, n.node_key`);
}

/** What failed in a run, each node once: a test that failed makes the node wrong that it is about. */
export async function failedRoots(facts: Facts, run: FoundRun): Promise<Root[]> {
  const mine = `(SELECT * FROM invocations WHERE run_key = ${Math.trunc(run.run_key)})`;
  const rows = await facts.rows<Omit<Root, "reasons"> & Failure>(sql`
    WITH failed AS (
      SELECT x.node_key, x.status, x.message, x.failures FROM (${lastAttempts(mine)}) x WHERE x.status IN (${FAILED})
      UNION ALL
      SELECT f.node_key, f.status, f.message, NULL FROM freshness f JOIN invocations i USING (invocation_key)
      WHERE i.run_key = ${run.run_key} AND f.status IN ('error', 'runtime_error'))
    SELECT n.node_key AS key, n.environment_key, n.resource_type, t.name AS failed_name, t.resource_type AS failed_type, t.severity,
           CASE WHEN n.resource_type = 'source' THEN coalesce(n.source_name || '.', '') || n.name ELSE n.model_id END AS name,
           f.status, f.message, f.failures
    FROM failed f JOIN nodes t ON t.node_key = f.node_key JOIN nodes n ON n.node_key = coalesce(t.attached_key, t.node_key)
    ORDER BY n.resource_type <> 'model', name, n.node_key, failed_name`);
  return [...groupBy(rows, (row) => row.key).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { key, name, resource_type, environment_key } = first;
    return [{ key, name, resource_type, environment_key, reasons: group.map(reasonOf) }];
  });
}

type Failure = {
  failed_name: string;
  failed_type: string;
  severity: string | null;
  status: string;
  message: string | null;
  failures: number | null;
};

function reasonOf({ failed_name: name, failed_type, severity, status, message, failures }: Failure): string {
  if (failed_type === "test" || failed_type === "unit_test") {
    const test = {
      name,
      severity,
      status: status === "error" ? "error" : "fail",
      message,
      failures,
    } as const;
    return `test ${name} ${describe(test)}`;
  }
  if (failed_type === "source") {
    return status === "error"
      ? "is staler than its policy allows"
      : `freshness could not be checked: ${firstLine(message) ?? "no message"}`;
  }
  return `${status === "partial_success" ? "failed in part" : "failed"}: ${firstLine(message) ?? "no message"}`;
}
