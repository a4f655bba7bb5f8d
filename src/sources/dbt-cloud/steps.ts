/** The steps of a run: what the platform does itself, and the commands of dbt. */

/** Words of commands that leave results that count; the rest (docs, compile, deps and so on) only looks so. */
const RESULTS: ReadonlySet<string> = new Set(["build", "run", "test", "seed", "snapshot", "retry"]);

/**
 * The command of dbt in a step's name, such as "Invoke dbt with `dbt build --select x`", or in a line of a job; null
 * for what is none. The platform's own last steps are named by what they do.
 */
export function dbtCommandOf(name: string): string | null {
  if (/^generate docs$/i.test(name.trim())) return "dbt docs generate";
  if (/^source freshness$/i.test(name.trim())) return "dbt source freshness";
  const line = /`([^`]*)`/.exec(name)?.[1] ?? name;
  const words = line.trim().split(/\s+/);
  return /^dbt[fx]?$/.test(words[0] ?? "") ? words.join(" ") : null;
}

/** The artifact that a command leaves its results in; null where it leaves none. */
export function resultsFileOf(command: string | null): "run_results.json" | "sources.json" | null {
  if (command === null) return null;
  const words = command
    .split(" ")
    .slice(1)
    .filter((word) => !word.startsWith("-"));
  if (words[0] === "source") return "sources.json";
  return words.some((word) => RESULTS.has(word)) ? "run_results.json" : null;
}
