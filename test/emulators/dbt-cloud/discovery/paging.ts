/** Pages: connections of an environment, and the lists of a job with a cursor on each row. */
import { refusal } from "./errors.ts";

export interface PageRequest {
  first?: number | null;
  after?: string | null;
}

interface Identified {
  unique_id: string;
}

const CONNECTION_PAGE = 500;
const JOB_PAGE = 100;

/** A page of `items`, which stand in the order asked for; only what is on the page is made into nodes. */
export function connection<T extends Identified>(
  items: readonly T[],
  request: PageRequest,
  node: (item: T) => unknown,
): object {
  const start = startOf(items, request.after);
  const page = items.slice(start, start + sizeOf(request.first, CONNECTION_PAGE));
  return {
    totalCount: items.length,
    edges: page.map((item) => ({ cursor: cursorOf(item.unique_id), node: node(item) })),
    pageInfo: {
      startCursor: cursorOrNull(page.at(0)),
      endCursor: cursorOrNull(page.at(-1)),
      hasPreviousPage: start > 0,
      hasNextPage: start + page.length < items.length,
    },
  };
}

/** A page of a job's rows; all of them where no page is asked for. */
export function pageOfRows<T extends Identified>(items: readonly T[], request: PageRequest): readonly T[] {
  if ((request.first ?? null) === null && (request.after ?? null) === null) return items;
  const start = startOf(items, request.after);
  return items.slice(start, start + sizeOf(request.first, JOB_PAGE));
}

/** Opaque to clients. */
export function cursorOf(uniqueId: string): string {
  return Buffer.from(`after:${uniqueId}`).toString("base64");
}

function cursorOrNull(item: Identified | undefined): string | null {
  return item === undefined ? null : cursorOf(item.unique_id);
}

function startOf(items: readonly Identified[], after: string | null | undefined): number {
  if (after === null || after === undefined) return 0;
  const uniqueId = Buffer.from(after, "base64")
    .toString()
    .replace(/^after:/, "");
  const index = items.findIndex((item) => item.unique_id === uniqueId);
  if (index < 0) throw refusal(`Invalid cursor: ${after}`, "BAD_USER_INPUT");
  return index + 1;
}

function sizeOf(first: number | null | undefined, most: number): number {
  const size = first ?? most;
  if (size < 0 || size > most)
    throw refusal(`\`first\` must be between 0 and ${most}, got ${size}`, "BAD_USER_INPUT");
  return size;
}
