/**
 * How everything last ran, and as often as questions ask for. The runs of each schedule are read from the newest back,
 * without a gap, until every node that they build has as many successes as are wanted: so the last successes that are
 * known are the last that there are.
 */
import type { RunlensError } from "../../errors.ts";
import type { Row } from "../../store/port.ts";
import type { LedgerEntry } from "../source.ts";
import { type Depth, reaches } from "../visit/depth.ts";
import { type KnownRun, runsOfJob } from "../visit/known-runs.ts";
import { type Lost, type Missing, readUnread } from "./results.ts";
import { isFinished } from "./run-rows.ts";
import type { BoltVisit } from "./visit.ts";
import type { Site } from "./workspace.ts";

/** Runs of a schedule beyond as many as are wanted, where a node keeps failing. */
const MOST_BEYOND = 20;
/** Runs of a schedule that are read for nodes that no run has built yet: its newest may have built a part alone. */
const MOST_FOR_UNMET = 5;
/** Runs of a schedule that single nodes are looked for in. */
const MOST_FOR_NODES = 200;
/** Runs of each schedule that are read at once after the first. */
const STEP = 4;
/** Runs that are read for one question. */
const MOST_RUNS = 600;

/** What is looked for: in all nodes, or in these. */
interface Wanted {
  depth: Depth;
  nodes: readonly string[] | null;
}

/** Makes the results of a project in an environment fresh, as deep as a question looks back. Needs the definitions. */
export function readHistory(visit: BoltVisit, site: Site, depth: Depth): Promise<void> {
  const { project, environment } = site;
  const name = `${project.project_id}/${environment.environment_id}`;
  return visit.part(
    `executions:${name}`,
    async (entry) => {
      const before = memoryOf(entry);
      const deepest = before !== null && reaches(before.depth, depth) ? before.depth : depth;
      const slugs = visit.workspace.slugsOf(site);
      const { read, failed, lost, cut } = await readBack(visit, slugs, { depth: deepest, nodes: null });
      const known = [...(before?.lost ?? []), ...lost].slice(-MOST_LOST);
      const recent = known.filter(({ ended_at }) => ended_at / 1000 > visit.context.now() - LOST_FOR_MS);
      const memory: Memory = { depth: deepest, lost: recent };
      const watermark = JSON.stringify(memory);
      if (read === 0 && entry?.watermark === watermark && failed.size === 0) return { unchanged: true };
      const notes = [...failed].map(
        ([id, error]) => `the results of run ${id} could not be read: ${error.message}`,
      );
      return {
        watermark,
        notes: [...notes.map(withoutStop), ...recent.map(({ note }) => note), ...(cut === null ? [] : [cut])],
        complete: failed.size === 0 && recent.length === 0 && cut === null,
      };
    },
    (entry) => {
      const before = memoryOf(entry);
      return before !== null && reaches(before.depth, depth);
    },
    `${visit.platform.label}, project ${name}`,
  );
}

/** What the ledger remembers. */
interface Memory {
  depth: Depth;
  /** What was found lost lately, and is still missed. */
  lost: readonly Lost[];
}

/** What was lost is told for a week, and of so many files. */
const LOST_FOR_MS = 7 * 86_400_000;
const MOST_LOST = 5;

function memoryOf(entry: LedgerEntry | null): Memory | null {
  if (entry?.watermark == null) return null;
  try {
    // Written above, and by nothing else.
    return JSON.parse(entry.watermark) as Memory;
  } catch {
    return null;
  }
}

/** Notes of the ledger are ended by whoever shows them. */
function withoutStop(note: string): string {
  return note.replace(/\.$/, "");
}

/** A schedule whose runs are read from the newest back. */
interface Thread {
  slug: string;
  /** Runs that have ended, newest first. */
  runs: readonly KnownRun[];
  /** How many of them are read, without a gap. */
  read: number;
}

/** How many runs were read, and what is missing. */
interface ReadRuns extends Missing {
  read: number;
  cut: string | null;
}

/** Reads the runs of these schedules. Rejects where all of them fail. */
export async function readBack(
  visit: BoltVisit,
  slugs: readonly string[],
  wanted: Wanted,
): Promise<ReadRuns> {
  const { depth, nodes } = wanted;
  const most = nodes === null ? depth.executions + MOST_BEYOND : Math.max(MOST_FOR_NODES, depth.executions);
  const threads = await Promise.all(slugs.map((slug) => threadOf(visit, slug)));
  const failed = new Map<string, RunlensError>();
  const lost: Lost[] = [];
  let read = 0;
  let cut: string | null = null;
  for (let round = 0; ; round++) {
    const lacking = await lackingOf(visit, threads, wanted);
    const isUnmet = threads.some(({ read: count }) => count < MOST_FOR_UNMET)
      ? await hasUnmet(visit, slugs, nodes)
      : false;
    const next = threads.flatMap((thread) => {
      const step = round === 0 ? Math.max(1, depth.executions - thread.read) : STEP;
      const isWanted =
        (lacking.has(thread.slug) && thread.read < most) || (isUnmet && thread.read < MOST_FOR_UNMET);
      const count = thread.read === 0 ? 1 : isWanted ? step : 0;
      const due = Math.max(thread.read + count, sinceCount(thread, depth.since));
      return thread.runs.slice(thread.read, due).map((run) => ({ thread, run }));
    });
    if (next.length === 0) break;
    if (read === MOST_RUNS) {
      cut = `only the newest ${MOST_RUNS} runs were read; ask for a shorter time, or for one job`;
      break;
    }
    const some = next.slice(0, MOST_RUNS - read);
    read += some.length;
    const missing = await readUnread(
      visit,
      some.map(({ run }) => run),
    );
    for (const [id, error] of missing.failed) failed.set(id, error);
    lost.push(...missing.lost);
    // One round may meet a run that cannot be had; where another does not go better, the next ones will not either.
    const [first] = failed.values();
    if (round > 0 && first !== undefined && failed.size === read) throw first;
    for (const { thread } of some) thread.read++;
    for (const thread of threads) thread.read = Math.max(thread.read, gapOf(thread.runs, thread.read));
  }
  const [first] = failed.values();
  if (first !== undefined && failed.size === read) throw first;
  return { read, failed, lost, cut };
}

