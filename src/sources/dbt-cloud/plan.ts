/** Which way to facts needs the fewest requests. */

/** Nodes whose history one document asks for. Beyond the 10 to 20 seen in use, so that it halves when refused. */
export const HISTORY_BATCH = 50;

/** Rows of a page of Discovery's connections. */
export const PAGE = 500;

/** Rows that the lists of a run are sure to have at once: newer schemas cut them there. */
export const MOST_ROWS_AT_ONCE = 100;

/** Executions of one node that Discovery is asked for at most: what other clients are known to ask for. */
export const MOST_EXECUTIONS = 100;

/** What a way costs, in requests; infinite where it cannot be gone. */
export interface Costs {
  /** The results of each run that is not known yet. */
  runs: number;
  /** The history of each node, many at a time. */
  history: number;
  /** The last results of all nodes, page by page; infinite where more than the last is asked for. */
  latest: number;
}

export type Way = keyof Costs;

/** The cheapest way. Of equal ones the results of runs, which also say what failed and what was tested. */
export function cheapest(costs: Costs): Way {
  if (costs.runs <= costs.history && costs.runs <= costs.latest) return "runs";
  return costs.latest <= costs.history ? "latest" : "history";
}

/** Requests for the history of so many nodes. */
export function historyCost(nodes: number): number {
  return Math.ceil(nodes / HISTORY_BATCH);
}

/** How many executions to ask for, so that `successes` are among them where a few failed. */
export function executionsFor(successes: number): number {
  return Math.min(MOST_EXECUTIONS, successes + Math.max(2, Math.ceil(successes / 2)));
}
