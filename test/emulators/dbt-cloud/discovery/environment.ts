/** An environment: what its newest manifest defines, and what was applied of it. */
import { AppliedState } from "./applied.ts";
import { DefinitionState } from "./definition.ts";
import { createScope } from "./nodes/scope.ts";
import type { EnvironmentRecord } from "./records.ts";

/** `Environment`. */
export class EnvironmentState {
  readonly #record: EnvironmentRecord;
  readonly #since: number;

  /** Runs that ended before `since` (epoch milliseconds) are in no history any more. */
  constructor(record: EnvironmentRecord, since: number) {
    this.#record = record;
    this.#since = since;
  }

  get dbtProjectName(): string | null {
    return this.#record.definition()?.metadata.project_name ?? null;
  }

  get adapterType(): string | null {
    return this.#record.definition()?.metadata.adapter_type ?? null;
  }

  get definition(): DefinitionState | null {
    const definition = this.#record.definition();
    return definition === null
      ? null
      : new DefinitionState(createScope("Definition", this.#record, definition));
  }

  /** Null for a development environment, and where nothing was ever built or checked. */
  get applied(): AppliedState | null {
    const definition = this.#record.definition();
    const isDevelopment = this.#record.environment.type === "development";
    if (definition === null || isDevelopment || this.#record.lastUpdatedAt() === null) return null;
    return new AppliedState(createScope("Applied", this.#record, definition), this.#since);
  }
}
