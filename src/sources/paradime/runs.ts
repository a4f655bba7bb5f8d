/**
 * The lists of runs, one for each schedule: newest first at the beginning, later only of schedules whose last run is
 * another, or that had runs under way.
 */
import type { Row } from "../../store/port.ts";
import type { LedgerEntry } from "../source.ts";
import { isOver } from "./run-rows.ts";
import type { BoltVisit } from "./visit.ts";
import type { WireRun } from "./wire.ts";

/** The scope of the lists in the ledger. */
const RUNS = "runs:workspace";
/** Runs of one page; the vendor's client allows a thousand. */
const PAGE = 100;
/** Pages of one schedule in one go. */
const MOST_PAGES = 50;
const DAY_MS = 86_400_000;
/** How far the lists reach back at first; older runs are listed when asked for. */
const FIRST_DAYS = 60;
/** Runs that began together may come in any order. */
const OVERLAP_MS = 60 * 60_000;

/** Where the next look at a schedule begins; times are epoch milliseconds of the beginnings of runs. */
interface Mark {
  last: string;
  /** The project and environment that its runs were told under: when these change, all of them are told anew. */
  site: string;
  newest: number;
  oldest: number;
  /** True where the list reaches the first run that can be had. */
  whole: boolean;
  unfinished: { id: string; began: number }[];
}

type Marks = Record<string, Mark>;

function marksOf(entry: LedgerEntry | null): Marks {
  if (entry?.watermark == null) return {};
  try {
    // Written by `listRuns` below, and by nothing else.
    return JSON.parse(entry.watermark) as Marks;
  } catch {
    return {};
  }
}

/** Makes the lists fresh, as far back as `since` (epoch milliseconds), else as the first list goes. */
export async function listRuns(visit: BoltVisit, since: number | undefined): Promise<void> {
  const slugs = visit.workspace.schedules.map(({ job }) => job.job_id);
  await visit.part(
    RUNS,
    async (entry) => {
      const { context } = visit;
      const marks = marksHere(visit, entry);
      const horizon = Math.min(since ?? Number.POSITIVE_INFINITY, context.now() - FIRST_DAYS * DAY_MS);
      const due = slugs.filter((slug) => {
        const mark = markOf(marks, slug);
        if (mark === null || context.refresh || mark.unfinished.length > 0) return true;
        return mark.last !== visit.lasts.get(slug) || !reachesBack(mark, horizon);
      });
      if (due.length === 0 && entry !== null) return { unchanged: true };
      const { cut, ...read } = await readLists(visit, due, marks, horizon);
      const next: Marks = { ...read.marks };
      for (const slug of slugs) {
        const kept = next[slug] ?? markOf(marks, slug);
        if (kept !== null) next[slug] = kept;
      }
      const notes = cut.map((slug) => `only the newest ${PAGE * MOST_PAGES} runs of ${slug} were listed`);
      return { watermark: JSON.stringify(next), notes, complete: true };
    },
    (entry) => {
      const marks = marksHere(visit, entry);
      return since === undefined || slugs.every((slug) => reachesBack(markOf(marks, slug), since));
    },
  );
}

/** The marks of schedules that are still of the same project and environment. */
function marksHere(visit: BoltVisit, entry: LedgerEntry | null): Marks {
  const all = Object.entries(marksOf(entry));
  return Object.fromEntries(all.filter(([slug, { site }]) => site === siteOf(visit, slug)));
}

function siteOf({ workspace }: BoltVisit, slug: string): string {
  const place = workspace.placeOf(slug);
  return place === null ? "" : `${place.project.project_id}/${place.environment.environment_id}`;
}

/** So many runs of each of these schedules, where the lists have fewer and do not reach the first. */
export async function listMore(visit: BoltVisit, slugs: readonly string[], count: number): Promise<void> {
  const marks = marksOf(await visit.entry(RUNS));
  const asked = slugs.filter(
    (slug) => visit.workspace.placeOf(slug) !== null && markOf(marks, slug)?.whole !== true,
  );
  const pages = await visit.api.runs(
    asked.map((slug) => ({ slug, offset: 0, limit: Math.min(1000, Math.max(PAGE, count)) })),
    visit.context.signal,
  );
  for (const [index, slug] of asked.entries()) await add(visit, slug, pages[index]?.runs ?? []);
  await visit.slices.publish();
}

function markOf(marks: Marks, slug: string): Mark | null {
  return Object.hasOwn(marks, slug) ? (marks[slug] ?? null) : null;
}

