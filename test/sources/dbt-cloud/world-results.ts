/** What the runs of a world left behind, read the plain way and by other code than the product's. */
import * as z from "zod";
import type { Run, Step, World } from "../../emulators/dbt-cloud/world.ts";

const RunResults = z.object({
  metadata: z.object({ generated_at: z.string() }),
  results: z.array(z.object({ unique_id: z.string(), status: z.string(), execution_time: z.number() })),
});

export interface Result {
  run: Run;
  command: string;
  unique_id: string;
  status: string;
  execution_time: number;
  /** Epoch milliseconds: when its command ended. */
  at: number;
}

/** Results of the commands that build or test, newest command first. Discovery knows of no run without a job. */
export function resultsOf(world: World, environmentId: number): Result[] {
  return world.runs
    .filter((run) => run.environmentId === environmentId && run.jobId !== null)
    .flatMap((run) => run.steps.flatMap((step) => stepResults(run, step)))
    .sort((one, other) => other.at - one.at);
}

function stepResults(run: Run, step: Step): Result[] {
  const command = step.command ?? "";
  const text = /^dbt (build|run|test|seed|snapshot)\b/.test(command)
    ? step.artifact("run_results.json")
    : null;
  if (text === null) return [];
  const { metadata, results } = RunResults.parse(JSON.parse(text));
  const at = Date.parse(metadata.generated_at);
  return results.map((result) => ({ run, command, at, ...result }));
}

/** Run times of the newest successes of a node. */
export function lastRuntimes(results: readonly Result[], uniqueId: string, count: number): number[] {
  return results
    .filter((row) => row.unique_id === uniqueId && row.status === "success")
    .slice(0, count)
    .map((row) => row.execution_time);
}

export const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
