/** What `run_results.json` and `sources.json` say of the invocation that wrote them. */

import type { WireObject } from "../wire/loose.ts";
import type { Command } from "./commands.ts";
import type { PackageCounts } from "./packages.ts";

/** A file of results, and what its beginning says. */
export interface ResultsFile {
  path: string;
  /** Its last change, epoch microseconds: when nothing else tells the time. */
  changedAt: number;
  metadata: WireObject;
}

/** What another file of dbt 2 says of the same invocation; `elapsed` is in seconds. */
export interface Past {
  /** In the form of `args` in `run_results.json`. */
  args: WireObject;
  elapsed: number;
}

export interface InvocationFacts {
  kind: "results" | "freshness";
  metadata: WireObject;
  command: Command;
  packages: PackageCounts;
  /** Epoch microseconds. */
  generatedAt: number;
  /** Seconds, NaN where unknown. */
  elapsed: number;
  hasFailed: boolean;
  /** Rows that were read, and rows that could not be understood. */
  rows: number;
  dropped: number;
}
