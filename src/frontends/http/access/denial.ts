/** Why somebody was not let in. */
import { RunlensError } from "../../../errors.ts";

interface Circumstances {
  /** The name that they proved to have; null where they proved none. */
  who?: string | null;
  retryAfterS?: number;
  cause?: unknown;
}

/**
 * The failure of whoever asks this server, which a source that refuses our own credentials must not be taken for: only
 * this one is answered with a challenge.
 */
export class Denial extends RunlensError {
  readonly who: string | null;

  constructor(
    code: "UNAUTHENTICATED" | "RATE_LIMITED",
    message: string,
    hint: string,
    { who = null, ...options }: Circumstances = {},
  ) {
    super(code, message, hint, options);
    this.who = who;
  }
}

/** Nothing was sent by which they could be known: RFC 6750 then tells no error in the challenge. */
export class NoCredentials extends Denial {
  constructor(hint: string) {
    super("UNAUTHENTICATED", "This server answers only to callers whom it knows.", hint);
  }
}
