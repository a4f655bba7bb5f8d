/**
 * Whoever may see one project reaches for another by every operation and every input that can name something. What they
 * get has to be what a store without the other project gives: the same answers, counts, errors and hints.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { App } from "../../../src/app.ts";
import type { Progress } from "../../../src/core/knowledge.ts";
import { RunlensError } from "../../../src/errors.ts";
import { isRecord } from "../../../src/frontends/clean.ts";
import type { Operation } from "../../../src/operation.ts";
import { operations } from "../../../tools/index.ts";
import { FOREIGN_PARENT, MINE, OTHER, openTwoProjects, PARENT, type TwoProjects } from "./two-projects.ts";

let two: TwoProjects;
/** What the other project has, as an admin finds it. */
let other: { runs: string[]; jobs: string[]; models: string[]; tests: string[]; sources: string[] };

beforeAll(async () => {
  two = openTwoProjects();
  const ids = async (name: string, field: string, input: object = {}) => {
    const { items } = await two.both.ask(operation(name), { project_ids: [OTHER], limit: 200, ...input }, {});
    return Array.isArray(items) ? items.map((item) => String(item[field])) : [];
  };
  other = {
    runs: await ids("list_runs", "run_id"),
    jobs: await ids("list_jobs", "job_id"),
    models: await ids("list_models", "unique_id"),
    tests: await ids("get_test_results", "unique_id", { failed_only: false }),
    sources: await ids("get_source_freshness", "name"),
  };
});
afterAll(() => two.close());

/** Those that a viewer may ask. */
const asked = operations.filter(({ name }) => name !== "query_sql");

