/** The one way by which a question over HTTP is answered, whichever of its front ends it came to. */

import { type ErrorCode, RunlensError } from "../../errors.ts";
import type { Operation } from "../../operation.ts";
import type { Ask, AskOptions } from "../ask.ts";
import type { Admission } from "./admission.ts";
import { type Caller, checkRole } from "./caller.ts";

/** Where a question came in. */
export type Door = "mcp" | "sse" | "rest";

/** Who asks, under which id, and where. */
export interface Asking {
  caller: Caller;
  requestId: string;
  door: Door;
}

/** A question that has been answered or refused. */
export interface Asked extends Asking {
  operation: string;
  /** As it was sent. */
  input: unknown;
  /** `OK`, or the code of the error. */
  outcome: "OK" | ErrorCode;
  /** Milliseconds from when it was let in. */
  took_ms: number;
}

/** A request that did not come as far as a question. */
export interface Refused {
  /** Whose it is, as far as that was proved. */
  who: string | null;
  /** Address of the other end of the connection: of a proxy, where one stands before the server. */
  from: string | null;
  method: string;
  /** Without the query. */
  path: string;
  outcome: ErrorCode;
  requestId: string;
}

/** A request that has been answered in whichever way; a stream, once it has begun. */
export interface Responded {
  method: string;
  /** Without the query. */
  path: string;
  status: number;
  /** Null where nobody was let in, or nobody had to be. */
  who: string | null;
  took_ms: number;
}

export interface AnsweringOptions {
  /** The answers for who may see all projects, or only these. */
  askAbout: (projects: readonly string[] | null) => Ask;
  admission: Admission;
  /** Told of every question once it has been answered. */
  onAsked: (asked: Asked) => void;
  /** Milliseconds of a clock that only goes forward. */
  monotonic?: () => number;
}

/** Makes the `Ask` of each caller: what their role allows, as far as there is room for it. */
export function createAnswering(options: AnsweringOptions): (asking: Asking) => Ask {
  const monotonic = options.monotonic ?? (() => performance.now());
  return (asking) => async (operation: Operation, input: unknown, call: AskOptions) => {
    const begun = monotonic();
    const tell = (outcome: Asked["outcome"]) =>
      options.onAsked({
        ...asking,
        operation: operation.name,
        input,
        outcome,
        took_ms: Math.round((monotonic() - begun) * 10) / 10,
      });
    try {
      checkRole(asking.caller, operation, input);
      const ask = options.askAbout(asking.caller.projects);
      const answer = await options.admission.run(() => ask(operation, input, call));
      tell("OK");
      return answer;
    } catch (error) {
      tell(error instanceof RunlensError ? error.code : "INTERNAL");
      throw error;
    }
  };
}
