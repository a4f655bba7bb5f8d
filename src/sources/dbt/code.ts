/** The code of one node, found in a file of dbt's without reading the rest of it, and without blocking. */
import type { ModelCode } from "../source.ts";
import { isObject, textOf, type WireObject } from "../wire/loose.ts";
import type { Visitor } from "./json-entries.ts";
import { Fields } from "./json-fields.ts";
import { readEntriesGently } from "./json-file.ts";

/** dbt before 1.3 called code SQL. */
const CODE = new Fields({
  raw_code: true,
  raw_sql: true,
  compiled_code: true,
  compiled_sql: true,
  language: true,
});
const RESULT = new Fields({ unique_id: true, compiled_code: true });

/**
 * The code of `uniqueId` in a manifest, null where it is not there. Rejects with `JsonError`, the error of the file
 * system, or that of the signal.
 */
export async function codeIn(
  uniqueId: string,
  manifest: string,
  signal: AbortSignal,
): Promise<ModelCode | null> {
  let found: WireObject | null = null;
  const visitor: Visitor = {
    entry: (_key, name, value) => {
      if (name !== uniqueId || !isObject(value)) return true;
      found = value;
      return false;
    },
    malformed: () => undefined,
  };
  await readEntriesGently(manifest, { nodes: { entries: CODE } }, visitor, signal);
  return found === null ? null : codeOf(found);
}

function codeOf(entry: WireObject): ModelCode {
  return {
    raw_sql: textOf(entry.raw_code) ?? textOf(entry.raw_sql),
    compiled_sql: textOf(entry.compiled_code) ?? textOf(entry.compiled_sql),
    language: textOf(entry.language) ?? "sql",
  };
}

/**
 * The compiled code of `uniqueId` in a `run_results.json`: a manifest that was written before compiling has none.
 * Rejects as `codeIn` does.
 */
export async function compiledIn(
  uniqueId: string,
  results: string,
  signal: AbortSignal,
): Promise<string | null> {
  let compiled: string | null = null;
  const visitor: Visitor = {
    entry: (_key, _name, value) => {
      if (!isObject(value) || value.unique_id !== uniqueId) return true;
      compiled = textOf(value.compiled_code);
      return false;
    },
    malformed: () => undefined,
  };
  await readEntriesGently(results, { results: { entries: RESULT } }, visitor, signal);
  return compiled;
}
