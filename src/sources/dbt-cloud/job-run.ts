/** The results of one run, whose lists come whole or in pages. */

import { WireError } from "../wire/failure.ts";
import type { GraphqlApi } from "../wire/graphql.ts";
import { isObject, textOf, type WireObject } from "../wire/loose.ts";
import { listOf } from "./connections.ts";
import { type JobList, jobRunDocument, jobRunPageDocument } from "./documents.ts";

/** Every row that one run has, also of nodes that it did not select; each is as Discovery gives it. */
export type JobRun = Record<JobList, WireObject[]>;

/** Rows of a page, the most there may be; lists that nobody pages are announced to be cut to as many. */
const PAGE_ROWS = 100;
const MOST_PAGES = 400;
const LISTS = ["models", "tests", "seeds", "snapshots", "sources", "exposures"] as const satisfies JobList[];

/**
 * Which lists are asked for together. The limit of complexity is not published: where one way is beyond it, the next
 * is gone from then on.
 */
const WAYS: readonly (readonly (readonly JobList[])[])[] = [
  [LISTS],
  [["models"], ["tests", "seeds", "snapshots", "sources", "exposures"]],
  LISTS.map((name) => [name]),
];

/** The run that is asked for. */
interface Variables {
  job: string;
  run: string;
}

/**
 * Reads results of runs, and remembers what the platform can: pages are asked for where a list may have been cut, and
 * from the beginning once one was.
 */
export class JobRuns {
  readonly #graphql: GraphqlApi;
  #pages: "untried" | "needed" | "refused" = "untried";
  #way = 0;

  constructor(graphql: GraphqlApi) {
    this.#graphql = graphql;
  }

  /** How many requests a run takes; infinite where artifacts are the better way. */
  get requests(): number {
    const way = WAYS[this.#way];
    return way === undefined || this.#pages === "needed" ? Number.POSITIVE_INFINITY : way.length;
  }

  /**
   * Null where Discovery has no such run (any more), where the question is too complex for it, or where it does not
   * give all of the answer.
   */
  async read(jobId: string, runId: string, signal: AbortSignal): Promise<JobRun | null> {
    const variables = { job: jobId, run: runId };
    for (;;) {
      const at = this.#way;
      const way = WAYS[at];
      if (way === undefined) return null;
      try {
        return await this.#read(way, variables, signal);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        if (error.code === "NOT_FOUND") return null;
        if (error.reason !== "complexity") throw error;
        // Several runs may find it out at the same time.
        this.#way = Math.max(this.#way, at + 1);
      }
    }
  }

  async #read(
    way: readonly (readonly JobList[])[],
    variables: Variables,
    signal: AbortSignal,
  ): Promise<JobRun | null> {
    const paged = () => joined(way, (lists) => this.#paged(lists, variables, signal));
    if (this.#pages === "needed") return paged();
    const whole = await joined(way, (lists) => this.#whole(lists, variables, signal));
    if (whole === null || this.#pages === "refused" || !mayBeCut(whole)) return whole;
    try {
      const all = await paged();
      if (all !== null && LISTS.some((name) => all[name].length > whole[name].length)) this.#pages = "needed";
      return all;
    } catch (error) {
      if (!(error instanceof WireError && error.reason === "validation")) throw error;
      // A schema without pages cuts nothing either.
      this.#pages = "refused";
      return whole;
    }
  }

  async #whole(
    lists: readonly JobList[],
    variables: Variables,
    signal: AbortSignal,
  ): Promise<Partial<JobRun> | null> {
    const job = await this.#job(jobRunDocument(lists), variables, signal);
    return job === null ? null : Object.fromEntries(lists.map((name) => [name, listOf(job[name])]));
  }

  async #paged(
    lists: readonly JobList[],
    variables: Variables,
    signal: AbortSignal,
  ): Promise<Partial<JobRun> | null> {
    const found: Partial<JobRun> = Object.fromEntries(lists.map((name) => [name, []]));
    /** Where each list goes on, as long as it does. */
    const cursors = new Map<JobList, string | null>(lists.map((name) => [name, null]));
    for (let page = 0; cursors.size > 0; page++) {
      if (page === MOST_PAGES) return null;
      const document = jobRunPageDocument([...cursors.keys()]);
      const asked = { ...variables, first: PAGE_ROWS, ...Object.fromEntries(cursors) };
      const job = await this.#job(document, asked, signal);
      if (job === null) return null;
      for (const [name, cursor] of [...cursors]) {
        const rows = listOf(job[name]);
        found[name]?.push(...rows);
        const next = textOf(rows.at(-1)?.paginationCursor);
        if (rows.length < PAGE_ROWS) cursors.delete(name);
        // Without a way on, the list has an end that cannot be reached.
        else if (next === null || next === cursor) return null;
        else cursors.set(name, next);
      }
    }
    return found;
  }

  /** The job of an answer that is whole, else null. */
  async #job(document: string, variables: object, signal: AbortSignal): Promise<WireObject | null> {
    const { data, errors } = await this.#graphql.query(document, { ...variables }, signal);
    return errors.length === 0 && isObject(data.job) ? data.job : null;
  }
}

/** What the questions of one way have found together; null where one of them has no answer. */
async function joined(
  way: readonly (readonly JobList[])[],
  ask: (lists: readonly JobList[]) => Promise<Partial<JobRun> | null>,
): Promise<JobRun | null> {
  const all: JobRun = { models: [], tests: [], seeds: [], snapshots: [], sources: [], exposures: [] };
  for (const part of await Promise.all(way.map(ask))) {
    if (part === null) return null;
    Object.assign(all, part);
  }
  return all;
}

/** A list of exactly a page may have been cut, but not where another is longer. */
function mayBeCut(lists: JobRun): boolean {
  const lengths = LISTS.map((name) => lists[name].length);
  return lengths.includes(PAGE_ROWS) && lengths.every((length) => length <= PAGE_ROWS);
}
