/**
 * How everything last ran, and as often as questions ask for: the newest runs of each job, then what assets were made
 * in runs that none of these are. Afterwards only what has run since is read.
 */
import type { LedgerEntry } from "../source.ts";
import { type Depth, newsOf, reaches, type Seen, seenOf } from "../visit/depth.ts";
import { endedRuns, type KnownRun, lastOfEachJob } from "../visit/known-runs.ts";
import { assetsWithout, readMaterializations } from "./materializations.ts";
import { readUnread } from "./run-results.ts";
import type { DagsterVisit } from "./visit.ts";

/** The scope of the results in the ledger. */
const EXECUTIONS = "executions:deployment";
/** Runs of a job that are read to find those that succeeded. */
const RUNS_PER_SUCCESS = 3;

/** What the ledger remembers. */
interface Memory {
  depth: Depth;
  seen: Seen;
}

/** Makes the results fresh, as deep as a question looks back. Needs the list of runs and the definitions. */
export function readHistory(visit: DagsterVisit, depth: Depth): Promise<void> {
  return visit.part(
    EXECUTIONS,
    async (entry) => {
      const before = memoryOf(entry);
      const runs = await endedRuns(visit, visit.platform.environment.environment_id);
      const isDeeper = before === null || !reaches(before.depth, depth);
      const wanted = isDeeper ? runsFor(runs, depth) : newsOf(runs, before.seen);
      await readUnread(visit, [...wanted, ...(await otherRuns(visit))]);
      if (isDeeper) {
        const { executions } = depth;
        await readMaterializations(visit, await assetsWithout(visit, executions), executions);
      }
      const memory: Memory = { depth: isDeeper ? depth : before.depth, seen: seenOf(runs) };
      return { watermark: JSON.stringify(memory), notes: [], complete: true };
    },
    (entry) => {
      const memory = memoryOf(entry);
      return memory !== null && reaches(memory.depth, depth);
    },
  );
}

function memoryOf(entry: LedgerEntry | null): Memory | null {
  if (entry?.watermark == null) return null;
  try {
    // Written above, and by nothing else.
    return JSON.parse(entry.watermark) as Memory;
  } catch {
    return null;
  }
}

/** The newest runs of each job, until each has as many successes as are wanted, and all since a time. */
function runsFor(runs: readonly KnownRun[], { executions, since }: Depth): KnownRun[] {
  const byJob = new Map<string, number>();
  const few = runs.filter((run) => {
    const name = `${run.project_id} ${run.job_id}`;
    const count = (byJob.get(name) ?? 0) + 1;
    byJob.set(name, count);
    return count <= executions * RUNS_PER_SUCCESS + 2;
  });
  const last = new Set(lastOfEachJob(few, executions));
  return runs.filter((run) => last.has(run) || (since !== null && (run.ended_at ?? 0) / 1000 >= since));
}

/** Runs that go on, for their steps so far, and runs that ended before they began, for why. */
function otherRuns(visit: DagsterVisit): Promise<KnownRun[]> {
  return visit.rows<KnownRun>(
    `SELECT r.run_id, r.results_read FROM stored_runs r JOIN stored_sources s USING (source_key)
     WHERE s.source_id = ? AND (r.status = 'running' OR r.kind = 'unstarted' AND NOT r.results_read)
     ORDER BY coalesce(r.started_at, r.queued_at) DESC NULLS LAST LIMIT ${MOST_OTHERS}`,
  );
}

const MOST_OTHERS = 50;
