/** `executionInfo`: the last attempt of a node, and the last time that it was a success. */
import { isFailure } from "./facts.ts";
import type { Outcome } from "./history.ts";
import type { Execution } from "./reader.ts";

/**
 * Two runs in one object, as the service does it: what begins with `last` (but for `lastSuccess...`) is of the
 * last attempt, all else of the last success, which may be an older run.
 */
export class ExecutionInfo {
  protected readonly last: Execution | null;
  readonly #success: Execution | null;

  constructor(outcome: Outcome | null) {
    this.last = outcome?.last ?? null;
    this.#success = outcome?.success ?? null;
  }

  get lastRunId(): number | null {
    return this.last?.invocation.run.id ?? null;
  }

  get lastJobDefinitionId(): number | null {
    return this.last?.invocation.run.jobId ?? null;
  }

  get lastRunGeneratedAt(): string | null {
    return this.last?.invocation.generatedAt ?? null;
  }

  get lastRunStatus(): string | null {
    return this.last?.status ?? null;
  }

  get lastRunError(): string | null {
    return this.last !== null && isFailure(this.last.status) ? this.last.message : null;
  }

  get lastRunSkip(): boolean | null {
    return this.last === null ? null : this.last.status === "skipped";
  }

  get lastRunFailures(): number | null {
    return this.last?.failures ?? null;
  }

  get lastSuccessRunId(): number | null {
    return this.#success?.invocation.run.id ?? null;
  }

  get lastSuccessJobDefinitionId(): number | null {
    return this.#success?.invocation.run.jobId ?? null;
  }

  get runGeneratedAt(): string | null {
    return this.#success?.invocation.generatedAt ?? null;
  }

  get runElapsedTime(): number | null {
    return this.#success?.invocation.elapsed ?? null;
  }

  get executionTime(): number | null {
    return this.#success?.executionTime ?? null;
  }

  get compileStartedAt(): string | null {
    return this.#success?.compileStartedAt ?? null;
  }

  get compileCompletedAt(): string | null {
    return this.#success?.compileCompletedAt ?? null;
  }

  get executeStartedAt(): string | null {
    return this.#success?.executeStartedAt ?? null;
  }

  get executeCompletedAt(): string | null {
    return this.#success?.executeCompletedAt ?? null;
  }
}

export type RunStatus = "error" | "skipped" | "success";

/** Of a model, whose last status has to be one of three words. */
export class ModelExecutionInfo extends ExecutionInfo {
  override get lastRunStatus(): RunStatus | null {
    return this.last === null ? null : runStatus(this.last.status);
  }
}

/** What dbt says of a model, as one of the words of `RunStatus`. */
export function runStatus(status: string): RunStatus {
  if (status === "skipped") return "skipped";
  return isFailure(status) ? "error" : "success";
}

const WORST_FIRST = ["error", "fail", "warn", "skipped", "pass"];

/** The worst of the statuses of some tests; null where none ever ran. */
export function worstStatus(statuses: readonly (string | null)[]): string | null {
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? null;
}
