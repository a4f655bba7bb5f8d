import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import type { HistoryRequest } from "../../../src/sources/dbt-cloud/discovery.ts";
import { HISTORY_BATCH } from "../../../src/sources/dbt-cloud/plan.ts";
import { discoveryOf, failureOf, type Served, send, serve, WAITING } from "./served.ts";

interface Asked {
  operationName: string;
  query: string;
  variables: Record<string, unknown>;
}

const asked = ({ seen }: Served): Asked[] => seen.map(({ body }) => JSON.parse(body));
const named = (served: Served) => asked(served).map(({ operationName }) => operationName);

/** Answers each document with what a test makes of it. */
function answering(
  answer: (asked: Asked, response: ServerResponse, count: number) => unknown,
): Promise<Served> {
  return serve(async (request, response, count) => {
    const body = await answer(JSON.parse(request.body), response, count);
    if (!response.headersSent) send(response, 200, body);
  });
}

const INVALID = {
  errors: [{ message: "Unknown argument", extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }],
};
const COMPLEX = {
  errors: [{ message: "too much", extensions: { code: "COMPLEXITY_EXCEEDED" } }],
  data: null,
};

const nodes = (kind: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({ uniqueId: `${kind}.shop.n${index}`, name: `n${index}` }));

/** A page of a connection whose cursors are numbers. */
function connection(all: readonly unknown[], after: unknown, first: number) {
  const start = after === null || after === undefined ? 0 : Number(after);
  const page = all.slice(start, start + first);
  return {
    totalCount: all.length,
    pageInfo: { endCursor: String(start + page.length), hasNextPage: start + page.length < all.length },
    edges: page.map((node) => ({ node })),
  };
}

const CONNECTIONS = {
  definition: ["models", "seeds", "snapshots", "sources", "tests", "exposures"],
  applied: ["models", "seeds", "snapshots", "tests", "sources"],
} as const;

/** An environment with so many nodes of each kind, as far as the variables ask for them. */
function environment(counts: Record<string, number>, { variables }: Asked) {
  const state = (name: keyof typeof CONNECTIONS) => {
    const prefix = name === "definition" ? "defined" : "applied";
    return Object.fromEntries(
      CONNECTIONS[name].flatMap((kind) => {
        const variable = `${prefix}_${kind}`;
        if (variables[`with_${variable}`] !== true) return [];
        const all = nodes(kind, counts[variable] ?? 0);
        return [[kind, connection(all, variables[variable], Number(variables.first))]];
      }),
    );
  };
  return {
    dbtProjectName: "shop",
    adapterType: "duckdb",
    definition: {
      lastUpdatedAt: "2026-11-20T05:00:00.000Z",
      ...state("definition"),
      ...(variables.with_lineage === true ? { lineage: [{ uniqueId: "model.shop.n0", parentIds: [] }] } : {}),
    },
    applied: { lastUpdatedAt: "2026-11-20T05:01:00.000Z", latestGitSha: "abc", ...state("applied") },
  };
}

