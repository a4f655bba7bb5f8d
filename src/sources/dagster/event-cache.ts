/** Pages that cannot change any more: full ones of runs that have ended. */
import { LRUCache } from "lru-cache";
import type { WireEventPage } from "./event-page.ts";

/** Characters held at most, about twice as many bytes. */
const MAX_CHARACTERS = 16_000_000;
/** What an event takes beside its texts. */
const EVENT_CHARACTERS = 200;

export interface PageKey {
  runId: string;
  afterCursor: string | null;
  limit: number;
  stack: boolean;
}

export class EventCache {
  readonly #pages = new LRUCache<string, WireEventPage>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: sizeOf,
  });

  get(key: PageKey): WireEventPage | undefined {
    return this.#pages.get(nameOf(key));
  }

  /** Keeps the page if it is full: events come to the end of a log alone. */
  set(key: PageKey, page: WireEventPage): void {
    if (page.events.length >= key.limit) this.#pages.set(nameOf(key), page);
  }
}

function nameOf({ runId, afterCursor, limit, stack }: PageKey): string {
  return JSON.stringify([runId, afterCursor, limit, stack]);
}

function sizeOf({ events }: WireEventPage): number {
  return events.reduce((size, { message, error }) => {
    const text = (message?.length ?? 0) + (error ? JSON.stringify(error).length : 0);
    return size + EVENT_CHARACTERS + text;
  }, 1);
}
