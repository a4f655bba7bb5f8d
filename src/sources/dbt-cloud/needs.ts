/** Which parts of an account a question needs. */
import { createHash } from "node:crypto";
import type { FactKind, Need, Scope } from "../source.ts";
import type { Depth } from "./environment-memory.ts";

/** Facts that the definitions and results of environments tell. */
const OF_ENVIRONMENTS: readonly FactKind[] = ["models", "tests", "freshness", "lineage"];

/** A name that is the same for the same need; beginning with its widest kind of facts, as invalidation goes by it. */
export function scopeFor(need: Need): Scope {
  const kinds: readonly FactKind[] = [
    "executions",
    "models",
    "tests",
    "freshness",
    "lineage",
    "runs",
    "jobs",
    "projects",
  ];
  const kind = kinds.find((one) => need.facts.includes(one)) ?? "projects";
  const { facts, ...rest } = need;
  const said = JSON.stringify([
    [...facts].sort(),
    Object.entries(rest).sort(([a], [b]) => a.localeCompare(b)),
  ]);
  return { key: `${kind}:asked ${createHash("sha256").update(said).digest("hex").slice(0, 16)}`, need };
}

/** Everything but the hierarchy needs the list of runs, which tells what is new. */
export function needsRuns({ facts }: Need): boolean {
  return facts.some((fact) => fact !== "projects" && fact !== "jobs");
}

/** True where definitions are wanted, or results of whole environments. */
export function needsEnvironments({ facts, run_ids, job_ids }: Need): boolean {
  if (OF_ENVIRONMENTS.some((fact) => facts.includes(fact))) return true;
  return facts.includes("executions") && run_ids === undefined && job_ids === undefined;
}

/** How far back the results of all nodes of an environment are wanted. */
export function depthOf(need: Need): Depth {
  const { facts, run_ids, job_ids, unique_ids } = need;
  const isNarrow = [run_ids, job_ids, unique_ids].some((part) => part !== undefined);
  if (isNarrow || !facts.includes("executions")) return { executions: 1, since: null };
  return lookBack(need);
}

/** How far back a question looks. */
export function lookBack({ last_n_runs, since }: Pick<Need, "last_n_runs" | "since">): Depth {
  return { executions: last_n_runs ?? 1, since: since ?? null };
}
