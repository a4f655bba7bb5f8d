/** What the transport has to know of a vendor's API. */
import type { Failure, WireError } from "./failure.ts";

export interface Vendor {
  /** As metrics call it. */
  readonly name: string;
  /** False where another party's storage is asked, which has no part in a caller's trace. */
  readonly isTraced: boolean;
  /** Requests a minute that the vendor allows; null where it says nothing of it. */
  readonly perMinute: number | null;
  /** Headers that let the caller in; they go to the host that was asked, and to no other. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for which the API is left alone after it has refused for the rate without saying for how long. */
  readonly cooldownMs: number;
  /** Milliseconds of a refusal that requests wait out; without it they are refused at once, and not sent. */
  readonly longestWaitMs?: number;
  /** True where the body of an answer is to be read although its status is that of an error. */
  isAnswer?(status: number, body: string): boolean;
  /** The error that a failure is, with the next move for users of this vendor. */
  failure(failure: Failure): WireError;
}
