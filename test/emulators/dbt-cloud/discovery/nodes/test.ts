/** Tests, data and unit. */
import type { UnitTestRows } from "../dbt.ts";
import { ExecutionInfo } from "../execution-info.ts";
import { compiledCodeOf, rawCodeOf, type TestType, testTypeOf, textOrNull } from "../facts.ts";
import { Node } from "./node.ts";

export class TestNode extends Node {
  get executionInfo(): ExecutionInfo {
    return new ExecutionInfo(this.scope.history.outcome(this.uniqueId));
  }

  get lastKnownResult(): string | null {
    return this.scope.history.lastKnown(this.uniqueId);
  }

  get testType(): TestType {
    return testTypeOf(this.entry);
  }

  get testedNodeUniqueId(): string | null {
    return this.scope.graph.testedBy(this.entry);
  }

  /** What a definition calls the tested node; it has to be a text. */
  get resource(): string {
    return this.testedNodeUniqueId ?? "";
  }

  get columnName(): string | null {
    return this.entry.column_name ?? null;
  }

  /** All null for a test that is not made from a generic one. */
  get testMetadata(): object {
    const { name = null, namespace = null, kwargs = null } = this.entry.test_metadata ?? {};
    return { name, namespace, kwargs, columnName: textOrNull(kwargs?.column_name) };
  }

  get config(): object | null {
    return this.entry.config ?? null;
  }

  get rawCode(): string | null {
    return rawCodeOf(this.entry);
  }

  get compiledCode(): string | null {
    const executions = this.scope.history.of(this.uniqueId);
    const compiled = executions.find(({ compiledCode }) => compiledCode !== null)?.compiledCode;
    return compiled ?? compiledCodeOf(this.entry);
  }

  get model(): string | null {
    return this.entry.model ?? null;
  }

  get thisInputNodeUniqueId(): string | null {
    return this.entry.this_input_node_unique_id ?? null;
  }

  get given(): object[] | null {
    return this.entry.given ?? (this.#isDefinition ? [] : null);
  }

  get expect(): object | null {
    return this.#object(this.entry.expect);
  }

  get overrides(): object | null {
    return this.#object(this.entry.overrides);
  }

  get eventStatus(): object | null {
    return this.#object(null);
  }

  get numGiven(): number | null {
    return this.entry.given?.length ?? null;
  }

  get numGivenRows(): number | null {
    return this.entry.given?.reduce((sum, input) => sum + rowsOf(input), 0) ?? null;
  }

  get numExpectRows(): number | null {
    return this.entry.expect === undefined ? null : rowsOf(this.entry.expect);
  }

  get #isDefinition(): boolean {
    return this.scope.side === "Definition";
  }

  /** In a definition these may not be null. */
  #object(value: object | null | undefined): object | null {
    return value ?? (this.#isDefinition ? {} : null);
  }
}

function rowsOf(input: UnitTestRows): number {
  return Array.isArray(input.rows) ? input.rows.length : 0;
}
