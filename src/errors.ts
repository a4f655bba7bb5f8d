/**
 * The closed table of everything that can go wrong, and how each front end says it.
 *
 * Every failure that leaves runlens is one `RunlensError` with one of these codes. `status` is the HTTP
 * status, `exit` the exit code of the command line, `meaning` the line of the documentation.
 */
export const ERROR_CODES = {
  INVALID_INPUT: {
    status: 400,
    exit: 2,
    meaning: "An argument is unknown, of the wrong type or out of range.",
  },
  UNAUTHENTICATED: {
    status: 401,
    exit: 3,
    meaning: "A source refused the credentials, or there are none; or the server does not know who asks.",
  },
  FORBIDDEN: { status: 403, exit: 3, meaning: "The credentials are valid but lack a permission." },
  NOT_FOUND: {
    status: 404,
    exit: 4,
    meaning: "No such project, environment, job, model, run, path or command.",
  },
  UNSUPPORTED: { status: 501, exit: 5, meaning: "None of the configured sources has these facts." },
  RATE_LIMITED: {
    status: 429,
    exit: 6,
    meaning: "A source, or this server, allows no more requests for now.",
  },
  TOO_LARGE: { status: 413, exit: 7, meaning: "The answer or an input is larger than can be handled." },
  UPSTREAM: {
    status: 502,
    exit: 8,
    meaning: "A source failed or answered with something that cannot be read.",
  },
  TIMEOUT: { status: 504, exit: 8, meaning: "A source did not answer in time." },
  OVERLOADED: { status: 503, exit: 8, meaning: "Too much work is waiting in this process or on this store." },
  CONFIG: { status: 500, exit: 9, meaning: "The configuration is missing, wrong or cannot be used." },
  CANCELLED: { status: 499, exit: 130, meaning: "The caller went away or asked to stop." },
  INTERNAL: {
    status: 500,
    exit: 1,
    meaning: "A defect in runlens; the log has the detail under the request id.",
  },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The body that every front end shows for a failure. */
export interface ErrorBody {
  error: { code: ErrorCode; message: string; hint: string; request_id: string };
}

/**
 * An expected failure. `message` says what is wrong, `hint` the next move: which variable, which scope, the
 * nearest names, which tool to call. Neither holds a secret or text from upstream that was not cleaned.
 */
export class RunlensError extends Error {
  override readonly name = "RunlensError";
  /** Seconds after which asking again makes sense; null where nobody knows. */
  readonly retryAfterS: number | null;

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly hint: string,
    options?: { cause?: unknown; retryAfterS?: number },
  ) {
    super(message, options);
    this.retryAfterS = options?.retryAfterS ?? null;
  }

  /** The body for the caller who knows this failure as `requestId`. */
  toBody(requestId: string): ErrorBody {
    return { error: { code: this.code, message: this.message, hint: this.hint, request_id: requestId } };
  }
}

/** True for the error that an aborted `AbortSignal` raises, whoever raised it. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
}

/** The `CANCELLED` error; thrown wherever work stops because `signal` was aborted. */
export function cancelled(cause?: unknown): RunlensError {
  return new RunlensError(
    "CANCELLED",
    "The call was cancelled before it was answered.",
    "Ask again when you want the answer.",
    {
      cause,
    },
  );
}

/** Throws `CANCELLED` when the caller has gone away. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled(signal.reason);
}
