/** From whatever was thrown to the one body that every front end shows. */
import { randomUUID } from "node:crypto";
import { cancelled, ERROR_CODES, type ErrorBody, isAbort, RunlensError } from "../errors.ts";
import type { Log } from "../log.ts";
import { cleanText } from "./clean.ts";

export interface Failure {
  body: ErrorBody;
  /** Exit code of the command line. */
  exit: number;
  /** HTTP status. */
  status: number;
  /** Seconds after which asking again makes sense; null where nobody knows. */
  retryAfterS: number | null;
}

/**
 * The failure as the caller may see it. Whatever is no `RunlensError` is a defect: the caller gets a generic
 * message and the request id, the log has the detail under that id.
 */
export function toFailure(
  error: unknown,
  log: Log,
  { signal, requestId = newRequestId() }: { signal?: AbortSignal; requestId?: string | undefined } = {},
): Failure {
  const known = expected(error, signal);
  if (known === null || known.code === "INTERNAL") log.error(`[${requestId}] ${detail(error)}`);
  else log.debug(`[${requestId}] ${known.code} ${detail(error)}`);
  const shown = known === null || known.code === "INTERNAL" ? internal(requestId) : known;
  const { code, message, hint } = shown.toBody(requestId).error;
  const { exit, status } = ERROR_CODES[code];
  const body = { error: { code, message: cleanText(message), hint: cleanText(hint), request_id: requestId } };
  return { body, exit, status, retryAfterS: shown.retryAfterS };
}

/** An id by which a request is found in the log: eight hexadecimal digits. */
export function newRequestId(): string {
  return randomUUID().slice(0, 8);
}

function expected(error: unknown, signal: AbortSignal | undefined): RunlensError | null {
  if (error instanceof RunlensError) return error;
  if (signal?.aborted && isAbort(error)) return cancelled(error);
  return null;
}

function internal(requestId: string): RunlensError {
  return new RunlensError(
    "INTERNAL",
    "Something went wrong inside runlens.",
    `Ask again; if it stays, report it with what stderr says under request ${requestId}.`,
  );
}

/** Message, stack and causes, for the log alone. */
function detail(error: unknown): string {
  const parts: string[] = [];
  for (let cause: unknown = error; cause !== undefined && parts.length < 5; ) {
    parts.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return cleanText(parts.join("\ncaused by: "), 8_000);
}

/** What a person reads: what is wrong, then the next move. */
export function failureText({ error }: ErrorBody): string {
  const reference = error.code === "INTERNAL" ? ` (request ${error.request_id})` : "";
  return `${error.code}: ${error.message}${reference}\n${error.hint}`;
}
