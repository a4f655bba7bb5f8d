/** What the main thread and the writer's thread say to each other. */
import type { MessagePort } from "node:worker_threads";
import { type ErrorCode, RunlensError } from "../errors.ts";
import type { Published, Row, SqlAnswer, SqlQuestion, SqlValue } from "./port.ts";
import type { Batch } from "./units.ts";

/** Requests are answered in the order in which they came, except queries and what stops something. */
export type Request =
  | { type: "open" }
  | { type: "batch"; batch: Batch }
  | { type: "port"; port: MessagePort }
  | { type: "publish" }
  | { type: "discard" }
  | { type: "invalidate"; sourceIds: readonly string[]; prefix: string | null }
  | { type: "degrade"; reason: string }
  | { type: "query"; sourceIds: readonly string[]; sql: string; params: readonly SqlValue[] }
  | { type: "sql"; sourceIds: readonly string[]; question: SqlQuestion }
  | { type: "close" };

/** Stops the request of that number, or the load that is under way. */
export type Signal = { type: "stop"; id: number } | { type: "cancel" };

export type Call = { id: number; request: Request };

/** What each request is answered with, beside how the store stands. */
export interface Answer {
  published: Published | null;
  rows: Row[] | null;
  sql: SqlAnswer | null;
}

/** How the writer stands after an answer; `memory` is the generation in memory, null in file mode. */
export interface Standing {
  degraded: string | null;
  memory: string | null;
}

export type Reply = { id: number; standing: Standing } & ({ answer: Answer } | { failure: Failure });

/** An error on its way between threads. */
export interface Failure {
  code: ErrorCode | null;
  message: string;
  hint: string;
  stack: string | undefined;
}

export function toFailure(error: unknown): Failure {
  if (error instanceof RunlensError) {
    return { code: error.code, message: error.message, hint: error.hint, stack: error.stack };
  }
  if (error instanceof Error) return { code: null, message: error.message, hint: "", stack: error.stack };
  return { code: null, message: String(error), hint: "", stack: undefined };
}

export function fromFailure(failure: Failure): Error {
  const error =
    failure.code === null
      ? new Error(failure.message)
      : new RunlensError(failure.code, failure.message, failure.hint);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}

/** What a parsing worker posts to a load's port. */
export type PortBatch = { type: "batch"; batch: Batch };
/** What it gets back for each: the store took it, or the load has failed and nothing more is wanted. */
export type PortAck = { type: "ack" } | { type: "failed"; failure: Failure };
