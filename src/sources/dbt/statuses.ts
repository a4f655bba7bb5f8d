/** The words of dbt's results, in the words of runlens. */
import type { ExecutionStatus, FreshnessStatus, RunStatus, TestStatus } from "../../core/vocabulary.ts";

const EXECUTION: Readonly<Record<string, ExecutionStatus>> = {
  success: "success",
  // dbt 2 says this of a model that was built with a warning.
  warn: "success",
  error: "error",
  "runtime error": "error",
  fail: "error",
  skipped: "skipped",
  "partial success": "partial_success",
  partial_success: "partial_success",
  "no-op": "no_op",
  no_op: "no_op",
  noop: "no_op",
  reused: "reused",
};

const TEST: Readonly<Record<string, TestStatus>> = {
  pass: "pass",
  success: "pass",
  fail: "fail",
  warn: "warn",
  error: "error",
  "runtime error": "error",
  skipped: "skipped",
};

const FRESHNESS: Readonly<Record<string, FreshnessStatus>> = {
  pass: "pass",
  warn: "warn",
  error: "error",
  fail: "error",
  "runtime error": "runtime_error",
  runtime_error: "runtime_error",
};

export interface Status<S extends string> {
  status: S | "unknown";
  /** The word of dbt where it says something else than ours. */
  raw: string | null;
}

/** Looks words up, each once: a file has few words and many rows. */
function statuses<S extends string>(words: Readonly<Record<string, S>>): (word: string) => Status<S> {
  const known = new Map<string, Status<S>>();
  return (word) => {
    let status = known.get(word);
    if (status === undefined) {
      status = statusOf(words, word);
      // Words come from files: there is no end to what they may say.
      if (known.size < 100) known.set(word, status);
    }
    return status;
  };
}

function statusOf<S extends string>(words: Readonly<Record<string, S>>, word: string): Status<S> {
  const lower = word.toLowerCase();
  const status = Object.hasOwn(words, lower) ? words[lower] : undefined;
  const same = status !== undefined && status === lower.replaceAll(/[ -]/g, "_");
  return { status: status ?? "unknown", raw: same ? null : word };
}

/** How a model, seed, snapshot or operation ended. */
export const executionStatus: (word: string) => Status<ExecutionStatus> = statuses(EXECUTION);

/** How a test ended. */
export const testStatus: (word: string) => Status<TestStatus> = statuses(TEST);

/**
 * How fresh a source was found. A word that is new is `runtime_error`, since nothing can be said of the
 * source: the vocabulary has no `unknown` here, and `raw` keeps the word.
 */
export function freshnessStatus(word: string): { status: FreshnessStatus; raw: string | null } {
  const { status, raw } = statusOf(FRESHNESS, word);
  return { status: status === "unknown" ? "runtime_error" : status, raw };
}

/** Statuses of single results that make dbt's command fail. */
export const FAILED_RESULTS: ReadonlySet<string> = new Set([
  "error",
  "fail",
  "partial_success",
  "runtime_error",
]);

export function runStatus(hasFailed: boolean): RunStatus {
  return hasFailed ? "failure" : "success";
}