describe("definitions", () => {
  it("take one request where every kind fits on a page", async () => {
    const served = await answering((ask) => ({
      data: { environment: environment({ defined_models: 500 }, ask) },
    }));
    const found = await discoveryOf(served).definitions("7", WAITING);
    expect(found).toMatchObject({ dbtProjectName: "shop", adapterType: "duckdb", requests: 1 });
    expect(found.definition).toMatchObject({
      lastUpdatedAt: "2026-11-20T05:00:00.000Z",
      lineage: [{ uniqueId: "model.shop.n0" }],
    });
    expect(found.applied).toMatchObject({ lastUpdatedAt: "2026-11-20T05:01:00.000Z", latestGitSha: "abc" });
    expect(found.definition.models).toHaveLength(500);
    expect(named(served)).toEqual(["Definitions"]);
    expect(asked(served)[0]?.variables).toMatchObject({ environment: "7", first: 500, with_lineage: true });
  });

  it("ask for further pages only of the kinds that have more", async () => {
    const counts = { defined_models: 1001, defined_tests: 700, applied_tests: 501, applied_sources: 3 };
    const served = await answering((ask) => ({ data: { environment: environment(counts, ask) } }));
    const { definition, applied, requests } = await discoveryOf(served).definitions("7", WAITING);
    expect([definition.models.length, definition.tests.length, definition.seeds.length]).toEqual([
      1001, 700, 0,
    ]);
    expect([applied?.tests.length, applied?.sources.length, applied?.models.length]).toEqual([501, 3, 0]);
    expect(requests).toBe(3);
    const wanted = asked(served).map(({ variables }) =>
      Object.keys(variables).filter((name) => name.startsWith("with_") && variables[name] === true),
    );
    expect(wanted[0]).toHaveLength(12);
    expect(wanted.slice(1)).toEqual([
      ["with_defined_models", "with_defined_tests", "with_applied_tests"],
      ["with_defined_models"],
    ]);
  });

  it("end where a cursor does not move, and have each node once", async () => {
    const served = await answering((ask) => {
      const found = environment({ defined_models: 1 }, ask);
      Object.assign(found.definition, {
        models: {
          pageInfo: { endCursor: "same", hasNextPage: true },
          edges: [{ node: { uniqueId: "model.shop.a" } }, { node: null }, null],
        },
      });
      return { data: { environment: found } };
    });
    const { definition, requests } = await discoveryOf(served).definitions("7", WAITING);
    expect([definition.models, requests]).toEqual([[{ uniqueId: "model.shop.a" }], 2]);
  });

  it("of an environment in which nothing was built have no applied state", async () => {
    const served = await answering(() => ({
      data: { environment: { dbtProjectName: null, definition: null, applied: null } },
    }));
    const found = await discoveryOf(served).definitions("7", WAITING);
    expect([found.applied, found.definition.models, found.dbtProjectName]).toEqual([null, [], null]);
    expect(await discoveryOf(served).latest("7", WAITING)).toBeNull();
  });

  it("are refused as a whole where a part failed: what is missing would seem to be gone", async () => {
    const served = await answering((ask) => ({
      data: { environment: { ...environment({ defined_models: 3 }, ask), applied: null } },
      errors: [{ message: "upstream timed out" }],
    }));
    const error = await failureOf(discoveryOf(served).definitions("7", WAITING));
    expect(error).toMatchObject({ code: "UPSTREAM", message: expect.stringContaining("upstream timed out") });
  });
});

describe("latest", () => {
  it("asks for the applied state alone", async () => {
    const served = await answering((ask) => ({
      data: { environment: { applied: environment({ applied_models: 501 }, ask).applied } },
    }));
    const applied = await discoveryOf(served).latest("7", WAITING);
    expect([applied?.models.length, applied?.latestGitSha]).toEqual([501, "abc"]);
    expect(named(served)).toEqual(["LatestState", "LatestState"]);
  });
});

