/** `manifest.json` (v12) of the generated project, in the shape that dbt 1.10 writes. */
import { createHash } from "node:crypto";
import { isFinance, modelNode, relation, testNode } from "./manifest-nodes.mjs";
import { PROJECT } from "./project.mjs";
import { Random } from "./random.mjs";
import { prose, sql } from "./text.mjs";
import { JsonFile } from "./writer.mjs";

export const DBT_VERSION = "1.10.23";
const MACROS = 600;

/**
 * @typedef {import("./project.mjs").Project} Project
 * @typedef {{ invocationId: string, generatedAt: string, startedAt: string }} Stamp
 */

/** @param {string} path @param {Project} project @param {Stamp} stamp @param {number} seed */
export function writeManifest(path, project, stamp, seed) {
  const random = new Random(seed + 1);
  const file = new JsonFile(path);
  file.member("metadata", metadata(stamp));
  file.object("nodes", nodes(random, project, Date.parse(stamp.generatedAt) / 1000));
  file.object("sources", sources(project));
  file.object("macros", macros(random));
  file.object("docs", docs(random));
  file.object("exposures", exposures(project));
  file.member("metrics", {});
  file.member("groups", {
    [`group.${PROJECT}.finance`]: {
      name: "finance",
      resource_type: "group",
      package_name: PROJECT,
      path: "groups.yml",
      original_file_path: "models/groups.yml",
      unique_id: `group.${PROJECT}.finance`,
      owner: { email: "finance@example.com", name: "Finance team" },
      description: null,
      config: { meta: {} },
    },
  });
  file.member("selectors", {});
  file.member("disabled", {});
  const { parents, children } = maps(project);
  file.object("parent_map", parents);
  file.object("child_map", children);
  file.member("group_map", { finance: project.models.filter(isFinance).map(({ id }) => id) });
  file.member("saved_queries", {});
  file.member("semantic_models", {});
  file.member("unit_tests", {});
  file.close();
}

/** @param {Stamp} stamp */
function metadata({ invocationId, generatedAt, startedAt }) {
  return {
    dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
    dbt_version: DBT_VERSION,
    generated_at: generatedAt,
    invocation_id: invocationId,
    invocation_started_at: startedAt,
    env: {},
    project_name: PROJECT,
    project_id: createHash("md5").update(PROJECT).digest("hex"),
    user_id: null,
    send_anonymous_usage_stats: false,
    adapter_type: "postgres",
    quoting: { database: true, schema: true, identifier: true, column: null },
  };
}

/** @param {Random} random @param {Project} project @param {number} at @returns {Generator<[string, unknown]>} */
function* nodes(random, project, at) {
  for (const model of project.models) yield [model.id, modelNode(random, model, project, at)];
  for (const test of project.tests) yield [test.id, testNode(test, project, at)];
}

/** @param {Project} project @returns {Generator<[string, unknown]>} */
function* sources({ sources: all }) {
  for (const { id, system, name, hasCriteria } of all) {
    const freshness = {
      warn_after: { count: hasCriteria ? 12 : null, period: hasCriteria ? "hour" : null },
      error_after: { count: hasCriteria ? 36 : null, period: hasCriteria ? "hour" : null },
      filter: null,
    };
    const file = `models/staging/${system}/_sources.yml`;
    yield [
      id,
      {
        database: "landing",
        schema: system,
        name,
        resource_type: "source",
        package_name: PROJECT,
        path: file,
        original_file_path: file,
        unique_id: id,
        fqn: [PROJECT, "staging", system, name],
        source_name: system,
        source_description: "",
        loader: "",
        identifier: name,
        quoting: { database: null, schema: null, identifier: null, column: null },
        loaded_at_field: hasCriteria ? "_loaded_at" : null,
        loaded_at_query: null,
        freshness,
        external: null,
        description: "",
        columns: {},
        meta: {},
        source_meta: {},
        tags: [],
        config: { enabled: true, event_time: null, freshness, meta: {}, tags: [] },
        patch_path: null,
        unrendered_config: {},
        relation_name: relation(system, name),
        created_at: 0,
        unrendered_database: "landing",
        unrendered_schema: system,
        doc_blocks: [],
      },
    ];
  }
}

