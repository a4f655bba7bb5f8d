/** Which parts of an account a question needs. */
import type { FactKind, Need } from "../source.ts";

/** Facts that the definitions and results of environments tell. */
const OF_ENVIRONMENTS: readonly FactKind[] = ["models", "tests", "freshness", "lineage"];

/** Everything but the hierarchy needs the list of runs, which tells what is new. */
export function needsRuns({ facts }: Need): boolean {
  return facts.some((fact) => fact !== "projects" && fact !== "jobs");
}

/** True where definitions are wanted, or results of whole environments. */
export function needsEnvironments({ facts, run_ids, job_ids }: Need): boolean {
  if (OF_ENVIRONMENTS.some((fact) => facts.includes(fact))) return true;
  return facts.includes("executions") && run_ids === undefined && job_ids === undefined;
}
