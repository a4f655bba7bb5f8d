/** The manifest of a made-up project, version 12. */
import { hex } from "./noise.ts";
import type { DbtNode, DbtProject } from "./project.ts";

/** What every made-up source is held against. */
export const FRESHNESS = {
  warn_after: { count: 12, period: "hour" },
  error_after: { count: 48, period: "hour" },
  filter: null,
} as const;

/** All of a manifest but its metadata, which alone differs from one invocation to the next. */
const bodies = new WeakMap<DbtProject, string>();

export function manifestText(project: DbtProject, metadata: Readonly<Record<string, unknown>>): string {
  const head = { ...metadata, project_name: project.name, project_id: hex(project.name, 32) };
  let body = bodies.get(project);
  if (body === undefined) {
    body = JSON.stringify(manifestBody(project)).slice(1);
    bodies.set(project, body);
  }
  return `{"metadata":${JSON.stringify({ ...head, adapter_type: "snowflake" })},${body}`;
}

function manifestBody(project: DbtProject) {
  const of = (...types: readonly string[]) => project.nodes.filter((node) => types.includes(node.type));
  const byId = (nodes: readonly DbtNode[], entry: (node: DbtNode, project: DbtProject) => object) =>
    Object.fromEntries(nodes.map((node) => [node.id, entry(node, project)]));
  const children = new Map<string, string[]>(project.nodes.map((node) => [node.id, []]));
  for (const node of project.nodes) for (const parent of node.parents) children.get(parent)?.push(node.id);
  return {
    nodes: {
      ...byId(of("model", "seed", "snapshot"), builtEntry),
      ...byId(of("test"), testEntry),
    },
    sources: byId(of("source"), sourceEntry),
    macros: {},
    docs: {},
    exposures: byId(of("exposure"), exposureEntry),
    metrics: {},
    groups: {},
    selectors: {},
    disabled: {},
    parent_map: Object.fromEntries(project.nodes.map((node) => [node.id, node.parents])),
    child_map: Object.fromEntries(children),
    group_map: {},
    saved_queries: {},
    semantic_models: {},
    unit_tests: {},
    functions: {},
  };
}

/** As dbt writes a relation: quoted, with its database. */
export function relationName(node: DbtNode): string {
  return `"warehouse"."${node.schema}"."${node.name}"`;
}

function common(node: DbtNode, { name }: DbtProject) {
  const folder = { seed: "seeds", snapshot: "snapshots", test: "tests" }[node.type as string] ?? "models";
  const file = `${node.schema}/${node.name}.${node.type === "seed" ? "csv" : "sql"}`;
  return {
    database: "warehouse",
    schema: node.schema,
    name: node.name,
    alias: node.name,
    resource_type: node.type,
    package_name: name,
    path: file,
    original_file_path: `${folder}/${file}`,
    unique_id: node.id,
    fqn: [name, node.schema, node.name],
    checksum: { name: "sha256", checksum: hex(node.id, 64) },
    tags: node.tags,
    description: node.type === "test" ? "" : `The ${node.materialized} ${node.name}.`,
    columns: {},
    meta: {},
    group: null,
    created_at: 1_767_225_600,
    depends_on: { macros: [], nodes: node.parents },
    refs: [],
    sources: [],
    language: "sql",
    access: "protected",
    version: null,
    latest_version: null,
  };
}

function builtEntry(node: DbtNode, project: DbtProject) {
  const config = { enabled: true, materialized: node.materialized, tags: node.tags, meta: {}, group: null };
  const isStored = node.materialized !== "ephemeral";
  return {
    ...common(node, project),
    config: { ...config, access: "protected", freshness: null },
    columns: { id: { name: "id", description: "The key.", meta: {}, data_type: null, tags: [] } },
    relation_name: isStored ? relationName(node) : null,
    raw_code: node.type === "seed" ? "" : `select * from {{ ref('${node.parents[0] ?? "raw"}') }}`,
    compiled_code: node.type === "seed" ? null : `select * from ${node.parents[0] ?? "raw"}`,
  };
}

function testEntry(node: DbtNode, project: DbtProject) {
  const severity = node.check?.severity ?? "error";
  return {
    ...common(node, project),
    config: {
      enabled: true,
      materialized: "test",
      severity,
      tags: node.tags,
      warn_if: "!= 0",
      error_if: "!= 0",
    },
    relation_name: null,
    raw_code: `{{ test_${node.check?.kind}(**_dbt_generic_test_kwargs) }}`,
    compiled_code: null,
    test_metadata: {
      name: node.check?.kind,
      kwargs: {
        column_name: node.check?.column,
        model: `{{ get_where_subquery(ref('${node.parents[0]}')) }}`,
      },
      namespace: null,
    },
    column_name: node.check?.column,
    attached_node: node.parents[0],
  };
}

function sourceEntry(node: DbtNode, project: DbtProject) {
  const [system = "", table = ""] = node.name.split(".");
  const { depends_on: _, refs: __, sources: ___, ...rest } = common(node, project);
  return {
    ...rest,
    name: table,
    identifier: table,
    source_name: system,
    source_description: `What ${system} hands over.`,
    loader: "copy",
    loaded_at_field: "_loaded_at",
    freshness: FRESHNESS,
    source_meta: {},
    fqn: [project.name, system, table],
    original_file_path: "models/sources.yml",
    path: "models/sources.yml",
    relation_name: `"landing"."${system}"."${table}"`,
    config: { enabled: true, freshness: FRESHNESS, tags: node.tags },
  };
}

function exposureEntry(node: DbtNode, project: DbtProject) {
  const { database: _, schema: __, alias: ___, ...rest } = common(node, project);
  return {
    ...rest,
    type: "dashboard",
    owner: { name: "Analytics", email: "analytics@example.com" },
    label: node.name,
    maturity: "high",
    url: null,
    original_file_path: "models/exposures.yml",
    path: "exposures.yml",
    config: { enabled: true, tags: node.tags },
  };
}
