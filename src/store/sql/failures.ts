/** DuckDB's errors, told to whoever wrote the statement: its words, without what they say of the machine. */
import { RunlensError } from "../../errors.ts";

const LONGEST = 500;
/** Kinds of errors that the statement is to blame for. */
const OF_STATEMENT =
  /^(Parser|Syntax|Binder|Catalog|Conversion|Invalid Input|Invalid Type|Invalid|Mismatch Type|Type|Out of Range|Decimal|Divide by Zero|Expression|Not implemented|Parameter Not Resolved|Parameter Not Allowed|Permission|Constraint) Error: /i;
/** Errors after which an instance does nothing more. */
const FATAL = /^(INTERNAL|FATAL) Error|database has been invalidated/i;

/** The first lines of DuckDB's message: without its kind, the statement that it quotes, and control characters. */
export function plainMessage(message: string): string {
  const [words = ""] = message
    .replace(/^[\w ]+ Error: /, "")
    .split(/\n\s*\nLINE \d+:|\nLINE \d+:|\n\s*\n?Possible solutions/);
  const line = words
    .replaceAll(/[\p{Cc}\p{Bidi_C}]+/gu, " ")
    .replaceAll(/ {2,}/g, " ")
    .trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
}

/** The failure that a caller sees, or `error` itself where the statement is not to blame. */
export function statementFailure(error: unknown, memoryMb: number): unknown {
  if (error instanceof RunlensError || !(error instanceof Error)) return error;
  if (/^Out of Memory Error/i.test(error.message)) {
    return new RunlensError(
      "TOO_LARGE",
      `The query needs more than the ${memoryMb} MB of memory that it may use.`,
      "Narrow it: fewer rows or columns, a shorter time, smaller groups.",
      { cause: error },
    );
  }
  if (!OF_STATEMENT.test(error.message)) return error;
  const hint = "runlens://schema and SHOW TABLES list what there is; DESCRIBE a table for its columns.";
  return new RunlensError("INVALID_INPUT", plainMessage(error.message), hint, { cause: error });
}

export function isFatal(error: unknown): boolean {
  return error instanceof Error && FATAL.test(error.message);
}

/** The failure of a query that took too long. */
export function tooSlow(timeMs: number): RunlensError {
  return new RunlensError(
    "TIMEOUT",
    `The query took longer than the ${timeMs / 1000} seconds that it may take.`,
    "Narrow it: filter on a time or a job, join on keys, aggregate before joining.",
  );
}
