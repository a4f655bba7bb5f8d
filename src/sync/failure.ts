/** From whatever a source or the store throws to one `RunlensError`. */
import { cancelled, isAbort, RunlensError } from "../errors.ts";

/** A short word for an error that nobody foresaw. Its message is left out: it may hold a secret. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

/** The failure of `label`, whose work ran under `signal`. */
export function sourceFailure(error: unknown, label: string, signal: AbortSignal): RunlensError {
  if (signal.aborted) return cancelled(error);
  if (error instanceof RunlensError && error.code !== "CANCELLED") return error;
  if (error instanceof Error && error.name === "TimeoutError") {
    return new RunlensError("TIMEOUT", `${label} did not answer in time.`, "Ask again in a minute.", {
      cause: error,
    });
  }
  const what = isAbort(error) || error instanceof RunlensError ? "stopped by itself" : kindOf(error);
  return new RunlensError(
    "UPSTREAM",
    `${label} failed: ${what}.`,
    "Run `runlens doctor` to see what each source says, or ask again in a minute.",
    { cause: error },
  );
}

/** The failure of the store while facts were written to it. */
export function storeFailure(error: unknown, signal: AbortSignal): RunlensError {
  if (signal.aborted) return cancelled(error);
  if (error instanceof RunlensError && error.code !== "CANCELLED") return error;
  return new RunlensError(
    "INTERNAL",
    `The facts could not be stored: ${kindOf(error)}.`,
    "Run `runlens doctor` to see where the store is and whether it can be written.",
    { cause: error },
  );
}
