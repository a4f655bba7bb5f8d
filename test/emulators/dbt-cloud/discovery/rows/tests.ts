/** Rows of tests, data and unit. */
import { compiledCodeOf, rawCodeOf } from "../facts.ts";
import { Row } from "./row.ts";

export class TestRow extends Row {
  readonly __typename = "TestNode";

  /** The outcome; null where it was not run or skipped. */
  get state(): string | null {
    return this.skip ? null : (this.execution?.status ?? null);
  }

  /** Not the outcome: `ERROR`, or how many rows the test found. */
  override get status(): string | null {
    if (this.execution === null || this.skip) return null;
    if (this.execution.status === "error") return "ERROR";
    return String(this.execution.failures ?? 0);
  }

  get fail(): boolean {
    return this.state === "fail";
  }

  get warn(): boolean {
    return this.state === "warn";
  }

  get columnName(): string | null {
    return this.resource.column_name ?? null;
  }

  get language(): string | null {
    return this.resource.language ?? null;
  }

  get rawCode(): string | null {
    return rawCodeOf(this.resource);
  }

  get rawSql(): string | null {
    return this.rawCode;
  }

  get compiledCode(): string | null {
    return this.execution === null ? null : (this.execution.compiledCode ?? compiledCodeOf(this.resource));
  }

  get compiledSql(): string | null {
    return this.compiledCode;
  }
}
