/** What the runs of an environment did with each node. */
import type { Execution, Invocation } from "./reader.ts";

/** The last attempt and the last success of a node: `executionInfo` mixes the two. */
export interface Outcome {
  readonly last: Execution;
  readonly success: Execution | null;
}

export class History {
  readonly #executions = new Map<string, Execution[]>();
  readonly #outcomes = new Map<string, Outcome>();

  /** Takes invocations in any order; those that build nothing do not count. */
  constructor(invocations: readonly Invocation[]) {
    const newestFirst = invocations.filter(({ builds }) => builds).sort((a, b) => b.endedAt - a.endedAt);
    for (const { executions } of newestFirst) {
      for (const execution of executions.values()) {
        const known = this.#executions.get(execution.uniqueId);
        if (known === undefined) this.#executions.set(execution.uniqueId, [execution]);
        else known.push(execution);
      }
    }
  }

  /** Newest first. */
  of(uniqueId: string): readonly Execution[] {
    return this.#executions.get(uniqueId) ?? [];
  }

  outcome(uniqueId: string): Outcome | null {
    const known = this.#outcomes.get(uniqueId);
    if (known !== undefined) return known;
    const executions = this.of(uniqueId);
    const last = executions[0];
    if (last === undefined) return null;
    const outcome = { last, success: executions.find(isSuccess) ?? null };
    this.#outcomes.set(uniqueId, outcome);
    return outcome;
  }

  /** Whether a node was ever attempted: to be skipped is no attempt. */
  attempted(uniqueId: string): boolean {
    return this.of(uniqueId).some(({ status }) => status !== "skipped");
  }

  /** The last outcome of a test that had one: what is skipped says nothing. */
  lastKnown(uniqueId: string): string | null {
    return this.of(uniqueId).find(({ status }) => status !== "skipped")?.status ?? null;
  }
}

/** `success` of what is built, `pass` of a test. */
function isSuccess({ status }: Execution): boolean {
  return status === "success" || status === "pass";
}
