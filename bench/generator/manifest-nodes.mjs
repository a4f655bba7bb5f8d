/** Models and tests as entries of a manifest. */
import { createHash } from "node:crypto";
import { PROJECT } from "./project.mjs";
import { prose, sql, sqlLength } from "./text.mjs";

/**
 * @typedef {import("./project.mjs").Project} Project
 * @typedef {import("./project.mjs").Model} Model
 * @typedef {import("./project.mjs").Test} Test
 * @typedef {import("./random.mjs").Random} Random
 */

/** @param {Model} model */
export const isFinance = (model) => model.tags.includes("finance");

/** @param {string} schema @param {string} name */
export const relation = (schema, name) => `"warehouse"."${schema}"."${name}"`;

/** @param {Random} random @param {Model} model @param {Project} project @param {number} at */
export function modelNode(random, model, { models, sources: allSources }, at) {
  const parents = model.parents.flatMap((index) => models[index] ?? []);
  const landed = model.sources.flatMap((index) => allSources[index] ?? []);
  const length = sqlLength(random);
  const refs = [
    ...parents.map(({ name }) => `{{ ref('${name}') }}`),
    ...landed.map(({ system, name }) => `{{ source('${system}', '${name}') }}`),
  ];
  const raw = sql(random, refs, length);
  const relations = [
    ...parents.map(({ schema, name }) => relation(schema, name)),
    ...landed.map(({ system, name }) => relation(system, name)),
  ];
  const compiled = refs.reduce((text, ref, index) => text.replaceAll(ref, relations[index] ?? ref), raw);
  const group = isFinance(model) ? "finance" : null;
  const docs = { show: true, node_color: null };
  const contract = { enforced: false, alias_types: true };
  return {
    database: "warehouse",
    schema: model.schema,
    name: model.name,
    resource_type: "model",
    package_name: model.package,
    path: `${model.folder}/${model.name}.sql`,
    original_file_path: `models/${model.folder}/${model.name}.sql`,
    unique_id: model.id,
    fqn: [model.package, ...model.folder.split("/"), model.name],
    alias: model.name,
    checksum: { name: "sha256", checksum: createHash("sha256").update(raw).digest("hex") },
    config: {
      enabled: true,
      alias: null,
      schema: model.schema,
      database: null,
      tags: model.tags,
      meta: {},
      group,
      materialized: model.materialization,
      incremental_strategy: null,
      batch_size: null,
      lookback: 1,
      begin: null,
      persist_docs: {},
      "post-hook": [],
      "pre-hook": [],
      quoting: {},
      column_types: {},
      full_refresh: null,
      unique_key: model.materialization === "incremental" ? "id" : null,
      on_schema_change: "ignore",
      on_configuration_change: "apply",
      grants: {},
      packages: [],
      docs,
      contract,
      event_time: null,
      concurrent_batches: null,
      access: "protected",
      freshness: null,
    },
    tags: model.tags,
    description: prose(random, random.int(0, 5)),
    columns: Object.fromEntries(model.columns.map((name) => [name, column(random, name)])),
    meta: {},
    group,
    docs,
    patch_path: `${model.package}://models/${model.folder}/_models.yml`,
    build_path: null,
    unrendered_config: { materialized: model.materialization, tags: model.tags },
    created_at: at,
    relation_name: relation(model.schema, model.name),
    raw_code: raw,
    doc_blocks: [],
    language: "sql",
    refs: parents.map(({ name }) => ({ name, package: null, version: null })),
    sources: landed.map(({ system, name }) => [system, name]),
    metrics: [],
    depends_on: { macros: [], nodes: [...parents.map(({ id }) => id), ...landed.map(({ id }) => id)] },
    compiled_path: `target/compiled/${model.package}/models/${model.folder}/${model.name}.sql`,
    compiled: true,
    compiled_code: compiled,
    extra_ctes_injected: true,
    extra_ctes: [],
    contract: { ...contract, checksum: null },
    access: "protected",
    constraints: [],
    version: null,
    latest_version: null,
    deprecation_date: null,
    primary_key: ["id"],
    time_spine: null,
  };
}

/** @param {Random} random @param {string} name */
function column(random, name) {
  return {
    name,
    description: random.chance(0.6) ? prose(random, 1) : "",
    meta: {},
    data_type: random.chance(0.5) ? "numeric(18, 2)" : null,
    constraints: [],
    quote: null,
    config: { meta: {}, tags: [] },
    tags: [],
    granularity: null,
    doc_blocks: [],
  };
}

/** @param {Test} test @param {Project} project @param {number} at */
export function testNode(test, { models }, at) {
  const model = /** @type {Model} */ (models[test.model]);
  const other = test.other === null ? undefined : models[test.other];
  const file = `models/${model.folder}/_models.yml`;
  const about = relation(model.schema, model.name);
  return {
    database: "warehouse",
    schema: "dbt_test__audit",
    name: test.name,
    resource_type: "test",
    package_name: PROJECT,
    path: `${test.name}.sql`,
    original_file_path: file,
    unique_id: test.id,
    fqn: [PROJECT, ...model.folder.split("/"), test.name],
    alias: test.name,
    checksum: { name: "none", checksum: "" },
    config: {
      enabled: true,
      alias: null,
      schema: "dbt_test__audit",
      database: null,
      tags: [],
      meta: {},
      group: null,
      materialized: "test",
      severity: test.severity,
      store_failures: null,
      store_failures_as: null,
      where: null,
      limit: null,
      fail_calc: "count(*)",
      warn_if: "!= 0",
      error_if: "!= 0",
    },
    tags: [],
    description: "",
    columns: {},
    meta: {},
    group: null,
    docs: { show: true, node_color: null },
    patch_path: null,
    build_path: null,
    unrendered_config: test.severity === "WARN" ? { severity: "warn" } : {},
    created_at: at,
    relation_name: null,
    raw_code: `{{ test_${test.kind}(**_dbt_generic_test_kwargs) }}`,
    doc_blocks: [],
    language: "sql",
    refs: [model, ...(other ? [other] : [])].map(({ name }) => ({ name, package: null, version: null })),
    sources: [],
    metrics: [],
    depends_on: {
      macros: [`macro.dbt.test_${test.kind}`, "macro.dbt.get_where_subquery"],
      nodes: [...(other ? [other.id] : []), model.id],
    },
    compiled_path: `target/compiled/${PROJECT}/${file}/${test.name}.sql`,
    compiled: true,
    compiled_code: `\n    \n    \n\nselect "${test.column}"\nfrom ${about}\nwhere "${test.column}" is null\n\n\n`,
    extra_ctes_injected: true,
    extra_ctes: [],
    contract: { enforced: false, alias_types: true, checksum: null },
    column_name: test.column,
    file_key_name: `models.${model.name}`,
    attached_node: model.id,
    test_metadata: {
      name: test.kind,
      kwargs: { column_name: test.column, model: `{{ get_where_subquery(ref('${model.name}')) }}` },
      namespace: null,
    },
  };
}
