/** Everything about one run: how long, what was slow, what failed, and how that compares. */
import sql from "sql-template-tag";
import type { RunDetail, RunModel } from "./answers.ts";
import { bottlenecks, timedRun } from "./bottlenecks.ts";
import { type Facts, roundSeconds } from "./facts.ts";
import type { ModelSelection } from "./filters.ts";
import type { FoundRun } from "./find.ts";
import { runIssues, runModels, runSummaries } from "./run-facts.ts";
import { mean } from "./statistics.ts";
import { comparedToUsual } from "./usual.ts";

/** Mean run time of the slowest models of one run: `slowestN` of its successful ones. */
export function averageModelRuntime(
  models: readonly RunModel[],
  slowestN: number,
): { average: number | null; models: number } {
  const times = models.flatMap((model) =>
    model.status === "success" && model.runtime_s !== null ? [model.runtime_s] : [],
  );
  const worst = times.sort((a, b) => b - a).slice(0, slowestN);
  return { average: roundSeconds(mean(worst)), models: worst.length };
}

export async function runDetail(
  facts: Facts,
  run: FoundRun,
  models: ModelSelection,
  slowestN: number,
): Promise<Omit<RunDetail, "source">> {
  const [[summary], ran, issues, comparison] = await Promise.all([
    runSummaries(facts, [run.run_key]),
    runModels(facts, models),
    runIssues(facts, run.run_key),
    comparedToUsual(facts, run, models),
  ]);
  if (summary === undefined) throw new Error(`run ${run.run_id} vanished from its snapshot`);
  if (run.kind !== "full")
    facts.note(
      `This is no full run of its job but one of the kind ${run.kind}: it is not compared to the usual.`,
    );
  await noteForeignDefinitions(facts, run.run_key);
  // What still runs has no end that anything could have determined.
  const timed = summary.status === "running" ? null : await timedRun(facts, run);
  const slowest = ran.filter((model) => model.status === "success").slice(0, slowestN);
  const average = averageModelRuntime(ran, slowestN);
  const total = ran.reduce((sum, model) => sum + (model.runtime_s ?? 0), 0);
  return {
    ...summary,
    average_model_runtime_s: average.average,
    models_averaged: average.models,
    total_model_runtime_s: ran.length === 0 ? null : roundSeconds(total),
    ...(await bottlenecks(timed, slowest)),
    ...issues,
    compared_to_usual: comparison,
  };
}

/**
 * Says so when names, tags and lineage come from a manifest that another invocation wrote. In Dagster it is the code
 * locations that define, and no run.
 */
async function noteForeignDefinitions(facts: Facts, runKey: number): Promise<void> {
  const row = await facts.first<{ generated_at: string | null }>(sql`
    SELECT max(d.generated_at) AS generated_at
    FROM invocations i JOIN sources s ON s.source_key = i.source_key LEFT JOIN definitions d USING (definition_key)
    WHERE i.run_key = ${runKey} AND s.system <> 'dagster' AND NOT coalesce(i.own_definition, FALSE) AND i.kind = 'results'
    HAVING count(*) > 0`);
  if (row === undefined) return;
  facts.note(
    row.generated_at === null
      ? "This run has no manifest: names come from its results, and lineage and tags are missing."
      : `This run's own manifest was not kept: definitions are those of ${row.generated_at}.`,
  );
}
