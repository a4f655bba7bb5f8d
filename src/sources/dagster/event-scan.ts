/**
 * Finds events in the log of a run. The server filters nothing, reads forward only and gives up to 1,000 events a
 * page: pages are read until enough events match, the log ends, or the budget of one call is spent.
 */
import { RunlensError, throwIfCancelled } from "../../errors.ts";
import type { EventContext, EventPage, EventQuery, SourceEvent } from "../source.ts";
import type { EventCache } from "./event-cache.ts";
import { fingerprint, type Place, readCursor, writeCursor } from "./event-cursor.ts";
import type { EventReader, WireEvent, WireEventPage } from "./event-page.ts";
import { levelOf, matcher, readEvent, stepsOf, typeOf } from "./event-reading.ts";

/** Pages that one call reads at most. */
const MOST_PAGES = 200;
const LARGEST_PAGE = 1_000;
/** A page takes about as long for few events as for a hundred. */
const SMALLEST_PAGE = 100;
const MOST_NAMED_STEPS = 10;

/** Why a scan stopped, with where it can go on. */
type Stop = { stopped: "limit" | "budget"; place: Place } | { stopped: "end" };

/**
 * The first events that match after the query's cursor, `INVALID_INPUT` where that is damaged or of another query.
 * `cache` holds pages of runs that have ended, where the caller keeps some.
 */
export async function scanEvents(
  read: EventReader,
  runId: string,
  query: EventQuery,
  context: EventContext,
  cache?: EventCache,
): Promise<EventPage> {
  const print = fingerprint(runId, query);
  const place = readCursor(query.cursor, print);
  const scan = new Scan(runId, query);
  const pages = new Pages(read, runId, query, context.signal, cache);
  const stop = await run(scan, pages, place, context);
  const notes = scan.notes(stop.stopped, pages.read);
  return {
    events: scan.found,
    cursor: stop.stopped === "end" ? null : writeCursor(stop.place, print),
    scanned: scan.scanned,
    stopped: stop.stopped,
    notes,
  };
}

async function run(scan: Scan, pages: Pages, from: Place, context: EventContext): Promise<Stop> {
  let { after, passed } = from;
  for (;;) {
    if (pages.read > 0 && isSpent(pages, context)) return { stopped: "budget", place: { after, passed } };
    throwIfCancelled(context.signal);
    const page = await pages.next(after, scan.missing + passed);
    const seen = Math.min(passed, page.events.length);
    const taken = seen + scan.take(page.events.slice(seen));
    context.progress({ done: scan.scanned, total: null, message: "reading the events of the run" });
    if (taken < page.events.length) return { stopped: "limit", place: { after, passed: taken } };
    const next = page.cursor || null;
    const isLast = page.hasMore !== true || page.events.length === 0 || next === null || next === after;
    if (isLast) return { stopped: "end" };
    after = next;
    passed -= seen;
    if (scan.missing === 0) return { stopped: "limit", place: { after, passed } };
  }
}

/** At least one page is read by every call, so that whoever goes on gets on. */
function isSpent(pages: Pages, { deadline, now }: EventContext): boolean {
  return pages.read >= MOST_PAGES || (deadline !== null && now() >= deadline);
}

/** Reads pages of a run, of a size that suits what is asked. */
class Pages {
  /** Pages that were read so far. */
  read = 0;
  readonly #reader: EventReader;
  readonly #runId: string;
  readonly #query: EventQuery;
  readonly #signal: AbortSignal;
  readonly #cache: EventCache | undefined;
  readonly #isFiltered: boolean;
  #largest = LARGEST_PAGE;

  constructor(
    reader: EventReader,
    runId: string,
    query: EventQuery,
    signal: AbortSignal,
    cache: EventCache | undefined,
  ) {
    this.#reader = reader;
    this.#runId = runId;
    this.#query = query;
    this.#signal = signal;
    this.#cache = query.ended ? cache : undefined;
    this.#isFiltered = query.types !== null || query.levels !== null || query.step !== null;
  }

  /** The page after a cursor; without filters no larger than needed for `wanted` events. */
  async next(afterCursor: string | null, wanted: number): Promise<WireEventPage> {
    const size = this.#isFiltered ? LARGEST_PAGE : Math.max(SMALLEST_PAGE, wanted);
    const page = await this.#page(afterCursor, Math.min(size, this.#largest));
    this.read += 1;
    return page;
  }

