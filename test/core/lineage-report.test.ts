import { describe, expect, it } from "vitest";
import type { Account } from "../../src/core/account.ts";
import type { LineageQuestion } from "../../src/core/questions.ts";
import { LoadRows, type NodeInput, TEST_SOURCE } from "../store/rows.ts";
import { accountOver } from "./synthetic.ts";

const model = (name: string) => `model.shop.${name}`;

async function lineage(account: Account, question: LineageQuestion) {
  return (await account.getLineage(question)).toJSON();
}

/** Models of `shop`, by edges `parent child`; a name with a dot is an id of its own. */
function shop(pairs: readonly string[], more: readonly NodeInput[] = []): LoadRows {
  const edges = pairs.map((pair) => pair.split(" ").map((name) => (name.includes(".") ? name : model(name))));
  const told = new Set(more.map((node) => node.unique_id));
  const ids = [...new Set(edges.flat())].filter((id) => !told.has(id));
  return new LoadRows().definitions({
    nodes: [...ids.map((unique_id) => ({ unique_id })), ...more],
    edges: edges.map(([parent = "", child = ""]) => [parent, child]),
  });
}

/** One build with its times, by model; `error` fails. */
function built(rows: LoadRows, times: Record<string, number | "error" | "skipped">): LoadRows {
  return rows.invocation({
    invocation: { invocation_id: "i1" },
    executions: Object.entries(times).map(([name, time]) => ({
      node: model(name),
      ...(typeof time === "number" ? { runtime_s: time } : { status: time, message: "no such column" }),
    })),
  });
}

const named = (models: readonly { model_id: string; distance: number }[] | undefined) =>
  models?.map((one) => `${one.model_id.replace("shop.", "")} ${one.distance}`);

describe("models", () => {
  const chain = ["a b", "b c", "c d", "a d"];

  it("are met to any depth, by the shortest way, with their health", async () => {
    const account = await accountOver(built(shop(chain), { a: "error", b: "skipped", c: "skipped", d: 1 }));
    const { upstream, downstream, roots, depth } = await lineage(account, { modelId: "b" });
    expect(depth).toBeNull();
    expect(roots).toEqual([
      {
        model_id: "shop.b",
        resource_type: "model",
        health_status: "blocked",
        reasons: ["skipped because shop.a failed upstream"],
      },
    ]);
    expect(upstream).toMatchObject({ model_count: 1, critical: 1, healthy: 0 });
    expect(upstream?.models).toEqual([
      {
        model_id: "shop.a",
        distance: 1,
        health_status: "critical",
        reasons: ["last build failed: no such column"],
      },
    ]);
    expect(named(downstream?.models)).toEqual(["c 1", "d 2"]);
    expect(downstream?.levels).toEqual([
      { distance: 1, model_count: 1, critical: 0, blocked: 1, warning: 0, unknown: 0, healthy: 0 },
      { distance: 2, model_count: 1, critical: 0, blocked: 0, warning: 0, unknown: 0, healthy: 1 },
    ]);
  });

  it("upstream are listed where they are unhealthy, or all where that is asked", async () => {
    const account = await accountOver(built(shop(chain), { a: 1, b: 1, c: "error", d: 1 }));
    const sick = await lineage(account, { modelId: "d", direction: "upstream" });
    expect(sick.downstream).toBeNull();
    expect(named(sick.upstream?.models)).toEqual(["c 1"]);
    expect(sick.upstream).toMatchObject({ model_count: 3, listed_count: 1, healthy: 2, level_count: 2 });
    const all = await lineage(account, { modelId: "d", direction: "upstream", include: ["healthy"] });
    expect(named(all.upstream?.models)).toEqual(["a 1", "c 1", "b 2"]);
    expect(all.upstream?.listed_count).toBe(3);
  });

  it("beyond the depth are left out, and the answer says how many", async () => {
    const account = await accountOver(built(shop(["a b", "b c", "c d"]), { a: 1, b: 1, c: 1, d: 1 }));
    const { downstream, source, depth } = await lineage(account, { modelId: "a", depth: 1 });
    expect(depth).toBe(1);
    expect(named(downstream?.models)).toEqual(["b 1"]);
    expect(downstream?.critical_path.map((one) => one.model_id)).toEqual(["shop.a", "shop.b"]);
    expect(source.notes).toContain("2 nodes downstream lie beyond depth 1 and are left out.");
  });

  it("are capped in lists, never in counts", async () => {
    const account = await accountOver(shop(["a b", "a c", "a d", "a e"]));
    const { downstream } = await lineage(account, { modelId: "a", limit: 2 });
    expect(named(downstream?.models)).toEqual(["b 1", "c 1"]);
    expect(downstream).toMatchObject({ model_count: 4, unknown: 4 });
  });

  it("of a broken graph with cycles are each met once", async () => {
    const account = await accountOver(built(shop(["a b", "b c", "c a", "c d"]), { a: 1, b: 2, c: 3, d: 4 }));
    const { upstream, downstream } = await lineage(account, { modelId: "a", include: ["healthy"] });
    expect(named(upstream?.models)).toEqual(["c 1", "b 2"]);
    expect(named(downstream?.models)).toEqual(["b 1", "c 2", "d 3"]);
    expect(downstream?.critical_path_s).toBe(10);
  });
});

