/** What is known of a request as it goes through the server. */
import type { HttpBindings } from "@hono/node-server";
import type { Caller } from "./caller.ts";

export interface HttpEnv {
  Bindings: HttpBindings;
  Variables: {
    /** In the answer's `X-Request-Id`, in an error and in the log. */
    requestId: string;
    /** Set once they have been let in. */
    caller: Caller;
    /** Aborted when the client goes away or the server ends. */
    signal: AbortSignal;
  };
}
