/**
 * The list of an account's runs: newest first, then only what is new. A run that was under way is asked for until
 * it has ended, however long ago it began.
 */
import type { LedgerEntry } from "../source.ts";
import type { AdminApi } from "./admin.ts";
import { isFinished, statusOf } from "./run-rows.ts";
import type { CloudVisit } from "./visit.ts";
import type { CloudRun } from "./wire.ts";

/** The scope of the list in the ledger. */
export const RUNS = "runs:account";

const DAY_MS = 86_400_000;
/** How far back the first list goes: as long as Discovery keeps results. Older runs are listed when asked for. */
const FIRST_DAYS = 60;
const PAGE = 100;
/** Pages that are asked for at once, and in one go at most. */
const WAVE = 8;
const MOST_PAGES = 100;
/** The list goes by creation; clocks and transactions upstream may put a run a little behind its time. */
const OVERLAP_MS = 10 * 60_000;

/** Where the next look begins; times are epoch milliseconds of creation. */
interface Mark {
  newest: number;
  oldest: number;
  /** True where the list reaches the account's first run that can be had. */
  whole: boolean;
  unfinished: { id: string; created: number }[];
  /** The newest runs of all jobs, as the list of jobs told them. */
  jobs: string;
}

function markOf(entry: LedgerEntry | null): Mark | null {
  if (entry?.watermark == null) return null;
  try {
    // Written by `listRuns` below, and by nothing else.
    return JSON.parse(entry.watermark) as Mark;
  } catch {
    return null;
  }
}

/**
 * Makes the list fresh, as far back as `since` (epoch milliseconds), else as the first list goes. `jobs` is a
 * fingerprint of the newest run of every job: while it is the same and nothing was under way, nothing is new. Null
 * where the list of jobs does not tell.
 */
export async function listRuns(
  visit: CloudVisit,
  jobs: string | null,
  since: number | undefined,
): Promise<void> {
  await visit.part(
    RUNS,
    async (entry) => {
      const { context, admin } = visit;
      const now = context.now();
      const mark = markOf(entry);
      const horizon = Math.min(since ?? Number.POSITIVE_INFINITY, now - FIRST_DAYS * DAY_MS);
      const quiet =
        mark !== null &&
        jobs !== null &&
        mark.jobs === jobs &&
        mark.unfinished.length === 0 &&
        !context.refresh;
      const reaches = reachesBack(mark, horizon);
      if (quiet && reaches) return { unchanged: true };

      const until = mark === null || !reaches ? horizon : startOf(mark);
      const listed = await pagesUntil(admin, until, context.signal, (done, total) =>
        context.progress({ done, total, message: "Listing runs" }),
      );
      const seen = new Set(listed.runs.map((run) => run.id));
      const left = (mark?.unfinished ?? []).filter(({ id }) => !seen.has(id));
      const polled = await Promise.all(left.map(({ id }) => visit.run(id)));
      const runs = [...listed.runs, ...polled.flatMap((run) => run ?? [])];
      await visit.addRuns(runs);

      const created = runs.flatMap((run) => (run.created_at === null ? [] : [run.created_at / 1000]));
      const next: Mark = {
        newest: Math.max(mark?.newest ?? 0, ...created),
        oldest: Math.min(mark?.oldest ?? now, listed.cut ? Math.min(now, ...created) : until),
        whole: listed.whole || (mark?.whole ?? false),
        unfinished: runs
          .filter((run) => !isFinished(statusOf(run.status)))
          .map((run) => ({ id: run.id, created: (run.created_at ?? now * 1000) / 1000 })),
        jobs: jobs ?? "",
      };
      const notes: string[] = [];
      if (listed.dropped > 0) notes.push(`${listed.dropped} runs could not be read`);
      if (listed.cut) {
        notes.push(`runs before ${new Date(next.oldest).toISOString()} were not listed: there are too many`);
      }
      return { watermark: JSON.stringify(next), notes, complete: listed.dropped === 0 };
    },
    (entry) => since === undefined || reachesBack(markOf(entry), since),
  );
  await visit.slices.publish();
  const mark = markOf(await visit.entry(RUNS));
  visit.listedBackTo = mark === null || mark.whole ? null : mark.oldest;
}

function reachesBack(mark: Mark | null, since: number): boolean {
  return mark !== null && (mark.whole || mark.oldest <= since);
}

/** From where on the list may have changed. */
function startOf({ newest, unfinished }: Mark): number {
  const began = unfinished.map(({ created }) => created).filter((created) => created > newest - DAY_MS);
  return Math.min(newest - OVERLAP_MS, ...began);
}

interface Listed {
  runs: CloudRun[];
  dropped: number;
  /** The end of the list was reached. */
  whole: boolean;
  /** There are more than may be listed in one go. */
  cut: boolean;
}

/** Pages newest first, until one reaches behind `until`. */
async function pagesUntil(
  admin: AdminApi,
  until: number,
  signal: AbortSignal,
  progress: (done: number, total: number | null) => void,
): Promise<Listed> {
  const runs = new Map<string, CloudRun>();
  let dropped = 0;
  let pages = 0;
  let total: number | null = PAGE;
  while (pages < MOST_PAGES) {
    const left = total === null ? 1 : Math.ceil(total / PAGE) - pages;
    const wave = Math.max(1, Math.min(WAVE, left, MOST_PAGES - pages));
    const offsets = Array.from({ length: wave }, (_, index) => (pages + index) * PAGE);
    const found = await Promise.all(
      offsets.map((offset) => admin.runs({ offset, limit: PAGE, order_by: "-created_at" }, signal)),
    );
    pages += wave;
    for (const page of found) {
      dropped += page.dropped;
      // A run that began meanwhile has moved the others down: some come twice.
      for (const run of page.rows) runs.set(run.id, run);
      total = page.total;
      progress(runs.size, total);
      const last = page.rows.at(-1)?.created_at ?? null;
      const isShort = page.rows.length + page.dropped < PAGE;
      if (isShort || runs.size >= (total ?? Number.POSITIVE_INFINITY)) {
        return { runs: [...runs.values()], dropped, whole: true, cut: false };
      }
      if (last !== null && last / 1000 < until) {
        return { runs: [...runs.values()], dropped, whole: false, cut: false };
      }
    }
  }
  return { runs: [...runs.values()], dropped, whole: false, cut: true };
}
