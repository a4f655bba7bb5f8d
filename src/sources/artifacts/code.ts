/** The code of one node, from the manifest that it is defined in. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { cancelled, isAbort, RunlensError } from "../../errors.ts";
import { codeIn, compiledIn } from "../dbt/code.ts";
import { JsonError } from "../dbt/json-entries.ts";
import { problemOf } from "../dbt/kinds.ts";
import type { ModelCode } from "../source.ts";
import { codeOf } from "./files.ts";

/** Reads the code of `uniqueId` from the manifest at `location`. Throws `NOT_FOUND` or `UPSTREAM`. */
export async function readCode(uniqueId: string, location: string, signal: AbortSignal): Promise<ModelCode> {
  const code = await codeIn(uniqueId, location, signal).catch((error: unknown) => {
    throw failure(error, location);
  });
  if (code === null) {
    throw new RunlensError(
      "NOT_FOUND",
      `${uniqueId} is not in ${location} any more.`,
      "The file was written anew since it was read: ask again with `refresh`.",
    );
  }
  return { ...code, compiled_sql: code.compiled_sql ?? (await compiledByRun(uniqueId, location, signal)) };
}

/** A manifest that was written before compiling has no compiled code, but the results of the run do. */
async function compiledByRun(
  uniqueId: string,
  location: string,
  signal: AbortSignal,
): Promise<string | null> {
  const beside = join(dirname(location), "run_results.json");
  if (!existsSync(beside)) return null;
  try {
    return await compiledIn(uniqueId, beside, signal);
  } catch (error) {
    // The code of the manifest is an answer without it.
    if (signal.aborted) throw failure(error, beside);
    return null;
  }
}

function failure(error: unknown, location: string): unknown {
  if (isAbort(error)) return cancelled(error);
  if (error instanceof JsonError) {
    return new RunlensError(
      "UPSTREAM",
      `${location} ${problemOf(error)}.`,
      "Run dbt again, or point DBT_ARTIFACTS_PATH at artifacts that are whole.",
      { cause: error },
    );
  }
  return new RunlensError(
    "NOT_FOUND",
    `The manifest with this code could not be read: ${location} (${codeOf(error)}).`,
    "The code of a model is read from its manifest.json when it is asked for: bring the file back, or run dbt again.",
    { cause: error },
  );
}
