/** How a process of runlens ends: by its client going away or by a signal, and always with the store closed. */
import type { Log } from "../log.ts";

/** How long closing may take before the process ends anyway. */
const GRACE_MS = 5_000;

export interface Shutdown {
  /** Aborted as soon as the process is to end. */
  readonly signal: AbortSignal;
  /** Begins to end; what comes after the first time changes nothing. `exit` is the exit code. */
  begin(reason: string, exit?: number): void;
}

/** Ends the process in order: work is aborted, `close` runs, then `exit`. */
export function createShutdown(
  close: () => Promise<void>,
  log: Log,
  exit: (code: number) => void = (code) => process.exit(code),
): Shutdown {
  const controller = new AbortController();
  const begin = (reason: string, code = 0) => {
    if (controller.signal.aborted) return;
    log.info(`ending: ${reason}`);
    controller.abort();
    const hurry = setTimeout(() => exit(code), GRACE_MS);
    close()
      .catch((error: unknown) => log.error(`closing failed: ${String(error)}`))
      .finally(() => {
        clearTimeout(hurry);
        exit(code);
      });
  };
  process.once("SIGTERM", () => begin("SIGTERM"));
  process.once("SIGINT", () => begin("SIGINT", 130));
  process.once("SIGHUP", () => begin("SIGHUP"));
  return { signal: controller.signal, begin };
}