/** @param {Random} random @returns {Generator<[string, unknown]>} */
function* macros(random) {
  for (let index = 0; index < MACROS; index++) {
    const name = `macro_${index}`;
    const id = `macro.${PROJECT}.${name}`;
    yield [
      id,
      {
        name,
        resource_type: "macro",
        package_name: PROJECT,
        path: `macros/${name}.sql`,
        original_file_path: `macros/${name}.sql`,
        unique_id: id,
        macro_sql: `{% macro ${name}(relation) %}\n${sql(random, ["{{ relation }}"], random.int(200, 2500))}\n{% endmacro %}`,
        depends_on: { macros: [] },
        description: prose(random, 1),
        meta: {},
        docs: { show: true, node_color: null },
        config: { meta: {}, docs: { show: true, node_color: null } },
        patch_path: null,
        arguments: [],
        created_at: 0,
        supported_languages: null,
      },
    ];
  }
}

/** @param {Random} random @returns {Generator<[string, unknown]>} */
function* docs(random) {
  for (let index = 0; index < 200; index++) {
    const name = `block_${index}`;
    const id = `doc.${PROJECT}.${name}`;
    const place = { path: "docs.md", original_file_path: "models/docs.md" };
    const contents = prose(random, random.int(2, 20));
    yield [
      id,
      {
        name,
        resource_type: "doc",
        package_name: PROJECT,
        ...place,
        unique_id: id,
        block_contents: contents,
      },
    ];
  }
}

/** @param {Project} project @returns {Generator<[string, unknown]>} */
function* exposures({ models, exposures: all }) {
  for (const { id, name, models: used } of all) {
    const parents = used.flatMap((index) => models[index] ?? []);
    yield [
      id,
      {
        name,
        resource_type: "exposure",
        package_name: PROJECT,
        path: "exposures.yml",
        original_file_path: "models/exposures.yml",
        unique_id: id,
        fqn: [PROJECT, name],
        type: "dashboard",
        owner: { email: "finance@example.com", name: "Finance team" },
        description: "",
        label: null,
        maturity: "medium",
        meta: {},
        tags: [],
        config: { enabled: true, tags: [], meta: {} },
        unrendered_config: {},
        url: `https://bi.example.com/dashboards/${name}`,
        depends_on: { macros: [], nodes: parents.map(({ id: parent }) => parent) },
        refs: parents.map((parent) => ({ name: parent.name, package: null, version: null })),
        sources: [],
        metrics: [],
        created_at: 0,
      },
    ];
  }
}

/** `parent_map` and `child_map`. @param {Project} project */
function maps({ models, tests, sources: allSources, exposures: allExposures }) {
  /** @type {Map<string, string[]>} */
  const parents = new Map();
  /** @type {Map<string, string[]>} */
  const children = new Map();
  for (const { id } of [...models, ...tests, ...allSources, ...allExposures]) {
    parents.set(id, []);
    children.set(id, []);
  }
  /** @param {string | undefined} parent @param {string} child */
  const link = (parent, child) => {
    if (parent === undefined) return;
    parents.get(child)?.push(parent);
    children.get(parent)?.push(child);
  };
  for (const model of models) {
    for (const index of model.parents) link(models[index]?.id, model.id);
    for (const index of model.sources) link(allSources[index]?.id, model.id);
  }
  for (const test of tests) {
    if (test.other !== null) link(models[test.other]?.id, test.id);
    link(models[test.model]?.id, test.id);
  }
  for (const exposure of allExposures)
    for (const index of exposure.models) link(models[index]?.id, exposure.id);
  return { parents, children };
}
