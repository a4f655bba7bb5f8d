/** What the ledger calls a need that a source puts together from parts. */
import { createHash } from "node:crypto";
import type { FactKind, Need, Scope } from "../source.ts";

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
