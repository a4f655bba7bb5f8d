/** The time of the machine; the only place in the sync layer that asks for it. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../core/knowledge.ts";
import { cancelled } from "../errors.ts";

/** A clock that runs with the machine. Its timers never keep the process alive. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    async sleep(ms, signal) {
      try {
        await delay(ms, undefined, signal === undefined ? { ref: false } : { ref: false, signal });
      } catch (error) {
        throw cancelled(error);
      }
    },
  };
}