function operation(name: string): Operation {
  const found = operations.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no operation ${name}`);
  return found;
}

/** The answer or the error, without the generation that is part of a cursor. */
async function outcome(
  app: App,
  projects: readonly string[] | null,
  asking: Operation,
  input: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  try {
    const answer = await app.askAbout(projects)(asking, input, {});
    return { ...answer, next_cursor: placeOf(answer.next_cursor) };
  } catch (error) {
    if (!(error instanceof RunlensError)) throw error;
    return { code: error.code, message: error.message, hint: error.hint };
  }
}

function placeOf(cursor: unknown): unknown {
  if (typeof cursor !== "string") return cursor;
  const told: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
  return isRecord(told) ? { question: told.q, offset: told.o } : told;
}

/** Every way to name something of the other project in this input. */
function reaches(input: string): unknown[] {
  const [run = "", job = "", model = ""] = [other.runs[0], other.jobs[0], other.models[0]];
  const name = model.split(".").at(-1);
  switch (input) {
    case "project_id":
      return [OTHER, `yard/${OTHER}`, OTHER.slice(0, 3)];
    case "project_ids":
      return [[OTHER], [`yard/${OTHER}`], [MINE, OTHER], [OTHER, "none"]];
    case "model_id":
      return [
        ...other.models,
        ...other.tests.slice(0, 2),
        ...other.sources,
        model.replace("model.", ""),
        name,
      ];
    case "model_ids":
      return [[model], [model.replace("model.", "")], [PARENT, model]];
    case "job_id":
      return [...other.jobs, job.toUpperCase(), "Yard tests", "nightly"];
    case "run_id":
      return [...other.runs.slice(0, 3), run.slice(0, 8), "latest"];
    case "environment":
      return ["default", "DEFAULT", "staging"];
    case "tags":
      return [["nightly"], ["yard"]];
    case "materialization":
      return ["snapshot", "materialized_view"];
    case "include_or_exclude":
      return ["exclude"];
    case "refresh":
      return [true];
    default:
      return [];
  }
}

/** The example and the bare input, each with every reach in every input; and reaches in two inputs at once. */
function attempts({ input, examples }: Operation): Record<string, unknown>[] {
  const bases: Record<string, unknown>[] = [{}, examples[0]?.input ?? {}];
  const names = Object.keys(input.shape);
  const single = names.flatMap((name) => reaches(name).map((value) => ({ [name]: value })));
  const inProject = single.flatMap((one) => [
    ...(names.includes("project_id")
      ? [
          { project_id: OTHER, ...one },
          { project_id: MINE, ...one },
        ]
      : []),
    ...(names.includes("project_ids")
      ? [
          { project_ids: [OTHER], ...one },
          { project_ids: [OTHER], include_or_exclude: "exclude", ...one },
        ]
      : []),
  ]);
  return [...bases, ...examples.map((example) => example.input)].concat(
    single.flatMap((one) => bases.map((base) => ({ ...base, ...one }))),
    inProject,
  );
}

/** Words of the other project that no answer may hold: ids, and names that are long enough to be nobody else's. */
function wordsOfOther(): string[] {
  const ids = [...other.runs, ...other.models, ...other.tests, ...other.sources];
  const names = [...other.models, ...other.tests].map((id) => id.split(".")[2] ?? "");
  const jobs = other.jobs.filter((job) => !["nightly", "freshness"].includes(job));
  // What crosses the border in either manifest is known on both sides of it.
  const told = `${PARENT} ${FOREIGN_PARENT}`;
  return [...ids, ...names, ...jobs, "Yard tests", `"project_id":"${OTHER}"`].filter(
    (word) => word.length > 5 && !told.includes(word),
  );
}

/** Every text in a value. */
function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

/** What was said, without what the caller said before. */
function said(outcome: Record<string, unknown>, input: Record<string, unknown>): string {
  const longestFirst = texts(input).sort((a, b) => b.length - a.length);
  return longestFirst.reduce((left, word) => left.replaceAll(word, "…"), JSON.stringify(outcome));
}

describe("a viewer of one project", () => {
  it("has something to reach for", () => {
    expect(other.runs.length).toBeGreaterThan(3);
    expect(other.jobs.length).toBeGreaterThan(3);
    expect(other.models.length).toBeGreaterThan(5);
    expect(other.sources.length).toBeGreaterThan(2);
    expect(wordsOfOther().length).toBeGreaterThan(40);
  });

  it.each(asked.map((one) => [one.name, one] as const))(
    "gets by %s what a store without the other project gives",
    async (_, asking) => {
      const words = wordsOfOther();
      let different = 0;
      for (const input of attempts(asking)) {
        const viewers = await outcome(two.both, [MINE], asking, input);
        expect(viewers, JSON.stringify(input)).toEqual(await outcome(two.alone, [MINE], asking, input));
        const answer = said(viewers, input);
        expect(
          words.filter((word) => answer.includes(word)),
          JSON.stringify(input),
        ).toEqual([]);
        if (JSON.stringify(await outcome(two.both, null, asking, input)) !== JSON.stringify(viewers))
          different++;
      }
      // An admin is told more: else there would be nothing to keep from a viewer.
      expect(different).toBeGreaterThan(0);
    },
    60_000,
  );

  it.each(
    asked.filter(({ input }) => "cursor" in input.shape).map((one) => [one.name, one] as const),
  )("gets by an admin's cursor of %s nothing of the other project", async (_, asking) => {
    // What narrows an example leaves too little for a second page.
    const { job_id: _job, model_id: _model, tags: _tags, ...example } = asking.examples[0]?.input ?? {};
    const input = {
      ...example,
      ...("run_id" in example ? { run_id: other.runs[0] } : {}),
      ...(asking.name === "get_test_results" ? { failed_only: false } : {}),
      limit: 1,
    };
    const { next_cursor: cursor } = await two.both.ask(asking, input, {});
    expect(cursor).toBeTypeOf("string");
    const viewers = await outcome(two.both, [MINE], asking, { ...input, cursor });
    expect(wordsOfOther().filter((word) => said(viewers, input).includes(word))).toEqual([]);
    expect(viewers.total).toEqual((await outcome(two.both, [MINE], asking, input)).total);
  });

  it("is told nothing of the other project in the progress of a question", async () => {
    const told: Progress[] = [];
    const fresh = openTwoProjects();
    const progress = (one: Progress) => void told.push(one);
    await fresh.both.askAbout([MINE])(operation("list_models"), { refresh: true }, { progress });
    await fresh.close();
    expect(told.length).toBeGreaterThan(0);
    // Not even how many files there are: those of the other project are among them.
    expect(told).toEqual(told.map((_, i) => ({ done: i + 1, total: null, message: "reading the sources" })));
  });
});

describe("a viewer of no project", () => {
  it.each(asked.map((one) => [one.name, one] as const))("gets by %s nothing at all", async (_, asking) => {
    for (const input of attempts(asking)) {
      const found = await outcome(two.both, [], asking, input);
      const none = await outcome(two.both, ["nothing of that name"], asking, input);
      expect(found, JSON.stringify(input)).toEqual(none);
      const answer = said(found, input);
      expect(
        [...wordsOfOther(), `"${MINE}"`, `${MINE}.`].filter((word) => answer.includes(word)),
        JSON.stringify(input),
      ).toEqual([]);
    }
  });
});
