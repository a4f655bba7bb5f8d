/** Results of asset checks, newest first, of many checks at once. */
import { partsOf } from "../visit/groups.ts";
import { labelOf, numberOf, objectOf, textOf, type WireObject } from "../wire/loose.ts";
import { objectsOf } from "./api.ts";
import { checksDocument } from "./documents.ts";
import type { DagsterVisit } from "./visit.ts";
import { microsOf } from "./wire-run.ts";

/** Results of one request, and of one check in it. */
const MOST_AT_ONCE = 1000;
const LARGEST_PAGE = 250;
/** Runs beside those wanted in which a check may have been evaluated meanwhile. */
const OTHERS = 5;
const MOST_PAGES = 12;

/** One check of an asset, `a/b`. */
export interface CheckHandle {
  key: string;
  name: string;
}

export interface CheckResult extends CheckHandle {
  run_id: string;
  /** `SUCCEEDED`, `FAILED`, `EXECUTION_FAILED`, `SKIPPED` or `IN_PROGRESS`. */
  status: string;
  /** `WARN` or `ERROR`; null where there was no evaluation. */
  severity: string | null;
  description: string | null;
  step_key: string | null;
  partition: string | null;
  /** Epoch microseconds. */
  at: number | null;
  /** Rows that failed, where dagster-dbt says so. */
  failures: number | null;
}

/** A check, and the runs whose results are wanted. */
export interface WantedCheck extends CheckHandle {
  runs: ReadonlySet<string>;
}

/** A check on its way: which runs are still to be found, and after which result its next page begins. */
interface Search {
  check: WantedCheck;
  missing: Set<string>;
  cursor: string | null;
}

/** The results of each check in the runs wanted. They are looked for from the newest on, as far as it is sensible. */
export async function resultsOf(visit: DagsterVisit, checks: readonly WantedCheck[]): Promise<CheckResult[]> {
  const found: CheckResult[] = [];
  let searches: Search[] = checks.map((check) => ({ check, missing: new Set(check.runs), cursor: null }));
  const mostRuns = checks.reduce((most, { runs }) => Math.max(most, runs.size), 0);
  // Most are wanted of the newest runs, so that one page is enough.
  let limit = Math.min(mostRuns + OTHERS, LARGEST_PAGE);
  for (let page = 0; page < MOST_PAGES && searches.length > 0; page++, limit = LARGEST_PAGE) {
    const parts = partsOf(searches, Math.floor(MOST_AT_ONCE / limit));
    const going = await Promise.all(parts.map((part) => turnPage(visit, part, limit, found)));
    searches = going.flat();
  }
  if (searches.length > 0)
    visit.miss(`${visit.platform.label}: the results of some checks are too old to be found`);
  return found;
}

/** Adds what a page of each search has; gives the searches that go on. */
async function turnPage(
  visit: DagsterVisit,
  searches: readonly Search[],
  limit: number,
  found: CheckResult[],
): Promise<Search[]> {
  const variables = searches.flatMap(({ check, cursor }, index) => [
    [`k${index}`, { path: check.key.split("/") }] as const,
    [`n${index}`, check.name] as const,
    [`a${index}`, cursor] as const,
  ]);
  const data = await visit.api.ask(
    (can) => checksDocument(can, searches.length),
    { ...Object.fromEntries(variables), limit },
    visit.context.signal,
  );
  return searches.flatMap((search, index) => {
    const results = objectsOf(data[`c${index}`]);
    for (const one of results) {
      const result = resultOf(search.check, one);
      if (result === null || !search.check.runs.has(result.run_id)) continue;
      search.missing.delete(result.run_id);
      found.push(result);
    }
    const cursor = labelOf(results.at(-1)?.id);
    const hasMore = results.length >= limit && cursor !== null && cursor !== search.cursor;
    return hasMore && search.missing.size > 0 ? [{ ...search, cursor }] : [];
  });
}

function resultOf({ key, name }: CheckHandle, found: WireObject): CheckResult | null {
  const run_id = textOf(found.runId);
  const status = textOf(found.status);
  if (run_id === null || status === null) return null;
  const evaluation = objectOf(found.evaluation);
  const counts = objectsOf(evaluation.metadataEntries).filter(({ label }) =>
    FAILED_ROWS.has(textOf(label) ?? ""),
  );
  const failures = numberOf(counts[0]?.intValue);
  return {
    key,
    name,
    run_id,
    status,
    severity: textOf(evaluation.severity),
    description: textOf(evaluation.description),
    step_key: textOf(found.stepKey),
    partition: textOf(found.partition),
    at: microsOf(evaluation.timestamp ?? found.timestamp),
    failures: Number.isNaN(failures) ? null : failures,
  };
}

/** Labels under which dagster-dbt has put the number of failing rows. */
const FAILED_ROWS: ReadonlySet<string> = new Set([
  "dagster_dbt/failed_row_count",
  "dagster-dbt/failed_row_count",
]);
