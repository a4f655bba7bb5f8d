/** The one path from a front end to an answer; `app.ts` provides it, tests provide their own. */
import type { Progress } from "../core/knowledge.ts";
import type { Operation } from "../operation.ts";

export interface AskOptions {
  signal?: AbortSignal;
  progress?: (progress: Progress) => void;
}

/** Runs an operation on whatever the caller sent; the answer is clean. Rejects with what the operation threw. */
export type Ask = (
  operation: Operation,
  input: unknown,
  options: AskOptions,
) => Promise<Record<string, unknown>>;
