/** Pages of an environment's connections and of a job's lists: each row once. */
import { describe, expect, test } from "vitest";
import { ask, ENVIRONMENT, get, manifest, NIGHTLY, node, results, smallWorld } from "./support.ts";

const AT = "2026-06-19T02:00:10.000000Z";
const MODELS = Array.from({ length: 620 }, (_, index) => `model.small.m${String(index).padStart(3, "0")}`);
const steps = [
  {
    "manifest.json": manifest(MODELS.map((id) => node(id))),
    "run_results.json": results(AT, Object.fromEntries(MODELS.map((id) => [id, {}]))),
  },
];
const world = smallWorld([{ id: 1, at: AT, steps }]);

/** Asks for page after page until one is the last; gives up where there are more pages than models. */
async function walk(pageAfter: (after: string | null) => Promise<{ ids: string[]; next: string | null }>) {
  const seen: string[] = [];
  let after: string | null = null;
  for (let pages = 1; pages <= MODELS.length; pages += 1) {
    const { ids, next } = await pageAfter(after);
    seen.push(...ids);
    if (next === null) return { seen, pages };
    after = next;
  }
  throw new Error("the pages have no end");
}

describe("a connection", () => {
  const PAGE = `query($first: Int, $after: String, $direction: SortDirection!) { environment(id: ${ENVIRONMENT}) { applied {
    models(first: $first, after: $after, sort: { field: uniqueId, direction: $direction }) {
      totalCount pageInfo { startCursor endCursor hasNextPage hasPreviousPage } edges { cursor node { uniqueId } } } } } }`;

  interface Page {
    totalCount: number;
    pageInfo: {
      startCursor: string | null;
      endCursor: string | null;
      hasNextPage: boolean;
      hasPreviousPage: boolean;
    };
    edges: { cursor: string; node: { uniqueId: string } }[];
  }

  async function page(first: number | null, after: string | null, direction = "asc"): Promise<Page> {
    const found = await get(world, "environment.applied.models", PAGE, { first, after, direction });
    // The shape that the query asks for.
    return found as Page;
  }

  test.each([
    [7, 89, "asc"],
    [310, 2, "desc"],
    [500, 2, "asc"],
    [null, 2, "desc"],
  ])("by %s gives each node once, on %i pages", async (first, count, direction) => {
    const { seen, pages } = await walk(async (after) => {
      const { totalCount, pageInfo, edges } = await page(first, after, direction);
      expect(totalCount).toBe(MODELS.length);
      expect(edges.length).toBeLessThanOrEqual(first ?? 500);
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      expect(pageInfo.startCursor).toBe(edges.at(0)?.cursor);
      expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor);
      return {
        ids: edges.map(({ node }) => node.uniqueId),
        next: pageInfo.hasNextPage ? pageInfo.endCursor : null,
      };
    });
    expect(seen).toEqual(direction === "asc" ? MODELS : MODELS.toReversed());
    expect(pages).toBe(count);
  });

  test("has no cursors on an empty page", async () => {
    expect(await page(0, null)).toMatchObject({
      edges: [],
      pageInfo: { startCursor: null, endCursor: null, hasNextPage: true },
    });
  });

  test.each([
    [501, null],
    [-1, null],
    [10, "nonsense"],
  ])("refuses the first %i after %s", async (first, after) => {
    const { status, data, errors } = await ask(world, PAGE, { first, after, direction: "asc" });
    expect([status, errors.length]).toEqual([200, 1]);
    expect(data).toEqual({ environment: { applied: null } });
  });
});

describe("a list of a job", () => {
  const PAGE = `query($first: Int, $after: String) { job(id: ${NIGHTLY}) { models(first: $first, after: $after) { paginationCursor uniqueId } } }`;

  async function rows(first: number | null, after: string | null) {
    const found = await get(world, "job.models", PAGE, { first, after });
    // The shape that the query asks for.
    return found as { paginationCursor: string; uniqueId: string }[];
  }

  test.each([
    [62, 11],
    [99, 7],
    [100, 7],
    [null, 7],
  ])("by %s gives each row once, on %i pages", async (first, count) => {
    const { seen, pages } = await walk(async (after) => {
      // What follows a cursor is a page of 100 rows where no size is given.
      const page = await rows(after === null ? (first ?? 100) : first, after);
      const last = page.at(-1);
      const isFull = page.length === (first ?? 100);
      return {
        ids: page.map(({ uniqueId }) => uniqueId),
        next: isFull ? (last?.paginationCursor ?? null) : null,
      };
    });
    expect(seen).toEqual(MODELS);
    expect(pages).toBe(count);
  });

  test("has all rows where no page is asked for", async () => {
    expect(await rows(null, null)).toHaveLength(MODELS.length);
  });

  test.each([
    [101, null],
    [-1, null],
    [10, "nonsense"],
  ])("refuses the first %i after %s", async (first, after) => {
    expect((await ask(world, PAGE, { first, after })).errors).toHaveLength(1);
  });
});
