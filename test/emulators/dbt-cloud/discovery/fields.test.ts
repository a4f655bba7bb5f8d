/** Every field of the schema is answered, and with a value of its type, on a manifest that has every kind. */
import {
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import { describe, expect, test } from "vitest";
import { loadSchema } from "./schema.ts";
import { ask, ENVIRONMENT, manifest, NIGHTLY, node, results, smallWorld } from "./support.ts";

const AT = "2026-06-19T02:00:00.000000Z";
const ids = {
  model: "model.small.orders",
  versioned: "model.small.people.v1",
  seed: "seed.small.prices",
  snapshot: "snapshot.small.history",
  source: "source.small.shop.raw",
  test: "test.small.unique.1",
  unit: "unit_test.small.orders.adds_up",
  exposure: "exposure.small.screen",
  macro: "macro.small.helper",
  metric: "metric.small.revenue",
  semantic: "semantic_model.small.orders",
  saved: "saved_query.small.weekly",
  group: "group.small.sales",
};

const entries = [
  node(ids.model, [ids.source, ids.seed], {
    depends_on: { nodes: [ids.source, ids.seed], macros: [ids.macro] },
    group: "sales",
    tags: ["daily"],
    constraints: [{ type: "not_null", columns: ["id"], warn_unenforced: true }],
    columns: { id: { name: "id", description: "Key.", meta: {}, tags: ["pii"] } },
    deprecation_date: "2027-01-01T00:00:00+00:00",
    relation_name: '"db"."analytics"."orders"',
  }),
  node(ids.versioned, [ids.model], { name: "people", version: 1, latest_version: 2 }),
  node(ids.seed),
  node(ids.snapshot, [ids.model]),
  node(ids.source, [], {
    source_name: "shop",
    identifier: "raw",
    loader: "copy",
    source_description: "The shop.",
    freshness: { warn_after: { count: 6, period: "hour" } },
  }),
  node(ids.test, [ids.model], {
    attached_node: ids.model,
    column_name: "id",
    test_metadata: { name: "unique", kwargs: { column_name: "id" } },
  }),
  node(ids.unit, [ids.model], {
    model: "orders",
    given: [{ input: "ref('raw')", rows: [{ id: 1 }] }],
    expect: { rows: [{ id: 1 }] },
  }),
  node(ids.exposure, [ids.model, ids.metric], {
    type: "dashboard",
    owner: { name: "Ops", email: "ops@example.com" },
  }),
  node(ids.macro, [], {
    macro_sql: "{% macro helper() %}{% endmacro %}",
    arguments: [{ name: "x", type: "int", description: "" }],
  }),
  node(ids.metric, [ids.semantic], { type: "simple", type_params: { expr: "a / b" }, label: "Revenue" }),
  node(ids.semantic, [ids.model], {
    entities: [{ name: "order", type: "primary" }],
    dimensions: [{ name: "day", type: "time", type_params: { time_granularity: "day" } }],
    measures: [{ name: "takings", agg: "sum", expr: "amount", create_metric: true }],
  }),
  node(ids.saved, [ids.metric], {
    query_params: {
      metrics: ["revenue"],
      group_by: ["day"],
      where: { where_filters: [{ where_sql_template: "1=1" }] },
    },
    exports: [{ name: "weekly", config: { export_as: "table", schema_name: "out" } }],
  }),
  node(ids.group, [], { owner: { name: "Sales", email: "sales@example.com" } }),
];

const relation = {
  metadata: { type: "BASE TABLE", owner: "loader", comment: "" },
  columns: { id: { name: "id", type: "INTEGER", index: 1, comment: null } },
  stats: { bytes: { id: "bytes", label: "Bytes", value: 10, include: true, description: "" } },
};

const world = smallWorld([
  {
    id: 1,
    at: AT,
    steps: [
      {
        "manifest.json": manifest(entries, AT),
        "run_results.json": results(AT, {
          [ids.model]: {},
          [ids.versioned]: {},
          [ids.seed]: {},
          [ids.snapshot]: {},
          [ids.test]: { status: "pass", failures: 0 },
          [ids.unit]: { status: "pass", failures: 0 },
          [ids.exposure]: { status: "no-op" },
        }),
        "sources.json": {
          metadata: { generated_at: AT },
          elapsed_time: 1,
          results: [
            {
              unique_id: ids.source,
              status: "pass",
              max_loaded_at: AT,
              snapshotted_at: AT,
              max_loaded_at_time_ago_in_s: 0,
            },
          ],
        },
        "catalog.json": {
          metadata: { generated_at: AT },
          nodes: { [ids.model]: relation, [ids.seed]: relation, [ids.snapshot]: relation },
          sources: { [ids.source]: relation },
        },
      },
    ],
  },
]);

/** Arguments for the fields that cannot do without. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  "Query.environment": `id: ${ENVIRONMENT}`,
  "Query.job": `id: ${NIGHTLY}`,
  "AppliedState.lineage": "filter: {}",
  "DefinitionState.lineage": "filter: {}",
  "AppliedState.modelHistoricalRuns": `uniqueId: "${ids.model}"`,
  "AppliedState.resources":
    "filter: { types: [Model, Seed, Snapshot, Source, Test, Exposure, Macro, Metric, SemanticModel, SavedQuery] }",
  "DefinitionState.resources":
    "filter: { types: [Model, Seed, Snapshot, Source, Test, Exposure, Macro, Metric, SemanticModel, SavedQuery] }",
  "AppliedState.packages": "resource: model",
  "DefinitionState.packages": "resource: macro",
  "AppliedState.owners": "resource: group",
  "JobNode.exposure": 'name: "screen"',
  "JobNode.macro": `uniqueId: "${ids.macro}"`,
  "JobNode.metric": `uniqueId: "${ids.metric}"`,
  "JobNode.model": `uniqueId: "${ids.model}"`,
  "JobNode.seed": `uniqueId: "${ids.seed}"`,
  "JobNode.snapshot": `uniqueId: "${ids.snapshot}"`,
  "JobNode.source": `uniqueId: "${ids.source}"`,
  "JobNode.test": `uniqueId: "${ids.test}"`,
};
const ANCESTORS = "types: [Model, Seed, Snapshot, Source, Exposure, Macro]";

/** Said in the README not to be emulated. */
const LEFT_OUT: ReadonlySet<string> = new Set(["AppliedState.exposureTile"]);

/** Types of the schema that no manifest of one project, and of a dbt of today, leads to. */
const UNREACHABLE: readonly string[] = ["ExposureTileNode", "ExternalModelNode", "MetricFilter"];

/** Writes a query for all that can be asked, so many objects deep. */
class Questions {
  readonly #schema: GraphQLSchema;

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  selection(output: GraphQLOutputType, depth: number): string {
    const type = getNamedType(output);
    if (!isCompositeType(type)) return "";
    if (!isAbstractType(type)) return isObjectType(type) ? `{ ${this.#fields(type.name, "", depth)} }` : "";
    const parts = this.#schema
      .getPossibleTypes(type)
      .map(({ name }) => `... on ${name} { ${this.#fields(name, `${name}_`, depth)} }`);
    return `{ __typename ${parts.join(" ")} }`;
  }

  /** Aliased within an interface: fields of one name differ in type from one kind to another. */
  #fields(name: string, prefix: string, depth: number): string {
    const type = this.#schema.getType(name);
    if (!isObjectType(type)) return "";
    const fields = Object.values(type.getFields()).flatMap((field) => {
      const within = isCompositeType(getNamedType(field.type));
      if (LEFT_OUT.has(`${name}.${field.name}`) || (within && depth === 0)) return [];
      return `${prefix}${field.name}: ${field.name}${argumentsOf(name, field)} ${this.selection(field.type, depth - 1)}`;
    });
    return ["__typename", ...fields].join(" ");
  }
}