describe("history", () => {
  const requests = (count: number, environmentId = "7"): HistoryRequest[] =>
    Array.from({ length: count }, (_, n) => ({ environmentId, uniqueId: `model.shop.n${n}`, count: 5 }));

  /** Rows that name what they are of, in the places that the document gives them. */
  function rowsOf({ query, variables }: Asked) {
    const data: Record<string, { applied: Record<string, unknown[]> }> = {};
    let at = "";
    for (const [, e, m, u] of query.matchAll(
      /(e\d+): environment|(m\d+): modelHistoricalRuns\(uniqueId: \$(u\d+)/g,
    )) {
      at = e ?? at;
      const applied = data[at]?.applied ?? {};
      if (m !== undefined) applied[m] = [{ uniqueId: variables[u ?? ""], environmentId: variables[at] }];
      data[at] = { applied };
    }
    return data;
  }

  const collect = async (served: Served, wanted: readonly HistoryRequest[]) => {
    const found = new Map<HistoryRequest, unknown[]>();
    await discoveryOf(served).history(wanted, WAITING, (rows) => {
      for (const [request, list] of rows) found.set(request, list);
      return Promise.resolve();
    });
    return found;
  };

  it("puts many nodes into a document, each with its own rows", async () => {
    const served = await answering((ask) => ({ data: rowsOf(ask) }));
    const wanted = requests(HISTORY_BATCH * 2 + 1);
    const found = await collect(served, wanted);
    expect(served.seen).toHaveLength(3);
    for (const request of wanted) {
      expect(found.get(request)).toMatchObject([{ uniqueId: request.uniqueId, environmentId: "7" }]);
    }
  });

  it("keeps the environments of a batch apart", async () => {
    const served = await answering((ask) => ({ data: rowsOf(ask) }));
    const wanted = requests(3, "7").flatMap((request) => [request, { ...request, environmentId: "8" }]);
    const found = await collect(served, wanted);
    for (const request of wanted) {
      expect(found.get(request)).toMatchObject([
        { uniqueId: request.uniqueId, environmentId: request.environmentId },
      ]);
    }
    expect(found.size).toBe(wanted.length);
    expect(asked(served)[0]?.variables).toMatchObject({ e0: "7", e1: "8", n0: 5 });
  });

  it("is halved where a document is too complex, and stays so", async () => {
    const sizes: number[] = [];
    const served = await answering((ask) => {
      const size = Object.keys(ask.variables).filter((name) => name.startsWith("u")).length;
      sizes.push(size);
      return size > 15 ? COMPLEX : { data: rowsOf(ask) };
    });
    const discovery = discoveryOf(served);
    const seen = new Set<HistoryRequest>();
    const wanted = requests(40);
    await discovery.history(wanted, WAITING, async (rows) => {
      for (const request of rows.keys()) seen.add(request);
    });
    expect(seen.size).toBe(40);
    expect(sizes).toEqual([40, 20, 10, 10, 20, 10, 10]);
    await discovery.history(requests(25), WAITING, () => Promise.resolve());
    expect(sizes.slice(7).sort((a, b) => a - b)).toEqual([5, 10, 10]);
  });

  it("stops at a failure, and tells of nothing afterwards", async () => {
    const served = await answering(async (ask, response, count) => {
      if (count === 1) return send(response, 401, "");
      await new Promise((resolve) => setTimeout(resolve, 30));
      send(response, 200, { data: rowsOf(ask) });
    });
    let told = 0;
    const work = discoveryOf(served).history(requests(HISTORY_BATCH * 20), WAITING, async () => {
      told++;
    });
    expect((await failureOf(work)).code).toBe("UNAUTHENTICATED");
    const before = told;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toBe(before);
    expect(served.seen.length).toBeLessThan(20);
  });

  it("of a single node that is too complex is refused", async () => {
    const served = await answering(() => COMPLEX);
    expect(await failureOf(collect(served, requests(1)))).toMatchObject({ reason: "complexity" });
  });
});

describe("the results of a run", () => {
  const LISTS = ["models", "tests", "seeds", "snapshots", "sources", "exposures"] as const;
  const rows = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ uniqueId: `model.shop.n${n}`, paginationCursor: `c${n}` }));

  /** A server that has so many rows of each list; `cuts` where it gives no more than a page unasked. */
  const jobs = (counts: Partial<Record<string, number>>, { pages = true, cuts = true } = {}) =>
    answering((ask, response) => {
      const { operationName, variables } = ask;
      if (operationName === "JobRun") {
        const lists = LISTS.map((name) => {
          const all = rows(counts[name] ?? 0);
          return [name, cuts ? all.slice(0, 100) : all];
        });
        return { data: { job: { id: 3, runId: 9, ...Object.fromEntries(lists) } } };
      }
      if (!pages) return send(response, 400, INVALID);
      const lists = LISTS.flatMap((name) => {
        if (!(name in variables)) return [];
        const after = variables[name];
        const from = typeof after === "string" ? Number(after.slice(1)) + 1 : 0;
        return [[name, rows(counts[name] ?? 0).slice(from, from + Number(variables.first))]];
      });
      return { data: { job: { id: 3, runId: 9, ...Object.fromEntries(lists) } } };
    });
  const lengths = (run: Record<string, unknown[]> | null) =>
    run === null ? null : LISTS.map((name) => run[name]?.length);

  it("take one request where no list may have been cut", async () => {
    for (const counts of [{ models: 99, tests: 3 }, { models: 0 }]) {
      const served = await jobs(counts);
      const run = await discoveryOf(served).jobRun("3", "9", WAITING);
      expect(lengths(run)).toEqual([counts.models, "tests" in counts ? counts.tests : 0, 0, 0, 0, 0]);
      expect(named(served)).toEqual(["JobRun"]);
      expect(asked(served)[0]?.variables).toEqual({ job: "3", run: "9" });
    }
  });

  it("take one request from a server that cuts nothing, however long they are", async () => {
    const served = await jobs({ models: 700, tests: 100 }, { cuts: false });
    expect(lengths(await discoveryOf(served).jobRun("3", "9", WAITING))).toEqual([700, 100, 0, 0, 0, 0]);
    expect(named(served)).toEqual(["JobRun"]);
  });

  it("are read in pages where a list was cut, and from the beginning from then on", async () => {
    const served = await jobs({ models: 250, tests: 100, sources: 7 });
    const discovery = discoveryOf(served);
    const run = await discovery.jobRun("3", "9", WAITING);
    expect(lengths(run)).toEqual([250, 100, 0, 0, 7, 0]);
    expect(new Set(run?.models.map(({ uniqueId }) => uniqueId)).size).toBe(250);
    expect(named(served)).toEqual(["JobRun", "JobRunPage", "JobRunPage", "JobRunPage"]);
    const wanted = asked(served)
      .slice(1)
      .map(({ variables }) => LISTS.filter((name) => name in variables));
    expect(wanted).toEqual([[...LISTS], ["models", "tests"], ["models"]]);
    expect(discovery.requestsPerRun).toBe(Number.POSITIVE_INFINITY);
    await discovery.jobRun("3", "10", WAITING);
    expect(named(served).slice(4)).toEqual(["JobRunPage", "JobRunPage", "JobRunPage"]);
  });

  it("that are exactly a page long are looked at once more, no more than that", async () => {
    const served = await jobs({ models: 100 });
    const discovery = discoveryOf(served);
    expect(lengths(await discovery.jobRun("3", "9", WAITING))).toEqual([100, 0, 0, 0, 0, 0]);
    expect(named(served)).toEqual(["JobRun", "JobRunPage", "JobRunPage"]);
    await discovery.jobRun("3", "10", WAITING);
    expect(named(served)[3]).toBe("JobRun");
  });

  it("are what they are where an older schema refuses pages, which is asked once", async () => {
    const served = await jobs({ models: 100 }, { pages: false });
    const discovery = discoveryOf(served);
    for (const run of ["9", "10"]) {
      expect(lengths(await discovery.jobRun("3", run, WAITING))).toEqual([100, 0, 0, 0, 0, 0]);
    }
    expect(named(served)).toEqual(["JobRun", "JobRunPage", "JobRun"]);
  });

  it("are null where the pages lead nowhere", async () => {
    const stuck = rows(100).map((row) => ({ ...row, paginationCursor: "same" }));
    for (const list of [stuck, stuck.map(({ uniqueId }) => ({ uniqueId }))]) {
      const served = await answering(() => ({ data: { job: { id: 3, runId: 9, models: list } } }));
      expect(await discoveryOf(served).jobRun("3", "9", WAITING)).toBeNull();
      expect(served.seen.length).toBeLessThanOrEqual(3);
    }
  });

  it.each([
    ["there is no such job", { data: { job: null } }],
    ["it says so by an error", { data: null, errors: [{ message: "Job not found" }] }],
    ["a part failed", { data: { job: { id: 3, models: [] } }, errors: [{ message: "timed out" }] }],
  ])("are null where %s", async (_why, body) => {
    const served = await answering(() => body);
    expect(await discoveryOf(served).jobRun("3", "9", WAITING)).toBeNull();
  });

  it("are asked for in parts where all at once is too complex, and so from then on", async () => {
    const most = { lists: 5 };
    const served = await answering(({ query }) => {
      const asked = LISTS.filter((name) => query.includes(`${name} {`));
      if (asked.length > most.lists) return COMPLEX;
      return {
        data: { job: { id: 3, runId: 9, ...Object.fromEntries(asked.map((name) => [name, rows(2)])) } },
      };
    });
    const discovery = discoveryOf(served);
    const whole = [2, 2, 2, 2, 2, 2];
    expect(discovery.requestsPerRun).toBe(1);
    expect(lengths(await discovery.jobRun("3", "9", WAITING))).toEqual(whole);
    expect([served.seen.length, discovery.requestsPerRun]).toEqual([3, 2]);
    expect(lengths(await discovery.jobRun("3", "10", WAITING))).toEqual(whole);
    expect(served.seen).toHaveLength(5);
    most.lists = 1;
    expect(lengths(await discovery.jobRun("3", "11", WAITING))).toEqual(whole);
    expect(discovery.requestsPerRun).toBe(6);
  });

  it("are null where each list alone is too complex, which is not asked again", async () => {
    const served = await answering(() => COMPLEX);
    const discovery = discoveryOf(served);
    const runs = await Promise.all(["9", "10"].map((run) => discovery.jobRun("3", run, WAITING)));
    expect([runs, discovery.requestsPerRun]).toEqual([[null, null], Number.POSITIVE_INFINITY]);
    const before = served.seen.length;
    expect(await discovery.jobRun("3", "11", WAITING)).toBeNull();
    expect(served.seen).toHaveLength(before);
  });

  it("fail where the token may not read them", async () => {
    const served = await answering(() => ({ data: null, errors: [{ message: "permission denied" }] }));
    expect((await failureOf(discoveryOf(served).jobRun("3", "9", WAITING))).code).toBe("FORBIDDEN");
  });
});

