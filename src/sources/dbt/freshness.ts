/** `sources.json`: what `dbt source freshness` found. */

import type { FreshnessColumns } from "../../store/units.ts";
import { freshnessColumns, type RowOf, type Words } from "../visit/columns.ts";
import { isObject, numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { freshnessCommand } from "./commands.ts";
import type { InvocationFacts, ResultsFile } from "./invocation-facts.ts";
import type { Visitor } from "./json-entries.ts";
import { Fields } from "./json-fields.ts";
import { readEntries } from "./json-file.ts";
import { countPackage } from "./packages.ts";
import { FAILED_RESULTS, freshnessStatus } from "./statuses.ts";
import { microsOf } from "./times.ts";

const FIELDS = new Fields({
  unique_id: true,
  status: true,
  error: true,
  max_loaded_at: true,
  snapshotted_at: true,
  max_loaded_at_time_ago_in_s: true,
  criteria: true,
});

const PERIODS: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

/** 0002-01-01: dbt writes the year 1 for the newest row of a table without rows. */
const NEVER_LOADED = microsOf("0002-01-01");

/** Reads the file. Throws `JsonError` or the error of the file system. */
export function readSources(
  file: ResultsFile,
  words: Words,
): InvocationFacts & { freshness: FreshnessColumns } {
  const { metadata } = file;
  let elapsed = Number.NaN;
  let results: WireObject[] = [];
  let dropped = 0;
  const visitor: Visitor = {
    begin: (key) => {
      if (key === "results") {
        results = [];
        dropped = 0;
      }
    },
    entry: (key, name, value) => {
      if (key === "elapsed_time") elapsed = numberOf(value);
      else if (name !== null && isObject(value) && textOf(value.unique_id)) results.push(value);
      else dropped++;
      return true;
    },
    malformed: () => dropped++,
  };
  const plan = { elapsed_time: "value", results: { entries: FIELDS } } as const;
  readEntries(file.path, plan, visitor);

  const generatedAt = microsOf(metadata.generated_at);
  const packages = new Map<string, number>();
  const columns = freshnessColumns(words);
  let hasFailed = false;
  for (const result of results) {
    const row = rowOf(result);
    hasFailed ||= FAILED_RESULTS.has(row.status ?? "");
    countPackage(packages, row.node ?? "");
    columns.add(row);
  }
  return {
    kind: "freshness",
    metadata,
    command: freshnessCommand(),
    packages,
    generatedAt: Number.isNaN(generatedAt) ? file.changedAt : generatedAt,
    elapsed,
    hasFailed,
    rows: results.length,
    dropped,
    freshness: columns.finish(),
  };
}

function rowOf(result: WireObject): RowOf<FreshnessColumns> {
  const error = textOf(result.error);
  // A source that could not be asked has only an error, in some versions without a status.
  const { status, raw } = freshnessStatus(
    textOf(result.status) ?? (error === null ? "unknown" : "runtime error"),
  );
  const criteria = criteriaOf(result.criteria);
  const loadedAt = microsOf(result.max_loaded_at);
  const isNever = loadedAt < NEVER_LOADED;
  return {
    node: textOf(result.unique_id),
    status,
    raw_status: raw,
    message: error ?? (isNever ? "The source has no rows." : null),
    max_loaded_at: isNever ? Number.NaN : loadedAt,
    snapshotted_at: microsOf(result.snapshotted_at),
    age_s: isNever ? Number.NaN : numberOf(result.max_loaded_at_time_ago_in_s),
    warn_after_s: criteria.warn,
    error_after_s: criteria.error,
  };
}

/** `{ warn_after: { count, period }, error_after: … }` in seconds, NaN where it is not set. */
export function criteriaOf(value: unknown): { warn: number; error: number } {
  const { warn_after, error_after } = objectOf(value);
  return { warn: secondsOf(warn_after), error: secondsOf(error_after) };
}

function secondsOf(value: unknown): number {
  const { count, period } = objectOf(value);
  const name = textOf(period)?.toLowerCase().replace(/s$/, "") ?? "";
  return numberOf(count) * (Object.hasOwn(PERIODS, name) ? (PERIODS[name] ?? Number.NaN) : Number.NaN);
}
