import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ArtifactsOptions } from "../../../src/sources/artifacts/source.ts";
import { manifest, model, newFolder, put, result, runResults, sync } from "./support.ts";

async function read(content: unknown, options: Partial<ArtifactsOptions> = {}) {
  const folder = newFolder();
  put(folder, "manifest.json", content);
  const { load, outcome } = await sync({ paths: [folder], ...options });
  const [unit] = load.definitions();
  if (unit === undefined) throw new Error(`nothing was read: ${outcome.notes.join("; ")}`);
  return {
    unit,
    notes: outcome.notes,
    row: (id: string) => unit.nodeRows.find(({ unique_id }) => unique_id === id),
  };
}

const test = (name: string, fields: object): Record<string, object> => ({
  [`test.shop.${name}`]: {
    unique_id: `test.shop.${name}`,
    name,
    resource_type: "test",
    package_name: "shop",
    config: { severity: "ERROR", materialized: "test" },
    ...fields,
  },
});

describe("a manifest", () => {
  it("becomes definitions of its project", async () => {
    const { unit } = await read(manifest(model("orders")));
    expect(unit).toMatchObject({
      project: { project_id: "shop", name: "shop", dbt_project_name: "shop", adapter_type: "duckdb" },
      environment: null,
      invocation_id: "i-1",
      generated_at: Date.parse("2026-11-20T02:00:10Z") * 1000,
      schema_version: "v12",
      dbt_version: "1.9.0",
    });
  });

  it("gives every model its names, materialization, tags of both places and checksum", async () => {
    const nodes = model("orders", {
      alias: "orders_t",
      database: "db",
      schema: "main",
      description: "One row per order.",
      tags: ["a", "b"],
      config: { materialized: "incremental", tags: ["b", "with, comma"], meta: { owner: "finance" } },
      checksum: { name: "sha256", checksum: "abc" },
    });
    const { row } = await read(manifest(nodes));
    expect(row("model.shop.orders")).toMatchObject({
      model_id: "shop.orders",
      name: "orders",
      resource_type: "model",
      package_name: "shop",
      version: null,
      alias: "orders_t",
      database_name: "db",
      schema_name: "main",
      description: "One row per order.",
      materialization: "incremental",
      tags: JSON.stringify(["a", "b", "with, comma"]),
      owner: "finance",
      path: "models/orders.sql",
      checksum: "abc",
    });
  });

  it("keeps versions of a model apart", async () => {
    const id = "model.shop.customers.v2";
    const { row } = await read(
      manifest({ [id]: { name: "customers", package_name: "shop", version: 2, unique_id: id } }),
    );
    expect(row(id)).toMatchObject({ model_id: "shop.customers.v2", version: "2", resource_type: "model" });
  });

  it.each([
    [{ owner: { name: "Team", email: "t@example.com" } }, {}, "Team"],
    [{ owner: { email: ["a@example.com", "b@example.com"] } }, {}, "a@example.com, b@example.com"],
    [{ meta: { owner: ["x", { name: "y" }] } }, {}, "x, y"],
    [{ group: "sales" }, {}, "Sales team"],
    [{ config: { group: "sales", meta: { owner: "own" } } }, {}, "own"],
    [{ group: "nobody" }, {}, null],
    [{ owner: {}, meta: { owner: null } }, {}, null],
  ])("finds the owner in %j", async (fields, _unused, owner) => {
    const groups = {
      "group.shop.sales": { name: "sales", owner: { name: "Sales team", email: "s@example.com" } },
    };
    const { row } = await read(manifest(model("orders", fields), { members: { groups } }));
    expect(row("model.shop.orders")?.owner).toBe(owner);
  });

  it("gives a test a relation only where it stores its failures", async () => {
    const place = { database: "db", schema: "audit" };
    const { row } = await read(
      manifest({
        ...model("orders"),
        ...test("plain", { ...place, alias: "plain", relation_name: null }),
        ...test("by_flag", { ...place, alias: "by_flag", relation_name: '"db"."audit"."by_flag"' }),
        ...test("by_config", { ...place, alias: "by_config", config: { store_failures: true } }),
      }),
    );
    const relation = (alias: string | null) =>
      alias === null
        ? { alias, database_name: null, schema_name: null }
        : { alias, database_name: "db", schema_name: "audit" };
    expect(row("test.shop.plain")).toMatchObject(relation(null));
    expect(row("test.shop.by_flag")).toMatchObject(relation("by_flag"));
    expect(row("test.shop.by_config")).toMatchObject(relation("by_config"));
  });

  it("leaves out what is disabled and what is no definition", async () => {
    const nodes = {
      ...model("on"),
      ...model("off", { config: { enabled: false } }),
      "operation.shop.shop-on-run-end-0": { resource_type: "operation", name: "shop-on-run-end-0" },
    };
    const disabled = { "model.shop.gone": [{ unique_id: "model.shop.gone", name: "gone" }] };
    const { unit } = await read(manifest(nodes, { members: { disabled } }));
    expect(unit.nodeRows.map(({ unique_id }) => unique_id)).toEqual(["model.shop.on"]);
  });

  it("gives the edges between all kinds of nodes, and none to macros", async () => {
    const members = {
      sources: { "source.shop.raw.orders": { name: "orders", source_name: "raw", resource_type: "source" } },
      exposures: {
        "exposure.shop.page": {
          name: "page",
          resource_type: "exposure",
          url: "https://example.com/p",
          depends_on: { nodes: ["model.shop.b"] },
        },
      },
      metrics: {
        "metric.shop.total": {
          name: "total",
          resource_type: "metric",
          depends_on: { nodes: ["model.shop.b"] },
        },
      },
    };
    const nodes = {
      ...model("a", { depends_on: { macros: ["macro.dbt.x"], nodes: ["source.shop.raw.orders"] } }),
      ...model("b", { depends_on: { nodes: ["model.shop.a", "macro.shop.y"] } }),
    };
    const { unit, row } = await read(manifest(nodes, { members }));
    expect(unit.edgeRows.map(({ parent, child }) => `${parent} > ${child}`)).toEqual([
      "source.shop.raw.orders > model.shop.a",
      "model.shop.a > model.shop.b",
      "model.shop.b > exposure.shop.page",
      "model.shop.b > metric.shop.total",
    ]);
    expect(row("source.shop.raw.orders")).toMatchObject({ source_name: "raw", model_id: "shop.raw.orders" });
    expect(row("exposure.shop.page")?.url).toBe("https://example.com/p");
  });

  it("gives a source its criteria in seconds, from wherever the version has them", async () => {
    const freshness = { warn_after: { count: 12, period: "hour" }, error_after: { count: 2, period: "day" } };
    const members = {
      sources: {
        "source.shop.raw.old": { name: "old", resource_type: "source", freshness },
        "source.shop.raw.new": { name: "new", resource_type: "source", config: { freshness } },
        "source.shop.raw.none": {
          name: "none",
          resource_type: "source",
          freshness: { warn_after: { count: null } },
        },
      },
    };
    const { row } = await read(manifest({}, { members }));
    for (const name of ["old", "new"]) {
      expect(row(`source.shop.raw.${name}`)).toMatchObject({ warn_after_s: 43_200, error_after_s: 172_800 });
    }
    expect(row("source.shop.raw.none")).toMatchObject({ warn_after_s: null, error_after_s: null });
  });

  it("attaches a test to the node that dbt says", async () => {
    const nodes = test("t.1", {
      attached_node: "model.shop.orders",
      column_name: "order_id",
      test_metadata: { name: "not_null", kwargs: {} },
      depends_on: { nodes: ["model.shop.orders", "model.shop.customers"] },
    });
    const { row } = await read(manifest(nodes));
    expect(row("test.shop.t.1")).toMatchObject({
      attached: "model.shop.orders",
      column_name: "order_id",
      test_type: "not_null",
      severity: "error",
    });
  });

  it("attaches a test of an older dbt by its argument, whatever the order of what it depends on", async () => {
    const nodes = test("relationships.1", {
      test_metadata: {
        name: "relationships",
        namespace: "dbt_utils",
        kwargs: { to: "ref('customers')", model: "{{ get_where_subquery(ref('shop', 'orders')) }}" },
      },
      depends_on: { nodes: ["model.shop.orders", "model.shop.customers"] },
    });
    const { row } = await read(manifest(nodes));
    expect(row("test.shop.relationships.1")).toMatchObject({
      attached: "model.shop.orders",
      test_type: "dbt_utils.relationships",
    });
  });

  it("attaches a singular test to the last node that it depends on, and tests of sources to the source", async () => {
    const nodes = {
      ...test("singular", { depends_on: { nodes: ["model.shop.a", "model.shop.b"] } }),
      ...test("of_source.1", {
        test_metadata: {
          name: "unique",
          kwargs: { model: "{{ get_where_subquery(source('raw', 'orders')) }}" },
        },
        depends_on: { nodes: ["source.shop.raw.orders"] },
      }),
      ...test("of_nothing", {}),
    };
    const { row } = await read(manifest(nodes));
    expect(row("test.shop.singular")).toMatchObject({ attached: "model.shop.b", test_type: "singular" });
    expect(row("test.shop.of_source.1")?.attached).toBe("source.shop.raw.orders");
    expect(row("test.shop.of_nothing")?.attached).toBeNull();
  });

  it("attaches a unit test to its model, in both forms", async () => {
    const members = {
      unit_tests: {
        "unit_test.shop.orders.adds": {
          name: "adds",
          model: "orders",
          resource_type: "unit_test",
          checksum: "abc",
          depends_on: { nodes: ["model.shop.orders"] },
        },
        "unit_test.shop.c.counts.v1": {
          name: "counts",
          resource_type: "unit_test",
          tested_node_unique_id: "model.shop.c.v1",
          depends_on: { nodes: ["model.shop.c.v1", "model.shop.c.v2"] },
        },
      },
    };
    const { row } = await read(manifest({}, { members }));
    expect(row("unit_test.shop.orders.adds")).toMatchObject({
      attached: "model.shop.orders",
      test_type: "unit",
      checksum: "abc",
    });
    expect(row("unit_test.shop.c.counts.v1")?.attached).toBe("model.shop.c.v1");
  });

  it("names its project by the hash of the name where it does not say the name", async () => {
    const project_id = createHash("md5").update("shop").digest("hex");
    const nodes = {
      "model.package.a": { name: "a" },
      "model.package.b": { name: "b" },
      "model.shop.c": { name: "c" },
    };
    const { unit } = await read(
      manifest(nodes, { version: "v4", metadata: { project_name: null, project_id } }),
    );
    expect(unit.project.project_id).toBe("shop");
    const other = await read(
      manifest(nodes, { version: "v4", metadata: { project_name: null, project_id: "?" } }),
    );
    expect(other.unit.project.project_id).toBe("package");
  });

  it("drops an entry that is none, counts it, and keeps the rest", async () => {
    const { unit, notes } = await read(manifest({ ...model("a"), "model.shop.b": "?" }));
    expect(unit.nodeRows).toHaveLength(1);
    expect(notes).toEqual(["manifest.json has 1 row that could not be read"]);
  });

  it("is of the environment that the platform names", async () => {
    const env = {
      DBT_CLOUD_PROJECT_ID: "70",
      DBT_CLOUD_ENVIRONMENT_ID: "33",
      DBT_CLOUD_ENVIRONMENT_NAME: "Main",
      DBT_CLOUD_ENVIRONMENT_TYPE: "prod",
    };
    const { unit } = await read(manifest(model("a"), { env }));
    expect(unit.project).toMatchObject({ project_id: "shop", name: "shop", dbt_project_name: "shop" });
    expect(unit.environment).toEqual({ environment_id: "33", name: "Main", type: "production" });
  });

  it("is of the project and environment of its run, whatever an earlier parse left in it", async () => {
    const folder = newFolder();
    const env = { DBT_CLOUD_PROJECT_ID: "70", DBT_CLOUD_ENVIRONMENT_ID: "33" };
    put(folder, "manifest.json", manifest(model("a"), { env: { DBT_CLOUD_ENVIRONMENT_ID: "old" } }));
    put(folder, "run_results.json", runResults({ env, at: "2026-11-20T02:05:00Z" }));
    const { load } = await sync({ paths: [folder] });
    expect(load.definitions()).toMatchObject([
      { project: { project_id: "shop", name: "shop" }, environment: { environment_id: "33" } },
    ]);
  });

  it("is read once, however many steps of a run have a copy of it", async () => {
    const folder = newFolder();
    for (const step of ["1", "2", "3"]) put(folder, `${step}/manifest.json`, manifest(model("a")));
    put(folder, "4/manifest.json", manifest(model("a"), { id: "i-2", at: "2026-11-21T02:00:00Z" }));
    const first = await sync({ paths: [folder] });
    expect(first.load.definitions().map(({ invocation_id }) => invocation_id)).toEqual(["i-2", "i-1"]);
    put(folder, "5/manifest.json", manifest(model("a")));
    const second = await sync({ paths: [folder] }, first.entries);
    expect(second.load.definitions()).toEqual([]);
    expect(second.load.ledger()).toHaveLength(1);
  });
});

