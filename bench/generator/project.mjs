/** The generated project: which models, tests, sources and exposures there are, and what depends on what. */
import { Random } from "./random.mjs";
import { columnNames, NOUNS, SYSTEMS, TAGS } from "./text.mjs";

export const PROJECT = "atlas_retail";
/** A second package, as most projects have one. */
const PACKAGE = "atlas_events";

/**
 * @typedef {{ name: string, folder: string, share: number, prefixes: string[], materializations: string[] }} Layer
 * @type {readonly Layer[]}
 */
const LAYERS = [
  { name: "staging", folder: "staging", share: 0.35, prefixes: ["stg"], materializations: ["view"] },
  {
    name: "intermediate",
    folder: "intermediate",
    share: 0.3,
    prefixes: ["int"],
    materializations: ["view", "table"],
  },
  {
    name: "marts",
    folder: "marts",
    share: 0.35,
    prefixes: ["fct", "dim", "rpt"],
    materializations: ["table", "incremental", "incremental", "table", "view"],
  },
];

/**
 * @typedef {object} Model
 * @property {string} id unique_id
 * @property {string} name
 * @property {string} package
 * @property {string} folder
 * @property {string} schema
 * @property {string} materialization
 * @property {string[]} tags
 * @property {string[]} columns
 * @property {number[]} parents indexes of models
 * @property {number[]} sources indexes of sources
 * @property {number[]} children indexes of models
 * @property {number[]} tests indexes of tests
 * @property {number} runtime median seconds of a build
 *
 * @typedef {object} Test
 * @property {string} id unique_id
 * @property {string} name
 * @property {string} kind
 * @property {string} column
 * @property {number} model index of the model that it is about
 * @property {number | null} other index of the model that it refers to
 * @property {"ERROR" | "WARN"} severity
 *
 * @typedef {{ id: string, system: string, name: string, hasCriteria: boolean }} Source
 * @typedef {{ id: string, name: string, models: number[] }} Exposure
 * @typedef {{ models: Model[], tests: Test[], sources: Source[], exposures: Exposure[] }} Project
 */

/** @param {{ models: number, tests: number, seed: number }} size @returns {Project} */
export function makeProject({ models: modelCount, tests: testCount, seed }) {
  const random = new Random(seed);
  const sources = makeSources(Math.max(4, Math.round(modelCount * 0.06)));
  const models = makeModels(random, modelCount, sources.length);
  models.forEach((model, index) => {
    for (const parent of model.parents) models[parent]?.children.push(index);
  });
  const tests = makeTests(random, testCount, models);
  const exposures = makeExposures(random, Math.max(2, Math.round(modelCount * 0.012)), models.length);
  return { models, tests, sources, exposures };
}

/** @param {number} count @returns {Source[]} */
function makeSources(count) {
  return Array.from({ length: count }, (_, index) => {
    const system = SYSTEMS[index % SYSTEMS.length] ?? "shop";
    const noun = NOUNS[Math.floor(index / SYSTEMS.length) % NOUNS.length] ?? "orders";
    const name = `${noun}_${Math.floor(index / (SYSTEMS.length * NOUNS.length)) + 1}`;
    return { id: `source.${PROJECT}.${system}.${name}`, system, name, hasCriteria: index % 3 === 0 };
  });
}

/** @param {Random} random @param {number} count @param {number} sourceCount @returns {Model[]} */
function makeModels(random, count, sourceCount) {
  const layerOf = layerByIndex(count);
  return Array.from({ length: count }, (_, index) => {
    const layer = layerOf(index);
    const system = random.pick(SYSTEMS);
    const name = `${random.pick(layer.prefixes)}_${random.pick(NOUNS)}_${index}`;
    const packageName = random.chance(0.05) ? PACKAGE : PROJECT;
    const materialization = random.pick(layer.materializations);
    const isStaging = layer.name === "staging" || index === 0;
    return {
      id: `model.${packageName}.${name}`,
      name,
      package: packageName,
      folder: `${layer.folder}/${system}`,
      schema: layer.name,
      materialization,
      tags: [...new Set([random.pick(TAGS), ...(random.chance(0.4) ? [random.pick(TAGS)] : []), layer.name])],
      columns: columnNames(random, Math.round(Math.min(80, random.uneven(4, 0.6))) + 2),
      parents: isStaging ? [] : pickParents(random, index),
      sources: isStaging ? [random.int(0, sourceCount - 1)] : [],
      children: [],
      tests: [],
      runtime: random.uneven(materialization === "view" ? 0.5 : 6, 1.1),
    };
  });
}

/** @param {number} count @returns {(index: number) => Layer} */
function layerByIndex(count) {
  return (index) => {
    let end = 0;
    for (const layer of LAYERS) {
      end += layer.share * count;
      if (index < end) return layer;
    }
    return /** @type {Layer} */ (LAYERS.at(-1));
  };
}

/** One to four models that come before, most of them near. @param {Random} random @param {number} index */
function pickParents(random, index) {
  const parents = new Set();
  const count = random.int(1, 4);
  for (let draw = 0; draw < count; draw++) {
    const reach = random.chance(0.3) ? index : Math.max(1, Math.floor(index * 0.5));
    parents.add(index - random.int(1, reach));
  }
  return [...parents];
}

/** @param {Random} random @param {number} count @param {Model[]} models @returns {Test[]} */
function makeTests(random, count, models) {
  const used = new Set();
  return Array.from({ length: count }, (_, index) => {
    const about = index < models.length ? index : random.int(0, models.length - 1);
    const model = /** @type {Model} */ (models[about]);
    const kind = random.pick(["not_null", "not_null", "unique", "accepted_values", "relationships"]);
    let name = `${kind}_${model.name}_${random.pick(model.columns)}`;
    if (used.has(name)) name = `${name}_${index}`;
    used.add(name);
    model.tests.push(index);
    const parent = model.parents[0];
    return {
      id: `test.${PROJECT}.${name}.${random.hex(10)}`,
      name,
      kind: kind === "relationships" && parent === undefined ? "not_null" : kind,
      column: random.pick(model.columns),
      model: about,
      other: kind === "relationships" && parent !== undefined ? parent : null,
      severity: random.chance(0.15) ? "WARN" : "ERROR",
    };
  });
}

/** @param {Random} random @param {number} count @param {number} modelCount @returns {Exposure[]} */
function makeExposures(random, count, modelCount) {
  const firstMart = Math.floor(modelCount * 0.65);
  return Array.from({ length: count }, (_, index) => {
    const name = `dashboard_${String(index).padStart(3, "0")}`;
    const models = new Set(Array.from({ length: 3 }, () => random.int(firstMart, modelCount - 1)));
    return { id: `exposure.${PROJECT}.${name}`, name, models: [...models] };
  });
}
