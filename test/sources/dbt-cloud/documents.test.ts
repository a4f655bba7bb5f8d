import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, type GraphQLSchema, Kind, parse, print, validate, visit } from "graphql";
import { describe, expect, it } from "vitest";
import * as documents from "../../../src/sources/dbt-cloud/documents.ts";
import { HISTORY_BATCH } from "../../../src/sources/dbt-cloud/plan.ts";

const schemas = join(import.meta.dirname, "../../emulators/dbt-cloud/schema");
const OLDER = buildSchema(readFileSync(join(schemas, "2025-03.graphql"), "utf8"));
const NEWER = buildSchema(readFileSync(join(schemas, "2026-06.graphql"), "utf8"));

const LISTS = [
  "models",
  "tests",
  "seeds",
  "snapshots",
  "sources",
  "exposures",
] as const satisfies documents.JobList[];

/** Every text that `documents.ts` exports, and each of its builders for few and for many. */
const all: Record<string, string> = {
  ...Object.fromEntries(Object.entries(documents).filter(([, value]) => typeof value === "string")),
  "history of one": documents.historyDocument([1]),
  "history of some environments": documents.historyDocument([2, 1, 3]),
  "history of a batch": documents.historyDocument([HISTORY_BATCH]),
  "a run": documents.jobRunDocument(LISTS),
  ...Object.fromEntries(LISTS.map((name) => [`${name} of a run`, documents.jobRunDocument([name])])),
  "pages of a run": documents.jobRunPageDocument(LISTS),
  ...Object.fromEntries(LISTS.map((name) => [`pages of ${name}`, documents.jobRunPageDocument([name])])),
};
const pages = Object.entries(all).filter(([name]) => name.startsWith("pages of "));
const plain = Object.entries(all).filter(([name]) => !name.startsWith("pages of "));

const problems = (schema: GraphQLSchema, document: string) =>
  validate(schema, parse(document)).map(({ message }) => message);

describe("the documents", () => {
  it("are all looked at", () => {
    const builders = Object.values(documents).filter((value) => typeof value === "function");
    expect([Object.keys(documents.JOB_LISTS), builders.length]).toEqual([[...LISTS], 3]);
    expect([plain.length, pages.length]).toEqual([15, 7]);
  });

  it.each(plain)("%s is valid in both schemas", (_name, document) => {
    expect(problems(OLDER, document)).toEqual([]);
    expect(problems(NEWER, document)).toEqual([]);
  });

  it.each(pages)("%s are valid in the newer schema alone", (_name, document) => {
    expect(problems(NEWER, document)).toEqual([]);
    const refused = problems(OLDER, document).join("\n");
    for (const word of ["paginationCursor", "first", "after"]) expect(refused).toContain(`"${word}"`);
  });

  it.each(Object.entries(all))("%s is one query with a name, which only reads", (_name, document) => {
    const operations = parse(document).definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION);
    expect(
      operations.map(({ operation, name }) => [operation, /^[A-Z]\w+$/.test(name?.value ?? "")]),
    ).toEqual([["query", true]]);
  });

  it.each(Object.entries(all))("%s has no value written into it but what is fixed", (_name, document) => {
    const values: string[] = [];
    visit(parse(document), {
      StringValue: (node) => void values.push(print(node)),
      FloatValue: (node) => void values.push(print(node)),
      IntValue: (node) => void values.push(print(node)),
    });
    // `first: 1` of the one node whose code is asked for.
    expect(new Set(values)).toEqual(document === documents.NODE_CODE ? new Set(["1"]) : new Set());
  });

  it("leave out of lists what makes up nearly all of an answer", () => {
    for (const [name, document] of Object.entries(all)) {
      if (name === "NODE_CODE") continue;
      expect(document).not.toMatch(
        /\b(rawCode|compiledCode|rawSql|compiledSql|columns|catalog|parents|ancestors)\b/,
      );
    }
  });

  it("of history has an alias for every node, in the environment it belongs to", () => {
    const [query] = parse(documents.historyDocument([2, 1])).definitions;
    expect(query === undefined ? "" : print(query).replaceAll(/\s+/g, " ")).toBe(
      "query History($e0: BigInt!, $u0: String!, $n0: Int!, $u1: String!, $n1: Int!, $e1: BigInt!, $u2: String!, " +
        "$n2: Int!) { e0: environment(id: $e0) { applied { m0: modelHistoricalRuns(uniqueId: $u0, lastRunCount: $n0) " +
        "{ ...Executions } m1: modelHistoricalRuns(uniqueId: $u1, lastRunCount: $n1) { ...Executions } } } " +
        "e1: environment(id: $e1) { applied { m2: modelHistoricalRuns(uniqueId: $u2, lastRunCount: $n2) " +
        "{ ...Executions } } } }",
    );
  });
});
