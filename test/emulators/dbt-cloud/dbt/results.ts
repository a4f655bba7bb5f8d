/** The few parts of run results and sources that the emulator reads itself. */

export interface ResultTiming {
  name: string;
  started_at: string;
  completed_at: string;
}

export interface ResultRow {
  unique_id: string;
  status: string;
  timing?: ResultTiming[];
  thread_id?: string;
  execution_time?: number;
  message?: string | null;
  failures?: number | null;
  relation_name?: string | null;
  compiled_code?: string | null;
}

export interface Results {
  metadata: { dbt_version: string; generated_at: string };
  results: ResultRow[];
  elapsed_time: number;
  args?: { which?: string; invocation_command?: string; target?: string };
}

/** Reads the text of a `run_results.json` or `sources.json` that dbt wrote, or that this emulator made. */
export function parseResults(text: string): Results {
  const value: unknown = JSON.parse(text);
  if (!isResults(value)) throw new Error("neither run_results.json nor sources.json");
  return value;
}

function isResults(value: unknown): value is Results {
  if (typeof value !== "object" || value === null) return false;
  return "metadata" in value && "elapsed_time" in value && "results" in value && Array.isArray(value.results);
}

/** Statuses for which dbt ends with an exit code other than 0. A test of severity warn has `warn` instead. */
const FAILING = new Set(["error", "fail", "partial success", "runtime error"]);

/** Whether dbt's exit code was other than 0. */
export function isFailed({ results }: Results): boolean {
  return results.some(({ status }) => FAILING.has(status.toLowerCase()));
}