/** True where the projects of these schedules define something to build that no run which has been read has built. */
async function hasUnmet(
  visit: BoltVisit,
  slugs: readonly string[],
  nodes: readonly string[] | null,
): Promise<boolean> {
  const dbt = slugs.filter((slug) => visit.workspace.leavesResults(slug));
  const isMeant = nodes === null ? "true" : "n.unique_id IN (SELECT unnest($3::VARCHAR[]))";
  const [row] = await visit.rows<Row & { unmet: number }>(
    `SELECT count(*) AS unmet FROM stored_nodes n
     WHERE n.definition_key IS NOT NULL AND n.resource_type IN ('model', 'seed', 'snapshot')
       AND n.materialization IS DISTINCT FROM 'ephemeral' AND ${isMeant}
       AND (n.project_key, n.environment_key) IN (
         SELECT (r.project_key, r.environment_key) FROM stored_runs r JOIN stored_jobs j ON j.job_key = r.job_key
         JOIN stored_sources s ON s.source_key = r.source_key
         WHERE s.source_id = $1 AND j.job_id IN (SELECT unnest($2::VARCHAR[])))
       AND NOT EXISTS (SELECT 1 FROM stored_executions x WHERE x.node_key = n.node_key)`,
    [dbt, ...(nodes === null ? [] : [nodes])],
  );
  return (row?.unmet ?? 0) > 0;
}

async function threadOf(visit: BoltVisit, slug: string): Promise<Thread> {
  const known = await runsOfJob(visit, slug);
  const runs = known
    .filter((run) => isFinished(run) && run.started_at !== null)
    .sort((one, other) => (other.ended_at ?? 0) - (one.ended_at ?? 0));
  return { slug, runs, read: gapOf(runs, 0) };
}

/** Where the first run stands, from `from` on, that has not been read. */
function gapOf(runs: readonly KnownRun[], from: number): number {
  const gap = runs.findIndex((run, index) => index >= from && !run.results_read);
  return gap === -1 ? runs.length : gap;
}

/** How many of its runs ended since a time (epoch milliseconds). */
function sinceCount({ runs }: Thread, since: number | null): number {
  if (since === null) return 0;
  const older = runs.findIndex((run) => (run.ended_at ?? 0) / 1000 < since);
  return older === -1 ? runs.length : older;
}

/**
 * The schedules whose runs, as far as they are read, do not tell enough: they have built a node less often with success
 * than is wanted, or have left no results at all although they run dbt.
 */
async function lackingOf(
  visit: BoltVisit,
  threads: readonly Thread[],
  { depth, nodes }: Wanted,
): Promise<ReadonlySet<string>> {
  const ids = threads.flatMap(({ runs, read }) => runs.slice(0, read).map((run) => run.run_id));
  const isMeant = nodes === null ? "true" : "n.unique_id IN (SELECT unnest($3::VARCHAR[]))";
  const rows = await visit.rows<Row & { job_id: string; lacking: number }>(
    `SELECT job_id, count(*) FILTER (counts AND successes < ${depth.executions}) AS lacking FROM (
       SELECT j.job_id, x.node_key, count(*) FILTER (x.status = 'success') AS successes,
         any_value(n.definition_key IS NOT NULL AND n.resource_type IN ('model', 'seed', 'snapshot') AND ${isMeant}) AS counts
       FROM stored_executions x JOIN stored_invocations i USING (invocation_key)
       JOIN stored_runs r ON r.run_key = i.run_key JOIN stored_sources s ON s.source_key = r.source_key
       JOIN stored_jobs j ON j.job_key = r.job_key JOIN stored_nodes n ON n.node_key = x.node_key
       WHERE s.source_id = $1 AND r.run_id IN (SELECT unnest($2::VARCHAR[]))
       GROUP BY ALL)
     GROUP BY job_id`,
    [ids, ...(nodes === null ? [] : [nodes])],
  );
  const told = new Map(rows.map(({ job_id, lacking }) => [job_id, lacking]));
  return new Set(
    threads
      .map(({ slug }) => slug)
      .filter((slug) => (told.has(slug) ? told.get(slug) !== 0 : visit.workspace.leavesResults(slug))),
  );
}
