/**
 * What the demo's JSON files say, read the plain way and by other code than the product's: the numbers that
 * answers are held against.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ARTIFACTS } from "../demo.ts";

export interface Result {
  unique_id: string;
  status: string;
  runtime: number;
  message: string | null;
  failures: number | null;
  /** Epoch milliseconds: when it ended or, where it did not run, when the file was written. */
  at: number;
  run: Invocation;
}

/** A row of sources.json; one that could not be checked has no more than its status. */
export interface SourceResult {
  unique_id: string;
  status: string;
  max_loaded_at?: string;
  snapshotted_at?: string;
  criteria?: { warn_after?: Age; error_after?: Age };
}

interface Age {
  count: number | null;
  period: string | null;
}

export interface Invocation {
  id: string;
  folder: string;
  /** By the folder's name: nightly, intraday, freshness or docs. */
  job: string;
  which: string;
  elapsed: number;
  at: number;
  results: Result[];
  freshness: SourceResult[];
}

interface Json {
  // The files are vendor JSON; each reader below picks the few fields it needs.
  // biome-ignore lint/suspicious/noExplicitAny: the shape of vendor JSON is what the product is tested against
  [key: string]: any;
}

const read = (file: string): Json => JSON.parse(readFileSync(file, "utf8"));

const folders = readdirSync(ARTIFACTS).sort();

function invocation(folder: string): Invocation[] {
  const suffix = folder.replace(/^\d{4}-\d{2}-\d{2}T\d{6}Z-/, "");
  const job = ["full-refresh", "retry"].includes(suffix) ? "nightly" : suffix;
  return ["run_results.json", "sources.json"].flatMap((name) => {
    const file = join(ARTIFACTS, folder, name);
    if (!existsSync(file)) return [];
    const json = read(file);
    const run: Invocation = {
      id: json.metadata.invocation_id,
      folder,
      job,
      which: name === "sources.json" ? "freshness" : json.args.which,
      elapsed: json.elapsed_time,
      at: Date.parse(json.metadata.generated_at),
      results: [],
      freshness: name === "sources.json" ? json.results : [],
    };
    if (name === "run_results.json") {
      run.results = json.results.map((row: Json): Result => {
        const ends = row.timing.map((timing: Json) => Date.parse(timing.completed_at));
        return {
          unique_id: row.unique_id,
          status: row.status,
          runtime: row.execution_time,
          message: row.message,
          failures: row.failures,
          at: ends.length > 0 ? Math.max(...ends) : run.at,
          run,
        };
      });
    }
    return [run];
  });
}

/** All invocations, oldest first. */
export const invocations = folders.flatMap(invocation).sort((a, b) => a.at - b.at);

/** Those whose results are builds and tests; `docs generate` and the like only look so. */
export const builds = invocations.filter((run) => ["build", "run", "retry", "test"].includes(run.which));

/** The newest manifest. */
export const manifest: Json =
  folders
    .map((folder) => join(ARTIFACTS, folder, "manifest.json"))
    .filter((file) => existsSync(file))
    .map(read)
    .sort((a, b) => Date.parse(a.metadata.generated_at) - Date.parse(b.metadata.generated_at))
    .at(-1) ?? {};

export interface Model {
  unique_id: string;
  model_id: string;
  tags: string[];
  materialization: string;
  /** Newest first. */
  results: Result[];
}

const resultsOf = (id: string) =>
  builds.flatMap((run) => run.results.filter((row) => row.unique_id === id)).sort((a, b) => b.at - a.at);

/** The models of the newest manifest. */
export const models: Model[] = Object.values<Json>(manifest.nodes)
  .filter((node) => node.resource_type === "model")
  .map((node) => ({
    unique_id: node.unique_id,
    model_id: node.unique_id.replace(/^model\./, ""),
    tags: node.tags,
    materialization: node.config.materialized,
    results: resultsOf(node.unique_id),
  }));

export const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Run times of the N newest successes, among the results for which `of` is true. */
export const lastRuntimes = (model: Model, n: number, of: (row: Result) => boolean = () => true) =>
  model.results
    .filter((row) => row.status === "success" && of(row))
    .slice(0, n)
    .map((row) => row.runtime);

/** Models by the average of their N newest successes, slowest first. */
export function ranking(
  n: number,
  which: (model: Model) => boolean = () => true,
  of: (row: Result) => boolean = () => true,
  among: readonly Model[] = models,
) {
  return among
    .filter(which)
    .map((model) => ({ model_id: model.model_id, runs: lastRuntimes(model, n, of) }))
    .filter((row) => row.runs.length > 0)
    .map((row) => ({ model_id: row.model_id, average: mean(row.runs), runs: row.runs.length }))
    .sort((a, b) => b.average - a.average);
}

export interface TestNode {
  unique_id: string;
  severity: string;
  model: string | null;
  /** Everything that it depends on. */
  parents: readonly string[];
  /** Newest first. */
  results: readonly Result[];
  last: Result | undefined;
}

/** The tests of the newest manifest, with their last result. */
export const tests: TestNode[] = [
  ...Object.values<Json>(manifest.nodes).filter((node) => node.resource_type === "test"),
  ...Object.values<Json>(manifest.unit_tests),
].map((node) => ({
  unique_id: node.unique_id,
  severity: (node.config?.severity ?? "error").toLowerCase(),
  model:
    node.attached_node ??
    node.depends_on.nodes.filter((id: string) => id.startsWith("model.")).at(-1) ??
    null,
  parents: node.depends_on.nodes,
  results: resultsOf(node.unique_id),
  last: resultsOf(node.unique_id)[0],
}));

/** The last row of each source. */
export const sourceResults = new Map(
  invocations.flatMap((run) => run.freshness).map((row) => [row.unique_id, row] as const),
);

/** Last freshness of each source, by dbt's own verdict. */
export const freshness = new Map(
  [...sourceResults].map(([id, row]) => [id, row.status.replace(" ", "_")] as const),
);

const PERIOD_S: Record<string, number> = { minute: 60, hour: 3600, day: 86_400 };

/** What the newest row that was seen comes to at `now` (epoch milliseconds), by the criteria of the check. */
export function freshnessAt(row: SourceResult, now: number): string {
  const age_s = (now - Date.parse(row.max_loaded_at ?? "")) / 1000;
  const isOlder = (limit: Age | undefined) =>
    limit?.count != null && age_s > limit.count * (PERIOD_S[limit.period ?? ""] ?? Number.NaN);
  return isOlder(row.criteria?.error_after) ? "error" : isOlder(row.criteria?.warn_after) ? "warn" : "pass";
}

/** Everything upstream of a node, by the newest manifest. */
export function upstream(id: string, seen = new Set<string>()): Set<string> {
  for (const parent of manifest.parent_map[id] ?? []) {
    if (seen.has(parent)) continue;
    seen.add(parent);
    upstream(parent, seen);
  }
  return seen;
}

/** The run that a dbt invocation is. */
export const finishedRuns = (job: string) =>
  invocations.filter((run) => run.job === job && !run.folder.endsWith("-retry")).reverse();