function reachesBack(mark: Mark | null, since: number): boolean {
  return mark !== null && (mark.whole || mark.oldest <= since);
}

/** A list that is being read. */
interface Reading {
  slug: string;
  offset: number;
  until: number;
  runs: Map<string, WireRun>;
  whole: boolean;
}

/** Reads the lists of these schedules side by side; `cut` are those that are too long. */
async function readLists(
  visit: BoltVisit,
  slugs: readonly string[],
  marks: Marks,
  horizon: number,
): Promise<{ marks: Marks; cut: string[] }> {
  const readings = slugs.map((slug) => readingOf(slug, markOf(marks, slug), horizon));
  let open = readings;
  for (let page = 0; open.length > 0 && page < MOST_PAGES; page++) {
    const pages = await visit.api.runs(
      open.map(({ slug, offset }) => ({ slug, offset, limit: PAGE })),
      visit.context.signal,
    );
    const next: Reading[] = [];
    for (const [index, reading] of open.entries()) {
      const found = pages[index] ?? { runs: [], returned: 0 };
      for (const run of found.runs) reading.runs.set(run.run_id, run);
      reading.offset += found.returned;
      reading.whole ||= found.returned < PAGE;
      const last = found.runs.at(-1)?.started_at ?? null;
      const isBehind = last !== null && last / 1000 < reading.until;
      if (!reading.whole && !isBehind) next.push(reading);
    }
    open = next;
    const done = readings.reduce((sum, { runs }) => sum + runs.size, 0);
    visit.context.progress({ done, total: null, message: "Listing runs" });
  }
  const read: Marks = {};
  const now = visit.context.now();
  for (const { slug, runs, whole, until } of readings) {
    await add(visit, slug, [...runs.values()]);
    const before = markOf(marks, slug);
    const began = [...runs.values()].flatMap(({ started_at }) =>
      started_at === null ? [] : [started_at / 1000],
    );
    const reached = open.some((one) => one.slug === slug) ? Math.min(now, ...began) : until;
    read[slug] = {
      last: visit.lasts.get(slug) ?? "",
      site: siteOf(visit, slug),
      newest: Math.max(before?.newest ?? 0, ...began),
      oldest: Math.min(before?.oldest ?? now, reached),
      whole: whole || (before?.whole ?? false),
      unfinished: [...runs.values()]
        .filter((run) => !isOver(run))
        .map(({ run_id, started_at }) => ({ id: run_id, began: (started_at ?? now * 1000) / 1000 })),
    };
  }
  return { marks: read, cut: open.map(({ slug }) => slug) };
}

/** Where a list has to be read to: what is new, what was under way, and what nobody has asked for yet. */
function readingOf(slug: string, mark: Mark | null, horizon: number): Reading {
  const isNews = mark !== null && reachesBack(mark, horizon);
  const began = (mark?.unfinished ?? []).map((one) => one.began);
  const until = isNews ? Math.min(mark.newest - OVERLAP_MS, ...began) : horizon;
  return { slug, offset: 0, until, runs: new Map(), whole: false };
}

/** Hands runs to the store. A run whose parent is of another schedule was set off by that, and is no retry. */
async function add(visit: BoltVisit, slug: string, runs: readonly WireRun[]): Promise<void> {
  const own = new Set(runs.map(({ run_id }) => run_id));
  const elsewhere = runs.flatMap(({ parent_run_id }) =>
    parent_run_id === null || own.has(parent_run_id) ? [] : [parent_run_id],
  );
  const foreign = new Set(elsewhere.length === 0 ? [] : await ofOthers(visit, slug, elsewhere));
  const told = runs.map((run) =>
    foreign.has(run.parent_run_id ?? "") ? { ...run, parent_run_id: null, is_chained: true } : run,
  );
  await visit.addRuns(slug, told);
}

async function ofOthers(visit: BoltVisit, slug: string, ids: readonly string[]): Promise<string[]> {
  await visit.slices.publish();
  const rows = await visit.rows<Row & { run_id: string }>(
    `SELECT r.run_id FROM stored_runs r JOIN stored_sources s USING (source_key)
     JOIN stored_jobs j ON j.job_key = r.job_key
     WHERE s.source_id = ? AND j.job_id <> ? AND r.run_id IN (SELECT unnest(?::VARCHAR[]))`,
    [slug, ids],
  );
  return rows.map(({ run_id }) => run_id);
}