function argumentsOf(type: string, field: GraphQLField<unknown, unknown>): string {
  const given =
    ARGUMENTS[`${type}.${field.name}`] ??
    (field.name === "ancestors" && field.args.length > 0 ? ANCESTORS : null);
  if (given === null && field.args.some(isRequiredArgument))
    throw new Error(`${type}.${field.name} needs arguments`);
  return given === null ? "" : `(${given})`;
}

describe.each(["2025-03", "2026-06"] as const)("in the schema of %s", (vintage) => {
  const schema = loadSchema(vintage);
  const questions = new Questions(schema);
  const answered = new Set<string | undefined>();
  const roots = [
    ["environment", 7],
    ["job", 3],
  ] as const;

  test.each(roots)("all of %s is answered", async (root, depth) => {
    const field = schema.getQueryType()?.getFields()[root];
    if (field === undefined) throw new Error(`no root ${root}`);
    const query = `{ ${root}(${ARGUMENTS[`Query.${root}`]}) ${questions.selection(field.type, depth)} }`;
    const { status, text, errors } = await ask(world, query, {}, { vintage, complexityLimit: Infinity });
    expect([status, errors.map(({ message }) => message)]).toEqual([200, []]);
    for (const [, type] of text.matchAll(/"__typename":"(\w+)"/g)) answered.add(type);
    for (const id of Object.values(ids)) expect(root === "job" || text.includes(`"${id}"`)).toBe(true);
  });

  test("and there is an object of every type", () => {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => isObjectType(type) && !type.name.startsWith("__") && type.name !== "Query",
    );
    const missing = types.map(({ name }) => name).filter((name) => !answered.has(name));
    expect(missing.sort()).toEqual(UNREACHABLE);
  });
});
