/** The chain downstream of something that takes longest to build. */
import sql from "sql-template-tag";
import { amongKeys, type Facts, roundSeconds } from "./facts.ts";
import type { Graph, GraphNode } from "./graph.ts";
import type { Downstream } from "./lineage-answers.ts";

/** Successful runs over which each node is averaged. */
export const RUNS_AVERAGED = 5;

export interface Chain {
  /** Null where there is none. */
  seconds: number | null;
  models: Downstream["critical_path"];
}

/** The chain from one of the roots; among `within` alone, where a depth leaves something out. */
export async function longestChain(
  facts: Facts,
  graph: Graph,
  roots: readonly number[],
  { environmentKeys, within }: { environmentKeys: readonly number[]; within: readonly GraphNode[] | null },
): Promise<Chain> {
  const times = await averageRuntimes(facts, environmentKeys);
  const inside = within === null ? null : new Set([...roots, ...within.map((node) => node.key)]);
  const chain = graph.heaviestChain(roots, ({ key }) =>
    inside?.has(key) === false ? null : (times.get(key) ?? 0),
  );
  const models = chain.filter((node) => times.has(node.key) || node.resource_type === "model");
  const total = models.reduce((sum, node) => sum + (times.get(node.key) ?? 0), 0);
  return {
    seconds: models.length === 0 ? null : roundSeconds(total),
    models: models.map((node) => ({
      model_id: node.name,
      average_runtime_s: roundSeconds(times.get(node.key) ?? null),
    })),
  };
}

/** By node, the average of its last successful runs. */
function averageRuntimes(facts: Facts, environments: readonly number[]): Promise<Map<number, number>> {
  return facts.derived(`average runtimes ${environments.join()}`, async () => {
    const rows = await facts.read<{ node_key: number; average: number }>(sql`
      SELECT x.node_key, list_avg(max_by(x.runtime_s, x.recorded_at, ${RUNS_AVERAGED})) AS average
      FROM executions x JOIN nodes n USING (node_key)
      WHERE x.builds AND x.status = 'success' AND x.runtime_s IS NOT NULL AND ${amongKeys("n.environment_key", environments)}
      GROUP BY x.node_key`);
    return new Map(rows.map((row) => [row.node_key, row.average]));
  });
}