describe("what is no model", () => {
  const more = [
    { unique_id: "source.shop.raw.orders", name: "orders", source_name: "raw", warn_after_s: 3600 },
    { unique_id: "source.shop.raw.items", name: "items", source_name: "raw" },
    { unique_id: "test.shop.unique_b.0123456789", attached: model("b"), severity: "error" },
    { unique_id: "unit_test.shop.b.adds_up", attached: model("b") },
    { unique_id: "snapshot.shop.snap" },
    { unique_id: "exposure.shop.board", name: "board", owner: "Sales", url: "https://bi.example.com/1" },
  ];
  const rows = () =>
    shop(
      [
        "source.shop.raw.orders a",
        "source.shop.raw.items a",
        "a b",
        "b test.shop.unique_b.0123456789",
        "b unit_test.shop.b.adds_up",
        "b snapshot.shop.snap",
        "snapshot.shop.snap c",
        "c exposure.shop.board",
      ],
      more,
    );

  it("is counted apart: tests, exposures with their owners, and other nodes", async () => {
    const account = await accountOver(built(rows(), { a: 1, b: 2, c: 4 }));
    const { downstream } = await lineage(account, { modelId: "a" });
    expect(named(downstream?.models)).toEqual(["b 1", "c 3"]);
    expect(downstream).toMatchObject({
      model_count: 2,
      test_count: 1,
      tests: ["shop.unique_b"],
      other_nodes: { snapshot: 1 },
      exposure_count: 1,
      exposures: [{ name: "board", distance: 4, owner: "Sales", url: "https://bi.example.com/1" }],
      critical_path_s: 7,
    });
    expect(downstream?.critical_path.map((one) => one.model_id)).toEqual(["shop.a", "shop.b", "shop.c"]);
  });

  it("says how fresh the sources upstream are, those that are not first", async () => {
    const account = await accountOver(
      built(rows(), { a: 1 }).invocation({
        invocation: { invocation_id: "f1", kind: "freshness", command: "source-freshness" },
        freshness: [
          { node: "source.shop.raw.orders", status: "error", max_loaded_at: "2024-05-01T09:00:00Z" },
        ],
      }),
    );
    const { upstream } = await lineage(account, { modelId: "c" });
    expect(upstream?.source_count).toBe(2);
    expect(upstream?.sources).toMatchObject([
      { name: "raw.orders", distance: 4, status: "error", age_s: 86_400 },
      { name: "raw.items", distance: 4, status: "unchecked", age_s: null },
    ]);
    expect(named(upstream?.models)).toEqual(["b 2", "a 3"]);
  });

  it("can be where the walk begins", async () => {
    const account = await accountOver(built(rows(), { a: 1, b: 2, c: 4 }));
    for (const name of ["raw.orders", "source.shop.raw.orders", "orders"]) {
      const { downstream, roots } = await lineage(account, { modelId: name });
      expect(roots[0]).toMatchObject({
        model_id: "raw.orders",
        resource_type: "source",
        health_status: null,
      });
      expect(named(downstream?.models)).toEqual(["a 1", "b 2", "c 4"]);
    }
    await expect(lineage(account, { modelId: "raw.order" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("edges", () => {
  it("are told where they are asked for, among all that is listed, past what is not", async () => {
    const more = [
      { unique_id: "source.shop.raw.orders", name: "orders", source_name: "raw" },
      { unique_id: "snapshot.shop.snap" },
      { unique_id: "exposure.shop.board", name: "board" },
    ];
    const edges = ["source.shop.raw.orders a", "a b", "a c", "b snapshot.shop.snap", "snapshot.shop.snap c"];
    const account = await accountOver(shop([...edges, "c exposure.shop.board", "other c"], more));
    const asked = await lineage(account, { modelId: "b", include: ["healthy", "edges"] });
    expect(asked.edges?.map(({ parent, child }) => `${parent} > ${child}`).sort()).toEqual([
      "shop.a > shop.b",
      "shop.a > shop.c",
      "shop.b > shop.c",
      "shop.c > exposure:board",
      "source:raw.orders > shop.a",
    ]);
    expect((await lineage(account, { modelId: "b" })).edges).toBeUndefined();
  });

  it("leave out what the cap leaves out, and end in a cycle", async () => {
    const account = await accountOver(shop(["a b", "b c", "c a", "b d"]));
    const { edges } = await lineage(account, {
      modelId: "a",
      direction: "downstream",
      include: ["edges"],
      limit: 2,
    });
    expect(edges).toEqual([
      { parent: "shop.a", child: "shop.b" },
      { parent: "shop.b", child: "shop.c" },
      { parent: "shop.c", child: "shop.a" },
    ]);
  });
});

describe("a run", () => {
  it("begins at each node that failed in it, also by a test of it or as a stale source", async () => {
    const rows = shop(
      ["a b", "x y", "y z", "source.shop.raw.orders q", "b test.shop.unique_b.0123456789"],
      [
        { unique_id: "test.shop.unique_b.0123456789", name: "unique_b", attached: model("b") },
        { unique_id: "source.shop.raw.orders", name: "orders", source_name: "raw" },
      ],
    )
      .invocation({
        run: { run_id: "r1" },
        invocation: { invocation_id: "i1" },
        executions: [
          { node: model("a"), runtime_s: 1 },
          { node: model("b"), runtime_s: 1 },
          { node: "test.shop.unique_b.0123456789", status: "fail", failures: 3 },
          { node: model("x"), status: "error", message: "no such column" },
          { node: model("y"), status: "skipped" },
          { node: model("z"), status: "skipped" },
        ],
      })
      .invocation({
        run: { run_id: "r1" },
        invocation: { invocation_id: "f1", kind: "freshness", command: "source-freshness" },
        freshness: [{ node: "source.shop.raw.orders", status: "error" }],
      });
    const { run_id, roots, root_count, downstream } = await lineage(await accountOver(rows), {
      runId: "r1",
      direction: "downstream",
    });
    expect(run_id).toBe("r1");
    expect(root_count).toBe(3);
    expect(roots.map((root) => [root.model_id, root.health_status, ...root.reasons])).toEqual([
      ["shop.b", "critical", "test unique_b fails (3 rows)"],
      ["shop.x", "critical", "failed: no such column"],
      ["raw.orders", null, "is staler than its policy allows"],
    ]);
    expect(named(downstream?.models)).toEqual(["q 1", "y 1", "z 2"]);
  });

  it("without failures says so", async () => {
    const account = await accountOver(built(shop(["a b"]), { a: 1, b: 1 }));
    const { roots, downstream, source } = await lineage(account, { runId: "latest" });
    expect([roots, downstream?.model_count, downstream?.critical_path]).toEqual([[], 0, []]);
    expect(source.notes).toContain("Nothing failed in run run-i1.");
  });
});

it.each([{}, { modelId: "a", runId: "latest" }])("refuses %j: one of model and run", async (question) => {
  const account = await accountOver(shop(["a b"]));
  await expect(account.getLineage(question)).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

describe("another project", () => {
  const other = { project: { project_id: "mart", name: "mart", dbt_project_name: "mart" } };
  const upstreamOf = async (account: Account, modelId: string) =>
    named((await lineage(account, { modelId, include: ["healthy"] })).upstream?.models);

  /** `mart.report` reads `shop.b`, which `shop` makes of `a`. */
  function mesh(stub: object = {}): LoadRows {
    return shop(["a b"]).definitions({
      ...other,
      nodes: [
        { unique_id: model("b"), package_name: "shop", ...stub },
        { unique_id: "model.mart.report", package_name: "mart" },
      ],
      edges: [[model("b"), "model.mart.report"]],
    });
  }

  it("of dbt is walked into, whichever project is asked about", async () => {
    const account = await accountOver(mesh());
    expect(await upstreamOf(account, "model.mart.report")).toEqual(["b 1", "a 2"]);
    const { downstream } = await lineage(account, { modelId: "shop.a", projectId: "shop" });
    expect(named(downstream?.models)).toEqual(["b 1", "mart.report 2"]);
  });

  it("is another one where it builds the package for itself", async () => {
    const own = mesh().invocation({
      ...other,
      invocation: { invocation_id: "m1" },
      executions: [{ node: model("b"), runtime_s: 1 }],
    });
    expect(await upstreamOf(await accountOver(own), "model.mart.report")).toEqual(["b 1"]);
  });

  it("is another one where the relation is", async () => {
    const rows = shop(["a b"], [{ unique_id: model("b"), schema_name: "shop" }]);
    rows.definitions({
      ...other,
      nodes: [
        { unique_id: model("b"), package_name: "shop", schema_name: "mart" },
        { unique_id: "model.mart.report", package_name: "mart" },
      ],
      edges: [[model("b"), "model.mart.report"]],
    });
    expect(await upstreamOf(await accountOver(rows), "model.mart.report")).toEqual(["b 1"]);
  });

  it("of Dagster is the location that an external asset stands for", async () => {
    const source = { ...TEST_SOURCE, system: "dagster" as const };
    const asset = (location: string, key: string) => ({
      unique_id: `asset:${location}:${key}`,
      model_id: `${location}.${key}`,
      name: key,
      resource_type: "model",
      package_name: location,
    });
    const place = (project_id: string) => ({
      source,
      project: { project_id, name: project_id, dbt_project_name: null },
    });
    const rows = new LoadRows()
      .definitions({
        ...place("ingest"),
        nodes: [asset("ingest", "orders"), asset("ingest", "raw")],
        edges: [["asset:ingest:raw", "asset:ingest:orders"]],
      })
      .definitions({
        ...place("marts"),
        nodes: [
          asset("marts", "revenue"),
          {
            ...asset("ingest", "orders"),
            unique_id: "external:ingest:orders",
            resource_type: "source",
            source_name: "ingest",
          },
        ],
        edges: [["external:ingest:orders", "asset:marts:revenue"]],
      });
    const account = await accountOver(rows);
    const { upstream } = await lineage(account, { modelId: "marts.revenue", include: ["healthy"] });
    expect(named(upstream?.models)).toEqual(["ingest.orders 1", "ingest.raw 2"]);
    expect(upstream?.source_count).toBe(0);
    const { downstream } = await lineage(account, { modelId: "ingest.raw" });
    expect(named(downstream?.models)).toEqual(["ingest.orders 1", "marts.revenue 2"]);
  });
});
