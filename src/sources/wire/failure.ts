/** What can go wrong between a source and the API that it asks; each source says what that means to its users. */
import { type ErrorCode, RunlensError } from "../../errors.ts";
import type { GraphqlError } from "./upstream-text.ts";

/** Failures that the source itself can do something about. */
export type Reason =
  /** The document asks too much at once. */
  | "complexity"
  /** The schema of this server does not have what the document asks for. */
  | "validation"
  /** Worth another try. */
  | "passing";

/** A failure of the wire. */
export class WireError extends RunlensError {
  readonly reason: Reason | null;
  /** How long the platform asks to wait, in milliseconds; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ErrorCode,
    message: string,
    hint: string,
    more: { reason?: Reason; retryAfterMs?: number | null; cause?: unknown } = {},
  ) {
    super(code, message, hint, more.cause === undefined ? undefined : { cause: more.cause });
    this.reason = more.reason ?? null;
    this.retryAfterMs = more.retryAfterMs ?? null;
  }
}

/** What went wrong on the wire. `until` is ISO 8601 UTC: when the API answers again. */
export type Failure =
  | { kind: "status"; status: number; body: string; until: string | null; retryAfterMs: number | null }
  /** Errors of an answer whose status is 200. */
  | { kind: "graphql"; errors: readonly GraphqlError[]; until: string | null }
  /** The API refused earlier, and was not asked. */
  | { kind: "cooling"; until: string }
  | { kind: "timeout"; seconds: number }
  /** No answer, or half of one. */
  | { kind: "network"; cause: unknown }
  | { kind: "redirect"; to: string }
  | { kind: "html" }
  | { kind: "too large"; megabytes: number }
  | { kind: "unreadable"; what: string };

/** The code of a network error, which names no address; its message may. */
export function networkCode(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown error";
  if ("code" in cause && typeof cause.code === "string") return cause.code;
  return cause.cause instanceof Error ? networkCode(cause.cause) : cause.name;
}
