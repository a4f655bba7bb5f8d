/** The list of runs: newest first at the beginning, later only what has changed. */
import { objectsOf } from "./api.ts";
import { jobRunsDocument, RUNS_DOCUMENT } from "./documents.ts";
import type { DagsterVisit } from "./visit.ts";
import { type WireRun, wireRun } from "./wire-run.ts";

/** The scope of the list in the ledger. */
const RUNS = "runs:deployment";
/** Runs of one request, and requests of one list: ten thousand runs. */
const PAGE = 500;
const MOST_PAGES = 20;
/** How far the list reaches back at first. */
const FIRST_DAYS = 60;
const DAY_MS = 86_400_000;
/** A change may become visible later than its time says: clocks differ, and transactions end when they end. */
const OVERLAP_MS = 5 * 60_000;

/** Filters as the schema has them; times are epoch seconds. */
export interface RunsFilter {
  runIds?: readonly string[];
  pipelineName?: string;
  statuses?: readonly string[];
  updatedAfter?: number;
}

/** One page, newest first. `cursor` is the last run of the page before. */
export async function pageOfRuns(
  visit: DagsterVisit,
  filter: RunsFilter,
  page: { cursor: string | null; limit: number },
): Promise<{ runs: WireRun[]; returned: number; last: string | null }> {
  const data = await visit.api.ask(RUNS_DOCUMENT, { filter, ...page }, visit.context.signal);
  const results = objectsOf(visit.api.memberOf(data, "runsOrError", "Runs").results);
  const runs = results.flatMap((found) => wireRun(found) ?? []);
  return { runs, returned: results.length, last: runs.at(-1)?.run_id ?? null };
}

/** What the ledger remembers: times in epoch milliseconds. */
interface Memory {
  /** The newest change that was seen. */
  changed: number;
  /** The list has all runs that were made since; null for all that there are. */
  since: number | null;
}

/** Makes the list fresh, and as long as `since` (epoch milliseconds) asks. */
export async function listRuns(visit: DagsterVisit, since: number | undefined): Promise<void> {
  const { context } = visit;
  const wanted = since ?? context.now() - FIRST_DAYS * DAY_MS;
  await visit.part(
    RUNS,
    async (entry) => {
      const before = memoryOf(entry?.watermark ?? null);
      const asked = context.now();
      if (before === null || (before.since !== null && since !== undefined && since < before.since)) {
        const { whole, changed, cut } = await readBack(visit, wanted);
        const memory: Memory = { changed: changed ?? asked, since: whole ? null : wanted };
        const notes = cut ? [`only the newest ${PAGE * MOST_PAGES} runs were read`] : [];
        return { watermark: JSON.stringify(memory), notes, complete: !cut };
      }
      const changed = await readChanges(visit, before.changed - OVERLAP_MS);
      if (changed === null) return { unchanged: true };
      const memory: Memory = { ...before, changed: Math.max(before.changed, changed) };
      return {
        watermark: JSON.stringify(memory),
        notes: entry?.notes ?? [],
        complete: entry?.complete ?? true,
      };
    },
    (entry) => reaches(memoryOf(entry.watermark), since),
  );
}

function memoryOf(watermark: string | null): Memory | null {
  if (watermark === null) return null;
  const found: unknown = JSON.parse(watermark);
  if (typeof found !== "object" || found === null) return null;
  const changed: unknown = Reflect.get(found, "changed");
  const since: unknown = Reflect.get(found, "since");
  if (typeof changed !== "number") return null;
  return { changed, since: typeof since === "number" ? since : null };
}

function reaches(memory: Memory | null, since: number | undefined): boolean {
  if (memory === null) return false;
  return memory.since === null || since === undefined || since >= memory.since;
}

/** Pages until one reaches behind `until` (epoch milliseconds). */
async function readBack(
  visit: DagsterVisit,
  until: number,
): Promise<{ whole: boolean; cut: boolean; changed: number | null }> {
  let cursor: string | null = null;
  let changed: number | null = null;
  let done = 0;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { runs, returned, last } = await pageOfRuns(visit, {}, { cursor, limit: PAGE });
    await visit.addRuns(runs);
    changed = newest(changed, runs);
    done += returned;
    visit.context.progress({ done, total: null, message: "runs listed" });
    if (returned < PAGE || last === null || last === cursor) return { whole: true, cut: false, changed };
    const oldest = runs.at(-1);
    const at = oldest?.created_at ?? oldest?.started_at ?? null;
    if (at !== null && at / 1000 < until) return { whole: false, cut: false, changed };
    cursor = last;
  }
  return { whole: false, cut: true, changed };
}

/** Runs that have changed since (epoch milliseconds); null where there are none but those that were known so. */
async function readChanges(visit: DagsterVisit, since: number): Promise<number | null> {
  let cursor: string | null = null;
  let changed: number | null = null;
  for (let page = 0; page < MOST_PAGES; page++) {
    const filter = { updatedAfter: since / 1000 };
    const { runs, returned, last } = await pageOfRuns(visit, filter, { cursor, limit: PAGE });
    await visit.addRuns(runs);
    changed = newest(changed, runs);
    if (returned < PAGE || last === null || last === cursor) return changed;
    cursor = last;
  }
  visit.miss("Too many runs have changed since the last look: the oldest of them were not read.");
  return changed;
}

/** The newest change among the runs, epoch milliseconds. */
function newest(before: number | null, runs: readonly WireRun[]): number | null {
  return runs.reduce<number | null>((latest, { updated_at, ended_at, started_at, created_at }) => {
    const at = updated_at ?? ended_at ?? started_at ?? created_at;
    return at === null || (latest !== null && latest >= at / 1000) ? latest : at / 1000;
  }, before);
}

/** Jobs whose runs one request asks for. */
const JOBS_AT_ONCE = 20;

/** The newest runs of each of these jobs; they go to the store. Nothing is asked where the list has all that there are. */
export async function fetchRunsOfJobs(
  visit: DagsterVisit,
  jobs: readonly string[],
  limit: number,
): Promise<void> {
  const memory = memoryOf((await visit.entry(RUNS))?.watermark ?? null);
  if (memory?.since === null) return;
  for (let at = 0; at < jobs.length; at += JOBS_AT_ONCE) {
    const part = jobs.slice(at, at + JOBS_AT_ONCE);
    const names = Object.fromEntries(part.map((job, index) => [`j${index}`, job]));
    const data = await visit.api.ask(
      (can) => jobRunsDocument(can, part.length),
      { ...names, limit },
      visit.context.signal,
    );
    for (const index of part.keys()) {
      const { results } = visit.api.memberOf(data, `r${index}`, "Runs");
      await visit.addRuns(objectsOf(results).flatMap((found) => wireRun(found) ?? []));
    }
  }
  await visit.slices.publish();
}

/** Runs by a filter, newest first; they go to the store. */
export async function fetchRuns(visit: DagsterVisit, filter: RunsFilter, limit: number): Promise<WireRun[]> {
  const { runs } = await pageOfRuns(visit, filter, { cursor: null, limit });
  await visit.addRuns(runs);
  return runs;
}
