/** Requests: what is refused before anything is read, and what the two vintages differ in. */
import { describe, expect, test } from "vitest";
import { createDiscovery } from "./execute.ts";
import {
  ask,
  DEVELOPMENT,
  ELSEWHERE,
  ENVIRONMENT,
  get,
  manifest,
  NIGHTLY,
  NOW,
  node,
  results,
  smallWorld,
} from "./support.ts";

const AT = "2026-06-19T02:00:10.123999Z";
const ORDERS = "model.small.orders";

const steps = [
  { "manifest.json": manifest([node(ORDERS)]), "run_results.json": results(AT, { [ORDERS]: {} }) },
];
const world = smallWorld([{ id: 1, at: AT, steps }]);

const OF_ENVIRONMENT = "query($id: BigInt!) { environment(id: $id) { dbtProjectName } }";

describe("a request is refused with HTTP 400", () => {
  test.each([
    ["a syntax error", "{ environment(id: 11) ", {}, "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", "{ environment(id: 11) { nonsense } }", {}, "GRAPHQL_VALIDATION_FAILED"],
    [
      "lineage nodes have no description",
      "{ environment(id: 11) { applied { lineage(filter: {}) { description } } } }",
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    ["an unknown argument", "{ environment(name: 11) { adapterType } }", {}, "GRAPHQL_VALIDATION_FAILED"],
    [
      "an argument of the wrong type",
      "{ environment(id: true) { adapterType } }",
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "a value that an enum lacks",
      "{ environment(id: 11) { applied { lineage(filter: { types: [model] }) { name } } } }",
      {},
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "a variable of the wrong type",
      "query($id: String!) { environment(id: $id) { adapterType } }",
      { id: "11" },
      "GRAPHQL_VALIDATION_FAILED",
    ],
    ["a value that a variable cannot take", OF_ENVIRONMENT, { id: "eleven" }, "BAD_USER_INPUT"],
    ["a missing variable", OF_ENVIRONMENT, {}, "BAD_USER_INPUT"],
    ["no query", "", {}, "BAD_REQUEST"],
  ])("%s", async (_name, query, variables, code) => {
    const { status, text, errors } = await ask(world, query, variables);
    expect([status, errors[0]?.extensions.code]).toEqual([400, code]);
    expect(text).not.toContain('"data"');
  });

  test("an operation that is not in the document", async () => {
    const api = createDiscovery(world, { vintage: "2026-06", now: () => NOW });
    const query = "query A { __typename } query B { __typename }";
    expect((await api.execute({ query }, null)).status).toBe(400);
    expect((await api.execute({ query, operationName: "C" }, null)).status).toBe(400);
    expect((await api.execute({ query, operationName: "B" }, null)).body).toEqual({
      data: { __typename: "Query" },
    });
  });

  test("variables that are no object", async () => {
    const api = createDiscovery(world, { vintage: "2026-06", now: () => NOW });
    expect((await api.execute({ query: OF_ENVIRONMENT, variables: [11] }, null)).status).toBe(400);
  });
});

describe("who is asked about", () => {
  test.each([
    ["a number", 11],
    ["the text of a number", "11"],
  ])("an id may be %s", async (_name, id) => {
    expect(await get(world, "environment.dbtProjectName", OF_ENVIRONMENT, { id })).toBe("small");
  });

  test("an unknown environment is an error without data, in a body of HTTP 200", async () => {
    const { status, data, errors } = await ask(world, OF_ENVIRONMENT, { id: 404 });
    expect([status, data, errors.length]).toEqual([200, null, 1]);
  });

  test("so is one of a project that the token may not see", async () => {
    const id = { id: ENVIRONMENT };
    expect((await ask(world, OF_ENVIRONMENT, id, { projectIds: [1] })).errors).toEqual([]);
    const { status, data, errors } = await ask(world, OF_ENVIRONMENT, id, { projectIds: [2] });
    expect([status, data, errors.length]).toEqual([200, null, 1]);
  });

  test.each([
    ["an unknown job", "{ job(id: 404) { runId } }", null],
    ["an unknown run", `{ job(id: ${NIGHTLY}, runId: 404) { runId } }`, null],
    ["a job of a project that the token may not see", `{ job(id: ${NIGHTLY}) { runId } }`, [2]],
  ])("%s is null, and no error", async (_name, query, projectIds) => {
    const { status, text } = await ask(world, query, {}, projectIds ? { projectIds } : {});
    expect([status, text]).toEqual([200, '{"data":{"job":null}}']);
  });

  test("an environment without a run has neither state, and a development environment no applied one", async () => {
    const query =
      "query($id: BigInt!) { environment(id: $id) { definition { lastUpdatedAt } applied { lastUpdatedAt } } }";
    expect(await get(world, "environment", query, { id: ELSEWHERE })).toEqual({
      definition: null,
      applied: null,
    });
    const development = smallWorld([{ id: 2, jobId: null, environmentId: DEVELOPMENT, at: AT, steps }]);
    expect(await get(development, "environment", query, { id: DEVELOPMENT })).toEqual({
      definition: { lastUpdatedAt: "2026-06-19T02:00:01.000Z" },
      applied: null,
    });
  });

  test("an id above 2^53 is a number like others", async () => {
    const id = 70_471_823_450_010_000;
    const large = smallWorld([{ id, at: AT, steps }]);
    expect((await ask(large, `{ job(id: ${NIGHTLY}, runId: "${id}") { runId } }`)).text).toBe(
      `{"data":{"job":{"runId":${id}}}}`,
    );
  });
});

describe("the two vintages", () => {
  const relation = `{ environment(id: ${ENVIRONMENT}) { applied { models { edges { node { relationName columnCount } } } } } }`;
  const paged = `{ job(id: ${NIGHTLY}) { models(first: 1) { paginationCursor } } }`;
  const known = `{ environment(id: ${ENVIRONMENT}) { applied { tests { edges { node { lastKnownResult } } } } } }`;

  test.each([relation, paged, known])("only the newer one takes %s", async (query) => {
    expect((await ask(world, query)).errors).toEqual([]);
    const { status, errors } = await ask(world, query, {}, { vintage: "2025-03" });
    expect(status).toBe(400);
    expect(errors[0]?.extensions.code).toBe("GRAPHQL_VALIDATION_FAILED");
  });

  test("introspection tells which one it is", async () => {
    const query = '{ __type(name: "ModelNode") { fields { name } } }';
    const fields = async (vintage: "2025-03" | "2026-06") =>
      JSON.stringify((await ask(world, query, {}, { vintage })).data);
    expect(await fields("2026-06")).toContain("paginationCursor");
    expect(await fields("2025-03")).not.toContain("paginationCursor");
  });
});

describe("complexity", () => {
  const fields = Array.from({ length: 30 }, (_, index) => `f${index}: name`).join(" ");

  test("a page of 100 rows with 30 plain fields is no burden", async () => {
    const query = `{ job(id: ${NIGHTLY}) { models(first: 100) { ${fields} } tests(first: 100) { ${fields} } } }`;
    expect((await ask(world, query)).errors).toEqual([]);
  });

  test.each([
    ["code", "rawCode compiledCode rawSql compiledSql", 3000],
    ["nested parents", "parentsModels { name status executionTime uniqueId }", 3000],
    ["columns of the catalog", "columns { name type index comment }", 3000],
  ])("%s costs more than plain fields", async (_name, costly, complexityLimit) => {
    const plain = `{ job(id: ${NIGHTLY}) { models { name status executionTime uniqueId } } }`;
    expect((await ask(world, plain, {}, { complexityLimit })).errors).toEqual([]);
    const { status, errors } = await ask(
      world,
      `query($run: BigInt) { job(id: ${NIGHTLY}, runId: $run) { models { ...C } } } fragment C on ModelNode { ${costly} }`,
      {},
      { complexityLimit },
    );
    expect([status, errors[0]?.extensions.code]).toEqual([200, "COMPLEXITY_EXCEEDED"]);
    expect(errors[0]?.message).toMatch(/^Error: This query exceeds the complexity limit\./);
  });

  test("a smaller page costs less", async () => {
    const query = `query($n: Int) { job(id: ${NIGHTLY}) { models(first: $n) { ${fields} } } }`;
    const complexityLimit = 1000;
    expect((await ask(world, query, { n: 20 }, { complexityLimit })).errors).toEqual([]);
    expect((await ask(world, query, { n: 100 }, { complexityLimit })).errors).toHaveLength(1);
  });

  test("what is asked of an environment costs nothing", async () => {
    const query = `{ environment(id: ${ENVIRONMENT}) { applied { models { edges { node { rawCode name } } } } } }`;
    expect((await ask(world, query, {}, { complexityLimit: 1 })).errors).toEqual([]);
  });
});

test("what the emulator lacks is an error, not null", async () => {
  const query = `{ environment(id: ${ENVIRONMENT}) { applied { exposureTile(filter: {}) { name } } } }`;
  expect((await ask(world, query)).errors[0]?.message).toBe("AppliedState.exposureTile is not emulated.");
});

test("a world that was touched is read anew", async () => {
  const changing = smallWorld([]);
  const api = createDiscovery(changing, { vintage: "2026-06", now: () => NOW });
  const query = `{ job(id: ${NIGHTLY}) { runId } }`;
  expect((await api.execute({ query }, null)).body).toEqual({ data: { job: null } });
  changing.runs.push(...world.runs);
  changing.touch();
  expect((await api.execute({ query }, null)).body).toEqual({ data: { job: { runId: 1 } } });
});
