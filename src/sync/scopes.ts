/** Which scopes a question needs, and which ones `invalidate` means. */
import type { Forgettable } from "../core/knowledge.ts";
import { RunlensError } from "../errors.ts";
import type { FactKind, Need, Scope, Source } from "../sources/source.ts";

export interface SourceScope {
  source: Source;
  scope: Scope;
}

/** The scopes of `need` in all sources that have such facts; `UNSUPPORTED` where none has. */
export function scopesOf(sources: readonly Source[], need: Need): SourceScope[] {
  const scopes = sources.flatMap((source) => source.scopes(need).map((scope) => ({ source, scope })));
  if (scopes.length > 0 || need.facts.length === 0) return scopes;
  throw new RunlensError(
    "UNSUPPORTED",
    `None of the configured sources has ${need.facts.join(", ")} as asked for.`,
    `Configured: ${sources.map((source) => source.label).join(", ")}. Ask more broadly, or configure another source.`,
  );
}

/** The kinds of facts that each word of `invalidate` stands for. */
const KINDS: Record<Exclude<Forgettable, "all">, readonly FactKind[]> = {
  models: ["models", "executions", "tests", "freshness", "lineage"],
  jobs: ["jobs"],
  runs: ["runs", "executions", "tests", "freshness"],
};

/**
 * Beginnings of the scopes that hold such facts: `runs:`, and the names of those in which a source holds them
 * together with others. One null stands for all scopes.
 */
export function prefixesOf(sources: readonly Source[], what: Forgettable): (string | null)[] {
  if (what === "all") return [null];
  const facts = KINDS[what];
  const kinds = facts.map((fact) => `${fact}:`);
  const whole = sources.flatMap((source) => source.scopes({ facts }).map(({ key }) => key));
  return [...kinds, ...new Set(whole.filter((key) => !kinds.some((kind) => key.startsWith(kind))))];
}
