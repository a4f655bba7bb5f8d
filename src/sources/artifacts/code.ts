/** The code of one node, found in its manifest without reading the rest of it. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { cancelled, isAbort, RunlensError } from "../../errors.ts";
import { JsonError, type Visitor } from "../dbt/json-entries.ts";
import { Fields } from "../dbt/json-fields.ts";
import { readEntriesGently } from "../dbt/json-file.ts";
import { problemOf } from "../dbt/kinds.ts";
import type { ModelCode } from "../source.ts";
import { isObject, textOf, type WireObject } from "../wire/loose.ts";
import { codeOf } from "./files.ts";

/** dbt before 1.3 called code SQL. */
const CODE = new Fields({
  raw_code: true,
  raw_sql: true,
  compiled_code: true,
  compiled_sql: true,
  language: true,
});
const RESULT = new Fields({ unique_id: true, compiled_code: true });

/** Reads the code of `uniqueId` from the manifest at `location`. Throws `NOT_FOUND` or `UPSTREAM`. */
export async function readCode(uniqueId: string, location: string, signal: AbortSignal): Promise<ModelCode> {
  const entry = await findNode(uniqueId, location, signal);
  if (entry === null) {
    throw new RunlensError(
      "NOT_FOUND",
      `${uniqueId} is not in ${location} any more.`,
      "The file was written anew since it was read: ask again with `refresh`.",
    );
  }
  const compiled = textOf(entry.compiled_code) ?? textOf(entry.compiled_sql);
  return {
    raw_sql: textOf(entry.raw_code) ?? textOf(entry.raw_sql),
    compiled_sql: compiled ?? (await compiledByRun(uniqueId, location, signal)),
    language: textOf(entry.language) ?? "sql",
  };
}

async function findNode(uniqueId: string, location: string, signal: AbortSignal): Promise<WireObject | null> {
  let found: WireObject | null = null;
  const visitor: Visitor = {
    entry: (_key, name, value) => {
      if (name !== uniqueId || !isObject(value)) return true;
      found = value;
      return false;
    },
    malformed: () => undefined,
  };
  try {
    await readEntriesGently(location, { nodes: { entries: CODE } }, visitor, signal);
  } catch (error) {
    throw failure(error, location);
  }
  return found;
}

/** A manifest that was written before compiling has no compiled code, but the results of the run do. */
async function compiledByRun(
  uniqueId: string,
  location: string,
  signal: AbortSignal,
): Promise<string | null> {
  const beside = join(dirname(location), "run_results.json");
  if (!existsSync(beside)) return null;
  let compiled: string | null = null;
  const visitor: Visitor = {
    entry: (_key, _name, value) => {
      if (!isObject(value) || value.unique_id !== uniqueId) return true;
      compiled = textOf(value.compiled_code);
      return false;
    },
    malformed: () => undefined,
  };
  try {
    await readEntriesGently(beside, { results: { entries: RESULT } }, visitor, signal);
  } catch (error) {
    // The code of the manifest is an answer without it.
    if (signal.aborted) throw failure(error, beside);
  }
  return compiled;
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