describe("the project of results", () => {
  const other = (id: string, at: string, name: string) =>
    manifest({}, { id, at, metadata: { project_name: name } });

  it("is that of the manifest of the same invocation, wherever it lies", async () => {
    const folder = newFolder();
    put(folder, "a/manifest.json", other("i-1", "2026-11-20T02:00:00Z", "mine"));
    put(folder, "b/manifest.json", other("i-9", "2026-11-20T02:00:00Z", "shop"));
    put(folder, "b/run_results.json", runResults({ id: "i-1" }));
    const { load } = await sync({ paths: [folder] });
    expect(load.invocations()[0]?.project).toMatchObject({ project_id: "mine", adapter_type: "duckdb" });
  });

  it("is that of the manifest beside them", async () => {
    const folder = newFolder();
    put(folder, "a/manifest.json", other("i-7", "2026-11-20T02:00:00Z", "mine"));
    put(folder, "b/manifest.json", other("i-9", "2026-11-20T02:00:00Z", "shop"));
    put(folder, "a/run_results.json", runResults({ id: "i-1" }));
    const { load } = await sync({ paths: [folder] });
    expect(load.invocations()[0]?.project.project_id).toBe("mine");
  });

  it("is that of the nearest manifest of one of their packages", async () => {
    const folder = newFolder();
    put(folder, "a/manifest.json", other("i-7", "2026-11-20T01:00:00Z", "unrelated"));
    put(folder, "b/manifest.json", other("i-9", "2026-11-19T02:00:00Z", "shop"));
    const results = ["model.package.a", "model.package.b", "model.shop.c"].map((unique_id) =>
      result({ unique_id }),
    );
    put(folder, "c/run_results.json", runResults({ results }));
    const { load } = await sync({ paths: [folder] });
    expect(load.invocations()[0]?.project.project_id).toBe("shop");
  });

  it("is their largest package where there is no manifest", async () => {
    const folder = newFolder();
    const results = ["model.package.a", "model.shop.b", "model.shop.c"].map((unique_id) =>
      result({ unique_id }),
    );
    put(folder, "run_results.json", runResults({ results }));
    const { load } = await sync({ paths: [folder] });
    expect(load.invocations()[0]?.project).toMatchObject({ project_id: "shop", adapter_type: null });
  });

  it("is known from a manifest that was read in an earlier sync", async () => {
    const folder = newFolder();
    put(folder, "a/manifest.json", other("i-1", "2026-11-20T02:00:00Z", "mine"));
    const first = await sync({ paths: [folder] });
    put(folder, "b/run_results.json", runResults({ id: "i-1" }));
    const second = await sync({ paths: [folder] }, first.entries);
    expect(second.load.invocations()[0]?.project.project_id).toBe("mine");
  });

  it("is what the configuration says, also where a platform says otherwise", async () => {
    const folder = newFolder();
    put(folder, "a/run_results.json", runResults());
    put(folder, "b/run_results.json", runResults({ id: "i-2", env: { DBT_CLOUD_PROJECT_ID: "70" } }));
    const { load } = await sync({ paths: [folder], projectId: "finance" });
    const ids = load.invocations().map(({ project }) => [project.project_id, project.name]);
    expect(ids.sort()).toEqual([
      ["finance", "shop"],
      ["finance", "shop"],
    ]);
  });

  it("may be left out or be the only one", async () => {
    const folder = newFolder();
    put(folder, "a/run_results.json", runResults());
    put(
      folder,
      "b/run_results.json",
      runResults({ id: "i-2", results: [result({ unique_id: "model.crm.a" })] }),
    );
    const only = async (include_or_exclude: "include" | "exclude") => {
      const { load } = await sync({
        paths: [folder],
        projectFilter: { project_ids: ["shop"], include_or_exclude },
      });
      return load.invocations().map(({ project }) => project.project_id);
    };
    expect(await only("include")).toEqual(["shop"]);
    expect(await only("exclude")).toEqual(["crm"]);
  });
});
