/**
 * What a caller is told who may see some projects alone. What a source says of its own troubles, and of what is
 * missing, may name anything that it has: such a caller learns that it is so, and not what it is about.
 */
import { RunlensError } from "../errors.ts";
import type { AskOptions, Knowledge } from "./knowledge.ts";

const NOT_ALL = "Some facts are missing or older than they should be.";
const READING = "reading the sources";
const WHO_KNOWS = "Ask whoever runs this server: its log says more.";

/**
 * The same facts, without the words of their sources, for who may see these projects (ids, names, or `source/id`).
 * Sources are asked about them alone: what a caller names beside is not looked at, so that nobody can tell by what comes
 * of it whether it is there.
 */
export function discreet(knowledge: Knowledge, projects: readonly string[]): Knowledge {
  return {
    ready: () => knowledge.ready(),
    async view(need, options = {}) {
      const isWithin = need.project_ids?.every((id) => projects.includes(id)) ?? false;
      const project_ids = isWithin && need.project_ids?.length ? need.project_ids : projects;
      const view = await quietly(() => knowledge.view({ ...need, project_ids }, quiet(options)));
      return { ...view, notes: view.complete ? [] : [NOT_ALL] };
    },
    code: (...given) => quietly(() => knowledge.code(...given)),
    async log(...given) {
      const log = await quietly(() => knowledge.log(...given));
      return log === null ? null : { ...log, notes: log.notes.length === 0 ? [] : [NOT_ALL] };
    },
    async events(sourceId, runId, query, follow) {
      const page = await quietly(() => knowledge.events(sourceId, runId, query, quiet(follow)));
      return page === null ? null : { ...page, notes: page.notes.length === 0 ? [] : [NOT_ALL] };
    },
    invalidate: (what) => knowledge.invalidate(what),
    sources: () => knowledge.sources(),
    clock: knowledge.clock,
  };
}

/** Progress tells that it goes on, and neither of what nor of how much: that is of all projects. */
function quiet<O extends Pick<AskOptions, "progress">>(options: O): O {
  const { progress } = options;
  if (progress === undefined) return options;
  let done = 0;
  return { ...options, progress: () => progress({ done: ++done, total: null, message: READING }) };
}

/** What callers do wrong themselves, or may know. */
const THEIR_OWN: readonly string[] = ["INVALID_INPUT", "CANCELLED", "OVERLOADED", "INTERNAL"];

async function quietly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RunlensError) || THEIR_OWN.includes(error.code)) throw error;
    const { code, retryAfterS } = error;
    throw new RunlensError(code, MEANINGS[code] ?? "A source could not be asked.", WHO_KNOWS, {
      cause: error,
      ...(retryAfterS === null ? {} : { retryAfterS }),
    });
  }
}

const MEANINGS: Readonly<Record<string, string>> = {
  NOT_FOUND: "A source has nothing of that name.",
  UNSUPPORTED: "None of the sources has these facts.",
  RATE_LIMITED: "A source allows no more requests for now.",
  TIMEOUT: "A source did not answer in time.",
  CONFIG: "A source is not set up as it should be.",
};
