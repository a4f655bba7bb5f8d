/** Lists of the Admin API, which come in pages. */

/** The most rows that a page may have; more is refused. */
export const PAGE_ROWS = 100;
/** A list longer than this has no end. */
const MOST_PAGES = 1000;

/** One page of a list; `dropped` counts rows that could not be read, `total` all rows where the answer says so. */
export interface Page<T> {
  rows: T[];
  dropped: number;
  total: number | null;
}

/** All rows of a list, each once, where `read` reads the page that begins at an offset. */
export async function allPages<T extends { id: string }>(
  read: (offset: number) => Promise<Page<T>>,
): Promise<Page<T>> {
  const first = await read(0);
  const rest =
    first.total === null ? await untilShort(first, read) : await untilTotal(first, first.total, read);
  const pages = [first, ...rest];
  // Rows that were added or removed meanwhile have moved the others: some come twice.
  const rows = new Map(pages.flatMap((page) => page.rows.map((row) => [row.id, row] as const)));
  return {
    rows: [...rows.values()],
    dropped: pages.reduce((sum, page) => sum + page.dropped, 0),
    total: first.total,
  };
}

/** Rows that the page took up in the list. */
function sizeOf({ rows, dropped }: Page<unknown>): number {
  return rows.length + dropped;
}

/** The pages after the first, at once: it is known how many there are. */
async function untilTotal<T>(
  first: Page<T>,
  total: number,
  read: (offset: number) => Promise<Page<T>>,
): Promise<Page<T>[]> {
  // A server may give fewer rows than were asked for.
  const step = sizeOf(first);
  if (step === 0) return [];
  const end = Math.min(total, step * MOST_PAGES);
  const offsets = Array.from({ length: Math.ceil(end / step) - 1 }, (_, index) => (index + 1) * step);
  const parts = await Promise.all(offsets.map((offset) => whole(offset, Math.min(step, end - offset), read)));
  return parts.flat();
}

/** So many rows from an offset on; asks again where a page has only a part of them. */
async function whole<T>(
  offset: number,
  rows: number,
  read: (offset: number) => Promise<Page<T>>,
): Promise<Page<T>[]> {
  const pages: Page<T>[] = [];
  for (let got = 0; got < rows; ) {
    const page = await read(offset + got);
    if (sizeOf(page) === 0) break;
    got += sizeOf(page);
    pages.push(page);
  }
  return pages;
}

/** The pages after the first, one after the other: only a short one tells the end. */
async function untilShort<T extends { id: string }>(
  first: Page<T>,
  read: (offset: number) => Promise<Page<T>>,
): Promise<Page<T>[]> {
  const seen = new Set(first.rows.map(({ id }) => id));
  const pages: Page<T>[] = [];
  for (let last = first, offset = sizeOf(first); sizeOf(last) >= PAGE_ROWS && pages.length < MOST_PAGES; ) {
    last = await read(offset);
    // Nothing new: the server ignores the offset.
    if (last.rows.every(({ id }) => seen.has(id))) break;
    for (const { id } of last.rows) seen.add(id);
    pages.push(last);
    offset += sizeOf(last);
  }
  return pages;
}