describe("code", () => {
  const node = (fields: object) => ({ edges: [{ node: { uniqueId: "model.shop.a", ...fields } }] });
  const none = { edges: [] };

  it("is that of the applied state, else of the definition", async () => {
    const served = await answering((_asked, _response, count) => ({
      data: {
        environment: {
          applied:
            count === 1
              ? {
                  models: node({ rawCode: "raw", compiledCode: "compiled", language: "sql" }),
                  snapshots: none,
                }
              : { models: none, snapshots: none },
          definition: { models: node({ rawCode: "newer", language: "python" }), snapshots: none },
        },
      },
    }));
    const discovery = discoveryOf(served);
    expect(await discovery.code("7", "model.shop.a", WAITING)).toEqual({
      raw_sql: "raw",
      compiled_sql: "compiled",
      language: "sql",
    });
    expect(await discovery.code("7", "model.shop.a", WAITING)).toEqual({
      raw_sql: "newer",
      compiled_sql: null,
      language: "python",
    });
    expect(asked(served)[0]?.variables).toEqual({ environment: "7", ids: ["model.shop.a"] });
  });

  it("is null of a node that is not there", async () => {
    const served = await answering(() => ({
      data: { environment: { applied: null, definition: { models: none, snapshots: none } } },
    }));
    expect(await discoveryOf(served).code("7", "model.shop.x", WAITING)).toEqual({
      raw_sql: null,
      compiled_sql: null,
      language: null,
    });
  });
});

it("probe asks for the least, of an environment where one is known", async () => {
  const served = await answering(({ operationName }) => ({
    data: operationName === "Probe" ? { __typename: "Query" } : { environment: { dbtProjectName: "shop" } },
  }));
  const discovery = discoveryOf(served);
  await discovery.probe(null, WAITING);
  await discovery.probe("7", WAITING);
  expect(named(served)).toEqual(["Probe", "ProbeEnvironment"]);
});