  async #page(afterCursor: string | null, limit: number): Promise<WireEventPage> {
    const request = { runId: this.#runId, afterCursor, limit, stack: this.#query.stack };
    const known = this.#cache?.get(request);
    if (known !== undefined) return known;
    try {
      const page = await this.#reader(request, this.#signal);
      this.#cache?.set(request, page);
      return page;
    } catch (error) {
      const allowed = allowedLimit(error);
      if (allowed === null || allowed >= limit) throw error;
      this.#largest = allowed;
      return this.#page(afterCursor, allowed);
    }
  }
}

/** A server may be set to smaller pages; it says so as `Limit of 1000 is too large. Max is 500`. */
function allowedLimit(error: unknown): number | null {
  const said = error instanceof RunlensError ? /too large\. Max is (\d+)/.exec(error.message) : null;
  const limit = Number(said?.[1] ?? 0);
  return limit >= 1 ? limit : null;
}

/** What has been looked at, and what of it was wanted. */
class Scan {
  readonly found: SourceEvent[] = [];
  scanned = 0;
  #unreadable = 0;
  readonly #runId: string;
  readonly #query: EventQuery;
  readonly #isWanted: (event: WireEvent) => boolean;
  readonly #types = new Map<string, number>();
  readonly #levels = new Map<string, number>();
  readonly #steps = new Set<string>();

  constructor(runId: string, query: EventQuery) {
    this.#runId = runId;
    this.#query = query;
    this.#isWanted = matcher(query);
  }

  /** Events that are still to be found. */
  get missing(): number {
    return this.#query.limit - this.found.length;
  }

  /**
   * Looks at events in their order and says at how many. Once enough are found it goes on to the next that would
   * match, which is left for the next call: so the end is known where nothing else follows.
   */
  take(events: readonly WireEvent[]): number {
    for (const [index, event] of events.entries()) {
      const isWanted = this.#isWanted(event);
      if (isWanted && this.missing === 0) return index;
      this.scanned += 1;
      this.#count(event);
      if (!isWanted) continue;
      const read = readEvent(event, this.#query);
      if (read === null) this.#unreadable += 1;
      else this.found.push(read);
    }
    return events.length;
  }

  #count(event: WireEvent): void {
    addTo(this.#types, typeOf(event));
    addTo(this.#levels, levelOf(event));
    if (this.#query.step !== null) for (const key of stepsOf(event)) this.#steps.add(key);
  }

  notes(stopped: EventPage["stopped"], pages: number): string[] {
    return [
      ...(stopped === "budget" ? [this.#budgetNote(pages)] : []),
      ...(this.found.length === 0 && this.scanned > 0 ? [this.#noneNote(stopped)] : []),
      ...(this.#unreadable > 0 ? [`Left out, because of an unknown kind: ${this.#unreadable}.`] : []),
    ];
  }

  #budgetNote(pages: number): string {
    const scanned = this.scanned.toLocaleString("en-US");
    const why = pages >= MOST_PAGES ? `${MOST_PAGES} pages, the most of one call` : "the time for one call";
    return `Looked at ${scanned} events and stopped: ${why} was spent. Pass next_cursor as cursor to go on from there.`;
  }

  /** What there is, for someone whose filters matched none of it. */
  #noneNote(stopped: EventPage["stopped"]): string {
    const more = this.#query.cursor === null ? "" : "more ";
    const what = stopped === "end" ? `No ${more}event of run ${this.#runId} matches` : "None matches so far";
    const levels = this.#query.levels === null ? "" : ` Levels: ${listed(this.#levels)}.`;
    return `${what}. Looked at: ${listed(this.#types)}.${levels}${this.#stepsNote()}`;
  }

  #stepsNote(): string {
    if (this.#steps.size === 0) return "";
    const named = [...this.#steps].slice(0, MOST_NAMED_STEPS).join(", ");
    const rest = this.#steps.size - MOST_NAMED_STEPS;
    return ` Steps: ${named}${rest > 0 ? ` and ${rest} more` : ""}.`;
  }
}

function addTo(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function listed(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([a], [b]) => a.localeCompare(b));
  return sorted.map(([name, count]) => `${name} ${count}`).join(", ");
}
